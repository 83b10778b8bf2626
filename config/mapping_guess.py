"""A mapping guessed from a CSV of past posts: what `mowj history check` shows and writes.

Invariants: the guess is a mapping as a person would write it, and is read by the same loader; whatever was chosen
without being certain is in `assumed`, and in the written mapping as a comment. A column of unknown name is not used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.cell_guess import TimeGuess, guess_numbers, guess_times
from config.csv_guess import Table, read_table
from config.known_headers import (
    APPEAL,
    COUNTERS,
    DAY,
    FORMAT,
    FORMATS,
    HOUR,
    ID,
    MISSING,
    MONTH,
    NO,
    PAID,
    PUBLISHED,
    TEXT,
    TIME_OF_DAY,
    TOPIC,
    WEEKDAY,
    YES,
    normal,
)
from config.mapping import Malformed
from config.past_times import CLOCK
from config.problems import InputError, Problem, listed, shown
from config.yaml_words import yaml_quoted, yaml_word
from events.terms import Appeal

META_ZONE: Final = "America/Los_Angeles"
_META: Final = ({"publish time", "post type"}, {"posted", "post message"})
"""Headers by which an export of Meta is known: it writes Pacific time."""
_SCIENTIFIC: Final = re.compile(r"\d(\.\d+)?e\+\d+", re.IGNORECASE)
_FEW: Final = 12
"""The most words that formats are; a column of more is no column of formats."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known beside the file: the zone of its times and their year, and what the brief calls things.

    `likely_zone` is assumed where nothing says the zone.
    """

    history: str | None = None
    account: str | None = None
    zone: str | None = None
    likely_zone: str = "UTC"
    year: int | None = None
    formats: Collection[str] = ()
    malformed: Malformed = Malformed.REFUSE


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping's text, what was assumed in it, and the columns that it leaves unused."""

    mapping: str
    assumed: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """The mapping's lines as they come together."""

    path: Path
    table: Table
    names: Mapping[str, str]
    used: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def find(self, known: Sequence[str]) -> list[str]:
        """The file's own columns among the known names, likeliest first, without those that are taken."""
        return [self.names[name] for name in known if name in self.names and self.names[name] not in self.used]

    def take(self, name: str, column: str, line: str) -> None:
        self.used[column] = name
        self.lines.append(line)


def guess_mapping(path: Path, wanted: Wanted) -> Guess:
    """Raises InputError where the file is no CSV of posts, or lacks a time or every counter."""
    table = read_table(path)
    names = {normal(column): column for column in reversed(table.header)}
    draft = _Draft(path, table, names, assumed=list(table.assumed))
    times = _times(draft, wanted)
    _id(draft)
    _traits(draft, wanted)
    counters = _counters(draft)
    numbers = guess_numbers(cell for column in counters.values() for cell in table.column(column))
    head = [
        f"history: {yaml_word(wanted.history or _slug(path.stem))}",
        *([f"account: {yaml_word(wanted.account)}"] if wanted.account is not None else []),
        *([f"delimiter: {yaml_quoted(table.delimiter)}"] if table.delimiter != "," else []),
        *([f"encoding: {table.encoding}"] if table.encoding != "utf-8" else []),
        *([f"decimal: {yaml_quoted(numbers.decimal)}"] if numbers.decimal != "." else []),
        *([f"thousands: {yaml_quoted(numbers.thousands)}"] if numbers.thousands is not None else []),
        f"missing: [{', '.join(map(yaml_quoted, _missing(draft, numbers.missing)))}]",
        *([f"skip_lines: [{', '.join(map(str, table.skip_lines))}]"] if table.skip_lines else []),
        f"malformed: {wanted.malformed.value}        # refuse the file, or skip such rows",
        *times,
    ]
    said = (f"Guessed by `mowj history check` from {path.name}.", *(f"Assumed: {one}." for one in draft.assumed))
    comments = map(_comment, said)
    tail = ["counters:", *(f"  {name}: {yaml_word(column)}" for name, column in counters.items())]
    unused = tuple(column for column in dict.fromkeys(table.header) if column not in draft.used)
    return Guess("\n".join([*comments, *head, *draft.lines, *tail]) + "\n", tuple(draft.assumed), unused)


def _comment(text: str) -> str:
    """On one line, whatever a file or a column is called."""
    return f"# {''.join(char for char in ' '.join(text.split()) if char.isprintable())}"


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-").lower() or "past"


def _times(draft: _Draft, wanted: Wanted) -> list[str]:
    """Lines for zone, order and time, from one column or from several."""
    for column in draft.find(PUBLISHED):
        found = guess_times(draft.table.column(column))
        if found is not None:
            draft.used[column] = "published"
            return _one_column(draft, column, found, wanted)
    parts = {
        name: draft.find(known)
        for name, known in (("month", MONTH), ("day", DAY), ("weekday", WEEKDAY), ("hour", HOUR))
    }
    if parts["month"] and parts["hour"] and (parts["day"] or parts["weekday"]):
        return _several_columns(draft, {name: columns[0] for name, columns in parts.items() if columns}, wanted)
    candidates = draft.find(PUBLISHED)
    if candidates:
        cell = next((cell for cell in draft.table.column(candidates[0]) if cell.casefold() not in MISSING), "")
        allowed = "times in one notation, such as 2025-03-01 09:30; or --mapping with the `format` of strptime"
        raise InputError([Problem(str(draft.path), None, candidates[0], shown(cell), allowed)])
    allowed = (
        f"a column with the time of each post, called {listed(['published', 'date', 'publish time'])}, or the like"
    )
    raise InputError([Problem(str(draft.path), None, "(header)", shown(", ".join(draft.table.header)), allowed)])


