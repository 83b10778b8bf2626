"""People who come to buy by themselves, whatever is posted, and to which post the shop puts that down.

Invariants: who needs something on a day, and in which hour, follows from seed, person and day alone, so that two
policies meet the same needs. Who has bought lately needs nothing: a post sells in part what would have been sold.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from workers.platforms.simulated import chance
from workers.platforms.simulated.chance import Floats, People
from workers.platforms.simulated.feed import Accepted, Flags
from workers.platforms.simulated.world import World

_OPENS: Final = 8
_OPEN_HOURS: Final = 15
"""Whoever needs something comes between 8 and 23 o'clock."""
_DAYS_A_YEAR: Final = 365.0


class Needs:
    """The needs of everybody; `segment` is each person's segment number."""

    def __init__(self, world: World, seed: int, segment: People) -> None:
        self._seed, self._everybody = seed, np.arange(len(segment))
        by_segment = np.array([each.needs_per_year / _DAYS_A_YEAR for each in world.segments.values()])
        self.any: Final = bool(by_segment.any())
        self._daily: Floats = by_segment[segment]

    def on(self, day: int) -> Flags:
        """Who needs something on a day."""
        draws: Floats = chance.uniform(chance.keys(chance.key(self._seed, "need", day)), self._everybody)
        return draws < self._daily

    def within(self, day: int, days: int) -> Flags:
        """Who needs something on a day or one of the following, `days` in all."""
        if not self.any:
            return np.zeros(len(self._everybody), dtype=np.bool_)
        result: Flags = np.logical_or.reduce([self.on(each) for each in range(day, day + days)])
        return result

    def at(self, day: int, hour: int) -> People:
        """Who needs something in a local hour of a day."""
        draws = chance.uniform(chance.keys(chance.key(self._seed, "hour of need", day)), self._everybody)
        return np.flatnonzero(self.on(day) & (np.floor(draws * _OPEN_HOURS).astype(np.intp) + _OPENS == hour))


class Touches:
    """Which post everybody last clicked, or was shown by a boost, and when."""

    def __init__(self, people: int, days: float) -> None:
        self._hours = 24 * days
        self._at: Floats = np.full(people, -np.inf)
        self._by: list[Accepted | None] = [None] * people

    def touch(self, hour: int, post: Accepted, people: People) -> None:
        self._at[people] = hour
        for person in people:
            self._by[person] = post

    def credited(self, hour: int, person: int) -> Accepted | None:
        """The post that a purchase of a person is put down to, if there is one."""
        return self._by[person] if hour - self._at[person] <= self._hours else None
