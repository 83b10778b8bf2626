"""Whether what was written under an older schema can still be read under a newer one of the same version.

Invariants: a field that went away or changed its name, a new required field, a narrower type, bound, pattern or set of
words, and an event that went away are incompatible; adding optional fields and widening are not. What is incompatible
needs a new version of the event, and an upcast from the old one.

`python -m events.compatibility DIR` pins the schemas anew, unless that would hide an incompatible change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from events.catalogue import UPCASTS, read_version
from events.schema import Schema, export, schemas

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ALL_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "null", "object", "array"})


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What `old` allowed and `new` refuses, each with its place; empty where everything old can be read."""
    return list(_Comparison(old.get("$defs", {}), new.get("$defs", {})).nodes(old, new, ""))


def pinned(directory: Path) -> dict[str, Schema]:
    """The pinned schemas by type name."""
    return {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(directory.glob("*.json"))
    }


def broken_promises(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """Every incompatible change from the pinned schemas to the current ones.

    A pinned type that is no longer current is fine where a newer version of it is and upcasts lead there.
    """
    found = []
    latest = dict(map(read_version, new))
    for type_, schema in old.items():
        name, version = read_version(type_)
        if type_ in new:
            found += [f"{type_}: {change}" for change in incompatibilities(schema, new[type_])]
        elif latest.get(name, 0) < version:
            found.append(f"{type_}: the event is gone")
        else:
            steps = range(version, latest[name])
            found += [f"{type_}: no upcast from version {step}" for step in steps if (name, step) not in UPCASTS]
    return found


class _Comparison:
    """One walk over two schemas side by side."""

    def __init__(self, old_definitions: Schema, new_definitions: Schema) -> None:
        self._old_definitions = old_definitions
        self._new_definitions = new_definitions

    def nodes(self, old: Any, new: Any, path: str) -> Iterator[str]:
        old, new = _resolved(old, self._old_definitions), _resolved(new, self._new_definitions)
        if old is False or new is True or new == {}:
            return
        if not isinstance(old, dict) or not isinstance(new, dict):
            if old != new:
                yield f"{path or '/'}: was {old}, is {new}"
            return
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, path)
            return
        yield from _types(old, new, path)
        yield from _words(old, new, path)
        yield from _bounds(old, new, path)
        yield from self._fields(old, new, path)
        for part in ("items", "propertyNames"):
            if part in new:
                yield from self.nodes(old.get(part, {}), new[part], f"{path}/{part}")

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        """Each old alternative must fit wholly into one of the new."""
        offered = new.get("anyOf", [new])
        for alternative in old.get("anyOf", [old]):
            refusals = [list(self.nodes(alternative, option, path)) for option in offered]
            if all(refusals):
                yield min(refusals, key=len)[0]

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        others = new.get("additionalProperties", True)
        for name, value in before.items():
            if name in after:
                yield from self.nodes(value, after[name], f"{path}/{name}")
            elif others is False:
                yield f"{path}/{name}: the field is gone"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{path}/{name}: now required"
        if "properties" not in old or "additionalProperties" in old:
            yield from self.nodes(old.get("additionalProperties", True), others, f"{path}/*")


def _resolved(node: Any, definitions: Schema) -> Any:
    if isinstance(node, dict) and "$ref" in node:
        return {**node, **definitions[str(node["$ref"]).rsplit("/", 1)[-1]]}
    return node


def _types(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "type" not in new:
        return
    before = {old["type"]} if "type" in old else _ALL_TYPES
    after = {new["type"]} | ({"integer"} if new["type"] == "number" else set())
    if not before <= after:
        yield f"{path or '/'}: was {', '.join(sorted(before))}, is {new['type']}"


def _words(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "const" in new and old.get("const") != new["const"]:
        yield f"{path}: now always {new['const']!r}"
    if "enum" in new:
        if "enum" not in old and "const" not in old:
            yield f"{path}: any word, now one of {', '.join(map(str, new['enum']))}"
        for word in old.get("enum", [old["const"]] if "const" in old else []):
            if word not in new["enum"]:
                yield f"{path}: {word!r} is gone"
    for key in ("pattern", "format"):
        if key in new and old.get(key) != new[key]:
            yield f"{path}: {key} was {old.get(key)}, is {new[key]}"


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for key in _LOWER:
        if key in new and (key not in old or old[key] < new[key]):
            yield f"{path}: {key} was {old.get(key)}, is {new[key]}"
    for key in _UPPER:
        if key in new and (key not in old or old[key] > new[key]):
            yield f"{path}: {key} was {old.get(key)}, is {new[key]}"


def pin(directory: Path) -> list[Path]:
    """Write the current schemas over the pinned ones. Raises ValueError where that would hide an incompatible change.

    Schemas of older versions stay: what was written under them is still in somebody's log.
    """
    broken = broken_promises(pinned(directory), schemas())
    if broken:
        raise ValueError("\n".join(broken))
    return export(directory)


if __name__ == "__main__":
    try:
        pin(Path(sys.argv[1]))
    except ValueError as error:
        advice = "raise the event's VERSION and add an upcast; or, if nobody has stored one, delete its pinned file"
        sys.exit(f"{error}\nincompatible: {advice}")
