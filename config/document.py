"""A YAML text as plain data together with the line on which each field stands.

Invariants: keys are the text that was written (`1:` is "1"); a time stays text; only true and false are booleans (YAML
1.2, so the language code `no` is a word). A key written twice and an alias are problems: neither has one line to name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.problems import InputError, Problem, shown

FieldPath = tuple[str | int, ...]
"""Where a field stands: keys and positions from the top."""

_TAG: Final = "tag:yaml.org,2002:"
_READ: Final = {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file, and `lines` by path, counted from 1."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[FieldPath, int]

    def line(self, path: FieldPath) -> int | None:
        """The line of the field, or of the nearest field around it that was written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_text(path: Path) -> str:
    """A file's text. Raises InputError where it is missing or no UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        given = error.strerror or str(error)
        raise InputError([Problem(str(path), None, "(file)", given, "a file that can be read")]) from error
    except UnicodeDecodeError as error:
        given = f"byte {error.start} that is not UTF-8"
        raise InputError([Problem(str(path), None, "(file)", given, "text in UTF-8")]) from error


def read_yaml(path: Path) -> Document:
    """The YAML file as a document. Raises InputError."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, file: str, first_line: int = 1) -> Document:
    """YAML text whose first line is the file's `first_line`. Raises InputError unless it is a mapping."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = first_line + mark.line if mark is not None else None
        given = getattr(error, "problem", None) or "unreadable text"
        raise InputError([Problem(file, line, "(syntax)", given, "YAML")]) from error
    if not isinstance(root, MappingNode):
        given = "nothing" if root is None else shown(root.value)
        raise InputError([Problem(file, first_line, "(file)", given, "fields, one `name: value` a line")])
    reader = _Reader(yaml, file, first_line)
    data = reader.value(root, ())
    if reader.problems:
        raise InputError(reader.problems)
    return Document(file, data, reader.lines)


class _Reader:
    """One walk over the composed nodes, collecting lines and problems."""

    def __init__(self, yaml: YAML, file: str, first_line: int) -> None:
        self._yaml = yaml
        self._file = file
        self._first_line = first_line
        self._seen: set[int] = set()
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: Node, path: FieldPath) -> Any:
        line = self._line(node)
        self.lines.setdefault(path, line)
        if id(node) in self._seen:
            self._refuse(line, path, "an alias", "the value itself, written out")
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if node.tag in _READ:
            return self._yaml.constructor.construct_object(node)
        return node.value

    def _mapping(self, node: MappingNode, path: FieldPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            line = self._line(key)
            if not isinstance(key, ScalarNode):
                self._refuse(line, path, "a key of several values", "a word as key")
                continue
            place = (*path, key.value)
            if key.value in found:
                self._refuse(line, place, f"a second time, after line {self.lines[place]}", "each field once")
                continue
            self.lines[place] = line
            found[key.value] = self.value(item, place)
        return found

    def _line(self, node: Node) -> int:
        return int(node.start_mark.line) + self._first_line

    def _refuse(self, line: int, path: FieldPath, given: str, allowed: str) -> None:
        self.problems.append(Problem(self._file, line, dotted(path), given, allowed))


def dotted(path: FieldPath) -> str:
    """A path as a message names it: `segments.beginners.hours`, `accounts[0].channel`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "(file)"
