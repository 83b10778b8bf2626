"""A CSV file as text by column, with the line on which each row begins.

Invariants: line numbers are those of the file, also after quoted line breaks; a row of another width than the header is
a problem and no row; a column that the mapping names and the header lacks is refused where the mapping names it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.document import is_utf16
from config.mapping import HistoryMapping
from config.problems import InputError, Problem, shown
from config.validation import unknown


class MalformedCell(Exception):
    """A cell that means nothing: its column, what stands there, what could."""

    def __init__(self, column: str, given: str, allowed: str, hint: str | None = None) -> None:
        super().__init__(f"{column}: {given}")
        self.column, self.given, self.allowed, self.hint = column, given, allowed, hint


@dataclass(frozen=True, slots=True)
class Cells:
    """One row as it was written: all cells, and the texts by column."""

    line: int
    written: tuple[str, ...]
    texts: Mapping[str, str]

    def number(self, column: str, low: int, high: int) -> int:
        """A whole number within bounds. Raises MalformedCell."""
        text = self.texts[column].strip()
        if not text.isdecimal() or not low <= int(text) <= high:
            raise MalformedCell(column, text, f"a whole number from {low} to {high}")
        return int(text)


def read_cells(path: Path, mapping: HistoryMapping) -> tuple[list[Cells], list[Problem]]:
    """The rows in the file's order, and the problems of those that are none. Raises InputError for file or header."""
    text = _decoded(path, mapping.rules.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.rules.delimiter, strict=True)
    rows: list[Cells] = []
    problems: list[Problem] = []
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            began, line = line, reader.line_num + 1
            if began in mapping.rules.skip_lines:
                continue
            if header is None:
                header = cells
                _check_header(path, began, header, mapping)
            elif len(cells) == len(header):
                rows.append(Cells(began, tuple(cells), dict(zip(header, cells, strict=True))))
            elif cells:
                problems.append(Problem(str(path), began, "(row)", f"{len(cells)} cells", f"{len(header)} cells"))
    except csv.Error as error:
        given = str(error)
        raise InputError([Problem(str(path), reader.line_num, "(row)", given, "CSV; quotes closed")]) from error
    if header is None:
        _check_header(path, 1, [], mapping)
    return rows, problems


def _decoded(path: Path, encoding: str) -> str:
    try:
        return path.read_bytes().decode(encoding).removeprefix("\ufeff")
    except OSError as error:
        given = error.strerror or str(error)
        raise InputError([Problem(str(path), None, "(file)", given, "a file that can be read")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        given, own = f"byte {error.object[error.start]:#04x}", "latin-1 or cp1252"
        if is_utf16(error.object):
            line, given, own = 1, "UTF-16", "utf-16"
        allowed = f"text in {encoding}; or write the file's own `encoding` into the mapping, such as {own}"
        raise InputError([Problem(str(path), line, "(file)", given, allowed)]) from error


def _check_header(path: Path, line: int, header: list[str], mapping: HistoryMapping) -> None:
    other = _other_delimiter(header)
    if other is not None and other != mapping.rules.delimiter:
        given = f"one column, {shown(header[0])}"
        allowed = f"columns separated by {_named(mapping.rules.delimiter)}"
        remedy = f"; write `delimiter: {_named(other)}` into {mapping.document.file}"
        raise InputError([Problem(str(path), line, "(header)", given, allowed + remedy)])
    named = {column for _, column in mapping.columns()}
    twice = sorted({name for name in header if header.count(name) > 1 and name in named})
    if twice:
        raise InputError(
            [Problem(str(path), line, name, "the column twice", "a column that is there once") for name in twice]
        )
    problems = [
        unknown(mapping.document, place, column, header) for place, column in mapping.columns() if column not in header
    ]
    if problems:
        raise InputError(problems)


def _other_delimiter(header: list[str]) -> str | None:
    """What separates the columns of a header that was read as a single one, if anything usual does."""
    if len(header) != 1:
        return None
    return next((mark for mark in ("\t", ";", ",", "|") if mark in header[0]), None)


def _named(delimiter: str) -> str:
    """As a mapping writes it."""
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'
