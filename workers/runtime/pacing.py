"""Whether an account has room for one more post, whoever publishes on it.

Invariants: what counts is every post of the account that is on the network, on its way or perhaps there, of whatever
campaign, at the campaign time at which it was sent. Of several campaigns' words on what the account bears, the
strictest holds; a campaign's newest word replaces its own earlier ones. Only rows that can matter are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from events.campaign import AccountConnected
from events.execution import Pacing
from workers.decision import Publish
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import UNSETTLED, EffectRow

NETWORKS_DAY: Final = timedelta(hours=24)
"""Networks count a day's posts over the last 24 hours, not from a midnight."""

LOOK_BACK: Final = timedelta(hours=50)
"""Two local days of any length. Another campaign's pacing is heard while its posts are that recent."""

LOOK_AGAIN: Final = timedelta(minutes=5)
"""When to look again where room is taken by a post of which it is not known yet whether it is out."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Not now; there may be room at `until` (campaign time)."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """Never: the account shows the same already, and for longer than the post would be in time."""

    why: str


@dataclass(frozen=True, slots=True)
class _Account:
    """What is on the account beside the post in question: lately, and showing the same; by time sent."""

    name: str
    lately: Sequence[EffectRow]
    alike: Sequence[EffectRow]
    networks_cap: int | None

    def settled(self) -> _Account:
        """Without the posts of which it is not known yet whether they are out."""
        lately = [other for other in self.lately if other.state not in UNSETTLED]
        alike = [other for other in self.alike if other.state not in UNSETTLED]
        return _Account(self.name, lately, alike, self.networks_cap)


def obstacle(view: View, row: EffectRow, now: datetime) -> NoRoom | Repeated | None:
    """What forbids sending this publish row now, as far as the account's posts go."""
    mine = _pacing(row)
    back = max(LOOK_BACK, timedelta(minutes=mine.apart_minutes) if mine is not None else LOOK_BACK)
    account = _Account(
        row.account,
        [other for other in view.posts_since(row.account, now - back) if other.key != row.key],
        [other for other in view.posts_showing(row.account, row.shows) if other.key != row.key],
        _networks_cap(view, row.account),
    )
    known = account.settled()
    for rested, why in _rests(row, mine, known.alike):
        if rested > now and rested >= row.not_after:
            return Repeated(why)
    crowded = _crowded(row, mine, account, now)
    if crowded is None:
        return None
    surely = _crowded(row, mine, known, now)
    until = max(now + LOOK_AGAIN, surely.until if surely is not None else now)
    return NoRoom(min(crowded.until, until), crowded.why)


def _crowded(row: EffectRow, mine: Pacing | None, account: _Account, now: datetime) -> NoRoom | None:
    """The longest wait that anything demands, if anything does."""
    demands = [
        *_rests(row, mine, account.alike),
        *_distances(row, mine, account.lately),
        *_days(row, mine, account.lately, now),
        *_networks_day(account, now, row.not_after),
    ]
    until, why = max(demands, default=(now, ""))
    return NoRoom(until, why) if until > now else None


def _rests(row: EffectRow, mine: Pacing | None, alike: Sequence[EffectRow]) -> Iterator[tuple[datetime, str]]:
    """Until when each post that shows the same must have rested."""
    for other in alike:
        days = max((pacing.rest_days for pacing in _both(row, mine, other)), default=0.0)
        yield _sent(other) + timedelta(days=days), f"the account shows the same within {days:g} days in {_named(other)}"


def _distances(row: EffectRow, mine: Pacing | None, lately: Sequence[EffectRow]) -> Iterator[tuple[datetime, str]]:
    """Until when each recent post keeps others away."""
    for other in lately:
        minutes = max((pacing.apart_minutes for pacing in _both(row, mine, other)), default=0.0)
        yield _sent(other) + timedelta(minutes=minutes), f"within {minutes:g} minutes of {_named(other)}"


def _days(
    row: EffectRow, mine: Pacing | None, lately: Sequence[EffectRow], now: datetime
) -> Iterator[tuple[datetime, str]]:
    """Until the end of each local day that is full."""
    for pacing in _words(row, mine, lately):
        zone = ZoneInfo(pacing.zone)
        today = now.astimezone(zone).date()
        posts = [other for other in lately if _sent(other).astimezone(zone).date() == today]
        if len(posts) >= pacing.posts_per_day:
            midnight = datetime.combine(today + timedelta(days=1), time(0), zone).astimezone(UTC)
            cap = f"{pacing.posts_per_day} a day of {pacing.zone}"
            yield midnight, f"the account bears {cap}, and has {len(posts)} on {today}; the last is {_named(posts[-1])}"


def _networks_day(account: _Account, now: datetime, never: datetime) -> Iterator[tuple[datetime, str]]:
    """Until the network takes one more; `never` where it takes none at all."""
    cap = account.networks_cap
    if cap is None:
        return
    posts = [other for other in account.lately if _sent(other) > now - NETWORKS_DAY]
    if cap == 0:
        yield never, f"the network takes no posts on the account {account.name!r}"
    elif len(posts) >= cap:
        oldest = posts[len(posts) - cap]
        why = f"the network takes {cap} in 24 hours, and has {len(posts)}; the last is {_named(posts[-1])}"
        yield _sent(oldest) + NETWORKS_DAY, why


def _both(row: EffectRow, mine: Pacing | None, other: EffectRow) -> list[Pacing]:
    """What both posts' campaigns say of the account; of one campaign only the word that came with this post."""
    theirs = _pacing(other) if other.campaign != row.campaign else None
    return [pacing for pacing in (mine, theirs) if pacing is not None]


def _words(row: EffectRow, mine: Pacing | None, lately: Sequence[EffectRow]) -> list[Pacing]:
    """What each campaign on the account says of it: this post's word, and the newest of every other's."""
    newest: Mapping[str, EffectRow] = {other.campaign: other for other in lately if other.campaign != row.campaign}
    said = [mine, *(_pacing(other) for other in newest.values())]
    return [pacing for pacing in said if pacing is not None]


def _networks_cap(view: View, account: str) -> int | None:
    connected = view.last_kept(account, AccountConnected.__name__)
    return connected.data.posts_per_day if connected and isinstance(connected.data, AccountConnected) else None


def _pacing(row: EffectRow) -> Pacing | None:
    return Publish.model_validate_json(row.payload).pacing


def _sent(row: EffectRow) -> datetime:
    return row.sent or row.due


def _named(row: EffectRow) -> str:
    return f"{row.key!r} of {_sent(row).astimezone(UTC).isoformat(timespec='minutes')}"
