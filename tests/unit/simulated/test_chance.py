"""Chance is a function of what it is about, and spread as it claims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.platforms.simulated import chance

BITS = st.integers(0, 2**64 - 1)
PEOPLE = st.lists(st.integers(0, 50_000), min_size=1, max_size=30)


@given(BITS, PEOPLE)
def test_a_draw_depends_on_its_key_and_person_alone(key: int, people: list[int]) -> None:
    together = chance.uniform(chance.keys(key), np.array(people))
    alone = [chance.uniform(chance.keys(key), np.array([person]))[0] for person in people]
    assert together.tolist() == alone


@given(BITS, PEOPLE)
def test_draws_lie_strictly_between_0_and_1(key: int, people: list[int]) -> None:
    draws = chance.uniform(chance.keys(key), np.array(people))
    assert ((draws > 0) & (draws < 1)).all()


def test_the_extreme_hashes_lie_strictly_between_0_and_1() -> None:
    least, most = chance.unit(chance.keys(0, 2**64 - 1))
    assert 0 < least < most < 1
    assert np.isfinite(chance.lognormal(np.array([least, most]), 1.0)).all()


def test_draws_of_one_key_and_of_one_person_are_uniform_and_unrelated() -> None:
    people = np.arange(4000)
    first, second = (chance.uniform(chance.keys(chance.key(name)), people) for name in ("first", "second"))
    for draws in (first, second):
        counts = np.histogram(draws, bins=20, range=(0, 1))[0]
        assert ((counts - 200) ** 2 / 200).sum() < 43.8  # chi-squared, 19 degrees of freedom, 0.1 %
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.06
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.06


def test_keys_of_different_parts_differ() -> None:
    assert chance.key("ab", "c") != chance.key("a", "bc")


@pytest.mark.parametrize("tail", [1.5, 2.6, 6.0])
def test_pareto_luck_has_its_stated_tail(tail: float) -> None:
    least = (tail - 1) / tail
    draws = np.array([chance.pareto(chance.single("draw", n), tail) for n in range(4000)])
    assert draws.min() >= least
    for times in (2.0, 4.0):
        expected = times**-tail
        share = (draws > least * times).mean()
        assert share == pytest.approx(expected, abs=4 * np.sqrt(expected / 4000))
