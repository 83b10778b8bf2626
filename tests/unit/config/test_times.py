"""Wall-clock times made aware, and days found for posts whose day is unknown."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.local_time import in_zone
from config.month_days import days_of_month

BERLIN = ZoneInfo("Europe/Berlin")


def test_an_ordinary_time_is_assumed_nothing_of() -> None:
    local = in_zone(datetime(2026, 7, 1, 9), BERLIN)  # noqa: DTZ001
    assert (local.utc, local.assumed) == (datetime(2026, 7, 1, 7, tzinfo=UTC), None)


def test_an_hour_that_does_not_exist_is_moved_on_by_the_gap() -> None:
    local = in_zone(datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001
    assert local.utc == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert local.assumed == ("2026-03-29 02:30 in Europe/Berlin does not exist (clocks go forward); 03:30 was taken")


def test_of_an_hour_that_exists_twice_the_first_is_taken() -> None:
    local = in_zone(datetime(2026, 10, 25, 2, 30), BERLIN)  # noqa: DTZ001
    assert local.utc == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert local.assumed is not None
    assert "exists twice" in local.assumed


@st.composite
def months(draw: st.DrawFn) -> tuple[int, int, list[date]]:
    """A month and days in it, newest first, some of them more than once."""
    year, month = draw(st.integers(2000, 2030)), draw(st.integers(1, 12))
    last = calendar.monthrange(year, month)[1]
    numbers = draw(st.lists(st.integers(1, last), max_size=40))
    return year, month, [date(year, month, number) for number in sorted(numbers, reverse=True)]


@given(months())
def test_posts_of_a_month_keep_month_weekday_and_order(case: tuple[int, int, list[date]]) -> None:
    year, month, true_days = case
    placed = days_of_month(year, month, [day.weekday() for day in true_days])
    found = [day for day in placed if day is not None]
    assert len(found) == len(true_days)
    assert found == sorted(found, reverse=True)
    assert all((day.year, day.month) == (year, month) for day in found)
    assert [day.weekday() for day in found] == [day.weekday() for day in true_days]


def test_a_month_that_is_posted_through_daily_is_placed_exactly() -> None:
    days = [date(2014, 12, 31) - timedelta(days=number) for number in range(31)]
    assert days_of_month(2014, 12, [day.weekday() for day in days]) == days


def test_weeks_that_remain_are_spread_over_the_month() -> None:
    """Five Mondays fit into December 2025; three posts on Mondays are not all put at its end."""
    assert days_of_month(2025, 12, [0, 0]) == [date(2025, 12, 29), date(2025, 12, 29)]
    one_a_weekday = days_of_month(2025, 12, [2, 1, 0])
    assert one_a_weekday == [date(2025, 12, 31), date(2025, 12, 23), date(2025, 12, 8)]


def test_a_weekday_for_which_the_month_has_no_room_left_is_none() -> None:
    wednesday, tuesday = 2, 1
    placed = days_of_month(2025, 12, [wednesday, tuesday] * 5 + [wednesday])
    assert placed[:2] == [date(2025, 12, 31), date(2025, 12, 30)]
    assert placed[-2:] == [date(2025, 12, 2), None]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tehran", "America/Los_Angeles"])
@given(naive=st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2037, 1, 1)))  # noqa: DTZ001
def test_a_time_about_which_nothing_is_assumed_reads_the_same_again(zone: str, naive: datetime) -> None:
    local = in_zone(naive, ZoneInfo(zone))
    read = local.utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert (read == naive) is (local.assumed is None or "twice" in local.assumed)
