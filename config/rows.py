"""The rows of a history's CSV with their cells given a meaning by the mapping.

Invariants: a row is understood whole or is a problem; a missing cell is None or an absent counter, never 0 or false.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from config.csv_cells import Cells, MalformedCell, read_cells
from config.mapping import HistoryMapping, MappingFile, Trait
from config.past_times import PastTimes, past_times
from config.problems import Problem, listed, nearest, shown
from events.campaign import TimeQuality
from events.terms import Appeal

_GROUPED: Final = re.compile(r"\d{1,3}([.,' \u00a0\u202f])\d{3}(?:\1\d{3})*")
"""A whole number written in groups of three."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post as the file has it; `cells` is all of its line."""

    line: int
    cells: tuple[str, ...]
    network_id: str | None
    published: datetime
    hour_known: bool
    quality: TimeQuality
    text: str | None
    topic: str | None
    format: str | None
    appeal: Appeal | None
    paid: bool | None
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RowsRead:
    """The posts in the file's order, the rows that are none, and what had to be assumed."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_rows(path: Path, mapping: HistoryMapping, now: datetime) -> RowsRead:
    """All rows of the file. Raises InputError for a file or header that cannot be used."""
    cells, problems = read_cells(path, mapping)
    times = past_times(cells, mapping, now)
    malformed = dict(times.malformed)
    rows: list[Row] = []
    for row in cells:
        if row.line in malformed:
            continue
        try:
            rows.append(_row(row, mapping.rules, times))
        except MalformedCell as error:
            malformed[row.line] = error
    malformed |= _twice(rows, mapping.rules)
    rows = [row for row in rows if row.line not in malformed]
    problems += [
        Problem(str(path), line, error.column, shown(error.given), error.allowed, error.hint)
        for line, error in malformed.items()
    ]
    ordered = tuple(sorted(problems, key=lambda problem: problem.line or 0))
    return RowsRead(tuple(rows), ordered, (*times.notes, *_missing(rows, mapping.rules)))


def _twice(rows: Sequence[Row], rules: MappingFile) -> dict[int, MalformedCell]:
    """The rows whose network id has been seen before."""
    first: dict[str, int] = {}
    found: dict[int, MalformedCell] = {}
    for row in rows:
        if row.network_id is not None and first.setdefault(row.network_id, row.line) != row.line:
            allowed = f"each post once; it is on line {first[row.network_id]} too"
            found[row.line] = MalformedCell(rules.id or "", row.network_id, allowed)
    return found


def _row(cells: Cells, rules: MappingFile, times: PastTimes) -> Row:
    hour_known = cells.line not in times.without_hour
    appeal = _word(cells, rules.appeal, rules.missing)
    if appeal is not None and appeal not in set(Appeal):
        column = rules.appeal.column if rules.appeal is not None else ""
        raise MalformedCell(column, appeal, listed(Appeal), nearest(appeal, list(Appeal)))
    return Row(
        line=cells.line,
        cells=cells.written,
        network_id=_text(cells, rules.id, rules.missing),
        published=times.times[cells.line],
        hour_known=hour_known,
        quality=times.quality if hour_known else TimeQuality.APPROXIMATE,
        text=_text(cells, rules.text, rules.missing),
        topic=_word(cells, rules.topic, rules.missing),
        format=_word(cells, rules.format, rules.missing),
        appeal=Appeal(appeal) if appeal is not None else None,
        paid=_yes_or_no(cells, rules.paid, rules.missing),
        counters={
            name: count
            for name, column in rules.counters.items()
            if (count := _count(cells, column, rules)) is not None
        },
    )


def _text(cells: Cells, column: str | None, missing: Sequence[str]) -> str | None:
    if column is None or cells.texts[column].strip() in missing:
        return None
    return cells.texts[column].strip()


def _meaning(cells: Cells, trait: Trait | None, missing: Sequence[str]) -> str | bool | None:
    """What the mapping says that the cell means; without `values`, the cell itself."""
    if trait is None or (text := _text(cells, trait.column, missing)) is None:
        return None
    if trait.values is None:
        return text
    if text not in trait.values:
        raise MalformedCell(trait.column, text, listed(trait.values), nearest(text, trait.values))
    return trait.values[text]


def _word(cells: Cells, trait: Trait | None, missing: Sequence[str]) -> str | None:
    meaning = _meaning(cells, trait, missing)
    return None if meaning is None else str(meaning)


def _yes_or_no(cells: Cells, trait: Trait | None, missing: Sequence[str]) -> bool | None:
    meaning = _meaning(cells, trait, missing)
    if meaning is None or isinstance(meaning, bool):
        return meaning
    raise MalformedCell(trait.column if trait else "", meaning, "a value that `paid.values` maps to true or false")


def _count(cells: Cells, column: str, rules: MappingFile) -> int | None:
    text = _text(cells, column, rules.missing)
    if text is None:
        return None
    plain = text.replace(rules.thousands, "") if rules.thousands is not None and _GROUPED.fullmatch(text) else text
    try:
        number = Decimal(plain.replace(rules.decimal, "."))
    except InvalidOperation:
        number = Decimal(-1)
    if rules.thousands is None and (grouped := _GROUPED.fullmatch(text)) and grouped[1] != rules.decimal:
        raise MalformedCell(column, text, f'digits alone; or `thousands: "{grouped[1]}"` in the mapping')
    if not number.is_finite() or number < 0 or number != number.to_integral_value():
        raise MalformedCell(column, text, f"a count of 0 or more, or missing ({listed(map(shown, rules.missing))})")
    return int(number)


def _missing(rows: Sequence[Row], rules: MappingFile) -> list[str]:
    """How many posts lack each counter, and whether they were paid."""
    absent = Counter(name for row in rows for name in rules.counters if name not in row.counters)
    if rules.paid is not None:
        absent["paid"] = sum(row.paid is None for row in rows)
    return [f"{name} is missing from {count} of {len(rows)} posts" for name, count in sorted(absent.items()) if count]
