"""Printing: JSON for programs, plain tables for people.

Invariants: standard output carries the answer alone; what is only said to a person beside it goes to standard error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TextIO

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

FOLDED_TO: Final = 20
"""The fewest characters of a table's last column."""
MIN_WIDTH: Final = 40
"""Columns below which nothing is folded any further."""
WIDE: Final = 160
"""Columns of a table that nobody looks at in a terminal."""


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
    """A table, or the sentence `empty` where there is no row; where it is wider than the terminal, a block a row.

    Only the last column is folded: ids and numbers stay whole.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        say(empty)
        return
    widths = [max(_lines_width(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
    word = max(len(word) for cell in (columns[-1], *(row[-1] for row in cells)) for word in cell.split() or ("",))
    whole = sum(width + 2 for width in widths[:-1]) + max(word, min(widths[-1], FOLDED_TO))
    width = folding_width(sys.stdout)
    if width is not None and whole > width:
        _print_blocks(title, columns, cells, width)
        return
    table = Table(
        title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", show_header=any(columns)
    )
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=place < len(columns) - 1, overflow="fold")
    for row in cells:
        table.add_row(*(escape(cell) for cell in row))
    console = Console(width=max(whole, width or WIDE))
    with console.capture() as captured:
        console.print(table)
    say("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def _print_blocks(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    """Each row as its first cell and, below it, one line for every other cell with its column's name."""
    margin = max(len(name.strip()) for name in columns[1:])
    if title:
        say(title)
    say(columns[0])
    for first, *rest in rows:
        start = " " * (len(first) - len(first.lstrip()) + 2)
        say(first)
        for name, cell in zip(columns[1:], rest, strict=True):
            if not cell:
                continue
            line = f"{start}{name.strip():<{margin}}  {cell}"
            say(folded(line.rstrip(), width, " " * (len(start) + margin + 2)))


def _lines_width(cell: str) -> int:
    return max(map(len, cell.split("\n")))


def say(sentence: str) -> None:
    """A sentence for a person, on standard output."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def hint(sentence: str) -> None:
    """A sentence for a person that is no part of the answer, on standard error; what is wrong too, a line a problem."""
    width = folding_width(sys.stderr)
    sys.stderr.write("".join(f"{folded(line, width)}\n" for line in sentence.split("\n")))


def short(moment: datetime | None, zone: tzinfo = UTC) -> str:
    """A time as a person reads it, to the minute, with its zone's name: a campaign's own zone, else UTC."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def folding_width(stream: TextIO) -> int | None:
    """How wide lines may be on a terminal, or where COLUMNS says so; None where nothing is to be folded."""
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return None
    return max(MIN_WIDTH, shutil.get_terminal_size().columns)


def folded(line: str, width: int | None, indent: str = "    ") -> str:
    """The line folded between words, never inside one: ids and numbers stay whole."""
    if width is None:
        return line
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
