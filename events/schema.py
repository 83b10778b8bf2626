"""JSON Schema (draft 2020-12) of every event as it is written: the CloudEvents envelope around its data.

Invariants: what `catalogue.from_json` reads from Mowj's own writing, the schema accepts; every string in it says by
`x-data-class` whether it may hold somebody's words. The `$id` is a URN: a schema is identified, never fetched.

`python -m events.schema DIR` writes one file a type. CloudEvents: github.com/cloudevents/spec, v1.0.2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from events.catalogue import ENTRIES, Entry
from events.envelope import type_name
from events.terms import DataClass, Fact

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CLASS: Final = "x-data-class"
SPEAKERS: Final = "x-speakers"

Schema = dict[str, Any]

_PLAIN: Final = {CLASS: DataClass.PLAIN.value}
_TIME: Final[Schema] = {"type": "string", "format": "date-time", **_PLAIN}
_WORD: Final[Schema] = {"type": "string", "minLength": 1, **_PLAIN}
_OPTIONAL_WORDS: Final = ("causationid", "recipient", "decidedby", "traceparent", "sequence", "hash")


class _Generator(GenerateJsonSchema):
    """pydantic's generator, classifying the strings that are plain by nature and leaving derived titles out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        del schema
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", **_PLAIN}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        return {**super().datetime_schema(schema), **_PLAIN}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return {**super().enum_schema(schema), **_PLAIN}


def schema_of(entry: Entry) -> Schema:
    """The schema of one event type in structured-mode JSON."""
    data = entry.model.model_json_schema(mode="serialization", schema_generator=_Generator)
    definitions = data.pop("$defs", {})
    data.pop("title", None)
    return {
        "$schema": DIALECT,
        "$id": identifier(entry.model),
        "title": entry.model.__name__,
        "description": entry.model.__doc__ or "",
        SPEAKERS: sorted(entry.speakers),
        "type": "object",
        "properties": {**_envelope(type_name(entry.model)), "data": {"$ref": f"#/$defs/{entry.model.__name__}"}},
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "$defs": {**definitions, entry.model.__name__: data},
    }


def identifier(model: type[Fact]) -> str:
    return f"urn:mowj:event:{model.__name__}:v{model.VERSION}"


def schemas() -> dict[str, Schema]:
    """Every event's schema by its type name."""
    return {type_name(entry.model): schema_of(entry) for entry in ENTRIES.values()}


def export(directory: Path) -> list[Path]:
    """Write each schema to `<type>.json` in the directory, which is made; the files written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in sorted(schemas().items()):
        path = directory / f"{name}.json"
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def unclassified(schema: Schema) -> Iterator[str]:
    """Where a string may stand that no `x-data-class`, its own or one around it, accounts for."""
    yield from _unclassified(schema, schema.get("$defs", {}), "", frozenset())


def _unclassified(node: object, definitions: Schema, path: str, seen: frozenset[str]) -> Iterator[str]:
    if not isinstance(node, dict):
        if node is True:
            yield path
        return
    reference = node.get("$ref")
    if reference is not None:
        name = str(reference).rsplit("/", 1)[-1]
        if name not in seen:
            yield from _unclassified(definitions[name], definitions, path, seen | {name})
    if CLASS in node:
        return
    kind = node.get("type")
    if kind == "string" or not node.keys() - {"title", "description", "default"}:
        yield path
    if kind == "object" and node.get("additionalProperties", False) is not False:
        keys = node.get("propertyNames", {})
        keys = keys if "$ref" in keys else {"type": "string", **keys}
        yield from _unclassified(keys, definitions, f"{path}/(key)", seen)
        yield from _unclassified(node["additionalProperties"], definitions, f"{path}/*", seen)
    for name, value in node.get("properties", {}).items():
        yield from _unclassified(value, definitions, f"{path}/{name}", seen)
    for value in (node["items"],) if "items" in node else ():
        yield from _unclassified(value, definitions, f"{path}/*", seen)
    for value in (*node.get("anyOf", ()), *node.get("prefixItems", ())):
        yield from _unclassified(value, definitions, path, seen)


def _envelope(type_: str) -> Schema:
    return {
        "specversion": {"const": "1.0", **_PLAIN},
        "id": _WORD,
        "source": _WORD,
        "type": {"const": type_, **_PLAIN},
        "subject": _WORD,
        "tenant": _WORD,
        "time": _TIME,
        "recordedtime": _TIME,
        "correlationid": _WORD,
        "datacontenttype": {"const": "application/json", **_PLAIN},
        **dict.fromkeys(_OPTIONAL_WORDS, _WORD),
        "producersequence": {"type": "string", CLASS: DataClass.REFERENCE.value},
        "lane": {"type": "integer", "minimum": 1},
    }


if __name__ == "__main__":
    for file in export(Path(sys.argv[1])):
        print(file)  # noqa: T201