def _one_column(draft: _Draft, column: str, found: TimeGuess, wanted: Wanted) -> list[str]:
    if found.assumed is not None:
        draft.assumed.append(found.assumed)
    form = f", format: {yaml_quoted(found.format)}" if found.format is not None else ""
    clock = _time_of_day(draft) if found.is_date else None
    if clock is not None:
        draft.used[clock] = "time"
        form += f", time: {yaml_word(clock)}"
    zone, is_assumed = wanted.zone or wanted.likely_zone, wanted.zone is None and not found.has_offset
    if is_assumed and any(names <= draft.names.keys() for names in _META):
        zone = META_ZONE
    if is_assumed:
        draft.assumed.append(
            f"the zone: the file says none, {zone} was taken; compare one post with the network's page"
        )
    return [
        f"order: {'oldest' if found.is_oldest_first else 'newest'} first",
        f"zone: {zone}",
        *(["zone_assumed: true"] if is_assumed else []),
        f"published_at: {{column: {yaml_word(column)}{form}}}",
    ]


def _time_of_day(draft: _Draft) -> str | None:
    """The column with the time of day, where every cell of it that says something is one."""
    for column in draft.find(TIME_OF_DAY):
        cells = _words(draft, column)
        if cells and all(CLOCK.fullmatch(cell) for cell in cells):
            return column
    return None


def _several_columns(draft: _Draft, parts: Mapping[str, str], wanted: Wanted) -> list[str]:
    if wanted.year is None:
        allowed = "--year, such as --year 2025: the file has month and hour, but no year"
        raise InputError([Problem(str(draft.path), None, "(time)", f"columns {listed(parts.values())}", allowed)])
    draft.used |= {column: name for name, column in parts.items()}
    if "day" not in parts:
        draft.assumed.append("newest posts first, and weeks that start on Sunday: weekday and order place each post")
    if wanted.zone is None:
        draft.assumed.append(f"the zone: the file says none, {wanted.likely_zone} was taken")
    weekday = "" if "day" in parts else f", weekday: {yaml_word(parts['weekday'])}, week_starts: sunday"
    day = yaml_word(parts["day"]) if "day" in parts else "unknown"
    columns = f"month: {yaml_word(parts['month'])}, day: {day}{weekday}, hour: {yaml_word(parts['hour'])}"
    return [
        "order: newest first",
        f"zone: {wanted.zone or wanted.likely_zone}",
        *(["zone_assumed: true"] if wanted.zone is None else []),
        f"published_parts: {{year: {wanted.year}, {columns}}}",
    ]


def _id(draft: _Draft) -> None:
    """The first column whose cells tell every post from every other."""
    for column in draft.find(ID):
        cells = [cell for cell in draft.table.column(column) if cell.casefold() not in MISSING]
        if any(_SCIENTIFIC.fullmatch(cell) for cell in cells):
            draft.assumed.append(f"{column} is no id: a spreadsheet has rounded it, such as to {cells[0]}")
        elif cells and len(set(cells)) == len(cells):
            draft.take("id", column, f"id: {yaml_word(column)}")
            return
    draft.assumed.append("no column tells the posts apart: a row is known by all of its cells")


def _traits(draft: _Draft, wanted: Wanted) -> None:
    for column in draft.find(PAID):
        cells = _words(draft, column)
        if cells and {cell.casefold() for cell in cells} <= YES | NO:
            values = ", ".join(f"{yaml_quoted(cell)}: {str(cell.casefold() in YES).lower()}" for cell in cells)
            draft.take("paid", column, f"paid: {{column: {yaml_word(column)}, values: {{{values}}}}}")
            break
    for column in draft.find(FORMAT):
        cells = _words(draft, column)
        if 0 < len(cells) <= _FEW:
            values = ", ".join(f"{yaml_quoted(cell)}: {yaml_word(_format(cell, wanted.formats))}" for cell in cells)
            draft.take("format", column, f"format: {{column: {yaml_word(column)}, values: {{{values}}}}}")
            break
    for column in draft.find(TOPIC)[:1]:
        draft.take("topic", column, f"topic: {{column: {yaml_word(column)}}}")
    for column in draft.find(APPEAL)[:1]:
        if set(_words(draft, column)) <= set(Appeal):
            draft.take("appeal", column, f"appeal: {{column: {yaml_word(column)}}}")
    texts = draft.find(TEXT)
    if texts:
        fullest = max(texts, key=lambda column: sum(bool(cell) for cell in draft.table.column(column)))
        draft.take("text", fullest, f"text: {yaml_word(fullest)}")


def _counters(draft: _Draft) -> dict[str, str]:
    """Columns by counter: those whose cells are numbers."""
    found: dict[str, str] = {}
    for counter, known in COUNTERS.items():
        for column in draft.find(known):
            cells = _words(draft, column)
            if any(cell[:1].isdecimal() for cell in cells):
                found[counter] = column
                draft.used[column] = counter
                break
    if not found:
        allowed = (
            f"a column with numbers, called {listed(['reach', 'impressions', 'engagements', 'likes'])}, or the like"
        )
        raise InputError([Problem(str(draft.path), None, "(header)", shown(", ".join(draft.table.header)), allowed)])
    return found


def _missing(draft: _Draft, numbers: Sequence[str]) -> list[str]:
    """The words for nothing in every column that is used."""
    words = {cell for column in draft.used for cell in draft.table.column(column) if cell.casefold() in MISSING}
    return sorted({*numbers, *words})


def _words(draft: _Draft, column: str) -> list[str]:
    return sorted({cell for cell in draft.table.column(column) if cell.casefold() not in MISSING})


def _format(cell: str, formats: Collection[str]) -> str:
    """The brief's own word for it where there is one."""
    word = cell.casefold()
    return next((form for form in formats if form.casefold() == word), FORMATS.get(word, word))
