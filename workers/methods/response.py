"""Partially pooled Bayesian response rates: how traits of a post multiply reach, engagement and outcomes.

Each quantity is a count with a log-linear mean, `log E[y] = log(exposure) + intercept + sum of level effects`, negative
binomial variance `mu + mu^2 / k` a post, and a normal prior on every effect, so that levels with few posts stay near
their factor's average. Hours share a circular Gaussian prior: neighbors inform each other. The posterior is the Laplace
approximation at the mode, found by iteratively reweighted least squares (McCullagh & Nelder 1989, ch. 2, with the prior
as a penalty; Gelman et al., BDA3, sec. 16.2).

A level that no post had keeps its prior and depends on nothing else, unless it is an hour: such levels stay out of the
algebra, which is exact, and lets a brief have thousands of them.

Invariants: a missing trait adds no column, so it means "average", not a level of its own. Priors are centered so that
an unknown level's expected multiplier is 1: ignorance earns no bonus. All functions are pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.linalg.lapack import dposv
from scipy.sparse import csr_array

from workers.methods.designs import Design, Level, Places

Array = NDArray[np.float64]
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
    """Normal posterior of all p effects, with draws that every valuation shares (common random numbers).

    `told` are the q columns that posts, or neighboring hours, tell of; `root` of shape (q, q) is a root of their
    covariance. Every other effect is independent of all, with the standard deviation in `alone` (0 at the told ones).
    """

    columns: Mapping[Level, int]
    mean: Array
    told: NDArray[np.intp]
    root: Array
    alone: Array
    dispersion: float
    seed: int

    @cached_property
    def draws(self) -> Array:
        """Shape (p, DRAWS): equally likely effects, antithetic, the same for the same posterior.

        Quantities draw independently of each other: each has a seed of its own.
        """
        half = np.random.Generator(np.random.PCG64(self.seed)).standard_normal((len(self.mean), DRAWS // 2))
        return self.effects(np.concatenate([half, -half], axis=1))

    def effects(self, noise: Array) -> Array:
        """Effects of shape (p, S) from independent standard normal noise of that shape."""
        drawn = self.mean[:, None] + self.alone[:, None] * noise
        drawn[self.told] += self.root @ noise[self.told]
        return np.asarray(drawn)

    def matrix(self, rows: Sequence[Sequence[Level]]) -> csr_array:
        """One-hot design of the given traits, shape (len(rows), p); levels never heard of add nothing."""
        return _one_hot(self.columns, len(self.mean), rows)

    def average(self, rows: Sequence[Sequence[Level]], weights: Array, asked: Sequence[Level]) -> Array:
        """Drawn rates of each asked level, all other traits at their weighted average; (len(asked), DRAWS)."""
        typical = np.zeros(len(self.mean))
        typical[0] = 1.0
        if len(rows):
            typical = np.asarray(weights @ self.matrix(rows)) / weights.sum()
        of_factor: dict[str, list[int]] = {}
        for (factor, _), column in self.columns.items():
            of_factor.setdefault(factor, []).append(column)
        design = np.tile(typical, (len(asked), 1))
        for index, (factor, name) in enumerate(asked):
            design[index, of_factor.get(factor, [])] = 0.0
            if (factor, name) in self.columns:
                design[index, self.columns[factor, name]] = 1.0
        return np.asarray(np.exp(np.clip(design @ self.draws, -30.0, 30.0)))

    def rates(self, rows: Sequence[Sequence[Level]] | Design) -> tuple[Array, Array]:
        """Per unit of exposure: drawn means, shape (rows, DRAWS), and their expectation, shape (rows,)."""
        places = [each[0] for each in rows.places(self.columns)] if isinstance(rows, Design) else self._places(rows)
        draws, root, moments, told = self._summands
        linear, alone = _summed(moments, places).T
        variance = np.sum(_summed(root, [told[each] for each in places]) ** 2, axis=1) + alone
        drawn = np.exp(np.clip(_summed(draws, places), -30.0, 30.0))
        return np.asarray(drawn), np.asarray(np.exp(np.clip(linear + 0.5 * variance, -30.0, 30.0)))

    def expected(self, rows: Design) -> Array:
        """The expectation of `rates` for a whole grid, shape (aims, choices), to within rounding.

        What is the same for all aims, or for all choices, is added up once.
        """
        _, root, moments, told = self._summands
        places = rows.places(self.columns)
        linear, alone = np.moveaxis(_spread_out(moments, places), -1, 0)
        roots = _spread_out(root, [told[each] for each in places])
        variance = np.einsum("acq,acq->ac", roots, roots) + alone
        return np.asarray(np.exp(np.clip(linear + 0.5 * variance, -30.0, 30.0)))

    def _places(self, rows: Sequence[Sequence[Level]]) -> list[Places]:
        place, width = self.columns.get, 1 + max(map(len, rows), default=0)
        places = np.array(
            [[0, *(place(level, -1) for level in levels), *[-1] * (width - 1 - len(levels))] for levels in rows],
            dtype=np.intp,
        )
        return list(places.reshape(len(rows), width).T)

    @cached_property
    def _summands(self) -> tuple[Array, Array, Array, NDArray[np.intp]]:
        """What a column adds to a row's draws, to the told part, and to its mean and variance; by place in the first
        and third, and in the second by the place among the told ones that the fourth gives. The last place is nobody's.
        """
        told = np.full(len(self.mean) + 1, -1, dtype=np.intp)
        told[self.told] = np.arange(len(self.told))
        moments = np.stack((self.mean, self.alone**2), axis=1)
        draws, root, moments = (np.vstack((of, np.zeros((1, of.shape[1])))) for of in (self.draws, self.root, moments))
        return draws, root, moments, told


def _summed(summands: Array, places: Sequence[Places]) -> Array:
    """Of each row the sum over its places, in their order: what its one-hot design times the summands is."""
    total = np.zeros((*np.broadcast_shapes(*(column.shape for column in places)), summands.shape[1]))
    for column in places:
        total += summands[column]
    return total


def _spread_out(summands: Array, places: Sequence[Places]) -> Array:
    """The same for a grid: places of one shape are added up before they meet others."""
    totals: dict[tuple[int, ...], Array] = {}
    for column in places:
        known = totals.get(column.shape)
        totals[column.shape] = summands[column] if known is None else known + summands[column]
    return np.asarray(sum(totals.values()))


def _one_hot(columns: Mapping[Level, int], size: int, rows: Sequence[Sequence[Level]]) -> csr_array:
    """Rows of ones at column 0, the intercept's, and at the columns of their levels."""
    places = [[0, *(columns[level] for level in levels if level in columns)] for levels in rows]
    ends = np.cumsum([0, *(len(row) for row in places)])
    flat = np.array([column for row in places for column in row], dtype=np.intp)
    return csr_array((np.ones(len(flat)), flat, ends), shape=(len(rows), size))


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
    known = {level: index for level, index in columns.items() if index > 0}
    center, deviation = _prior(quantity, columns, beliefs)
    seen = {level for levels in rows.levels for level in levels}
    told = np.array([i for level, i in columns.items() if i == 0 or level in seen or level[0] == "hour"], dtype=np.intp)
    levels = list(columns)
    precision = _precision(tuple(levels[i] for i in told), tuple(deviation[told].tolist()))
    design = np.asarray(_one_hot(known, len(columns), rows.levels)[:, told].toarray())
    dispersion = quantity.dispersion
    mode = center[told]
    hessian = precision
    for _ in range(2):
        mode, hessian = _mode(design, rows, center[told], precision, dispersion, mode)
        dispersion = _dispersion(design, rows, mode, quantity.dispersion)
    root = solve_triangular(cholesky(hessian, lower=True), np.eye(len(mode)), lower=True).T
    mean, alone = center.copy(), deviation.copy()
    mean[told], alone[told] = mode, 0.0
    return Posterior(known, mean, told, np.asarray(root), alone, dispersion, crc32(quantity.name.encode()))


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
    """Mean and standard deviation of every effect before any post; both of shape (p,)."""
    center, deviation = np.zeros(len(columns)), np.zeros(len(columns))
    held = {belief.level: belief for belief in beliefs}
    usual = dict(quantity.factors)
    for level, index in columns.items():
        belief = held.get(level)
        if index == 0:
            center[index], deviation[index] = quantity.intercept, quantity.intercept_sd
        elif belief is not None:
            center[index], deviation[index] = belief.mean, belief.sd
        else:
            deviation[index] = usual[level[0]]
    # E[exp(effect)] = exp(center + variance / 2): subtracting half of it keeps the multiplier as stated.
    return center - 0.5 * deviation**2, deviation


