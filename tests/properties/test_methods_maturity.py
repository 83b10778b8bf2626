"""The maturity curve: rising, at its prior before anything is seen, and at the evidence after enough of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.methods.maturity import Curve, exponential, learn

AGES = (1.0, 3.0, 8.0, 24.0, 72.0, 168.0)
PRIOR = exponential(AGES, 20.0)

COUNTS = st.lists(st.floats(0, 1e6), min_size=len(AGES), max_size=len(AGES)).map(sorted)


@given(counts=COUNTS, weight=st.floats(1, 1e4), missing=st.sets(st.sampled_from(AGES)))
def test_a_learned_curve_rises_and_stays_between_nothing_and_everything(
    counts: list[float], weight: float, missing: set[float]
) -> None:
    seen = {age: count for age, count in zip(AGES, counts, strict=True) if age not in missing}
    curve = learn(PRIOR, seen, counts[-1], weight)
    shares = [curve.at(age) for age in np.linspace(0.0, 300.0, 200)]
    assert all(0.0 < share <= 1.0 for share in shares)
    assert all(later >= earlier for earlier, later in pairwise(shares))


def test_where_nothing_was_seen_the_prior_stands() -> None:
    assert learn(PRIOR, {}, 0.0, 100.0) == PRIOR


def test_a_post_is_whole_at_the_last_age() -> None:
    assert PRIOR.at(168.0) == 1.0
    assert PRIOR.at(1e6) == 1.0


def test_much_evidence_overrules_the_prior_and_little_does_not() -> None:
    slow = {1.0: 10.0, 3.0: 20.0, 8.0: 50.0, 24.0: 200.0, 72.0: 600.0, 168.0: 1000.0}
    shares = [share / 1000.0 for share in slow.values()]
    much = learn(PRIOR, {age: 1e4 * count for age, count in slow.items()}, 1e7, 1000.0)
    little = learn(PRIOR, {age: 1e-3 * count for age, count in slow.items()}, 1.0, 1000.0)
    assert much.shares == pytest.approx(shares, abs=1e-3)
    assert little.shares == pytest.approx(PRIOR.shares, abs=2e-3)


def test_between_the_ages_the_share_lies_between_theirs() -> None:
    curve = Curve((2.0, 4.0), (0.4, 1.0))
    assert curve.at(3.0) == pytest.approx(0.7)
    assert curve.at(1.0) == pytest.approx(0.2)
