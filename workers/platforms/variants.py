"""One content as each network gets it: in parts that fit, its link kept and leading back to the post, its tags within
the network's habit. `mowj preview` shows what this makes, and plug-ins send just that.

Invariants: pure. Nothing is cut inside a grapheme (UAX #29), so that no Persian joiner, combining mark or emoji is
torn, nor inside a link. A thread holds every word of its text; where a network has no threads, a longer text is
shortened and says so by an ellipsis. Shaping what was shaped changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import regex

from workers.platforms.habits import Habits, Link, Unit
from workers.platforms.links import tagged
from workers.platforms.protocol import OutgoingPost, Rejected

# The official Bluesky client's: a tag ends at a space or at what nobody sees, and is more than digits and punctuation.
_INVISIBLE: Final = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20e2"
TAG: Final = regex.compile(
    rf"(?<=^|\s)[#＃]((?![#＃]*\p{{M}})[^\s{_INVISIBLE}]*[^\d\s\p{{P}}{_INVISIBLE}]+[^\s{_INVISIBLE}]*)"
)
_LINK: Final = regex.compile(r"https?://[^\s<>\"]+")
_BREAKS: Final = (regex.compile(r"\n\s*\n"), regex.compile(r"(?<=[.!?…؟。])\s"), regex.compile(r"\s"))
ELLIPSIS: Final = "…"
SHOWN_LINK: Final = 30
"""Characters of a link that is shown in short."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One content as a network gets it. `link` is the post's own with UTM parameters: `beside` the text, as a card or a
    field of its own, else in it; `shown` is how it is `written` out in short at the end of the last part.
    """

    parts: tuple[str, ...]
    link: str | None = None
    beside: bool = False
    shown: str | None = None
    shortened: bool = False


@runtime_checkable
class Shaping(Protocol):
    """A platform that says how it lays a post out, by the very function that its `publish` sends by."""

    def shape(self, post: OutgoingPost) -> Shape:
        """Pure; raises Rejected as `publish` would."""
        ...


def shape(post: OutgoingPost, habits: Habits) -> Shape:
    """The post by a network's habits. Raises Rejected where it cannot be brought into a form that the network takes."""
    text = _within_habit(post.text.strip(), habits.tags)
    if post.link is None:
        return _laid(text, "", None, habits)
    link = tagged(post.link, post.traits.channel, post.campaign, post.post, habits.medium)
    if habits.link is Link.WRITTEN:
        text = _with_own(text, post.link, link)
        return _laid(text, link, link, habits)
    if not post.media or not habits.link_gives_way:
        laid = _laid(text, "", link, habits)
        return Shape(laid.parts, link, beside=True, shortened=laid.shortened)
    if _has(text, post.link, link):
        return _laid(text, "", link, habits)
    short = shown(post.link)
    is_there = f"\n\n{text}".endswith(f"\n\n{short}")
    laid = _laid(text if is_there else f"{text}\n\n{short}".strip(), "", link, habits)
    return Shape(laid.parts, link, shown=short, shortened=laid.shortened)


def length(text: str, habits: Habits) -> int:
    """As the network counts: what a post may have at most is in this unit."""
    return sum(cost for _, cost in _atoms(text, habits))


def beginning(text: str, most: int) -> str:
    """The first graphemes of a text."""
    return "".join(regex.findall(r"\X", text)[:most])


def shown(link: str) -> str:
    """A link as it is shown where its whole length would cost the text too much."""
    short = str(regex.sub(r"^https?://", "", link)).partition("?")[0].partition("#")[0].rstrip("/")
    return short if len(short) <= SHOWN_LINK else short[: SHOWN_LINK - 1] + ELLIPSIS


def links(text: str) -> Iterator[tuple[int, int]]:
    """Where links begin and end, which is before punctuation that closes the sentence."""
    for found in _LINK.finditer(text):
        link = found[0].rstrip(".,;:!?؟،؛'…")
        if link.endswith(")") and "(" not in link:
            link = link[:-1]
        yield found.start(), found.start() + len(link)


def tags(text: str) -> Iterator[tuple[int, int]]:
    """Where hashtags begin, with their sign, and end; those in links are none."""
    taken = list(links(text))
    for found in TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", found[1])
        begin, after = found.start(), found.start() + 1 + len(tag)
        if tag and not any(start < after and begin < end for start, end in taken):
            yield begin, after


