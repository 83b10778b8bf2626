"""Partially pooled Bayesian response rates: how traits of a post multiply reach, engagement and outcomes.

Each quantity is a count with a log-linear mean, `log E[y] = log(exposure) + intercept + sum of level effects`, negative
binomial variance `mu + mu^2 / k` a post, and a normal prior on every effect, so that levels with few posts stay near
their factor's average. Hours share a circular Gaussian prior: neighbors inform each other. The posterior is the Laplace
approximation at the mode, found by iteratively reweighted least squares (McCullagh & Nelder 1989, ch. 2, with the prior
as a penalty; Gelman et al., BDA3, sec. 16.2).

Invariants: a missing trait adds no column, so it means "average", not a level of its own. Priors are centered so that
an unknown level's expected multiplier is 1: ignorance earns no bonus. All functions are pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

Array = NDArray[np.float64]
Level = tuple[str, str]
"""(factor, level), such as ("format", "photo") or ("segment:topic", "beginners:brewing")."""

DRAWS = 96
HOUR_LENGTH = 2.5
"""Correlation length of neighboring hours, in hours on the circle."""
BLOCK_HOURS = 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """One modeled count: prior sd of each factor it depends on, prior of its intercept, and prior dispersion k."""

    name: str
    factors: tuple[tuple[str, float], ...]
    intercept: float
    intercept_sd: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Totals of posts with the same traits: levels[i] are row i's columns; all arrays have shape (n,).

    `posts` is how many posts the row sums over: the dispersion averages out over them.
    """

    levels: tuple[tuple[Level, ...], ...]
    exposure: Array
    total: Array
    posts: Array


@dataclass(frozen=True, slots=True)
class Belief:
    """A prior on one level's multiplier: expected `exp(mean)`, log sd `sd`."""

    level: Level
    mean: float
    sd: float


