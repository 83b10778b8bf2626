"""Printing: JSON for programs, plain tables for people.

Invariants: standard output carries the answer alone; what is only said to a person beside it goes to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

FOLDED_TO: Final = 30
"""The fewest characters of a table's last column."""


def plain(value: object) -> Any:
    """The value as JSON can carry it: dataclasses and models as objects, times in RFC 3339."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def print_json(value: object) -> None:
    """One JSON document on a line of its own."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table, or the sentence `empty` where there is no row. Only the last column is folded: ids stay whole."""
    cells = [[str(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=place < len(columns) - 1, overflow="fold")
    for row in cells:
        table.add_row(*(escape(cell) for cell in row))
    console = Console()
    whole = sum(max(map(len, column)) + 2 for column in zip(columns, *cells, strict=True) if column[0] != columns[-1])
    console.width = max(console.width, whole + FOLDED_TO)
    console.print(table if cells else escape(empty))


def say(sentence: str) -> None:
    """A sentence for a person, on standard output."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def hint(sentence: str) -> None:
    """A sentence for a person that is no part of the answer."""
    sys.stderr.write(f"{sentence}\n")


def short(moment: datetime | None) -> str:
    """A time as a person reads it, in UTC to the minute."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
