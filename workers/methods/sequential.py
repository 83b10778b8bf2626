"""Anytime-valid tests of "the mean is still above the floor" on over-dispersed counts, with a bound on false alarms.

For a negative binomial count X with mean at least m and dispersion at least k (Var <= m + m^2/k at mean m),
`E[exp(-s X)] <= (1 + (m/k)(1 - exp(-s)))^-k` for every s > 0, so

    e = exp(-s X) * (1 + (m/k)(1 - exp(-s)))^k

has expectation at most 1 under the null, given the past, even though m differs from post to post and is fixed only just
before each. Products of such e are a test supermartingale, averages over s and over starting times are again one,
and Ville's inequality gives P(it ever reaches 1/alpha) <= alpha (Ramdas, Grünwald, Vovk, Shafer 2023, *Statistical
Science* 38(4); starting times as in Shin, Ramdas, Rinaldo 2024, e-detectors). For ceilings the same with exp(+s X).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

STEPS = (0.15, 0.4, 1.0, 2.5)
"""s in units of 1 / (m(1 + m/k))^(1/2)-ish scale; an even mixture, so none has to be right."""


FIRST_START = 0.5


class Side(StrEnum):
    """Which side of the limit is bad."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Run:
    """The evidence gathered since one starting time: log e by STEPS; `total`, `limits` sum what was compared."""

    start: float
    logs: tuple[float, ...]
    count: int
    total: float
    limits: float


def started(start: float) -> Run:
    return Run(start, (0.0,) * len(STEPS), 0, 0.0, 0.0)


def judged(run: Run, observed: float, limit: float, dispersion: float, side: Side) -> Run:
    """The run after one more count `observed`, whose mean was to be on the good side of `limit`."""
    if limit <= 0:
        return run
    logs = tuple(
        log + log_evidence(observed, limit, dispersion, step, side) for log, step in zip(run.logs, STEPS, strict=True)
    )
    return Run(run.start, logs, run.count + 1, run.total + observed, run.limits + limit)


def log_evidence(observed: float, limit: float, dispersion: float, step: float, side: Side) -> float:
    """The log of e of one count, at s = step / sd of the count at its limit (and, above, inside the MGF's domain)."""
    k = dispersion
    s = step / math.sqrt(limit + limit**2 / k)
    if side is Side.BELOW:
        return -s * observed + k * math.log1p(limit / k * -math.expm1(-s))
    s = min(s, 0.5 * math.log1p(k / limit))
    return s * observed + k * math.log1p(-limit / k * math.expm1(s))


def evidence(runs: Sequence[Run], starts: int) -> tuple[float, float]:
    """(e, start of the strongest run): a mixture over at most `starts` starting times.

    The first start, for a plan that was wrong from the beginning, weighs FIRST_START; the later ones, for a change on
    the way, share the rest. Starts that have not come yet hold e = 1, so the whole is one supermartingale from the
    first post on.
    """
    later = (1.0 - FIRST_START) / (starts - 1) if starts > 1 else 0.0
    weights = [FIRST_START if starts > 1 else 1.0, *(later for _ in runs[1:])]
    gathered = [_mixture(run.logs) for run in runs]
    total = sum(weight * math.exp(min(log, 600.0)) for weight, log in zip(weights, gathered, strict=True))
    # When it began is a question of its own: the run that a change dilutes least has gathered most, whatever it weighs.
    strongest = max(range(len(runs)), key=lambda i: gathered[i])
    return total + later * max(0, starts - len(runs)), runs[strongest].start


def spending(start: int) -> float:
    """The share of alpha that the n-th start of a test (n from 1) may spend; the shares of all n add up to 1."""
    return 6.0 / (math.pi * start) ** 2


def _mixture(logs: tuple[float, ...]) -> float:
    return float(np.logaddexp.reduce(logs)) - math.log(len(STEPS))


def smallest_drop(
    expected: float, floor: float, dispersion: float, posts: int, alpha: float, power: float = 0.8
) -> float | None:
    """The smallest relative drop of the mean that `posts` counts reveal with the given power; None if not even a full
    one.

    log e is linear in X, so its mean and variance under a dropped mean are exact; the normal approximation is only in
    the power. Each step s is tried alone, at its share of the mixture's threshold.
    """
    if posts <= 0 or expected <= 0 or floor <= 0:
        return None
    quantile = NormalDist().inv_cdf(power)
    needed = math.log(len(STEPS) / alpha)
    for drop in (d / 100 for d in range(5, 101, 5)):
        mean = expected * (1.0 - drop)
        deviation = math.sqrt(mean + mean**2 / dispersion)
        scale = math.sqrt(floor + floor**2 / dispersion)
        for step in STEPS:
            s = step / scale
            growth = log_evidence(mean, floor, dispersion, step, Side.BELOW)
            if posts * growth - quantile * s * deviation * math.sqrt(posts) >= needed:
                return drop
    return None
