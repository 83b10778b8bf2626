"""Events as Kafka carries them: CloudEvents 1.0 in binary mode, attributes in headers and the data as the value.

Invariants: pure, and no client library. A message's head is read without its body, so that a worker passes over what it
does not hear for the price of a few headers; the text that the log of record keeps is put together without parsing it.
Structured mode is accepted. Source: github.com/cloudevents/spec, Kafka protocol binding 1.0.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from events.catalogue import UnknownVersion, UnreadableEvent, from_json, read_fact_text, read_version
from events.envelope import INTAKE, RESERVED_PREFIX, Event, to_json
from events.log.protocol import Unread
from events.terms import Fact

PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
BINARY: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Message:
    """What is given to a producer, or was got from a consumer."""

    headers: list[tuple[str, bytes]]
    value: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What can be known of an event without its data."""

    attributes: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.attributes["id"]

    @property
    def source(self) -> str:
        return self.attributes["source"]

    @property
    def subject(self) -> str:
        return self.attributes["subject"]

    @property
    def recipient(self) -> str | None:
        return self.attributes.get("recipient")

    @property
    def lane(self) -> int:
        return int(self.attributes.get("lane", "0"))

    @property
    def name(self) -> str:
        return read_version(self.attributes["type"])[0]

    @property
    def writer(self) -> str:
        source = self.source
        return source if source.startswith(RESERVED_PREFIX) else INTAKE


def attributes_and_data(event: Event) -> tuple[str, str]:
    """An event as two JSON texts, of which `message_of` makes its message: what an outbox keeps."""
    content = to_json(event)
    data = content.pop("data")
    return _text(content), _text(data)


def message_of(attributes: str, data: str) -> Message:
    """The message of what `attributes_and_data` gave."""
    headers = [(CONTENT_TYPE, BINARY.encode())]
    headers += [
        (f"{PREFIX}{name}", str(value).encode())
        for name, value in json.loads(attributes).items()
        if name != "datacontenttype"
    ]
    return Message(headers, data.encode())


def read_head(headers: Headers, value: bytes | None) -> Head:
    """The attributes of a message of either mode. Raises UnreadableEvent where it is no CloudEvent."""
    try:
        found = {name: content.decode() for name, content in headers}
    except (AttributeError, UnicodeDecodeError) as error:
        raise UnreadableEvent(f"a header is not text: {error}") from error
    if found.get(CONTENT_TYPE, "").partition(";")[0].strip() == STRUCTURED:
        content = _structured(value)
        attributes = {name: str(item) for name, item in content.items() if name != "data" and item is not None}
    else:
        attributes = {name[len(PREFIX) :]: item for name, item in found.items() if name.startswith(PREFIX)}
    missing = [name for name in ("id", "source", "type", "subject") if not attributes.get(name)]
    if missing:
        raise UnreadableEvent(f"not a CloudEvent: without {', '.join(missing)}")
    if not attributes.get("lane", "0").isdecimal():
        raise UnreadableEvent(f"event {attributes['id']}: lane {attributes['lane']!r} is no number")
    read_version(attributes["type"])
    return Head(attributes)


def read_data(head: Head, headers: Headers, value: bytes | None) -> Fact:
    """The data of a message. Raises UnknownVersion, UnreadableEvent."""
    return read_fact_text(head.attributes["type"], _data(headers, value))


def read_event(head: Head, headers: Headers, value: bytes | None) -> Event:
    """The whole event; data that cannot be read arrives as `Unread`. Raises UnreadableEvent for the envelope."""
    try:
        fact = read_data(head, headers, value)
    except UnknownVersion as error:
        fact = Unread(error=str(error), newer=True)
    except UnreadableEvent as error:
        fact = Unread(error=str(error), newer=False)
    return from_json(head.attributes, fact)


def stored_text(head: Head, headers: Headers, value: bytes | None) -> str:
    """The structured JSON that a log of record keeps, with the data as it was sent.

    Raises UnreadableEvent for data that is not JSON.
    """
    attributes: dict[str, Any] = dict(head.attributes)
    attributes["lane"] = head.lane
    attributes["datacontenttype"] = BINARY
    return structured_text(_text(attributes), _data(headers, value).decode())


def structured_text(attributes: str, data: str) -> str:
    """One structured event of its attributes and its data, both JSON texts."""
    return f'{attributes[:-1]},"data":{data}}}'


def _data(headers: Headers, value: bytes | None) -> bytes:
    if not value:
        raise UnreadableEvent("a message without a value")
    if any(name == CONTENT_TYPE and content.startswith(STRUCTURED.encode()) for name, content in headers):
        return _text(_structured(value).get("data")).encode()
    return value


def _structured(value: bytes | None) -> dict[str, Any]:
    try:
        content = json.loads(value or b"")
    except (ValueError, RecursionError) as error:
        raise UnreadableEvent(f"a structured CloudEvent that is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableEvent("a structured CloudEvent is a JSON object")
    return content


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
