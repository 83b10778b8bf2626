"""Whatever a file holds, a guess is either a mapping that the loader reads, or says what is wrong with the file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from config.known_headers import ALL
from config.mapping import load_mapping
from config.mapping_guess import Wanted, guess_mapping
from config.problems import InputError
from config.rows import read_rows

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = st.one_of(st.sampled_from(sorted(ALL)), st.text(max_size=12))
USUAL = st.sampled_from(
    ["", "-", "n/a", "1,240", "1.240", "12", "0.5", "2026-02-13 18:05", "13/02/2026", "Photo", "yes", "0"]
)
CELL = st.one_of(USUAL, st.text(max_size=12))


def understood(content: bytes) -> int | None:
    """How many rows are read, or None where the file is refused."""
    with TemporaryDirectory() as folder:
        path, mapping = Path(folder) / "past.csv", Path(folder) / "mapping.yaml"
        path.write_bytes(content)
        try:
            guess = guess_mapping(path, Wanted(year=2025))
        except InputError:
            return None
        mapping.write_text(guess.mapping, encoding="utf-8")
        rules = load_mapping(mapping)
        try:
            read = read_rows(path, rules, NOW)
        except InputError:
            return None
        return len(read.rows) + len(read.problems)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    understood(content)


def table(header: list[str], rows: list[list[str]], delimiter: str) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(["published", "reach", *header])
    writer.writerows([[f"2026-02-{1 + number:02} 10:00", str(number), *row] for number, row in enumerate(rows)])
    return written.getvalue().encode()


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from([",", ";", "\t", "|"]))
def test_every_row_below_known_headers_is_read_or_named(data: st.DataObject, delimiter: str) -> None:
    header = data.draw(st.lists(st.sampled_from(sorted(ALL - {"published", "reach"})), max_size=5, unique=True))
    rows = data.draw(st.lists(st.lists(USUAL, min_size=len(header), max_size=len(header)), min_size=1, max_size=6))
    assert understood(table(header, rows, delimiter)) == len(rows)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from([",", ";", "\t", "|"]))
def test_any_words_in_headers_and_cells_are_read_or_refused(data: st.DataObject, delimiter: str) -> None:
    header = data.draw(st.lists(HEADER, max_size=5))
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(header), max_size=len(header)), min_size=1, max_size=6))
    understood(table(header, rows, delimiter))
