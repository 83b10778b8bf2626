"""Numbers drawn with characters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.strategy import Interval
from workers.views.bars import columns, interval_bar, limit_bar, quantity, share_bar

AMOUNTS = st.floats(0, 1e6)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.floats(0, 1e6), st.integers(1, 40))
def test_an_interval_bar_is_always_as_wide_as_it_was_asked_to_be(
    one: float, two: float, three: float, top: float, width: int
) -> None:
    low, mean, high = sorted((one, two, three))
    assert interval_bar(Interval(mean=mean, low=low, high=high), top, width).cell_len == width + 1


@given(st.one_of(st.none(), AMOUNTS, st.just(math.inf)), st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_a_limit_bar_is_always_as_wide_as_it_was_asked_to_be(
    observed: float | None, limit: float, expected: float
) -> None:
    assert limit_bar(observed, limit, expected, 20).cell_len == 20


def test_the_three_parts_of_an_interval_are_told_apart_without_color() -> None:
    assert interval_bar(Interval(mean=5, low=2, high=8), 10, 10).plain == "██▓▓▓░░░   "


def test_an_interval_that_does_not_fit_is_marked() -> None:
    assert interval_bar(Interval(mean=5, low=2, high=80), 10, 10).plain.endswith(">")


def test_what_was_not_measured_is_said_to_be_unknown() -> None:
    assert "not measured" in limit_bar(None, 1, 2, 24).plain


def test_nothing_observed_is_an_empty_bar_with_its_limits() -> None:
    bar = limit_bar(0.0, 8, 10, 20).plain
    assert (bar.index("|"), bar.index(":")) == (13, 16)
    assert "█" not in bar


def test_an_unknown_column_is_a_question_mark_and_a_zero_is_a_gap() -> None:
    assert columns([1.0, None, 0.0, 2.0]).plain == "▅? █"


def test_shares_beyond_their_limits_are_cut() -> None:
    assert share_bar(1.7, 4).plain == "████"
    assert share_bar(-0.2, 4).plain == "····"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12345.6, "12,346"), (100.4, "100"), (17.25, "17.2"), (1.5, "1.50"), (0.0583, "0.0583"), (math.inf, "∞")],
)
def test_a_number_is_shown_with_as_many_digits_as_tell_something(value: float, shown: str) -> None:
    assert quantity(value) == shown
