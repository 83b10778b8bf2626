"""A text as Bluesky shows it: the bytes of it that are links, tags and mentions.

Invariants: pure. Facets count bytes of UTF-8, as app.bsky.richtext.facet says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import regex

from workers.platforms.habits import BLUESKY
from workers.platforms.variants import length, links, tags

LONGEST_TAG: Final = 64

_MENTION: Final = regex.compile(r"(?<=^|\s|\()@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})")

Resolve = Callable[[str], str | None]
"""The DID of a handle; None where nobody has it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What characters `start` to `end` of a text are: `kind` and `value` of the facet's feature."""

    start: int
    end: int
    kind: str
    value: str


def marks(text: str, resolve: Resolve) -> list[Mark]:
    """Links, tags and mentions, in order. A mention that nobody has stays text."""
    taken = list(links(text))
    found = [Mark(start, end, "link", text[start:end]) for start, end in taken]
    for start, end in tags(text):
        if length(text[start + 1 : end], BLUESKY) <= LONGEST_TAG:
            found.append(Mark(start, end, "tag", text[start + 1 : end]))
    for named in _MENTION.finditer(text):
        in_link = any(start <= named.start() < end for start, end in taken)
        did = None if in_link else resolve(named[1].lower())
        if did is not None:
            found.append(Mark(named.start(), named.end(), "mention", did))
    return sorted(found, key=lambda mark: mark.start)


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
