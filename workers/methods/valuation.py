"""What an outcome is worth, and when: the one valuation that planning, choosing and correcting share.

`value(t) = v * exp(-rho * t)`, t in days, rho from the owner's own statement of what a day's delay costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def discount_rate(lost_per_day: float) -> float:
    """The rate rho per day such that an outcome one day later is worth exactly `1 - lost_per_day` of itself."""
    return -math.log1p(-lost_per_day)


def present_value(amounts: Array, days: Array, rho: float) -> float:
    """The sum of amounts, each discounted by its own days of delay."""
    return float(np.sum(np.asarray(amounts) * np.exp(-rho * np.asarray(days))))


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of a set of draws and their central 90 %."""

    mean: float
    low: float
    high: float


def spread(draws: Array) -> Spread:
    """Summarize equally likely draws, shape (S,)."""
    ordered: list[float] = np.sort(draws).tolist()
    return Spread(float(draws.mean()), _quantile(ordered, 0.05), _quantile(ordered, 0.95))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """What `numpy.quantile` gives, bit for bit; it takes ten times as long to get there, on every level and plan."""
    place = share * (len(ordered) - 1)
    below = int(place)
    low, high, part = ordered[below], ordered[min(below + 1, len(ordered) - 1)], place - below
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1.0 - part)


@dataclass(frozen=True, slots=True)
class Economics:
    """The owner's money, all in one currency. `engagement_worth` prices the audience that engagement leaves behind.

    `time_cost` is what the owner's time for a post is worth: it lowers a plan's value, but no budget pays for it.
    """

    outcome_worth: float
    engagement_worth: float
    rho: float
    post_cost: float
    boost_price: float | None
    time_cost: float = 0.0
