"""What the cells of past posts mean, found out from all of them together: times, marks in numbers, missing values.

Invariants: a reading is taken only if it fits every cell that is not missing; where two fit, what decided is said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from config.known_headers import MISSING

_DATES: Final = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y-%m-%d", "%m/%d/%y", "%d/%m/%y",
                 "%d-%m-%Y", "%d-%b-%y", "%a, %b %d, %Y", "%b %d, %Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y")  # fmt: skip
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", " %H:%M %z", " %H:%M:%S %z",
                 "T%H:%M", ", %H:%M")  # fmt: skip
FORMATS: Final = tuple(f"{date}{time}" for date, time in itertools.product(_DATES, _TIMES))
_MARKS: Final = "., '\u00a0\u202f"
_GROUPED: Final = re.compile(rf"\d{{1,3}}([{_MARKS}])\d{{3}}(?:\1\d{{3}})*")
_BROKEN: Final = re.compile(r"\d+([.,])(\d{1,2}|\d{4,})")
MIDNIGHT: Final = time()
_SAMPLE: Final = 20
_MOST: Final = 0.9
"""The share of cells that a reading has to fit where some rows may be malformed."""


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """A format of strptime, None for ISO 8601; `assumed` says what was chosen without being certain."""

    format: str | None
    has_offset: bool
    is_oldest_first: bool
    fits: int
    assumed: str | None = None
    is_date: bool = False
    """Whether no cell says more than a day."""


@dataclass(frozen=True, slots=True)
class NumberGuess:
    decimal: str
    thousands: str | None
    missing: tuple[str, ...]


def guess_times(cells: Sequence[str]) -> TimeGuess | None:
    """How times are written, by the reading that fits most cells; None where none fits most of them."""
    present = [cell for cell in cells if cell.casefold() not in MISSING]
    likely = [form for form in (None, *FORMATS) if _read(present[:_SAMPLE], form)]
    readings = [(form, _read(present, form)) for form in likely]
    best = max((len(read) for _, read in readings), default=0)
    if not present or best < _MOST * len(present):
        return None
    fitting = [(form, read) for form, read in readings if len(read) == best]
    form, read = max(fitting, key=lambda one: _order(one[1]))
    rivals = [other for other, times in fitting if times != read]
    assumed = None
    if rivals:
        clue = "the posts are in order then" if _order(read) > _order(dict(fitting)[rivals[0]]) else "nothing tells"
        assumed = f"dates are written as {form}, not as {rivals[0]}: {clue}; change `format` if that is wrong"
    first, last = _aware(read[0]), _aware(read[-1])
    is_date = not any(moment.time() != MIDNIGHT for moment in read)
    return TimeGuess(form, any(moment.tzinfo for moment in read), first <= last, best, assumed, is_date)


def _read(cells: Sequence[str], form: str | None) -> list[datetime]:
    found = []
    for cell in cells:
        try:
            found.append(datetime.fromisoformat(cell) if form is None else datetime.strptime(cell, form))  # noqa: DTZ007
        except ValueError:
            continue
    return found


def _order(times: Sequence[datetime]) -> float:
    """How much in order the times are, either way: 1 entirely."""
    steps = [earlier <= later for earlier, later in itertools.pairwise(map(_aware, times))]
    return max(sum(steps), len(steps) - sum(steps)) / len(steps) if steps else 1.0


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def guess_numbers(cells: Iterable[str]) -> NumberGuess:
    """The marks of whole numbers, and the words that stand where there is none."""
    present = {cell for cell in cells if cell}
    missing = tuple(sorted(cell for cell in present if cell.casefold() in MISSING))
    decimals = {found[1] for cell in present if (found := _BROKEN.fullmatch(cell))}
    grouped = {found[1] for cell in present if (found := _GROUPED.fullmatch(cell))} - decimals
    thousands = min(grouped) if grouped else None
    decimal = min(decimals) if decimals else "," if thousands == "." else "."
    return NumberGuess(decimal, thousands, ("", *missing))
