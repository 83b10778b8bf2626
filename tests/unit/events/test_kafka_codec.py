"""Events as Kafka carries them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from events.campaign import ConversionRecorded
from events.catalogue import UnreadableEvent, from_json
from events.envelope import Event, to_json, type_name
from events.log.kafka import attributes_and_data, message_of, read_event, read_head, stored_text
from events.log.protocol import Unread

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def conversion(**changes: object) -> Event:
    fact = ConversionRecorded(count=2)
    values: dict[str, object] = {
        "id": "6f1d", "source": "/shops/röstkaffee", "type": type_name(ConversionRecorded), "subject": "spring",
        "tenant": "roastery", "time": NOW, "recordedtime": NOW, "data": fact, "correlationid": "brief", **changes,
    }  # fmt: skip
    return Event(**values).sealed().placed(7, 3)  # type: ignore[arg-type]


def test_an_event_comes_back_from_a_binary_message_as_it_was() -> None:
    event = conversion(causationid="cause", recipient="planner", producersequence="41")
    message = message_of(*attributes_and_data(event))
    head = read_head(message.headers, message.value)
    assert read_event(head, message.headers, message.value) == event
    assert (head.id, head.lane, head.writer, head.name) == ("6f1d", 7, "/mowj/intake", "ConversionRecorded")
    assert head.recipient == "planner"
    assert json.loads(message.value) == to_json(event)["data"]


def test_a_head_is_read_without_the_body() -> None:
    message = message_of(*attributes_and_data(conversion()))
    assert read_head(message.headers, b"not JSON at all").name == "ConversionRecorded"


def test_the_headers_are_those_of_the_cloudevents_kafka_binding() -> None:
    headers = dict(message_of(*attributes_and_data(conversion())).headers)
    assert headers["content-type"] == b"application/json"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_source"] == "/shops/röstkaffee".encode()
    assert headers["ce_time"] == b"2026-03-02T09:00:00.123456Z"
    assert headers["ce_lane"] == b"7"
    assert "ce_datacontenttype" not in headers


def test_an_event_in_structured_mode_is_accepted() -> None:
    event = conversion()
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    value = json.dumps(to_json(event)).encode()
    head = read_head(headers, value)
    assert read_event(head, headers, value) == event
    assert from_json(json.loads(stored_text(head, headers, value))) == event


def test_the_log_of_record_keeps_the_event_that_was_sent() -> None:
    event = conversion()
    message = message_of(*attributes_and_data(event))
    head = read_head(message.headers, message.value)
    assert from_json(json.loads(stored_text(head, message.headers, message.value))) == event


def test_an_unknown_version_is_read_as_newer_and_unreadable_data_as_unread() -> None:
    message = message_of(*attributes_and_data(conversion()))
    newer = [(name, b"mowj.ConversionRecorded.v9" if name == "ce_type" else value) for name, value in message.headers]
    data = read_event(read_head(newer, message.value), newer, message.value).data
    assert isinstance(data, Unread)
    assert data.newer
    broken = read_event(read_head(message.headers, b"{"), message.headers, b"{").data
    assert isinstance(broken, Unread)
    assert not broken.newer


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([], b"{}"),
        ([("ce_id", b"1"), ("ce_source", b"/a"), ("ce_type", b"no type"), ("ce_subject", b"s")], b"{}"),
        ([("ce_id", b"\xff")], b"{}"),
        ([("content-type", b"application/cloudevents+json")], b"[]"),
        ([("content-type", b"application/cloudevents+json")], b"{"),
        ([("content-type", b"application/cloudevents+json")], None),
    ],
)
def test_what_is_no_event_is_refused_in_words(headers: list[tuple[str, bytes]], value: bytes | None) -> None:
    with pytest.raises(UnreadableEvent):
        read_head(headers, value)


def test_a_lane_that_is_no_number_is_refused() -> None:
    message = message_of(*attributes_and_data(conversion()))
    headers = [(name, b"first" if name == "ce_lane" else value) for name, value in message.headers]
    with pytest.raises(UnreadableEvent, match="lane 'first' is no number"):
        read_head(headers, message.value)


def test_a_structured_event_that_is_nested_without_end_is_unreadable_and_ends_nothing() -> None:
    deep = b"[" * 200_000
    with pytest.raises(UnreadableEvent, match="not JSON"):
        read_head([("content-type", b"application/cloudevents+json")], deep)
