"""What stands between Mowj and its network in a test, and what the network has accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from tests.simulation.loop import (
    ACCOUNT,
    Site,
)
from workers.methods.planning import SPACING_HOURS
from workers.platforms.protocol import Limits, OutgoingPost, Platform, Published, Reading

SPACING: Final = timedelta(hours=SPACING_HOURS)
SLACK: Final = timedelta(minutes=65)
"""A post may be late by its grace (an hour) and what a lease costs."""


@dataclass
class Between:
    """Stands between Mowj and the network; `publishing`, `finding` and `reading` are asked around such calls."""

    network: Platform
    publishing: Callable[[str], None]
    finding: Callable[[str], None]
    reading: Callable[[str], None]
    sent: Counter[str] = field(default_factory=Counter)

    def limits(self, account: str) -> Limits:
        return self.network.limits(account)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self.sent[post.post] += 1
        self.publishing("before")
        published = self.network.publish(account, post, key)
        self.publishing("after")
        return published

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        self.finding("before")
        return self.network.find(account, key, fingerprint, since)

    def read_post(self, account: str, reference: str) -> Reading:
        self.reading("before")
        return self.network.read_post(account, reference)

    def read_account(self, account: str) -> Reading:
        return self.network.read_account(account)

    def advance(self, to: datetime) -> None:
        self.network.advance(to)


def raising(error: Exception, when: str) -> Callable[[str], None]:
    def ask(moment: str) -> None:
        if moment == when:
            raise error

    return ask


def nothing(_when: str) -> None:
    pass


def between(
    site: Site,
    *,
    publishing: Callable[[str], None] = nothing,
    finding: Callable[[str], None] = nothing,
    reading: Callable[[str], None] = nothing,
) -> list[Between]:
    """Put something between a site and its network; one for each process that will be started."""
    made: list[Between] = []

    def through(network: Platform) -> Platform:
        made.append(Between(network, publishing, finding, reading))
        return made[-1]

    site.through = through
    return made


def moments(site: Site, account: str = ACCOUNT) -> list[datetime]:
    """When the network accepted the account's posts."""
    return sorted(each.at for each in site.network.accepted() if each.account == account)


def posts(site: Site, kind: type[Any]) -> set[str]:
    return {fact.post for fact in site.facts(kind)}


def assert_no_burst(times: list[datetime]) -> None:
    """Posts of one account keep their distance, however late one of them goes out."""
    assert all(later - earlier >= SPACING for earlier, later in pairwise(times)), times