@lru_cache(maxsize=32)
def _precision(levels: tuple[Level, ...], deviation: tuple[float, ...]) -> Array:
    """Inverse of the prior covariance of these columns: diagonal, but for the hours, which inform each other.

    Remembered, since a campaign's next analysis mostly has the same columns.
    """
    variance = np.diag(np.array(deviation) ** 2)
    hours = [(int(level[1]), index) for index, level in enumerate(levels) if level[0] == "hour"]
    for first, i in hours:
        for second, j in hours:
            apart = min((first - second) % 24, (second - first) % 24)
            if i != j:
                scale = math.sqrt(variance[i, i] * variance[j, j])
                variance[i, j] = 0.98 * scale * math.exp(-0.5 * (apart / HOUR_LENGTH) ** 2)
    precision = _solved(variance, np.eye(len(levels)))
    precision.flags.writeable = False
    return precision


def _solved(matrix: Array, right: Array) -> Array:
    """The solution of a symmetric positive definite system. Raises LinAlgError where the matrix is none such.

    LAPACK itself: scipy's way to the same two calls takes longer than they do on so few effects.
    """
    _, solution, trouble = dposv(matrix, right)
    if trouble:
        raise LinAlgError(f"not positive definite at {trouble}")
    return np.asarray(solution)


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
        step = _solved(hessian, gradient)
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
