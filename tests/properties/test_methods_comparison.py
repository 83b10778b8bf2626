"""Pairwise answers give back the weights that they were made from, and contradictions are found wherever they stand."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workers.methods.comparison import (
    MOST_INCONSISTENT,
    Answer,
    consistency_ratio,
    contradiction,
    weights,
)

NAMES = ("a", "b", "c", "d", "e", "f", "g")
TRUE = st.lists(st.floats(0.1, 10), min_size=3, max_size=7)


def answers_of(truth: list[float], pairs: list[tuple[int, int]] | None = None) -> list[Answer]:
    """What somebody answers who has these weights in mind."""
    asked = list(combinations(range(len(truth)), 2)) if pairs is None else pairs
    turned = [(i, j) if truth[i] >= truth[j] else (j, i) for i, j in asked]
    return [Answer(NAMES[i], NAMES[j], truth[i] / truth[j]) for i, j in turned]


def near(found: dict[str, float], truth: list[float]) -> bool:
    return list(found.values()) == pytest.approx([one / sum(truth) for one in truth], rel=1e-6)


@given(TRUE)
def test_answers_that_agree_give_back_the_weights_they_were_made_from(truth: list[float]) -> None:
    answers = answers_of(truth)
    assert near(weights(answers, NAMES[: len(truth)]), truth)
    assert consistency_ratio(answers) == pytest.approx(0, abs=1e-6)
    assert contradiction(answers) is None


@given(TRUE, st.data())
def test_some_answers_suffice_where_they_hang_together(truth: list[float], data: st.DataObject) -> None:
    tree = [(data.draw(st.integers(0, j - 1)), j) for j in range(1, len(truth))]
    more = data.draw(st.sets(st.sampled_from(list(combinations(range(len(truth)), 2)))))
    assert near(weights(answers_of(truth, sorted(more | set(tree))), ()), truth)


@given(TRUE, st.floats(0.1, 10))
def test_only_ratios_count(truth: list[float], scale: float) -> None:
    scaled = answers_of([scale * one for one in truth])
    assert near(weights(scaled, ()), truth)


@st.composite
def given_answers(draw: st.DrawFn) -> list[Answer]:
    size = draw(st.integers(3, 6))
    pairs = draw(st.sets(st.sampled_from(list(combinations(NAMES[:size], 2))), min_size=1))
    ways = [pair if draw(st.booleans()) else pair[::-1] for pair in sorted(pairs)]
    return [Answer(*pair, draw(st.sampled_from([1.0, 1.5, 2.0, 3.0, 5.0, 9.0]))) for pair in ways]


@given(given_answers(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_nothing(answers: list[Answer], chance: object) -> None:
    shuffled = list(answers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert weights(shuffled, NAMES) == weights(answers, NAMES)
    assert contradiction(shuffled) == contradiction(answers)


@given(given_answers())
def test_weights_are_shares_and_where_all_was_answered_geometric_means(answers: list[Answer]) -> None:
    found = weights(answers, ())
    assert sum(found.values()) == pytest.approx(1)
    assert all(weight > 0 for weight in found.values())
    size = len(found)
    assume(len(answers) == size * (size - 1) // 2)
    names = list(found)
    matrix = np.ones((size, size))
    for one in answers:
        i, j = names.index(one.more), names.index(one.less)
        matrix[i, j], matrix[j, i] = one.times, 1 / one.times
    means = np.exp(np.log(matrix).mean(axis=1))
    assert list(found.values()) == pytest.approx(list(means / means.sum()))


@given(given_answers())
def test_answers_are_refused_exactly_where_they_go_round_or_are_too_inconsistent(answers: list[Answer]) -> None:
    found = contradiction(answers)
    if found is None:
        assert consistency_ratio(answers) <= MOST_INCONSISTENT
        return
    assert found.answer in answers
    assert found.circle or found.ratio > MOST_INCONSISTENT
    if found.circle:
        round_trip = list(zip((found.answer.more, *found.circle), found.circle, strict=False))
        above = {(one.more, one.less) for one in answers if one.times > 1}
        assert set(round_trip) <= above
        assert found.circle[-1] == found.answer.more


@given(st.lists(st.floats(1, 3), min_size=4, max_size=5), st.data())
def test_the_answer_that_was_turned_round_is_the_one_that_is_named(truth: list[float], data: st.DataObject) -> None:
    honest = answers_of(truth)
    place = data.draw(st.integers(0, len(honest) - 1))
    wrong = Answer(honest[place].less, honest[place].more, 9.0)
    found = contradiction([*honest[:place], wrong, *honest[place + 1 :]])
    assert found is not None
    assert found.answer == wrong
    assert found.others_say == pytest.approx(1 / honest[place].times)


def test_the_consistency_ratio_is_saatys() -> None:
    """The triad 3, 3, 1: the greatest eigenvalue of a reciprocal 3 x 3 matrix is known in closed form."""
    off = math.log(3 * 3 / 1) / 3
    greatest = 1 + math.exp(off) + math.exp(-off)
    answers = [Answer("a", "b", 3), Answer("b", "c", 3), Answer("a", "c", 1)]
    assert consistency_ratio(answers) == pytest.approx((greatest - 3) / 2 / 0.58)


def test_small_circles_are_found_though_their_sizes_hardly_disagree() -> None:
    found = contradiction([Answer("a", "b", 1.1), Answer("b", "c", 1.1), Answer("c", "a", 1.1)])
    assert found is not None
    assert found.ratio < MOST_INCONSISTENT
    assert found.circle


def test_what_nobody_compared_counts_as_the_mean_of_what_was() -> None:
    found = weights([Answer("a", "b", 4)], ("a", "b", "c"))
    assert found["a"] / found["c"] == pytest.approx(2)
    assert found["c"] / found["b"] == pytest.approx(2)


def test_without_answers_all_weigh_alike() -> None:
    assert weights([], ("a", "b")) == pytest.approx({"a": 0.5, "b": 0.5})
    assert contradiction([]) is None
