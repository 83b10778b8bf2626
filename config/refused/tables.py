"""How tables of words are written: each word is folded as the text is that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from config.refused.spelling import folded

WHOLE: Final = "="
"""What a phrase begins with that has to be the whole name."""
Phrases = frozenset[tuple[str, ...]]
"""Runs of words."""


def phrases(text: str) -> Phrases:
    """Phrases between commas."""
    parts = folded(text).split(",")
    return frozenset(tuple(part.replace(WHOLE, f"{WHOLE} ").split()) for part in parts if part.strip())


def words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


def runs(spoken: Sequence[str], known: Phrases) -> Iterator[tuple[int, int]]:
    """Where runs of words that are one of the phrases begin and end, the longest at each place, none inside another."""
    if (WHOLE, *spoken) in known:
        yield 0, len(spoken)
        return
    longest, start = max(map(len, known)), 0
    while start < len(spoken):
        ends = range(min(len(spoken), start + longest), start, -1)
        end = next((end for end in ends if tuple(spoken[start:end]) in known), None)
        if end is not None:
            yield start, end
        start = start + 1 if end is None else end
