"""Days for posts of which only month, weekday and order are known.

Invariants: every post falls on its weekday; the order of the posts is kept; what is left of the month is spread evenly
as whole weeks between the days, since nothing says where the gaps were.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta


def days_of_month(year: int, month: int, weekdays: Sequence[int]) -> list[date | None]:
    """A day for each weekday (Monday 0), newest first. None where the order does not fit into the month any more.

    Walking back from the month's end, each post takes the nearest day of its weekday; then the weeks that remain at the
    month's beginning are put between the days in equal steps.
    """
    day = date(year, month, calendar.monthrange(year, month)[1])
    packed: list[date | None] = []
    for weekday in weekdays:
        candidate = day - timedelta(days=(day.weekday() - weekday) % 7)
        fits = candidate.month == month
        packed.append(candidate if fits else None)
        day = candidate if fits else day
    return _spread(packed)


def _spread(packed: Sequence[date | None]) -> list[date | None]:
    distinct = sorted({day for day in packed if day is not None}, reverse=True)
    if not distinct:
        return list(packed)
    spare = (distinct[-1].day - 1) // 7
    earlier = {day: timedelta(weeks=(spare + 1) * rank // len(distinct)) for rank, day in enumerate(distinct)}
    return [None if day is None else day - earlier[day] for day in packed]
