"""Time has the price that the owner states, exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.methods.valuation import discount_rate, present_value, spread

LOSSES = st.floats(0.0, 0.95)


@given(lost_per_day=LOSSES, worth=st.floats(0.01, 1e4))
def test_ten_outcomes_on_day_one_beat_ten_over_five_days_by_exactly_the_stated_rate(
    lost_per_day: float, worth: float
) -> None:
    rho = discount_rate(lost_per_day)
    at_once = present_value(np.full(10, worth), np.zeros(10), rho)
    spread_out = present_value(np.full(10, worth), np.repeat(np.arange(5.0), 2), rho)
    kept = 1.0 - lost_per_day
    assert at_once == pytest.approx(10 * worth, rel=1e-12)
    assert spread_out == pytest.approx(2 * worth * (1 + kept + kept**2 + kept**3 + kept**4), rel=1e-9)
    assert at_once >= spread_out
    if lost_per_day > 1e-6:
        assert at_once > spread_out


@given(lost_per_day=LOSSES, days=st.floats(0, 30))
def test_a_day_of_delay_costs_the_same_share_whenever_it_comes(lost_per_day: float, days: float) -> None:
    rho = discount_rate(lost_per_day)
    now, later = (present_value(np.ones(1), np.array([day]), rho) for day in (days, days + 1))
    assert later == pytest.approx(now * (1 - lost_per_day), rel=1e-9)


def test_without_a_cost_of_time_all_days_are_worth_the_same() -> None:
    assert discount_rate(0.0) == 0.0
    assert present_value(np.array([1.0, 2.0]), np.array([0.0, 400.0]), 0.0) == 3.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_a_spread_holds_its_draws_between_its_bounds(draws: list[float]) -> None:
    summary = spread(np.array(draws))
    assert min(draws) <= summary.low <= summary.high <= max(draws)
    assert summary.mean == pytest.approx(math.fsum(draws) / len(draws), rel=1e-9, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120))
def test_the_bounds_of_a_spread_are_numpys_quantiles_to_the_last_bit(draws: list[float]) -> None:
    summary = spread(np.array(draws))
    assert [summary.low, summary.high] == np.quantile(draws, (0.05, 0.95)).tolist()
