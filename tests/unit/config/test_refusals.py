"""What a brief may not ask for, and the harmless words beside it that it may."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.brief import load_brief
from config.problems import InputError
from config.refusals import refused_group, refused_purpose
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
    "health": ("diabetics", "cancer patients", "pregnant women", "Diabetiker", "Schwangere", "زنان باردار", "دیابتی‌ها"),
    "religion": ("young muslims", "Jews", "Christians", "Katholiken", "مسلمانان", "مسیحی‌ها"),
    "ethnic": ("black women", "Kurds", "Schwarze Menschen", "Araber", "کردها"),
    "sexual": ("gay men", "LGBTQ+ people", "Schwule", "همجنس‌گرایان"),
    "political": ("conservatives", "left-wing students", "AfD-Wähler", "Linke", "اصلاح‌طلبان"),
    "trade-union": ("union members", "Gewerkschafter", "اعضای اتحادیه"),
}
MINORS = (
    "kids", "teenagers in Berlin", "schoolchildren", "13-17 year olds", "aged 14 to 16", "under 16s",
    "under-18", "Schüler", "Jugendliche", "Unter 16 Jahren", "دانش‌آموزان", "نوجوانان", "زیر ۱۸ سال",
    "۱۳ تا ۱۷ ساله",
)  # fmt: skip
PEOPLE = (
    "parents", "parents of toddlers", "kids' book buyers", "families with children", "teachers of teenagers",
    "18-25 year olds", "9-17 office workers", "under 10 minutes cooks", "health food fans", "gymgoers",
    "black coffee drinkers", "Christmas shoppers", "university students", "undecided voters", "volunteers",
    "Germans abroad", "white wine lovers", "kind people", "union square cafés", "Eltern", "Eltern von Schülern",
    "Fahrschüler", "konservative Anleger", "rechte Hand", "Studierende", "Naturheilkunde-Fans", "والدین",
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
