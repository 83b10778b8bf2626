"""The simulated network as a platform: what it takes, under which keys, at what pace, and what it lets be read.

Invariants: calls act at the clock's time, never earlier than any moment already lived; `advance` alone says purchases,
and keeps each until `say` has returned. Everything that was accepted is in `accepted()`, twice if it was accepted
twice; a network that is given what another had accepted goes on as that one would have.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from events.campaign import ConversionRecorded
from workers.platforms.protocol import (
    AuthorizationExpired,
    Clock,
    Limits,
    OutgoingPost,
    Published,
    RateLimited,
    Reading,
    Rejected,
    Say,
)
from workers.platforms.simulated.faults import Faults, Trouble, raise_early, raise_late
from workers.platforms.simulated.feed import Accepted
from workers.platforms.simulated.society import Purchase, Society
from workers.platforms.simulated.world import ACCOUNT_COUNTERS, POST_COUNTERS, World

HOUR: Final = timedelta(hours=1)

Keep = Callable[[Accepted], None]
"""Called with every post that was accepted, before anybody is told; the server writes it down."""


def _keep_nothing(_: Accepted) -> None:
    pass


class SimulatedNetwork:
    """One network, its accounts made when they are first used. Safe to call from several threads.

    `born` is the first moment of its time, the clock's *now* if not given; `history` what it had accepted before.
    """

    def __init__(
        self,
        world: World,
        *,
        seed: int,
        clock: Clock,
        say: Say,
        born: datetime | None = None,
        history: Iterable[Accepted] = (),
        keep: Keep = _keep_nothing,
    ) -> None:
        self.born: Final = born or clock.now()
        self._world, self._clock, self._say, self._keep = world, clock, say, keep
        self._zone = ZoneInfo(world.zone)
        self._lock = Lock()
        self._now = self.born
        self._society = Society(world, seed, self.born)
        self._trouble = Trouble(world.faults, seed, self._midnight(self.born))
        self._accepted: list[Accepted] = []
        self._by_key: dict[tuple[str, str], Accepted] = {}
        self._reads: dict[str, deque[datetime]] = {}
        self._unsaid: list[Purchase] = []
        for accepted in history:
            self._live(accepted.at)
            self._show(accepted)

    @property
    def faults(self) -> Faults:
        """Faults on demand, for tests."""
        return self._trouble.demanded

    def accepted(self) -> list[Accepted]:
        """Every post that was accepted, in order: what a test counts duplicates by."""
        with self._lock:
            return list(self._accepted)

    def limits(self, account: str) -> Limits:
        """The same for every account."""
        del account
        network = self._world.network
        given = dict.fromkeys(POST_COUNTERS + ACCOUNT_COUNTERS)
        return Limits(
            takes_key=network.keyed,
            posts_per_day=network.posts_per_day,
            text_length=network.text_length,
            formats=network.formats,
            counters=tuple(counter for counter in given if counter not in self._trouble.never_given()),
            read_lag=timedelta(minutes=network.find_lag_minutes),
        )

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        with self._lock:
            now = self._live(self._clock.now())
            self._trouble.check_outage(now)
            fault = self._trouble.befalls("publish", key)
            raise_early(fault, now)
            self._authorize(account)
            accepted = self._by_key.get((account, key)) if self._world.network.keyed else None
            if accepted is None:
                self._refuse(post)
                self._limit_posts(account, now)
                accepted = Accepted(f"simulated-{len(self._accepted) + 1:06}", account, key, post, now)
                self._keep(accepted)
                self._show(accepted)
            raise_late(fault)
            return _published(accepted)

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        """By key where the world is keyed, else the first post since then with this fingerprint."""
        with self._lock:
            now = self._call("find", account, key)
            visible = now - timedelta(minutes=self._world.network.find_lag_minutes)
            if self._world.network.keyed:
                known = self._by_key.get((account, key))
                candidates = [known] if known else []
            else:
                candidates = [
                    each
                    for each in self._accepted
                    if each.account == account and each.post.fingerprint == fingerprint and each.at >= since
                ]
            return next((_published(each) for each in candidates if each.at <= visible), None)

    def read_post(self, account: str, reference: str) -> Reading:
        with self._lock:
            now = self._read(account, reference)
            if not any(each.reference == reference and each.account == account for each in self._accepted):
                raise Rejected(f"account {account!r} has no post {reference!r}")
            return self._reading(reference, now, self._society.post_counters(reference))

    def read_account(self, account: str) -> Reading:
        with self._lock:
            now = self._read(account, account)
            return self._reading(account, now, self._society.account_counters(account))

    def advance(self, to: datetime) -> None:
        """Live until `to` and say what was bought by then."""
        with self._lock:
            self._live(to)
            self._unsaid += self._society.purchases(to)
            due = list(self._unsaid)
        for purchase in due:
            conversion = ConversionRecorded(count=1, post=purchase.post, account=purchase.account)
            self._say(conversion, purchase.campaign, purchase.id, purchase.at)
            with self._lock:
                self._unsaid = [each for each in self._unsaid if each.id != purchase.id]

    def _live(self, to: datetime) -> datetime:
        self._now = max(self._now, to)
        self._society.live(self._now)
        return self._now

    def _show(self, accepted: Accepted) -> None:
        self._accepted.append(accepted)
        self._by_key.setdefault((accepted.account, accepted.key), accepted)
        self._society.show(accepted)

    def _call(self, call: str, account: str, subject: str) -> datetime:
        """What every call but publishing meets: time, outages, faults and authorization."""
        now = self._live(self._clock.now())
        self._trouble.check_outage(now)
        fault = self._trouble.befalls(call, subject)
        raise_early(fault, now)
        self._authorize(account)
        raise_late(fault)
        return now

    def _read(self, account: str, subject: str) -> datetime:
        now = self._call("read", account, subject)
        allowed = self._world.network.reads_per_hour
        reads = self._reads.setdefault(account, deque(maxlen=allowed))
        if allowed is not None and len(reads) == allowed and reads[0] + HOUR > now:
            raise RateLimited(reads[0] + HOUR)
        if allowed is not None:
            reads.append(now)
        return now

    def _reading(self, subject: str, now: datetime, counters: dict[str, int]) -> Reading:
        missing = self._trouble.missing(subject, now)
        return Reading(now, {name: value for name, value in counters.items() if name not in missing})

    def _authorize(self, account: str) -> None:
        if account in self.faults.expired:
            raise AuthorizationExpired(f"the token of {account!r} has expired")

    def _refuse(self, post: OutgoingPost) -> None:
        network = self._world.network
        if network.text_length is not None and len(post.text) > network.text_length:
            raise Rejected(f"text of {len(post.text)} characters; at most {network.text_length} are allowed")
        format_ = post.traits.format
        if network.formats and format_ is not None and format_ not in network.formats:
            raise Rejected(f"format {format_!r}; allowed are {', '.join(network.formats)}")

    def _limit_posts(self, account: str, now: datetime) -> None:
        network = self._world.network
        times = [each.at for each in self._accepted if each.account == account]
        within_hour = [at for at in times if at + HOUR > now]
        if network.posts_per_hour is not None and len(within_hour) >= network.posts_per_hour:
            raise RateLimited(within_hour[-network.posts_per_hour] + HOUR)
        midnight = self._midnight(now)
        if network.posts_per_day is not None and sum(at >= midnight for at in times) >= network.posts_per_day:
            raise RateLimited(self._midnight(now, days=1))

    def _midnight(self, moment: datetime, days: int = 0) -> datetime:
        """The local midnight that begins the moment's day, or a day so many days later."""
        day = moment.astimezone(self._zone).date() + timedelta(days=days)
        return datetime.combine(day, time(), self._zone).astimezone(self.born.tzinfo)


def _published(accepted: Accepted) -> Published:
    url = f"https://simulated.invalid/{accepted.account}/{accepted.reference}"
    return Published(accepted.reference, accepted.at, url)
