"""When past posts were published: from one cell, or from month, weekday and the order of the rows.

Invariants: every time is aware; what had to be assumed is counted and said in `notes`; the future is malformed. A date
without an hour is taken at noon, and its hour is unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from config.csv_cells import Cells, MalformedCell
from config.local_time import in_zone
from config.mapping import DAY_UNKNOWN, HistoryMapping, MappingFile, RowOrder, TimeParts, Timestamp, WeekStart
from config.month_days import days_of_month
from events.campaign import TimeQuality

NOON: Final = 12
_HOURS: Final = ("%H", "%I", "%X", "%c", "%T", "%R")
"""The directives of strptime that say an hour."""
CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?:[:.]\d{2})?)?\s*([ap]\.?m\.?)?", re.IGNORECASE)
"""A time of day, such as 9:05, 21.05 or 9 PM."""


@dataclass(slots=True)
class PastTimes:
    """The times of one file's rows, by line; `malformed` are the rows whose time means nothing.

    `without_hour` are the rows of which only the day is known.
    """

    times: dict[int, datetime] = field(default_factory=dict)
    malformed: dict[int, MalformedCell] = field(default_factory=dict)
    without_hour: set[int] = field(default_factory=set)
    quality: TimeQuality = TimeQuality.EXACT
    notes: tuple[str, ...] = ()


def past_times(rows: Sequence[Cells], mapping: HistoryMapping, now: datetime) -> PastTimes:
    """When the rows were published, read by the mapping; nothing may be later than `now`."""
    rules = mapping.rules
    found = PastTimes()
    naive: dict[int, datetime] = {}
    parts = rules.published_parts
    days = _days(rows, parts, rules.order, found) if parts is not None and parts.day == DAY_UNKNOWN else {}
    for cells in rows:
        if cells.line in found.malformed:
            continue
        try:
            if parts is not None:
                day = days.get(cells.line) or _date(cells, parts)
                naive[cells.line] = datetime.combine(day, time(cells.number(parts.hour, 0, 23)))
            elif rules.published_at is not None:
                naive[cells.line] = _timestamp(cells, rules.published_at)
                clock = _clock(cells, rules)
                if clock is not None:
                    naive[cells.line] = datetime.combine(naive[cells.line], clock)
                elif _is_date(cells, rules.published_at):
                    found.without_hour.add(cells.line)
                    naive[cells.line] = naive[cells.line].replace(hour=NOON)
        except MalformedCell as error:
            found.malformed[cells.line] = error
    assumed = _make_aware(naive, ZoneInfo(rules.zone), now, found)
    if days:
        found.quality = TimeQuality.DAY_UNKNOWN
    elif parts is not None or rules.approximate:
        found.quality = TimeQuality.APPROXIMATE
    found.notes = tuple(_notes(found, rules, assumed))
    return found


def _date(cells: Cells, parts: TimeParts) -> date:
    month = cells.number(parts.month, 1, 12)
    day = cells.number(parts.day, 1, 31)
    try:
        return date(parts.year, month, day)
    except ValueError:
        raise MalformedCell(parts.day, str(day), f"a day of {parts.year}-{month:02}") from None


def _timestamp(cells: Cells, rule: Timestamp) -> datetime:
    text = cells.texts[rule.column].strip()
    try:
        return datetime.fromisoformat(text) if rule.format is None else datetime.strptime(text, rule.format)  # noqa: DTZ007
    except ValueError:
        allowed = "an ISO 8601 time, such as 2025-03-01T09:30" if rule.format is None else f"a time like {rule.format}"
        raise MalformedCell(rule.column, text, allowed) from None


def _clock(cells: Cells, rules: MappingFile) -> time | None:
    """The time of day from a column of its own; None where there is no such column, or nothing in it."""
    column = rules.published_at.time if rules.published_at is not None else None
    if column is None or (text := cells.texts[column].strip()) in rules.missing:
        return None
    found = CLOCK.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found is not None else (24, 0)
    if found is not None and found[3]:
        is_clock, hour = 1 <= hour <= 12, hour % 12 + (12 if found[3][0] in "pP" else 0)
    else:
        is_clock = hour < 24
    if not is_clock or minute > 59:
        raise MalformedCell(column, text, "a time of day, such as 9:05, 21:05 or 9:05 PM")
    return time(hour, minute)


def _is_date(cells: Cells, rule: Timestamp) -> bool:
    """Whether there is a day alone."""
    if rule.format is not None:
        return not any(hour in rule.format for hour in _HOURS)
    return len(cells.texts[rule.column].strip()) <= len("2025-03-01")


def _days(rows: Sequence[Cells], parts: TimeParts, order: RowOrder, found: PastTimes) -> dict[int, date]:
    """A day for each row by month, weekday and order."""
    months: dict[int, list[tuple[int, int]]] = defaultdict(list)
    weekday_column = parts.weekday or ""
    for cells in rows if order is RowOrder.NEWEST_FIRST else reversed(rows):
        try:
            month = cells.number(parts.month, 1, 12)
            numbered = cells.number(weekday_column, 1, 7)
        except MalformedCell as error:
            found.malformed[cells.line] = error
            continue
        # Python counts from Monday 0.
        weekday = numbered - 1 if parts.week_starts is WeekStart.MONDAY else (numbered + 5) % 7
        months[month].append((cells.line, weekday))
    days: dict[int, date] = {}
    texts = {cells.line: cells.texts for cells in rows}
    for month, posts in months.items():
        placed = days_of_month(parts.year, month, [weekday for _, weekday in posts])
        for (line, _), day in zip(posts, placed, strict=True):
            if day is None:
                allowed = f"a weekday that still fits into {parts.year}-{month:02}, {order.value}"
                found.malformed[line] = MalformedCell(weekday_column, texts[line][weekday_column], allowed)
            else:
                days[line] = day
    return days


def _make_aware(naive: dict[int, datetime], zone: ZoneInfo, now: datetime, found: PastTimes) -> list[str]:
    assumed = []
    for line, moment in naive.items():
        if moment.tzinfo is None:
            local = in_zone(moment, zone)
            utc = local.utc
            if local.assumed is not None:
                assumed.append(f"line {line}: {local.assumed}")
        else:
            utc = moment.astimezone(UTC)
        if utc > now:
            allowed = f"a time before the history is taken in, {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            found.malformed[line] = MalformedCell("(time)", f"{utc:%Y-%m-%d %H:%M} UTC", allowed)
        else:
            found.times[line] = utc
    return assumed


def _notes(found: PastTimes, rules: MappingFile, assumed: list[str]) -> list[str]:
    notes = []
    if found.quality is TimeQuality.DAY_UNKNOWN:
        notes.append(
            f"the day of {len(found.times)} posts is unknown: month, weekday and order place them, perhaps weeks off"
        )
    if rules.approximate:
        notes.append("the mapping says that the times are approximate")
    if found.without_hour:
        notes.append(f"posts with a date alone, taken at noon and of unknown hour: {len(found.without_hour)}")
    guess = ", which is assumed: nothing in the file says so" if rules.zone_assumed else ""
    notes.append(f"times without an offset are taken as local to {rules.zone}{guess}")
    return [*notes, *assumed]
