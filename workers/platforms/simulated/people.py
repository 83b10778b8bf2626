"""The people of a world: which segment each belongs to, when they are online, and what they like.

Invariants: everything follows from the world, the seed and the day. A person's habits and tastes differ from their
segment's, lastingly, by draws of their own; a change of the world moves the segment, not the person's own part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import numpy as np

from events.terms import Appeal, PostTraits
from workers.platforms.simulated import chance
from workers.platforms.simulated.chance import Floats, People
from workers.platforms.simulated.happenings import Change
from workers.platforms.simulated.surroundings import Surroundings
from workers.platforms.simulated.world import Segment, World

_PEAK, _BESIDE, _DAY, _NIGHT = 1.0, 0.45, 0.12, 0.02
"""How much a person is online in a peak hour, next to one, in another hour from 7 to 23, and at night."""


def hourly_weights(segment: Segment) -> Floats:
    """24 weights of being online by local hour, as stated or drawn around the peaks."""
    if segment.hours:
        return np.array(segment.hours, dtype=np.float64)
    weights = np.array([_DAY if 7 <= hour <= 23 else _NIGHT for hour in range(24)])
    for peak in segment.peaks:
        for beside in (peak - 1, peak + 1):
            weights[beside % 24] = max(weights[beside % 24], _BESIDE)
    weights[list(segment.peaks)] = _PEAK
    return weights


class Population:
    """All people, numbered from 0, ordered by segment, in a world whose first day is `born`.

    `segment` is each person's segment number; `rows` maps a segment's name to its number. `era` rises whenever people
    like and buy other things than before, so that whoever keeps a liking knows when to ask again.
    """

    def __init__(self, world: World, seed: int, born: date) -> None:
        self._world, self._seed = world, seed
        self.rows: Mapping[str, int] = {name: row for row, name in enumerate(world.segments)}
        self.sizes = np.array([segment.people for segment in world.segments.values()], dtype=np.float64)
        self.segment: People = np.repeat(np.arange(len(self.sizes)), self.sizes.astype(np.intp))
        self.everybody: People = np.arange(world.size)
        self.era = 0
        self._day, self._changes = 0, 0
        self._surroundings = Surroundings(world, seed, born, self.segment)
        self._shift: Final = np.floor(chance.uniform(self._key("rhythm"), self.everybody) * 3).astype(np.intp) - 1
        self._live_as(dict(world.segments), np.zeros(len(self.sizes), dtype=np.intp))

    def propensity(self, name: str) -> Floats:
        """One propensity by segment."""
        return np.array([getattr(segment.propensities, name) for segment in self._world.segments.values()])

    def founders(self, account: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Who follows an account when it is first seen: so many of each segment as the world states."""
        draws = chance.uniform(self._key("founder", account), self.everybody)
        following = np.zeros(len(self.everybody), dtype=np.bool_)
        for row, segment in enumerate(self._world.segments.values()):
            members = np.flatnonzero(self.segment == row)
            following[members[np.argsort(draws[members])[: segment.followers]]] = True
        return following

    def begin(self, day: int) -> Iterator[People]:
        """Who is online in each of the 24 hours of a day, after the changes that have come into force by then."""
        due = [change for change in self._world.changes if change.day <= day]
        if len(due) != self._changes:
            self._change(due)
        if self._world.restless and day != self._day:
            self.era += 1
        self._day = day
        return (
            np.flatnonzero(chance.uniform(self._key("online", day, hour), self.everybody) < habits)
            for hour, habits in enumerate(self._habits)
        )

    def liking(self, traits: PostTraits) -> Floats:
        """How much each person wishes to react to a fresh post with these traits, before mood and fatigue."""
        engage = self.propensity("engage")
        by_segment: Floats = engage * [
            self._appeal(name, segment, traits.appeal) * self._taste(name, "format", segment.formats, traits.format)
            for name, segment in self._segments.items()
        ]
        interest = [
            self._taste(name, "topic", segment.interests, traits.topic) for name, segment in self._segments.items()
        ]
        own = chance.lognormal(
            chance.uniform(self._key("interest", traits.topic), self.everybody), self._world.luck.people
        )
        result: Floats = (by_segment * interest)[self.segment] * own
        return result * self._surroundings.interest(traits, self._day) if self._world.restless else result

    def persuasion(self, traits: PostTraits) -> Floats:
        """By segment, the chance that a post with these traits sells to somebody who would buy."""
        sells = [
            s.persuades.get(traits.appeal, 1.0) if traits.appeal is not None else 1.0 for s in self._segments.values()
        ]
        return np.array(sells) * self._surroundings.sales(traits, self._day)

    def _change(self, due: list[Change]) -> None:
        segments = dict(self._world.segments)
        shift = np.zeros(len(segments), dtype=np.intp)
        for change in sorted(due, key=lambda each: each.day):
            for name in change.segments or segments:
                shift[self.rows[name]] += change.hours_shift
                segments[name] = segments[name].model_copy(
                    update={
                        "appeals": {**segments[name].appeals, **change.appeals},
                        "interests": {**segments[name].interests, **change.interests},
                        "formats": {**segments[name].formats, **change.formats},
                    }
                )
        self._changes = len(due)
        self.era += 1
        self._live_as(segments, shift)

    def _live_as(self, segments: dict[str, Segment], shift: People) -> None:
        self._segments = segments
        weights = np.array([np.roll(hourly_weights(s), shift[row]) for row, s in enumerate(segments.values())])
        hours_online = np.array([[segment.hours_online] for segment in segments.values()])
        habits = np.minimum(0.95, weights / weights.sum(axis=1, keepdims=True) * hours_online)
        hours = (np.arange(24)[:, None] - self._shift) % 24
        self._habits = habits[self.segment, hours]

    def _appeal(self, name: str, segment: Segment, appeal: Appeal | None) -> float:
        return self._taste(name, "appeal", {each.value: taste for each, taste in segment.appeals.items()}, appeal)

    def _taste(self, name: str, kind: str, listed: Mapping[str, float], word: str | None) -> float:
        """The segment's taste for a word; a post that has none is taken as the average of what the segment lists."""
        if word is not None and word in listed:
            return listed[word]
        if word is None and listed:
            return sum(listed.values()) / len(listed)
        between = self._world.unlisted
        return between.low + (between.high - between.low) * chance.single(self._seed, kind, name, word)

    def _key(self, *parts: object) -> chance.Keys:
        return chance.keys(chance.key(self._seed, *parts))
