"""The AsyncAPI 3 document of Mowj on Kafka: its topics, who writes and reads them, and what every message holds.

Invariants: a pure function of the catalogue and the topics' names; schemas are the events' own (`events.schema`), whose
data is the message's value and whose other attributes are its headers. AsyncAPI: asyncapi.com/docs, 3.0.0.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from events.catalogue import ENTRIES, Entry, Speaker
from events.envelope import type_name
from events.log.kafka import BINARY, CONTENT_TYPE, PREFIX
from events.schema import schema_of

VERSION: Final = "3.0.0"
FROM_OUTSIDE: Final = frozenset({Speaker.OUTSIDE})

Document = dict[str, Any]


def document(version: str, prefix: str, partitions: int) -> Document:
    """The whole document; `prefix` is what the topics' names begin with."""
    schemas: Document = {}
    messages = {entry.model.__name__: _message(entry, schemas) for entry in ENTRIES.values()}
    names = list(messages)
    outside = [entry.model.__name__ for entry in ENTRIES.values() if entry.speakers & FROM_OUTSIDE]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Mowj",
            "version": version,
            "description": "Workers that run social-media marketing as a closed loop, and the events they speak in.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": BINARY,
        "channels": {
            "events": _channel(
                f"{prefix}.events",
                "Everything that Mowj says and was told. Only Mowj writes here: each writer numbers its own lane.",
                names,
                partitions,
            ),
            "intake": {
                **_channel(
                    f"{prefix}.intake.{{producer}}",
                    "Facts from outside, one topic a producer. The source of an event is /PRODUCER, or under it.",
                    outside,
                    None,
                ),
                "parameters": {"producer": {"description": "Who may write here, as Kafka's ACLs say."}},
            },
            "deadLetters": {
                "address": f"{prefix}.dead-letters",
                "description": "What intake refused, as it was written, with the reason in the header mowj_reason.",
                "messages": {"refused": {"$ref": "#/components/messages/refused"}},
            },
        },
        "operations": {
            "hear": _operation("send", "events", names, "What others may read."),
            "tell": _operation("receive", "intake", outside, "What others may say."),
            "refuse": _operation("send", "deadLetters", ["refused"], "What was not taken, and why."),
        },
        "components": {
            "schemas": schemas,
            "messages": {
                **messages,
                "refused": {
                    "name": "refused",
                    "summary": "A message that intake did not take.",
                    "headers": {"type": "object", "properties": {"mowj_reason": {"type": "string"}}},
                },
            },
        },
    }


def _channel(address: str, description: str, names: list[str], partitions: int | None) -> Document:
    kafka: Document = {"bindingVersion": "0.5.0", "topicConfiguration": {"cleanup.policy": ["delete"]}}
    if partitions is not None:
        kafka["partitions"] = partitions
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": kafka},
    }


def _operation(action: str, channel: str, names: list[str], summary: str) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _message(entry: Entry, shared: Document) -> Document:
    """One message; the parts of its data are put among the shared schemas."""
    schema = copy.deepcopy(schema_of(entry))
    name, definitions = entry.model.__name__, schema["$defs"]
    names = {part: _share(part, name, definitions[part], shared) for part in definitions}
    for part, given in names.items():
        shared[given] = _pointed(definitions[part], names)
    headers = {
        f"{PREFIX}{attribute}": _in_a_header(value)
        for attribute, value in schema["properties"].items()
        if attribute not in {"data", "datacontenttype"}
    }
    required = [f"{PREFIX}{attribute}" for attribute in schema["required"] if attribute != "data"]
    return {
        "name": type_name(entry.model),
        "title": name,
        "summary": (entry.model.__doc__ or "").strip().split("\n")[0],
        "contentType": BINARY,
        "headers": {
            "type": "object",
            "properties": {CONTENT_TYPE: {"const": BINARY}, **headers},
            "required": [CONTENT_TYPE, *required],
        },
        "payload": {"$ref": f"#/components/schemas/{names[name]}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "The campaign."}, "bindingVersion": "0.5.0"}},
    }


def _share(part: str, event: str, schema: Document, shared: Document) -> str:
    """Under which name a part stands: its own, unless another event has another part of that name."""
    names = {part: part}
    known = shared.get(part)
    return part if known is None or known == _pointed(schema, names) else f"{event}.{part}"


def _pointed(schema: Any, names: Mapping[str, str]) -> Any:
    """The schema with its references pointing to where the parts stand now."""
    if isinstance(schema, dict):
        found = {key: _pointed(value, names) for key, value in schema.items()}
        if isinstance(schema.get("$ref"), str):
            part = schema["$ref"].rsplit("/", 1)[-1]
            found["$ref"] = f"#/components/schemas/{names.get(part, part)}"
        return found
    return [_pointed(item, names) for item in schema] if isinstance(schema, list) else schema


def _in_a_header(schema: Document) -> Document:
    """A header is text; a number is written in digits."""
    if schema.get("type") == "integer":
        return {"type": "string", "pattern": "^[0-9]+$"}
    return schema
