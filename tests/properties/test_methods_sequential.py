"""The promise of the tests: under the null no count is expected to add evidence; Ville's inequality does the rest."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workers.methods.sequential import (
    STEPS,
    Side,
    evidence,
    judged,
    log_evidence,
    smallest_drop,
    spending,
    started,
)

LIMITS = st.floats(0.02, 300)
DISPERSIONS = st.floats(0.2, 50)


def expected_evidence(mean: float, k: float, limit: float, stated: float, step: float, side: Side) -> float:
    """E[e] of one negative binomial count, summed over its probabilities to where nothing is left.

    The tail is bounded by doubling the range until e-weighted mass stops growing.
    """
    law = stats.nbinom(k, k / (k + mean))
    most = int(law.isf(1e-13)) * 4 + 200
    counts = np.arange(most + 1)
    logs = np.array([log_evidence(0.0, limit, stated, step, side), log_evidence(1.0, limit, stated, step, side)])
    log_e = logs[0] + counts * (logs[1] - logs[0])
    return float(np.exp(law.logpmf(counts) + log_e).sum())


@given(
    limit=LIMITS,
    stated=DISPERSIONS,
    step=st.sampled_from(STEPS) | st.floats(0.05, 4),
    side=st.sampled_from(Side),
    better=st.floats(0, 3),
    calmer=st.floats(1, 20),
)
def test_no_count_at_or_on_the_good_side_of_its_limit_is_expected_to_add_evidence(
    limit: float, stated: float, step: float, side: Side, better: float, calmer: float
) -> None:
    mean = limit * (1 + better) if side is Side.BELOW else limit / (1 + better)
    assert expected_evidence(mean, stated * calmer, limit, stated, step, side) <= 1 + 1e-8


@given(limit=LIMITS, stated=DISPERSIONS, step=st.sampled_from(STEPS), side=st.sampled_from(Side))
def test_at_the_limit_itself_no_evidence_is_given_away(limit: float, stated: float, step: float, side: Side) -> None:
    assert expected_evidence(limit, stated, limit, stated, step, side) > 1 - 1e-6


@given(
    limit=LIMITS,
    stated=DISPERSIONS,
    step=st.sampled_from(STEPS),
    side=st.sampled_from(Side),
    counts=st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True),
)
def test_a_worse_count_is_stronger_evidence(
    limit: float, stated: float, step: float, side: Side, counts: list[int]
) -> None:
    low, high = sorted(counts)
    worse, better = (low, high) if side is Side.BELOW else (high, low)
    assert log_evidence(worse, limit, stated, step, side) > log_evidence(better, limit, stated, step, side)


def run_campaign(counts: np.ndarray, limits: np.ndarray, k: float, side: Side, every: int, starts: int) -> float:
    """The greatest evidence that a whole campaign ever shows, with a further starting time `every` so many posts."""
    runs, most = [started(0.0)], 0.0
    for number, (count, limit) in enumerate(zip(counts, limits, strict=True)):
        if number and number % every == 0 and len(runs) < starts:
            runs.append(started(float(number)))
        runs = [judged(run, float(count), float(limit), k, side) for run in runs]
        most = max(most, evidence(runs, starts)[0])
    return most


def most_evidence(seed: int, side: Side, ratio: float, campaigns: int = 250, posts: int = 40) -> list[float]:
    """Campaigns whose posts' limits differ from post to post, whose mean is `ratio` times the limit."""
    rng = np.random.Generator(np.random.PCG64(seed))
    found = []
    for _ in range(campaigns):
        limits = rng.uniform(0.2, 6.0, posts)
        k = 1.0
        counts = rng.negative_binomial(k, k / (k + ratio * limits))
        found.append(run_campaign(counts, limits, k, side, 10, 5))
    return found


def test_whole_campaigns_at_their_limit_are_alarmed_no_more_often_than_stated() -> None:
    alpha, campaigns = 0.1, 250
    allowed = int(stats.binom.isf(1e-3, campaigns, alpha))
    for side in Side:
        alarms = sum(most >= 1 / alpha for most in most_evidence(11, side, 1.0))
        assert alarms <= allowed


def test_the_further_the_mean_falls_the_oftener_it_is_found() -> None:
    found = [sum(most >= 1 / 0.05 for most in most_evidence(5, Side.BELOW, ratio, 120)) for ratio in (1, 0.7, 0.4, 0.1)]
    assert found == sorted(found)
    assert found[0] < 0.1 * 120
    assert found[-1] > 0.95 * 120


def test_a_change_on_the_way_is_found_by_a_later_start() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    limits = np.full(60, 5.0)
    means = np.where(np.arange(60) < 30, 10.0, 1.0)
    counts = rng.negative_binomial(2.0, 2.0 / (2.0 + means))
    runs = [started(0.0)]
    for number, count in enumerate(counts):
        if number and number % 10 == 0:
            runs.append(started(float(number)))
        runs = [judged(run, float(count), float(limits[number]), 2.0, Side.BELOW) for run in runs]
    strength, since = evidence(runs, 6)
    assert strength > 100
    assert since >= 20


def test_starts_that_have_not_come_hold_their_share_of_the_evidence() -> None:
    for starts in (1, 2, 9):
        assert evidence([started(0.0)], starts)[0] == 1.0 or math.isclose(evidence([started(0.0)], starts)[0], 1.0)


def test_a_limit_of_nothing_judges_nothing() -> None:
    run = started(0.0)
    assert judged(run, 5.0, 0.0, 1.0, Side.BELOW) == run


def test_what_all_starts_may_spend_adds_up_to_the_whole() -> None:
    shares = [spending(number) for number in range(1, 20_000)]
    assert sum(shares) <= 1.0
    assert sum(shares) > 0.9999
    assert shares == sorted(shares, reverse=True)


def detected(drop: float, posts: int, expected: float, floor: float, k: float, alpha: float) -> float:
    """The share of simulated campaigns in which `posts` counts at a dropped mean reach 1/alpha by any time."""
    rng = np.random.Generator(np.random.PCG64(17))
    mean = expected * (1 - drop)
    shown = 0
    for _ in range(120):
        counts = rng.negative_binomial(k, k / (k + mean), posts)
        shown += run_campaign(counts, np.full(posts, floor), k, Side.BELOW, posts + 1, 1) >= 1 / alpha
    return shown / 120


def test_the_smallest_drop_is_found_in_simulation_and_a_much_smaller_one_is_not() -> None:
    for expected, k, posts in ((8.0, 2.0, 30), (150.0, 1.4, 40), (30.0, 5.0, 15)):
        drop = smallest_drop(expected, 0.75 * expected, k, posts, 0.05)
        assert drop is not None
        assert detected(drop, posts, expected, 0.75 * expected, k, 0.05) >= 0.7
        assert detected(0.5 * drop, posts, expected, 0.75 * expected, k, 0.05) < 0.8


def test_more_posts_reveal_smaller_drops() -> None:
    drops = [smallest_drop(10.0, 7.5, 2.0, posts, 0.05) or 2.0 for posts in (2, 10, 30, 100, 1000)]
    assert drops == sorted(drops, reverse=True)
    assert drops[-1] < 0.4


def test_where_not_even_silence_would_be_found_there_is_no_smallest_drop() -> None:
    assert smallest_drop(0.3, 0.2, 1.0, 2, 0.01) is None
    assert smallest_drop(0.0, 0.2, 1.0, 50, 0.01) is None
    assert smallest_drop(1.0, 0.7, 1.0, 0, 0.01) is None