def parts(text: str, habits: Habits) -> tuple[str, ...]:
    """The text as the posts of one thread; one post where it fits. Raises Rejected for a link that no post holds."""
    left, found = text.strip(), []
    while not _fits(left, habits):
        at = _cut(left, habits)
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return (*found, left)


def _laid(text: str, suffix: str, link: str | None, habits: Habits) -> Shape:
    """The text in as many parts as the network has, and at the end of the last the link that is still to be written."""
    whole = text if not suffix or _has(text, suffix) else f"{text}\n\n{suffix}".strip()
    if _fits(whole, habits):
        return Shape((whole,), link)
    if habits.threads > 1:
        made = parts(whole, habits)
        if len(made) > habits.threads:
            raise Rejected(f"a thread of {len(made)} posts, where at most {habits.threads} are sent")
        return Shape(made, link)
    return Shape((_shortened(text, suffix, habits),), link, shortened=True)


def _shortened(text: str, suffix: str, habits: Habits) -> str:
    """The beginning of the text, an ellipsis, and the link where it is not in that beginning."""
    for end in (ELLIPSIS, f"{ELLIPSIS}\n\n{suffix}"):
        room = habits.reduced(length(end, habits), len(end.encode()))
        if room is None:
            raise Rejected(f"a link of {length(suffix, habits)} signs, where a post has at most {habits.most}")
        kept = text[: _cut(text, room)].rstrip().rstrip(ELLIPSIS)
        if not suffix or suffix in end or _has(kept, suffix):
            break
    return kept + end


def _has(text: str, *wanted: str) -> bool:
    """Whether one of these links stands in the text as such."""
    return any(text[start:end] in wanted for start, end in links(text))


def _fits(text: str, habits: Habits) -> bool:
    if habits.most is None:
        return True
    return length(text, habits) <= habits.most and (habits.octets is None or len(text.encode()) <= habits.octets)


def _cut(text: str, habits: Habits) -> int:
    """Where the first part ends: at a paragraph, a sentence or a word, in its later half if there is any."""
    end = size = octets = 0
    for atom, cost in _atoms(text, habits):
        size, octets = size + cost, octets + len(atom.encode())
        if size > (habits.most or 0) or (habits.octets is not None and octets > habits.octets):
            break
        end += len(atom)
    if end == 0:
        raise Rejected(f"{beginning(text, SHOWN_LINK)}… cannot be parted, and no post holds it")
    for wanted in _BREAKS:
        places = [found.start() for found in wanted.finditer(text[: end + 1]) if found.start() > end // 2]
        if places:
            return int(places[-1])
    return end


def _atoms(text: str, habits: Habits) -> Iterator[tuple[str, int]]:
    """What is never torn, in order, each with what it costs: links and graphemes."""
    place = 0
    for start, end in (*links(text), (len(text), len(text))):
        for grapheme in regex.findall(r"\X", text[place:start]):
            yield grapheme, _cost(grapheme, habits.unit)
        if end > start:
            link = text[start:end]
            whole = sum(_cost(grapheme, habits.unit) for grapheme in regex.findall(r"\X", link))
            yield link, whole if habits.link_costs is None else habits.link_costs
        place = end


def _cost(grapheme: str, unit: Unit) -> int:
    match unit:
        case Unit.GRAPHEMES:
            return 1
        case Unit.CHARACTERS:
            return len(grapheme)
        case Unit.UTF16:
            return len(grapheme.encode("utf-16-le")) // 2
        case Unit.WEIGHTED:
            if regex.search(r"\p{Extended_Pictographic}|\p{Regional_Indicator}", grapheme):
                return 2
            return sum(1 if ord(sign) <= 4351 or 8192 <= ord(sign) <= 8247 else 2 for sign in grapheme)


def _with_own(text: str, link: str, led: str) -> str:
    """The text with the post's own link leading back to it, wherever it stands."""
    for start, end in reversed(list(links(text))):
        if text[start:end] == link:
            text = text[:start] + led + text[end:]
    return text


def _within_habit(text: str, most: int | None) -> str:
    """No more tags than the habit: those beyond it go where they end the text, elsewhere they are words."""
    found = list(tags(text))
    for start, end in reversed(found[most:] if most is not None else []):
        after = text[end:]
        text = text[:start].rstrip() if not after.strip() else text[:start] + text[start:end].lstrip("#＃") + after
    return text