@dataclass(frozen=True)
class Posterior:
    """Normal posterior of all effects, with draws that every valuation shares (common random numbers)."""

    columns: Mapping[Level, int]
    mean: Array
    covariance_root: Array
    dispersion: float
    seed: int

    @cached_property
    def draws(self) -> Array:
        """Shape (p, DRAWS): equally likely effects, antithetic, the same for the same posterior.

        Quantities draw independently of each other: each has a seed of its own.
        """
        half = np.random.Generator(np.random.PCG64(self.seed)).standard_normal((len(self.mean), DRAWS // 2))
        noise = np.concatenate([half, -half], axis=1)
        return np.asarray(self.mean[:, None] + self.covariance_root @ noise)

    def matrix(self, rows: Sequence[Sequence[Level]]) -> Array:
        """One-hot design of the given traits, shape (len(rows), p); levels never heard of add nothing."""
        design = np.zeros((len(rows), len(self.mean)))
        design[:, 0] = 1.0
        # A level never heard of points to the intercept's column, which is one already.
        place = self.columns.get
        columns = [place(level, 0) for levels in rows for level in levels]
        design[np.repeat(np.arange(len(rows)), [len(levels) for levels in rows]), columns] = 1.0
        return design

    def average(self, rows: Sequence[Sequence[Level]], weights: Array, asked: Sequence[Level]) -> Array:
        """Drawn rates of each asked level, all other traits at their weighted average; (len(asked), DRAWS)."""
        typical = np.zeros(len(self.mean))
        typical[0] = 1.0
        if len(rows):
            typical = np.average(self.matrix(rows), axis=0, weights=weights)
        design = np.tile(typical, (len(asked), 1))
        for index, (factor, name) in enumerate(asked):
            for (other, _), column in self.columns.items():
                if other == factor:
                    design[index, column] = 0.0
            if (factor, name) in self.columns:
                design[index, self.columns[factor, name]] = 1.0
        return np.asarray(np.exp(np.clip(design @ self.draws, -30.0, 30.0)))

    def rates(self, rows: Sequence[Sequence[Level]]) -> tuple[Array, Array]:
        """Per unit of exposure: drawn means, shape (len(rows), DRAWS), and their expectation, shape (len(rows),)."""
        design = self.matrix(rows)
        linear = design @ self.mean
        variance = np.sum((design @ self.covariance_root) ** 2, axis=1)
        drawn = np.exp(np.clip(design @ self.draws, -30.0, 30.0))
        return np.asarray(drawn), np.asarray(np.exp(np.clip(linear + 0.5 * variance, -30.0, 30.0)))


def calibrated(draws: Array, expected: Array) -> Array:
    """Draws scaled, row by row, to the expectation that they estimate: few draws of a heavy tail miss it."""
    return np.asarray(draws * (expected / draws.mean(axis=1))[:, None])


def expand(
    *,
    channel: str,
    topic: str | None,
    format: str | None,  # noqa: A002 - the trait's own name
    appeal: str | None,
    segment: str | None,
    hour: int | None,
    paid: bool | None,
) -> tuple[Level, ...]:
    """The columns that a post's traits switch on, the segment's interactions included."""
    levels: list[Level] = [("channel", channel)]
    if topic is not None:
        levels.append(("topic", topic))
    if format is not None:
        levels.append(("format", format))
    if appeal is not None:
        levels.append(("appeal", appeal))
    if hour is not None:
        levels.append(("hour", str(hour)))
    if paid:
        levels.append(("paid", "yes"))
    if segment is not None:
        levels.append(("segment", segment))
        if topic is not None:
            levels.append(("segment:topic", f"{segment}:{topic}"))
        if appeal is not None:
            levels.append(("segment:appeal", f"{segment}:{appeal}"))
        if hour is not None:
            levels.append(("segment:block", f"{segment}:{hour // BLOCK_HOURS}"))
    return tuple(levels)


def fit(quantity: Quantity, rows: Rows, beliefs: Sequence[Belief], universe: Iterable[Level]) -> Posterior:
    """The posterior of one quantity. `universe` lists every level that anybody may ask about later."""
    columns = _columns(quantity, rows, beliefs, universe)
    prior_mean, precision = _prior(quantity, columns, beliefs)
    known = {level: index for level, index in columns.items() if index > 0}
    design = Posterior(known, prior_mean, np.zeros((0, 0)), quantity.dispersion, 0).matrix(rows.levels)
    dispersion = quantity.dispersion
    mode = prior_mean
    hessian = precision
    for _ in range(2):
        mode, hessian = _mode(design, rows, prior_mean, precision, dispersion, mode)
        dispersion = _dispersion(design, rows, mode, quantity.dispersion)
    root = cholesky(hessian, lower=True)
    covariance_root = solve_triangular(root, np.eye(len(mode)), lower=True).T
    return Posterior(known, mode, np.asarray(covariance_root), dispersion, crc32(quantity.name.encode()))


def _columns(quantity: Quantity, rows: Rows, beliefs: Sequence[Belief], universe: Iterable[Level]) -> dict[Level, int]:
    seen = {level for levels in rows.levels for level in levels}
    seen.update(universe)
    seen.update(belief.level for belief in beliefs)
    factors = {factor for factor, _ in quantity.factors}
    if "hour" in factors:
        seen.update(("hour", str(hour)) for hour in range(24))
    used = sorted(level for level in seen if level[0] in factors)
    columns: dict[Level, int] = {("intercept", ""): 0}
    columns.update({level: index + 1 for index, level in enumerate(used)})
    return columns


def _prior(quantity: Quantity, columns: Mapping[Level, int], beliefs: Sequence[Belief]) -> tuple[Array, Array]:
    size = len(columns)
    variance = np.zeros((size, size))
    center = np.zeros(size)
    variance[0, 0], center[0] = quantity.intercept_sd**2, quantity.intercept
    held = {belief.level: belief for belief in beliefs}
    deviations = dict(quantity.factors)
    for level, index in columns.items():
        if index == 0:
            continue
        belief = held.get(level)
        deviation = belief.sd if belief is not None else deviations[level[0]]
        center[index] = belief.mean if belief is not None else 0.0
        variance[index, index] = deviation**2
    hours = [(int(level[1]), index) for level, index in columns.items() if level[0] == "hour"]
    for first, i in hours:
        for second, j in hours:
            apart = min((first - second) % 24, (second - first) % 24)
            if i != j:
                scale = math.sqrt(variance[i, i] * variance[j, j])
                variance[i, j] = 0.98 * scale * math.exp(-0.5 * (apart / HOUR_LENGTH) ** 2)
    # E[exp(effect)] = exp(center + variance / 2): subtracting half of it keeps the multiplier as stated.
    center -= 0.5 * np.diag(variance)
    return center, np.asarray(cho_solve(cho_factor(variance), np.eye(size)))


def _mode(
    design: Array, rows: Rows, prior_mean: Array, precision: Array, dispersion: float, start: Array
) -> tuple[Array, Array]:
    """Newton steps on the penalized quasi-likelihood until they are small; returns the mode and the curvature there."""
    offset = np.log(np.maximum(rows.exposure, 1e-9))
    spread_out = 1.0 / (dispersion * np.maximum(rows.posts, 1e-9))
    effects = start
    hessian = precision
    for _ in range(30):
        linear = np.clip(design @ effects, -30.0, 30.0)
        expected = np.exp(np.clip(linear + offset, -20.0, 30.0))
        weight = 1.0 / (1.0 / np.maximum(expected, 1e-12) + spread_out)
        # The residual is bounded so that one wild post cannot throw the first steps away.
        residual = np.clip((rows.total - expected) / np.maximum(expected, 1e-12), -1.0, 4.0)
        weighted = design.T * weight
        hessian = weighted @ design + precision
        gradient = weighted @ residual - precision @ (effects - prior_mean)
        step = cho_solve(cho_factor(hessian), gradient)
        effects = effects + np.clip(step, -1.5, 1.5)
        if float(np.max(np.abs(step))) < 1e-6:
            break
    return effects, hessian


def _dispersion(design: Array, rows: Rows, effects: Array, prior: float, prior_rows: float = 8.0) -> float:
    """Moment estimate of k from squared residuals, shrunk to the prior as if by `prior_rows` rows.

    For a row of n posts, Var = mu + mu^2 / (k n); 1/k is the ratio of excess variance to mu^2 / n.
    """
    if len(rows.total) == 0:
        return prior
    expected = np.maximum(rows.exposure, 1e-9) * np.exp(np.clip(design @ effects, -30.0, 30.0))
    posts = np.maximum(rows.posts, 1e-9)
    relative = ((rows.total - expected) ** 2 - expected) / np.maximum(expected**2 / posts, 1e-9)
    informative = expected / (1.0 + expected)
    heard = float(np.sum(informative))
    inverse = (prior_rows / prior + float(np.sum(informative * np.clip(relative, -5.0, 25.0)))) / (prior_rows + heard)
    return float(np.clip(1.0 / max(inverse, 1e-3), 0.2, 50.0))
