"""Keeping an analysis within its size: of what is too much, what tells most is said.

An event of 64 KB must carry what later workers rebuild the posterior from, however many topics, groups and hours there
are. What is only shown is shown in part; beliefs that say least beyond the brief are left out; cells are pooled
(`cells.py`).

Invariants: pure; of equal claims the names decide.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from events.strategy import Prior
from events.terms import Part

PartT = TypeVar("PartT", bound=Part)

MOST_BYTES: Final = 60_000
"""What levels, directions, priors and cells have together; envelope, maturity and the rest fit between it and 64 KB."""
LEVELS_BYTES: Final = 16_000
DIRECTIONS_BYTES: Final = 6_000
PRIORS_BYTES: Final = 16_000


def size(part: Part) -> int:
    """Bytes of its JSON as it is appended, with its comma; numbers have nine digits there."""

    def exact(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: exact(one) for name, one in value.items()}
        return float(f"{value:.9g}") if isinstance(value, float) else value

    content = exact(part.model_dump(mode="json", exclude_none=True))
    return len(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()) + 1


def fitting(parts: Iterable[PartT], most: int) -> list[PartT]:
    """The first of them that have no more bytes than `most` together."""
    taken, left = [], most
    for part in parts:
        left -= size(part)
        if left < 0:
            break
        taken.append(part)
    return taken


def telling(priors: Sequence[Prior], usual: Callable[[Prior], tuple[float, float]]) -> tuple[Prior, ...]:
    """The priors that say most beyond what is believed anyway (`usual`: its mean and sd), as many as fit, in order."""

    def gain(prior: Prior) -> float:
        """Kullback-Leibler divergence from the usual belief, in nats."""
        mean, sd = usual(prior)
        return math.log(sd / prior.sd) + (prior.sd**2 + (prior.mean - mean) ** 2) / (2.0 * sd**2) - 0.5

    ranked = sorted(priors, key=lambda prior: (-round(gain(prior), 9), prior.quantity, prior.factor, prior.level))
    kept = set(fitting(ranked, PRIORS_BYTES))
    return tuple(prior for prior in priors if prior in kept)
