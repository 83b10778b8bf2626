"""YAML read into a `Document`.

Invariants: keys are the text that was written (`1:` is "1"); a time stays text; only true and false are booleans (YAML
1.2, so the language code `no` is a word). A key written twice and an alias are problems: neither has one line to name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.document import Document, FieldPath, dotted, read_text
from config.problems import InputError, Problem, shown

_TAG: Final = "tag:yaml.org,2002:"
_READ: Final = {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}


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
        given, allowed = getattr(error, "problem", None) or "unreadable text", "YAML"
        if mark is not None and "\t" in _around(text, mark.line):
            given, allowed = "a tab", "spaces: YAML is indented with spaces, never with tabs"
        raise InputError([Problem(file, line, "(syntax)", given, allowed)]) from error
    if not isinstance(root, MappingNode):
        given = "nothing" if root is None else shown(root.value)
        raise InputError([Problem(file, first_line, "(file)", given, "fields, one `name: value` a line")])
    reader = _Reader(yaml, file, first_line)
    data = reader.value(root, ())
    if reader.problems:
        raise InputError(reader.problems)
    return Document(file, data, reader.lines)


def _around(text: str, line: int) -> str:
    """What the line begins with before its first word."""
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    return written[: len(written) - len(written.lstrip(" \t-"))]


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
