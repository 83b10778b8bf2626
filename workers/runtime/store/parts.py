"""A state in rows: the main row, and the parts of it that a worker keeps in rows of their own.

Invariants: pure functions. What is joined is what was split, in the same order: a mapping's rows are ordered by when
they were first written, so that a mapping whose order changed is written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any, Final, TypeVar

from pydantic_core import to_json

from workers.decision import State

StateT = TypeVar("StateT", bound=State)

WHOLE: Final = ""
"""The item of a part that is no mapping; a mapping's items are its keys as JSON strings, which are never empty."""

Place = tuple[str, str]
"""A part's path in the state, and the item of it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows to delete first, and rows to write, as JSON."""

    gone: tuple[Place, ...]
    written: Mapping[Place, str]


def main_row(state: State, rows: frozenset[str]) -> str:
    """The state's JSON with its mappings in rows left empty, and without what else is in rows."""
    left_out: dict[str, Any] = {}
    for path in sorted(rows):
        if isinstance(_value(state, path), Mapping):
            state = _emptied(state, path.split("."))
            continue
        *owners, name = path.split(".")
        inside = left_out
        for owner in owners:
            inside = inside.setdefault(owner, {})
        inside[name] = True
    return state.model_dump_json(exclude=left_out)


def changed(state: State, earlier: State | None, rows: frozenset[str]) -> Changes:
    """What must be written where `earlier` is stored; everything where that is None.

    What is not the same object is compared as JSON: values that are equal may print differently, as 6 and 6.00 do.
    """
    gone: list[Place] = []
    written: dict[Place, str] = {}
    for path in sorted(rows):
        value, before = _value(state, path), None if earlier is None else _value(earlier, path)
        if earlier is not None and value is before:
            continue
        now, known = _items(value), {} if earlier is None else _items(before)
        kept = {key: part for key, part in known.items() if key in now}
        if list(islice(now, len(kept))) != list(kept):
            kept = {}
        gone += [(path, _spelled(key)) for key in known if key not in kept]
        for key, part in now.items():
            if key in kept and part is kept[key]:
                continue
            text = _text(part)
            if key not in kept or text != _text(kept[key]):
                written[path, _spelled(key)] = text
    return Changes(tuple(gone), written)


def joined(model: type[StateT], main: str, parts: Iterable[tuple[str, str, str]]) -> StateT:
    """The state of a main row and its parts (path, item, JSON), which come in the order of their numbers."""
    whole: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    for path, item, text in parts:
        if item == WHOLE:
            whole[path] = text
        else:
            items.setdefault(path, []).append(f"{item}:{text}")
    texts = whole | {path: f"{{{','.join(members)}}}" for path, members in items.items()}
    return model.model_validate_json(_filled(json.loads(main), texts) if texts else main)


def _filled(content: Mapping[str, Any], texts: Mapping[str, str], owner: str = "") -> str:
    """The content as JSON with these texts at their paths: parts are large, and are parsed once, by the model."""
    inside = {path[len(owner) :].split(".")[0] for path in texts if path.startswith(owner)}
    members = []
    for name in [*content, *sorted(inside - content.keys())]:
        path = f"{owner}{name}"
        if path in texts:
            text = texts[path]
        elif name in inside:
            text = _filled(content[name], texts, f"{path}.")
        else:
            text = json.dumps(content[name])
        members.append(f"{json.dumps(name)}:{text}")
    return f"{{{','.join(members)}}}"


def _value(state: State, path: str) -> Any:
    return attrgetter(path)(state)


def _items(value: Any) -> Mapping[Any, Any]:
    """The parts by key; what is no mapping is one part, under None."""
    return value if isinstance(value, Mapping) else {None: value}


def _spelled(key: Any) -> str:
    return WHOLE if key is None else json.dumps(key)


def _text(part: Any) -> str:
    return to_json(part, inf_nan_mode="null").decode()


def _emptied(state: State, path: list[str]) -> State:
    """The state with an empty mapping at the path."""
    name, *deeper = path
    return state.model_copy(update={name: _emptied(getattr(state, name), deeper) if deeper else {}})
