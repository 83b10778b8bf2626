"""What a day does to people's interest, whoever posts: seasons and rivals.

Invariants: everything follows from the world, the seed and the day; who has heard a rival is keyed by person and day.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from events.terms import PostTraits
from workers.platforms.simulated import chance
from workers.platforms.simulated.chance import Floats, People
from workers.platforms.simulated.happenings import Rival, Season
from workers.platforms.simulated.world import World


class Surroundings:
    """The seasons and rivals of a world whose first day is `born`. `segment` is each person's segment number."""

    def __init__(self, world: World, seed: int, born: date, segment: People) -> None:
        self._world, self._seed, self._born, self._segment = world, seed, born, segment
        self._addressed = [
            np.array([name in rival.segments or not rival.segments for name in world.segments])
            for rival in world.rivals
        ]

    def interest(self, traits: PostTraits, day: int) -> Floats:
        """By what each person's liking for a post with these traits is multiplied on a day."""
        today = self._born + timedelta(days=day)
        left = np.full(len(self._segment), seasonal(self._world.seasons, traits.topic, today))
        for number in self._speaking(traits, day):
            draws = chance.uniform(chance.keys(chance.key(self._seed, "rival", number, day)), np.arange(len(left)))
            heard = self._addressed[number][self._segment] & (draws < self._world.rivals[number].reach)
            left[heard] *= self._world.rivals[number].interest
        return left

    def sales(self, traits: PostTraits, day: int) -> Floats:
        """By segment, the share of the purchases after such a post that rivals leave on a day."""
        left = np.ones(len(self._world.segments))
        for number in self._speaking(traits, day):
            left[self._addressed[number]] *= 1.0 - self._world.rivals[number].purchases
        return left

    def _speaking(self, traits: PostTraits, day: int) -> list[int]:
        """The rivals that say on a day what a post with these traits says."""
        return [number for number, rival in enumerate(self._world.rivals) if _says(rival, traits, day)]


def _says(rival: Rival, traits: PostTraits, day: int) -> bool:
    begun = rival.day <= day and (rival.lasts_days is None or day < rival.day + rival.lasts_days)
    same = not rival.topics or traits.topic in rival.topics
    return begun and same and (not rival.appeals or traits.appeal in rival.appeals)


def seasonal(seasons: tuple[Season, ...], topic: str | None, today: date) -> float:
    """What the seasons make of the interest in a topic on a date: 1 is ordinary."""
    result = 1.0
    for season in seasons:
        if season.topics and topic not in season.topics:
            continue
        if season.weekdays:
            result *= season.weekdays[today.weekday()]
        if season.months:
            result *= _between_months(season.months, today)
    return result


def _between_months(months: tuple[float, ...], today: date) -> float:
    middle_passed = (today.day - 0.5) / monthrange(today.year, today.month)[1] - 0.5
    beside = today.month if middle_passed >= 0 else today.month - 2
    here, there = months[today.month - 1], months[beside % 12]
    return here + (there - here) * abs(middle_passed)
