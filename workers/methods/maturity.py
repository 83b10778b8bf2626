"""How much of its final count a post shows at a given age, learned from posts that have run their course.

A pooled ratio with a prior curve: `share(age) = (a0 * F0(age) + sum at age) / (a0 + sum at the end)`, made monotone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares of the final count at `ages` (hours, rising). Between ages linear; before the first, proportional."""

    ages: tuple[float, ...]
    shares: tuple[float, ...]

    def at(self, age: float) -> float:
        """The share expected at an age, in (0, 1]."""
        grown = float(np.interp(age, (0.0, *self.ages), (0.0, *self.shares)))
        return min(1.0, max(grown, 0.02))


def exponential(ages: Sequence[float], mean_hours: float) -> Curve:
    """The prior curve of a count whose arrivals thin out exponentially."""
    end = 1.0 - math.exp(-ages[-1] / mean_hours)
    return Curve(tuple(ages), tuple((1.0 - math.exp(-age / mean_hours)) / end for age in ages))


def learn(prior: Curve, seen: Mapping[float, float], final: float, prior_weight: float) -> Curve:
    """The curve after posts whose counts at each age sum to `seen[age]` and at the end to `final`."""
    raw = [
        (prior_weight * share + seen.get(age, 0.0)) / (prior_weight + final) if age in seen or final == 0 else share
        for age, share in zip(prior.ages, prior.shares, strict=True)
    ]
    monotone = np.minimum(np.maximum.accumulate(raw), 1.0)
    return Curve(prior.ages, tuple(float(share) for share in monotone))
