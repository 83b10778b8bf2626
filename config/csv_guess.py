"""How a CSV of past posts is written, found out from its bytes: encoding, delimiter, header, and lines to leave out.

Invariant: what is found is what `config/csv_cells.py` reads with the same settings; a file that is no CSV of posts is
an `InputError` that says what it is and what to do.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.known_headers import ALL, normal
from config.problems import InputError, Problem, listed, shown

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How Excel's files begin (xlsx is a ZIP archive, xls a compound file)."""
_DELIMITERS: Final = (",", ";", "\t", "|")
_FIRST: Final = 12
"""Records among which the header is looked for."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as its records: `rows` are those as wide as the header, below it."""

    encoding: str
    delimiter: str
    skip_lines: tuple[int, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    assumed: tuple[str, ...]

    def column(self, name: str) -> list[str]:
        """The cells of a column; the first of several with one name."""
        place = self.header.index(name)
        return [row[place].strip() for row in self.rows]


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    cells: tuple[str, ...]


def read_table(path: Path) -> Table:
    """Raises InputError."""
    text, encoding, assumed = _decoded(path)
    readings = ((_records(text, delimiter), delimiter) for delimiter in _DELIMITERS)
    records, delimiter = max(readings, key=lambda reading: _header_of(reading[0])[0])
    known, place = _header_of(records)
    if not known:
        raise _unknown(path, records)
    header = records[place]
    above = [record.line for record in records[:place]]
    below = [record for record in records[place + 1 :] if any(cell.strip() for cell in record.cells)]
    explained = [below[0].line] if below and _explains(below[0], header) else []
    rows = tuple(one.cells for one in below if one.line not in explained and len(one.cells) == len(header.cells))
    if not rows:
        raise InputError([Problem(str(path), header.line, "(file)", "a header alone", "at least one post below it")])
    return Table(encoding, delimiter, (*above, *explained), header.cells, rows, assumed)


def _decoded(path: Path) -> tuple[str, str, tuple[str, ...]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        given = error.strerror or str(error)
        raise InputError([Problem(str(path), None, "(file)", given, "a file that can be read")]) from error
    if content.startswith(_WORKBOOKS):
        allowed = "CSV: open it, and save the sheet with the posts as CSV UTF-8"
        raise InputError([Problem(str(path), None, "(file)", "an Excel workbook", allowed)])
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding, ()
    try:
        return content.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError:
        assumed = "the encoding: not UTF-8, so cp1252 (Western European Windows) was taken; look at the texts"
        return content.decode("cp1252", errors="replace"), "cp1252", (assumed,)


def _records(text: str, delimiter: str) -> list[_Record]:
    """What a lenient reader finds; the strict one of the import says what is wrong with quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[_Record] = []
    line = 1
    try:
        for cells in reader:
            records.append(_Record(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error:
        return records
    return records


def _header_of(records: Sequence[_Record]) -> tuple[int, int]:
    """How many known names the likeliest header has, and which record it is."""
    counts = [sum(normal(cell) in ALL for cell in record.cells) for record in records[:_FIRST]]
    best = max(counts, default=0)
    return best, counts.index(best) if best else 0


def _explains(record: _Record, header: _Record) -> bool:
    """Whether a line below the header says in prose what the columns are, as Facebook's Page Insights does."""
    spoken = [cell for cell in record.cells if len(cell.split()) > 3]
    is_wide = len(record.cells) == len(header.cells)
    return is_wide and len(spoken) >= 3 and not any(cell.strip().isdecimal() for cell in record.cells)


def _unknown(path: Path, records: Sequence[_Record]) -> InputError:
    first = records[0].cells if records else ()
    given = f"columns {shown(', '.join(first))}" if first else "an empty file"
    allowed = f"a header with names that are known, such as {listed(['post id', 'published', 'reach', 'likes'])}"
    return InputError([Problem(str(path), 1, "(header)", given, f"{allowed}; or --mapping with a mapping of your own")])
