"""Variants of one content: counted as each network counts, split where readers would, links kept whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.platform_suite import outgoing
from workers.platforms import variants
from workers.platforms.habits import BLUESKY, HABITS, Habits, Link, Unit, habits_of
from workers.platforms.links import tagged
from workers.platforms.protocol import OutgoingPost, Rejected
from workers.platforms.variants import Shape, shape, shown

FAMILY = "👨‍👩‍👧"
"""Five code points and 18 bytes that a reader sees as one sign."""
LINK = "https://roastery.example/a/long/way/to/the/beans?size=2#order"
X, TELEGRAM = HABITS["x"], HABITS["telegram"]
SHORT = Habits(60, Unit.GRAPHEMES, link=Link.WRITTEN, tags=2)


def length(text: str) -> int:
    return variants.length(text, BLUESKY)


def parts(text: str) -> tuple[str, ...]:
    return variants.parts(text, BLUESKY)


def offered(text: str, link: str | None = None, *media: str) -> OutgoingPost:
    return replace(outgoing(text=text), link=link, media=media)


def led(link: str = LINK) -> str:
    return tagged(link, "simulated", "roastery", "first")


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


def test_a_link_is_shown_short_and_without_its_query() -> None:
    assert shown("https://shop.example/?utm_source=bluesky") == "shop.example"
    assert shown("https://shop.example/" + "a" * 40) == "shop.example/" + "a" * 16 + "…"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [(Unit.GRAPHEMES, 4), (Unit.CHARACTERS, 8), (Unit.UTF16, 11), (Unit.WEIGHTED, 6)],
)
def test_each_network_counts_in_its_own_unit(unit: Unit, expected: int) -> None:
    assert variants.length(f"a茶{FAMILY}é"[:7] + "é", Habits(100, unit)) == expected


def test_x_counts_persian_once_and_every_link_as_23() -> None:
    assert variants.length("می‌خواهم", X) == 8
    assert variants.length(f"茶 {LINK}", X) == 2 + 1 + 23


def test_a_link_beside_the_text_leads_back_to_the_post() -> None:
    assert shape(offered("Beans.", LINK), BLUESKY) == Shape(("Beans.",), led(), beside=True)


def test_a_link_gives_way_to_pictures_and_is_shown_short() -> None:
    laid = shape(offered("Beans.", LINK, "cup.jpg"), BLUESKY)
    assert laid == Shape((f"Beans.\n\n{shown(LINK)}",), led(), shown=shown(LINK))
    assert shape(offered(f"Beans: {LINK}", LINK, "cup.jpg"), BLUESKY).parts == (f"Beans: {LINK}",)


def test_a_link_in_the_text_carries_the_parameters_where_that_is_all_there_is() -> None:
    assert shape(offered("Beans.", LINK), TELEGRAM).parts == (f"Beans.\n\n{led()}",)
    assert shape(offered(f"Beans: {LINK}. Or not.", LINK), TELEGRAM).parts == (f"Beans: {led()}. Or not.",)
    other = "https://else.example/"
    assert other in shape(offered(f"As {other} says", LINK), TELEGRAM).parts[0].split(), (
        "what is not ours stays as it is"
    )


def test_where_there_are_no_threads_a_text_is_shortened_and_its_link_kept_whole() -> None:
    link = "https://a.example/"
    laid = shape(offered("One sentence. Another one, which is rather long. " * 4, link), replace(SHORT, most=140))
    assert laid.shortened
    (text,) = laid.parts
    assert text.endswith(f"…\n\n{led(link)}")
    assert text.startswith("One sentence.")
    assert variants.length(text, SHORT) <= 140


def test_a_link_that_stands_in_the_kept_beginning_is_not_written_again() -> None:
    link = "https://a.example/?utm_source=a&utm_medium=b&utm_campaign=c&utm_content=d"
    laid = shape(offered(f"See {link} " + "word " * 40, link), replace(SHORT, most=120))
    assert laid.parts[0].count(link) == 1
    assert laid.parts[0].endswith("word…")


def test_a_link_that_no_post_holds_is_refused() -> None:
    with pytest.raises(Rejected):
        shape(offered("Beans.", LINK), SHORT)
    with pytest.raises(Rejected):
        shape(offered("https://a.example/" + "a" * 400), BLUESKY)


def test_tags_beyond_the_habit_go_at_the_end_and_are_words_elsewhere() -> None:
    laid = shape(offered("#Filter or #press? Both. ##brew #coffee #slow"), SHORT)
    assert laid.parts == ("#Filter or #press? Both.",)
    assert shape(offered("#one #two #three words"), SHORT).parts == ("#one #two three words",)
    assert shape(offered("#قهوه #دم و #فیلتر است"), SHORT).parts == ("#قهوه #دم و فیلتر است",)


def test_a_thread_is_no_longer_than_the_network_s_habit() -> None:
    with pytest.raises(Rejected):
        shape(offered("word " * 2000), replace(BLUESKY, threads=3))


def test_of_an_unknown_network_nothing_is_changed() -> None:
    post = offered("#a #b #c #d #e #f #g words", LINK)
    assert shape(post, habits_of("village-wall", 500)) == Shape((post.text,), led(), beside=True)
