"""TOML read into a `Document`. `tomllib` gives no positions, so each line's key is read a second time, by itself.

Invariant: a line that is not a table's head or the beginning of `key = value` by itself names no field.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from config.document import Document, FieldPath, read_text
from config.problems import InputError, Problem

_HEAD = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
_ASSIGNMENT = re.compile(r"\s*([^=#\[\]{}]+?)\s*=.*")
_AT_LINE = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column \d+\)")


def read_toml(path: Path) -> Document:
    """The TOML file as a document. Raises InputError."""
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.fullmatch(str(error))
        line = int(found["line"]) if found else None
        raise InputError(
            [Problem(str(path), line, "(syntax)", found["what"] if found else str(error), "TOML")]
        ) from error
    return Document(str(path), data, _lines(text))


def _lines(text: str) -> dict[FieldPath, int]:
    lines: dict[FieldPath, int] = {}
    table: FieldPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.fullmatch(line):
            table = _path(head[1])
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.fullmatch(line):
            path = (*table, *_path(assignment[1]))
            for length in range(1, len(path) + 1):
                lines.setdefault(path[:length], number)
    return lines


def _path(key: str) -> FieldPath:
    """The parts of a dotted key, as TOML itself reads it; none where it is no key."""
    try:
        found: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(found, dict):
        name, found = next(iter(found.items()))
        parts.append(name)
    return tuple(parts)
