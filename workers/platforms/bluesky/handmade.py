"""Posts that people make by hand on an account: said as PostObserved, and what was counted of them as MetricObserved.

Invariants: said are top-level posts that Mowj did not publish, each under its own address, so that saying it again
changes nothing. Other people's posts, replies and reposts are not looked at.
Source: lexicon app.bsky.feed.getAuthorFeed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

from events.campaign import PostObserved
from events.execution import MetricObserved
from events.terms import PostTraits
from workers.platforms.bluesky.keys import is_ours
from workers.platforms.bluesky.sessions import Sessions
from workers.platforms.bluesky.text import without_names
from workers.platforms.protocol import PlatformError, Say

AGES: Final = tuple(timedelta(hours=hours) for hours in (1, 24, 72, 168))
"""After which a hand-made post is counted; the last time for good."""
PAGE: Final = 50
FORMATS: Final = {
    "app.bsky.embed.images": "photo",
    "app.bsky.embed.video": "video",
    "app.bsky.embed.external": "link",
}
"""What a post with this embed is called; without any it is `text`."""

Accounts = Callable[[], Collection[str]]
Counted = Callable[[list[dict[str, Any]], int], dict[str, int]]


class Handmade:
    """Looks at each account's own newest posts, every `pause` seconds of the machine's time."""

    def __init__(
        self, sessions: Sessions, say: Say, accounts: Accounts, channel: str, pause: float, counted: Counted
    ) -> None:
        self._sessions, self._say, self._accounts, self._channel = sessions, say, accounts, channel
        self._pause, self._counted = pause, counted
        self._next = 0.0
        self._said: set[str] = set()

    def look(self, now: datetime) -> None:
        """Say what is new of every account. Raises the last PlatformError; what was not said is said the next time."""
        if monotonic() < self._next:
            return
        self._next = monotonic() + self._pause
        failed: PlatformError | None = None
        for account in self._accounts():
            try:
                self._look_at(account, now)
            except PlatformError as error:
                failed = error
        if failed is not None:
            raise failed

    def _look_at(self, account: str, now: datetime) -> None:
        did = self._sessions.session(account).did
        asked = {"actor": did, "filter": "posts_no_replies", "limit": PAGE}
        answer = self._sessions.query(account, "app.bsky.feed.getAuthorFeed", asked)
        for entry in answer.get("feed", ()):
            if "reason" not in entry and _is_by_hand(entry.get("post"), did):
                self._tell(account, entry["post"], now)

    def _tell(self, account: str, view: Mapping[str, Any], now: datetime) -> None:
        uri, record = str(view["uri"]), view["record"]
        at = min(_moment(record.get("createdAt")) or now, now)
        embed = record.get("embed") or {}
        traits = PostTraits(channel=self._channel, format=FORMATS.get(str(embed.get("$type")), "text"), paid=False)
        text = without_names(str(record.get("text", ""))) or None
        self._once(
            uri, PostObserved(post=uri, account=account, published=at, traits=traits, reference=uri, text=text), at
        )
        reached = [age for age in AGES if now - at >= age]
        if reached:
            hours = reached[-1] / timedelta(hours=1)
            counted = self._counted([dict(view)], 0)
            is_last = reached[-1] == AGES[-1]
            metric = MetricObserved(
                account=account, post=uri, age_hours=(now - at) / timedelta(hours=1), counters=counted, final=is_last
            )
            self._once(f"{uri}#{hours:g}h", metric, now)

    def _once(self, own_id: str, fact: PostObserved | MetricObserved, at: datetime) -> None:
        if own_id not in self._said:
            self._say(fact, "", own_id, at)
            self._said.add(own_id)


def _is_by_hand(view: Any, did: str) -> bool:
    if not isinstance(view, dict) or not isinstance(view.get("record"), dict):
        return False
    uri = str(view.get("uri", ""))
    return uri.startswith(f"at://{did}/") and not is_ours(uri.rpartition("/")[2]) and "reply" not in view["record"]


def _moment(said: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
