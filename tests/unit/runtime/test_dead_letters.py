"""What is set aside of a message that a producer wrote and intake refused: something, whatever was written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("kafka")

from workers.runtime.kafka.outside import BEGINNING, CUT, LONGEST_REASON, REASON, TOPIC, dead_letter
from workers.runtime.kafka.topics import LARGEST


def record(value: bytes | None, headers: list[tuple[str, bytes | None]], key: bytes | None = None) -> Any:
    return SimpleNamespace(topic="mowj.intake.shop", partition=3, offset=7, key=key, value=value, headers=headers)


def size(letter: tuple[bytes | None, bytes, list[tuple[str, bytes]]]) -> int:
    key, value, headers = letter
    return len(key or b"") + len(value) + sum(len(name.encode()) + len(content) for name, content in headers)


def test_a_message_is_set_aside_whole_with_the_reason_and_where_it_stands() -> None:
    key, value, headers = dead_letter(record(b"{}", [("ce_id", b"a")], b"k"), "no campaign")
    assert (key, value) == (b"k", b"{}")
    assert headers == [("ce_id", b"a"), (REASON, b"no campaign"), (TOPIC, b"mowj.intake.shop/3/7")]


@pytest.mark.parametrize(
    "odd",
    [
        record(b"x" * LARGEST, []),
        record(b"", [("h", b"x" * LARGEST)]),
        record(b"", [(f"h{number}", b"x" * 100) for number in range(12_000)]),
        record(b"", [("n" * LARGEST, b"")]),
        record(b"", [], b"k" * LARGEST),
    ],
    ids=["value", "header", "headers", "name", "key"],
)
def test_of_a_message_that_would_not_fit_with_the_reason_the_beginning_is_set_aside(odd: Any) -> None:
    letter = dead_letter(odd, "too large" * 10_000)
    assert size(letter) <= BEGINNING + 60 * LONGEST_REASON + 10_000 < LARGEST
    assert CUT in dict(letter[2])


def test_a_header_without_content_and_a_message_without_a_value_are_set_aside_as_empty() -> None:
    _, value, headers = dead_letter(record(None, [("x", None)]), "a message without a value")
    assert value == b""
    assert ("x", b"") in headers
