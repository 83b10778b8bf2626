"""A network in one file: the wall of a village, on which sheets are pinned. Shown in docs/write-a-platform.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from workers.platforms.protocol import Clock, Limits, OutgoingPost, Published, Reading, Rejected, Say

COUNTERS = ("reach", "engagements", "followers")


class VillageWall:
    """Whoever pins a sheet under a key that hangs there already is shown that sheet: the wall takes keys."""

    def __init__(self, clock: Clock, passers_by: int) -> None:
        self._clock, self._passers_by = clock, passers_by
        self._sheets: dict[tuple[str, str], Published] = {}

    def limits(self, account: str) -> Limits:
        return Limits(
            takes_key=True,
            posts_per_day=None,
            text_length=500,
            formats=("text", "photo", "video"),
            counters=COUNTERS,
            read_lag=timedelta(0),
        )

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        if len(post.text) > 500:
            raise Rejected("a sheet holds 500 characters")
        sheet = Published(reference=f"sheet-{len(self._sheets) + 1}", at=self._clock.now())
        return self._sheets.setdefault((account, key), sheet)

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        return self._sheets.get((account, key))

    def read_post(self, account: str, reference: str) -> Reading:
        for (owner, _), sheet in self._sheets.items():
            if (owner, sheet.reference) == (account, reference):
                days = min((self._clock.now() - sheet.at) / timedelta(days=1), 3.0)
                reach = int(self._passers_by * days)
                return Reading(self._clock.now(), {"reach": reach, "engagements": reach // 20})
        raise Rejected(f"no sheet {reference!r} of {account!r}")

    def read_account(self, account: str) -> Reading:
        return Reading(self._clock.now(), {"followers": self._passers_by})

    def advance(self, to: datetime) -> None:
        """Nothing happens at a wall that nobody asked for."""


def factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> VillageWall:
    return VillageWall(clock, passers_by=int(options.get("passers_by", 90)))
