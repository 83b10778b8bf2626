"""Texts for Bluesky: counted as readers count, split where readers would, marked to the byte."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regex import findall

from workers.platforms.bluesky.text import BYTES, GRAPHEMES, Mark, facet, length, marks, parts, shown

FAMILY = "👨‍👩‍👧"
"""Five code points and 18 bytes that a reader sees as one sign."""


def nobody(handle: str) -> str | None:
    return None


def marked(text: str) -> list[tuple[str, str]]:
    """(kind, marked characters)."""
    return [(mark.kind, text[mark.start : mark.end]) for mark in marks(text, lambda handle: f"did:plc:{handle}")]


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [("", 0), ("abc", 3), (FAMILY, 1), ("🇮🇷", 1), ("می‌خواهم", 7), ("é", 1), ("نَ", 1)],
)
def test_length_is_in_graphemes(text: str, graphemes: int) -> None:
    assert length(text) == graphemes


def test_a_text_that_fits_is_one_part_however_many_code_points_it_has() -> None:
    assert parts("x" * 300) == ("x" * 300,)
    assert parts(FAMILY * 160) == (FAMILY * 160,), "2,880 bytes"


def test_a_text_of_few_graphemes_but_too_many_bytes_is_split() -> None:
    assert [length(part) for part in parts(FAMILY * 180)] == [166, 14]


def test_a_text_is_split_at_paragraphs_before_sentences_and_at_sentences_before_words() -> None:
    words, sentences = "word " * 45, "One more sentence. " * 12
    assert parts(f"{words.strip()}\n\n{sentences}")[0] == words.strip()
    assert parts(sentences * 2)[0].endswith("sentence.")
    assert parts("word " * 80)[0] == ("word " * 60).strip()
    assert parts("آیا قهوه می‌خواهید؟ " * 30)[0].endswith("؟")


def test_a_link_is_not_torn() -> None:
    link = "https://roastery.example/" + "a" * 100
    first, second = parts("x" * 250 + link)
    assert (first, second) == ("x" * 250, link)


@given(
    st.text(
        alphabet=st.sampled_from([*"ab \n.", "\u200c", "م", "👨", "\u200d", "👧", "\u0301", "🇮", "🇷"]), max_size=900
    )
)
def test_parts_hold_every_word_and_fit(text: str) -> None:
    found = parts(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(length(part) <= GRAPHEMES and len(part.encode()) <= BYTES for part in found)


@given(st.lists(st.sampled_from([FAMILY, "a", " ", "é", "🇮🇷", "نَ"]), min_size=301, max_size=700))
def test_no_sign_is_torn(signs: list[str]) -> None:
    found = Counter(sign for part in parts("".join(signs)) for sign in findall(r"\X", part) if sign.strip())
    assert found == Counter(sign for sign in signs if sign.strip())


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


def test_a_link_is_shown_short_and_without_its_query() -> None:
    assert shown("https://shop.example/?utm_source=bluesky") == "shop.example"
    assert shown("https://shop.example/" + "a" * 40) == "shop.example/" + "a" * 16 + "…"
