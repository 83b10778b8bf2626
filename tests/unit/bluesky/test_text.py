"""Texts for Bluesky, marked to the byte."""

from __future__ import annotations

import pytest

from workers.platforms.bluesky.text import Mark, facet, marks

FAMILY = "👨‍👩‍👧"
"""Five code points and 18 bytes that a reader sees as one sign."""


def nobody(handle: str) -> str | None:
    return None


def marked(text: str) -> list[tuple[str, str]]:
    """(kind, marked characters)."""
    return [(mark.kind, text[mark.start : mark.end]) for mark in marks(text, lambda handle: f"did:plc:{handle}")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://a.example/b.", [("link", "https://a.example/b")]),
        ("(https://a.example/b)", [("link", "https://a.example/b")]),
        ("https://a.example/b_(c)", [("link", "https://a.example/b_(c)")]),
        ("https://a.example/#part and #tag", [("link", "https://a.example/#part"), ("tag", "#tag")]),
        ("#1 #50% #قهوه‌تازه #café!", [("tag", "#قهوه"), ("tag", "#café")]),
        ("a#b ##", []),
        ("mail me@shop.example, ask @shop.example", [("mention", "@shop.example")]),
        ("http", []),
    ],
)
def test_links_tags_and_mentions_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert marked(text) == found


def test_a_mention_that_nobody_has_stays_text() -> None:
    assert marks("ask @shop.example", nobody) == []


def test_a_tag_of_more_than_64_signs_stays_text() -> None:
    assert marked("#" + "a" * 64) == [("tag", "#" + "a" * 64)]
    assert marked("#" + "a" * 65) == []


def test_a_facet_counts_bytes() -> None:
    text = f"{FAMILY} #قهوه"
    (mark,) = marks(text, nobody)
    assert facet(text, mark)["index"] == {"byteStart": 19, "byteEnd": 28}
    assert facet(text, Mark(0, 5, "tag", "x"))["index"] == {"byteStart": 0, "byteEnd": 18}
