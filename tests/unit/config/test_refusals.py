"""What a brief may not ask for, and the harmless words beside it that it may."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.brief import load_brief
from config.problems import InputError
from config.refusals import refused_group, refused_purpose
from config.refused import engagement_words
from config.refused.people_words import SENSITIVE_TRAITS
from tests.unit.config import refusal_phrases as phrases
from tests.unit.config.test_brief import MINIMAL, NOW

BOUGHT = (
    "Buy 5000 real followers", "buy likes", "Fake reviews for our hotel", "engagement pods",
    "Fake Google reviews", "bot-followers", "Purchase some subscribers", "Buy Google reviews",
    "Grow by follow for follow", "paid reviews", "Follower kaufen", "1000 Likes günstig gekauft",
    "gekaufte Bewertungen", "Gefälschte Rezensionen", "Klickfarm", "خرید فالوور", "خرید ۱۰۰۰ فالوور",
    "لایک فیک", "نظرات جعلی", "ربات فالوور",
)  # fmt: skip
NOT_BOUGHT = (
    "Buying guides and reviews", "Best Buy reviews", "Car buying reviews", "Buy for the followers of fashion",
    "Bought with likes", "Buy beans like a pro", "Where to buy: honest reviews", "Buy engagement rings",
    "How to spot fake reviews", "Never buy followers", "Read reviews before you buy",
    "More followers for the bakery", "Likes and dislikes of cats", "Fake fur", "Paid parking reviews",
    "Trikots für Fans kaufen", "Bewertungen vor dem Kauf lesen", "Gegen gekaufte Bewertungen", "خرید قهوه",
    "نظرات مشتریان", "راهنمای خرید", "تشخیص نظرات جعلی",
)  # fmt: skip
SENSITIVE = {
    "health": ("diabetics", "cancer patients", "pregnant women", "Diabetiker", "Schwangere", "زنان باردار", "دیابتی‌ها",
               "expectant mothers", "schizophrenics", "blind people", "deaf people", "bipolar people"),
    "religion": ("young muslims", "Jews", "Christians", "Katholiken", "مسلمانان", "مسیحی‌ها"),
    "ethnic": ("black women", "Kurds", "Schwarze Menschen", "Araber", "کردها"),
    "sexual": ("gay men", "trans community", "LGBTQ+ people", "Schwule", "همجنس‌گرایان"),
    "political": ("conservatives", "left-wing students", "AfD-Wähler", "Linke", "اصلاح‌طلبان"),
    "trade-union": ("union members", "Gewerkschafter", "اعضای اتحادیه"),
}  # fmt: skip
MINORS = (
    "kids", "teenagers in Berlin", "schoolchildren", "13-17 year olds", "aged 14 to 16", "under 16s", "sixth formers",
    "junior high students", "Erstklässler",
    "under-18", "Schüler", "Jugendliche", "Unter 16 Jahren", "دانش‌آموزان", "نوجوانان", "زیر ۱۸ سال",
    "۱۳ تا ۱۷ ساله",
)  # fmt: skip
PEOPLE = (
    "parents", "parents of toddlers", "kids' book buyers", "families with children", "teachers of teenagers",
    "18-25 year olds", "9-17 office workers", "under 10 minutes cooks", "health food fans", "gymgoers",
    "black coffee drinkers", "Christmas shoppers", "university students", "undecided voters", "volunteers",
    "Germans abroad", "white wine lovers", "kind people", "union square cafés", "Eltern", "Eltern von Schülern",
    "Fahrschüler", "konservative Anleger", "rechte Hand", "Studierende",
    "mothers with great expectations", "blind date couples", "blind tasting fans", "junior developers",
    "Naturheilkunde-Fans", "والدین",
    "مادران کودکان", "معلم‌ها", "دانشجویان", "علاقه‌مندان به غذای سالم", "علاقه‌مندان کتاب کودکان",
    "خانواده‌ها", "ایرانیان خارج از کشور",
)  # fmt: skip


@pytest.mark.parametrize("text", BOUGHT)
def test_bought_and_fake_engagement_is_refused(text: str) -> None:
    refusal = refused_purpose(text)
    assert refusal is not None
    assert "boost_price" in refusal.allowed


@pytest.mark.parametrize("text", NOT_BOUGHT)
def test_words_of_buying_and_of_engagement_are_harmless_apart(text: str) -> None:
    assert refused_purpose(text) is None


@pytest.mark.parametrize(("trait", "name"), [(trait, name) for trait, names in SENSITIVE.items() for name in names])
def test_a_group_told_by_a_sensitive_trait_is_refused_for_that_trait(trait: str, name: str) -> None:
    refusal = refused_group(name)
    assert refusal is not None
    assert f"not by {trait}" in refusal.allowed


@pytest.mark.parametrize("name", MINORS)
def test_a_group_of_minors_is_refused(name: str) -> None:
    refusal = refused_group(name)
    assert refusal is not None
    assert "under 18" in refusal.allowed


@pytest.mark.parametrize("name", PEOPLE)
def test_adults_and_what_they_like_are_no_sensitive_group(name: str) -> None:
    assert refused_group(name) is None


@pytest.mark.parametrize("text", [*phrases.ASKED, *phrases.ASKED_AGAIN])
def test_engagement_is_refused_however_it_is_asked_for(text: str) -> None:
    refusal = refused_purpose(text)
    assert refusal is not None
    assert refusal.found


@pytest.mark.parametrize("text", [*phrases.NOT_ASKED, *phrases.NOT_ASKED_AGAIN])
def test_who_warns_of_fake_engagement_or_speaks_of_something_else_is_not_refused(text: str) -> None:
    assert refused_purpose(text) is None


@pytest.mark.parametrize("name", [*phrases.MEANT, *phrases.MEANT_AGAIN])
def test_a_group_of_the_young_or_of_a_trait_is_refused_in_whatever_disguise(name: str) -> None:
    assert refused_group(name) is not None


@pytest.mark.parametrize("name", [*phrases.MENTIONED, *phrases.MENTIONED_AGAIN])
def test_adults_who_have_to_do_with_the_young_are_not_refused(name: str) -> None:
    assert refused_group(name) is None
    assert refused_purpose(name) is None


@pytest.mark.parametrize("pattern", engagement_words.PATTERNS)
def test_every_pattern_refuses_something_by_itself_and_says_what(
    pattern: engagement_words.Pattern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engagement_words, "PATTERNS", (pattern,))
    monkeypatch.setattr(engagement_words, "FAKE", frozenset({("", "")}))
    found = {refusal.allowed for text in (*BOUGHT, *phrases.ASKED_AGAIN) if (refusal := refused_purpose(text))}
    assert len(found) == 1
    assert f"such as {pattern.catches}:" in found.pop()


def test_every_trait_has_an_example() -> None:
    assert all(any(trait.startswith(name) for name in SENSITIVE) for trait in SENSITIVE_TRAITS)


@given(
    text=st.sampled_from(["buy followers", "fake reviews", "click farm", "خرید فالوور"]),
    name=st.sampled_from(["kids", "12 year olds", "teenage girls", "muslims", "کودکان"]),
    unseen=st.sampled_from("\u200b\u200c\u200d\u2060\u00ad\ufeff\u200f\u0336\ufe0f\u034f"),
    looks=st.sampled_from([{}, {"a": "а", "e": "е", "o": "о"}, {"i": "1", "e": "3", "o": "0"}, {"s": "$", "a": "@"}]),
    place=st.integers(min_value=1, max_value=3),
)
def test_no_disguise_of_single_letters_helps(
    text: str, name: str, unseen: str, looks: dict[str, str | int | None], place: int
) -> None:
    def disguised(words: str) -> str:
        return words[:place].translate(str.maketrans(looks)) + unseen + words[place:].upper()

    assert refused_purpose(disguised(text)) is not None
    assert refused_group(disguised(name)) is not None


@given(st.text(max_size=300))
def test_whatever_is_written_is_read(text: str) -> None:
    for refusal in (refused_purpose(text), refused_group(text)):
        assert refusal is None or refusal.found


def test_what_a_refusal_proposes_to_write_is_not_refused() -> None:
    bought, young = refused_purpose("fake reviews"), refused_group("kids")
    assert bought is not None
    assert young is not None
    assert "'how we fight fake reviews'" in bought.allowed
    assert refused_purpose("how we fight fake reviews") is None
    for name in ("parents of teens", "women with kids", "buyers of children's books"):
        assert f"'{name}'" in young.allowed
        assert refused_group(name) is None


def brief(folder: Path, *changes: tuple[str, str]) -> Path:
    text = MINIMAL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "brief.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_brief_is_refused_with_its_line_the_words_found_and_what_to_do_instead(tmp_path: Path) -> None:
    path = brief(
        tmp_path,
        ("title: A shop", "title: Buy followers for a shop"),
        ("topics: [tea, cups]", "topics: [tea, cups, fake reviews]"),
        ("  people:", "  diabetics over 40: {}\n  kids: {}\n  people:"),
    )
    with pytest.raises(InputError) as caught:
        load_brief(path, NOW)
    found = {(one.line, one.field, one.given) for one in caught.value.problems}
    assert found == {
        (2, "title", "'Buy followers for a shop' (buy followers)"),
        (13, "segments.diabetics over 40", "'diabetics over 40' (diabetics)"),
        (14, "segments.kids", "'kids'"),
        (19, "topics[2]", "'fake reviews'"),
    }


def test_a_children_s_shop_for_parents_and_a_political_campaign_are_briefs_like_any_other(tmp_path: Path) -> None:
    path = brief(
        tmp_path,
        ("title: A shop", "title: Votes for the Green Party and its kids' book club"),
        ("topics: [tea, cups]", "topics: [tea, children's shoes, health food, church concerts]"),
        ("  people:", "  parents: {}\n  undecided voters: {}\n  people:"),
    )
    assert {segment.name for segment in load_brief(path, NOW).fact.segments} == {
        "parents",
        "undecided voters",
        "people",
    }
