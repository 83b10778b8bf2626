"""A mapping: how the columns of somebody's CSV of past posts are to be read.

Invariant: nothing is guessed from the file; a column, a value or an order that the mapping does not state is not used.
Examples are in `config/mappings/`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from config.document import Document, FieldPath
from config.problems import InputError, Problem, nearest, shown
from config.validation import unknown, validate
from config.yaml_text import read_yaml
from events.terms import COUNTER_NAMES, Appeal, Name

DAY_UNKNOWN = "unknown"


def _known_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise ValueError("an encoding such as utf-8 or latin-1") from None
    return value


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RowOrder(StrEnum):
    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"


class WeekStart(StrEnum):
    """The day that the file's weekday 1 is."""

    SUNDAY = "sunday"
    MONDAY = "monday"


class Malformed(StrEnum):
    """What becomes of a row that does not parse: the whole file is refused, or the row is left out and said."""

    REFUSE = "refuse"
    SKIP = "skip"


class Trait(_Written):
    """A column, and what its values mean; a value that means nothing known is mapped to null."""

    column: Name = Field(description="the name of a column")
    values: Mapping[str, str | bool | None] | None = None


class Timestamp(_Written):
    """A column with date and time: ISO 8601, or `format` (of strptime). A date alone leaves the hour unknown.

    `time` is the column with the time of day, such as 9:05 or 9:05 PM, where the other has the date alone.
    """

    column: Name = Field(description="the name of a column")
    format: str | None = None
    time: Name | None = Field(default=None, description="the name of a column with the time of day")


class TimeParts(_Written):
    """Date and time in pieces. Where `day` is `unknown`, the weekday and the order of the rows place a post."""

    year: Annotated[int, Field(ge=2000, le=2100)] = Field(description="the year of all rows, such as 2014")
    month: Name = Field(description="the name of a column with 1 to 12")
    day: Name = Field(description="the name of a column, or unknown")
    weekday: Name | None = None
    week_starts: WeekStart = WeekStart.MONDAY
    hour: Name = Field(description="the name of a column with 0 to 23")


class MappingFile(_Written):
    """The file as it is written."""

    history: Name = Field(description="the name of this history; a brief waits for it by that name")
    account: Name | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, Field(pattern=r"^[.,' \u00a0\u202f]$")] | None = None
    missing: tuple[str, ...] = ("",)
    skip_lines: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="lines that are neither the header nor a post, such as [1]"
    )
    malformed: Malformed = Malformed.REFUSE
    order: RowOrder = Field(description="newest first or oldest first")
    zone: Name = Field(description="the IANA time zone of the file's times")
    zone_assumed: bool = False
    approximate: bool = False
    published_at: Timestamp | None = None
    published_parts: TimeParts | None = None
    id: Name | None = None
    text: Name | None = None
    format: Trait | None = None
    topic: Trait | None = None
    appeal: Trait | None = None
    paid: Trait | None = None
    counters: Annotated[Mapping[Name, Name], Field(min_length=1)] = Field(
        description="columns by the counter's name, such as reach: Total_Reach"
    )


@dataclass(frozen=True, slots=True)
class HistoryMapping:
    """A consistent mapping, and where it was written."""

    rules: MappingFile
    document: Document

    def columns(self) -> Iterator[tuple[FieldPath, str]]:
        """Every column that the mapping names, and where it does."""
        rules = self.rules
        for field in ("id", "text"):
            column = getattr(rules, field)
            if column is not None:
                yield (field,), column
        for field in ("format", "topic", "appeal", "paid", "published_at"):
            named = getattr(rules, field)
            if named is not None:
                yield (field, "column"), named.column
        for counter, column in rules.counters.items():
            yield ("counters", counter), column
        if rules.published_at is not None and rules.published_at.time is not None:
            yield ("published_at", "time"), rules.published_at.time
        if rules.published_parts is not None:
            parts = rules.published_parts
            yield ("published_parts", "month"), parts.month
            yield ("published_parts", "hour"), parts.hour
            if parts.day != DAY_UNKNOWN:
                yield ("published_parts", "day"), parts.day
            elif parts.weekday is not None:
                yield ("published_parts", "weekday"), parts.weekday


def load_mapping(path: Path) -> HistoryMapping:
    """The mapping at `path`. Raises InputError with every problem."""
    document = read_yaml(path)
    rules = validate(MappingFile, document)
    problems = [*_times(rules, document), *_words(rules, document)]
    if problems:
        raise InputError(problems)
    return HistoryMapping(rules, document)


def _times(rules: MappingFile, document: Document) -> Iterator[Problem]:
    if (rules.published_at is None) == (rules.published_parts is None):
        given = "neither" if rules.published_at is None else "both"
        yield document.problem(("published_at",), given, "either published_at or published_parts")
    parts = rules.published_parts
    if parts is not None and parts.day == DAY_UNKNOWN and parts.weekday is None:
        path: FieldPath = ("published_parts", "weekday")
        allowed = "the name of a column with 1 to 7; needed because the day is unknown"
        yield document.problem(path, "nothing", allowed)
    if rules.thousands == rules.decimal:
        yield document.problem(
            ("thousands",), shown(rules.thousands), "another mark than `decimal`, which is . by default"
        )
    if rules.zone not in available_timezones():
        hint = nearest(rules.zone, available_timezones())
        yield document.problem(("zone",), shown(rules.zone), "an IANA time zone", hint)


def _words(rules: MappingFile, document: Document) -> Iterator[Problem]:
    for counter in rules.counters:
        if counter not in COUNTER_NAMES:
            yield unknown(document, ("counters", counter), counter, COUNTER_NAMES)
    for field in ("format", "topic", "appeal", "paid"):
        trait: Trait | None = getattr(rules, field)
        for cell, value in ((trait.values if trait is not None else None) or {}).items():
            path: FieldPath = (field, "values", cell)
            if value is None:
                continue
            if field == "paid" and not isinstance(value, bool):
                yield document.problem(path, shown(value), "true, false or null")
            elif field == "appeal" and value not in set(Appeal):
                yield unknown(document, path, str(value), list(Appeal))
            elif field != "paid" and not (isinstance(value, str) and value):
                yield document.problem(path, shown(value), "a word or null")
