"""Whatever is written in whatever script: parts fit, nothing is lost or torn, links are whole, and twice is once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regex import findall

from tests.contract.platform_suite import outgoing
from workers.platforms.habits import HABITS, Habits, Link, Unit
from workers.platforms.links import tagged
from workers.platforms.protocol import OutgoingPost, Rejected
from workers.platforms.variants import ELLIPSIS, Shape, length, links, shape, tags

LINKS = ("https://a.example/b?c=1#d", "http://دم.example/قهوه", "https://a.example/b_(c)")
SIGNS = (
    *("word ", "ab", " ", "\n\n", "\n", ". ", "! ", "؟ ", "…", "، ", "(", ")", "#tag ", "#برچسب ", "##"),
    *("#", "@x.example "),
    *("می‌خواهم ", "نَ", "é", "e\u0301", "👨‍👩‍👧", "👍🏽", "🇮🇷", "❤️", "茶", "\u200c", "\u200d"),
    *("\u0301", "\ufe0f", "\u3000"),
    *(f"{link} " for link in LINKS), *LINKS,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(SIGNS), max_size=120).map("".join)
OWN = st.sampled_from([None, *LINKS])
HABIT = st.builds(
    Habits,
    most=st.integers(150, 320),
    unit=st.sampled_from(Unit),
    octets=st.sampled_from([None, 3000, 400]),
    threads=st.sampled_from([1, 50]),
    tags=st.sampled_from([None, 0, 2]),
    link=st.sampled_from(Link),
    link_costs=st.sampled_from([None, 23]),
    link_gives_way=st.booleans(),
) | st.sampled_from(sorted(HABITS.values(), key=repr))


def offered(text: str, link: str | None, pictures: int) -> OutgoingPost:
    return replace(outgoing(text=text), link=link, media=("cup.jpg",) * pictures)


def whole(text: str) -> str:
    return "".join(text.split())


def shaped(post: OutgoingPost, habits: Habits) -> Shape | None:
    """None where it is refused, which only what cannot be parted, or too long a thread, is."""
    try:
        return shape(post, habits)
    except Rejected:
        return None


@given(TEXTS, OWN, st.integers(0, 2), HABIT)
def test_every_part_fits(text: str, link: str | None, pictures: int, habits: Habits) -> None:
    for part in getattr(shaped(offered(text, link, pictures), habits), "parts", ()):
        assert habits.most is None or length(part, habits) <= habits.most
        assert habits.octets is None or len(part.encode()) <= habits.octets


@given(TEXTS, st.integers(0, 2), HABIT)
def test_nothing_is_lost_in_a_thread(text: str, pictures: int, habits: Habits) -> None:
    laid = shaped(offered(text, None, pictures), replace(habits, tags=None, threads=200))
    assert laid is None or whole("".join(laid.parts)) == whole(text)


@given(TEXTS, OWN, HABIT)
def test_no_sign_is_torn(text: str, link: str | None, habits: Habits) -> None:
    laid = shaped(offered(text, link, 0), replace(habits, tags=None, link=Link.BESIDE))
    if laid is not None:
        wanted = [sign for sign in findall(r"\X", text.strip()) if not sign.isspace()]
        found = [sign for part in laid.parts for sign in findall(r"\X", part) if not sign.isspace()]
        kept = found[: -len(ELLIPSIS)] if laid.shortened else found
        assert kept == wanted[: len(kept)]
        assert laid.shortened or len(kept) == len(wanted)


@given(TEXTS, HABIT)
def test_links_in_a_thread_are_whole(text: str, habits: Habits) -> None:
    laid = shaped(offered(text, None, 0), replace(habits, threads=200))
    if laid is not None:
        assert [part[a:b] for part in laid.parts for a, b in links(part)] == [text[a:b] for a, b in links(text)]


@given(TEXTS, st.sampled_from(LINKS), st.integers(0, 2), HABIT)
def test_the_posts_own_link_is_kept_whole_and_leads_back_to_it(
    text: str, link: str, pictures: int, habits: Habits
) -> None:
    laid, post = shaped(offered(text, link, pictures), habits), offered(text, link, pictures)
    if laid is not None:
        led = tagged(link, post.traits.channel, post.campaign, post.post, habits.medium)
        assert laid.link == led
        if habits.link is Link.WRITTEN:
            assert led in [part[a:b] for part in laid.parts for a, b in links(part)]
        elif not laid.beside:
            assert laid.shown is None or laid.parts[-1].endswith(laid.shown)


@given(TEXTS, OWN, st.integers(0, 2), HABIT)
def test_shaping_twice_is_shaping_once(text: str, link: str | None, pictures: int, habits: Habits) -> None:
    post = offered(text, link, pictures)
    laid = shaped(post, habits)
    assert laid == shaped(post, habits)
    if laid is not None and len(laid.parts) == 1:
        again = shaped(replace(post, text=laid.parts[0]), habits)
        assert again is not None
        assert (again.parts, again.link, again.shown) == (laid.parts, laid.link, laid.shown)
    elif laid is not None:
        for part in laid.parts[:-1]:
            assert shape(offered(part, None, pictures), habits).parts == (part,)


@given(TEXTS, OWN, HABIT)
def test_tags_stay_within_the_habit(text: str, link: str | None, habits: Habits) -> None:
    laid = shaped(offered(text, link, 0), replace(habits, threads=200))
    if laid is not None and habits.tags is not None:
        assert sum(1 for part in laid.parts for _ in tags(part)) <= habits.tags


@pytest.mark.parametrize("channel", sorted(HABITS))
def test_a_long_persian_text_with_a_link_is_sent_on_every_network(channel: str) -> None:
    text = "قهوه‌ای که امروز دم می‌کنیم از یرگاچفه است؛ شیرین و گلی. آیا می‌خواهید بچشید؟ ☕️ " * 12
    laid = shape(offered(text, LINKS[0], 1), HABITS[channel])
    assert all(length(part, HABITS[channel]) <= (HABITS[channel].most or 10**9) for part in laid.parts)
