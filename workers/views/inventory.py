"""A content folder judged as a whole: what is in it twice, what can no longer be shown, what a brief asks for in vain.

Pure functions over what was read; the words are for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from config.content import Piece
from config.problems import Problem
from events.campaign import CampaignBriefed
from workers.views.bars import counted

MOST: Final = 3
"""How many kinds of missing content are named."""


@dataclass(frozen=True, slots=True)
class Lack:
    """An appeal on a topic that is offered in none of these formats; `offered` counts what there is in the others."""

    topic: str
    appeal: str
    formats: tuple[str, ...]
    offered: int


def lacking(pieces: Sequence[Piece], brief: CampaignBriefed, now: datetime) -> list[Lack]:
    """Every topic and appeal of the brief that some format never carries, the emptiest first."""
    forbidden = set(brief.constraints.forbidden_topics)
    valid = [piece.content for piece in pieces if not _is_over(piece, now)]
    found = []
    for topic, appeal in product(brief.topics, brief.appeals):
        if topic in forbidden:
            continue
        formats = [one.format for one in valid if (one.topic, one.appeal) == (topic, appeal)]
        missing = tuple(form for form in brief.formats if form not in formats)
        if missing:
            found.append(Lack(topic, appeal.value, missing, len(formats)))
    return sorted(found, key=lambda lack: (lack.offered > 0, lack.topic, lack.appeal))


def unfilled_slots(unfilled: Mapping[str, int]) -> str:
    """In a sentence how many slots had no content, and what there should be more of, by what was wanted there."""
    slots = sum(unfilled.values())
    most = [f"{what} ({number})" for what, number in list(unfilled.items())[:MOST]]
    rest = ["…"] if len(unfilled) > MOST else []
    return f"{counted(slots, 'slot')} had no content: make more of {'; '.join([*most, *rest])}"


def remarks(pieces: Sequence[Piece], now: datetime) -> list[Problem]:
    """What is allowed and yet probably not meant, over all files."""
    own = [warning for piece in pieces for warning in piece.warnings]
    return [*own, *_twice(pieces), *_over(pieces, now)]


def _twice(pieces: Sequence[Piece]) -> Iterator[Problem]:
    first: dict[tuple[str, ...], str] = {}
    for piece in pieces:
        content = piece.content
        shown = (" ".join(content.text.split()).casefold(), *(one.sha256 for one in content.media))
        other = first.setdefault(shown, content.content)
        if other != content.content:
            allowed = f"each post once; {other} says and shows the same: `uses` and `rest_days` let one post return"
            yield Problem(piece.post.document.file, piece.post.text_line, "(text)", "the same text again", allowed)


def _over(pieces: Sequence[Piece], now: datetime) -> Iterator[Problem]:
    for piece in pieces:
        if _is_over(piece, now):
            given = f"{piece.post.front.valid_until}, which has passed"
            allowed = "a later date, or none; as it is, it is never published"
            yield piece.post.document.problem(("valid_until",), given, allowed)


def _is_over(piece: Piece, now: datetime) -> bool:
    return piece.content.valid_until is not None and piece.content.valid_until <= now
