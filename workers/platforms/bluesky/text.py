"""A text as Bluesky shows it: parts of at most 300 graphemes, and the bytes of each that are links, tags and mentions.

Invariants: pure. Nothing is cut inside a grapheme (UAX #29), so no Persian joiner and no emoji is torn, nor inside a
link where there is any other place. Facets count bytes of UTF-8, as app.bsky.richtext.facet says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import regex

GRAPHEMES: Final = 300
BYTES: Final = 3000
"""What one post holds (lexicon app.bsky.feed.post: maxGraphemes, maxLength)."""
LONGEST_TAG: Final = 64
SHOWN_LINK: Final = 30
"""Characters of a link that a text shows where it stands beside pictures."""

_LINK: Final = regex.compile(r"https?://[^\s<>\"]+")
# The official client's: a tag ends at a space or at what nobody sees, and is more than digits and punctuation.
_INVISIBLE: Final = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20e2"
_TAG: Final = regex.compile(
    rf"(?<=^|\s)[#＃]((?!\ufe0f)[^\s{_INVISIBLE}]*[^\d\s\p{{P}}{_INVISIBLE}]+[^\s{_INVISIBLE}]*)"
)
_MENTION: Final = regex.compile(r"(?<=^|\s|\()@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})")
_BREAKS: Final = (regex.compile(r"\n\s*\n"), regex.compile(r"(?<=[.!?…؟。])\s"), regex.compile(r"\s"))

Resolve = Callable[[str], str | None]
"""The DID of a handle; None where nobody has it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What characters `start` to `end` of a text are: `kind` and `value` of the facet's feature."""

    start: int
    end: int
    kind: str
    value: str


def length(text: str) -> int:
    """In graphemes: what a reader counts."""
    return len(regex.findall(r"\X", text))


def beginning(text: str, most: int) -> str:
    """The first graphemes of a text."""
    return "".join(regex.findall(r"\X", text)[:most])


def parts(text: str) -> tuple[str, ...]:
    """The text as the posts of one thread; one post where it fits."""
    left, found = text.strip(), []
    while not _fits(left):
        at = _cut(left)
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return (*found, left)


def shown(link: str) -> str:
    """A link as it is shown where its whole length would cost the text too much; the facet keeps it whole."""
    split = urlsplit(link)
    short = split.netloc + split.path.rstrip("/")
    return short if len(short) <= SHOWN_LINK else short[: SHOWN_LINK - 1] + "…"


def marks(text: str, resolve: Resolve) -> list[Mark]:
    """Links, tags and mentions, in order. A mention that nobody has stays text."""
    links = [Mark(found.start(), end, "link", text[found.start() : end]) for found, end in _links(text)]
    taken = [(mark.start, mark.end) for mark in links]
    tags = list(_tags(text, taken))
    found = [
        (found, resolve(found[1].lower())) for found in _MENTION.finditer(text) if not _within(found.start(), taken)
    ]
    mentions = [Mark(each.start(), each.end(), "mention", did) for each, did in found if did is not None]
    return sorted([*links, *tags, *mentions], key=lambda mark: mark.start)


def facet(text: str, mark: Mark) -> dict[str, Any]:
    """app.bsky.richtext.facet."""
    start = len(text[: mark.start].encode())
    end = start + len(text[mark.start : mark.end].encode())
    name = {"link": "uri", "tag": "tag", "mention": "did"}[mark.kind]
    feature = {"$type": f"app.bsky.richtext.facet#{mark.kind}", name: mark.value}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def without_names(text: str) -> str:
    """The text with nobody's handle in it: events hold no personal data."""
    return str(_MENTION.sub("@…", text))


def _fits(text: str) -> bool:
    return length(text) <= GRAPHEMES and len(text.encode()) <= BYTES


def _cut(text: str) -> int:
    """Where the first part ends: at a paragraph, a sentence or a word, in its later half if there is any."""
    end = size = 0
    for number, grapheme in enumerate(regex.finditer(r"\X", text)):
        size += len(grapheme[0].encode())
        if number >= GRAPHEMES or size > BYTES:
            break
        end = grapheme.end()
    window = text[: end + 1]
    for wanted in _BREAKS:
        places = [found.start() for found in wanted.finditer(window) if found.start() > end // 2]
        if places:
            return int(places[-1])
    inside = [found.start() for found, last in _links(text) if found.start() < end < last and found.start() > 0]
    return inside[0] if inside else end


def _links(text: str) -> Iterator[tuple[regex.Match[str], int]]:
    """Each link with its end, which is before punctuation that closes the sentence."""
    for found in _LINK.finditer(text):
        link = found[0].rstrip(".,;:!?؟،؛'…")
        if link.endswith(")") and "(" not in link:
            link = link[:-1]
        yield found, found.start() + len(link)


def _tags(text: str, taken: list[tuple[int, int]]) -> Iterator[Mark]:
    for found in _TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", found[1])
        if tag and length(tag) <= LONGEST_TAG and not _within(found.start(), taken):
            yield Mark(found.start(), found.start() + 1 + len(tag), "tag", tag)


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
