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
from config.known_headers import FORMATS
from config.problems import Problem
from events.campaign import CampaignBriefed
from workers.views.bars import counted

MOST: Final = 3
"""How many kinds of missing content, or further posts, are named."""
PICTURE, FILM = "image/", "video/"
SHOWN: Final = {
    "photo": (PICTURE,), "carousel": (PICTURE, FILM), "story": (PICTURE, FILM), "video": (FILM,), "reel": (FILM,),
}  # fmt: skip
"""The media that formats of these names show; any other format may go without."""
WORDS: Final = {PICTURE: "a picture", FILM: "a film"}


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
    return [*own, *_without_media(pieces), *_twice(pieces), *_over(pieces, now)]


def _without_media(pieces: Sequence[Piece]) -> Iterator[Problem]:
    """Of each format that shows something, the posts that show nothing of the kind, in one remark."""
    for form in dict.fromkeys(piece.content.format for piece in pieces):
        kinds = SHOWN.get(FORMATS.get(form.casefold(), form.casefold()), ())
        bare = [
            piece
            for piece in pieces
            if piece.content.format == form and kinds and not any(one.kind.startswith(kinds) for one in piece.media)
        ]
        if bare:
            also = ", ".join(piece.content.content for piece in bare[1 : MOST + 1])
            more = f" and {len(bare) - 1 - MOST} more" if len(bare) - 1 > MOST else ""
            others = f"; so with {also}{more}" if also else ""
            wanted = " or ".join(WORDS[kind] for kind in kinds)
            allowed = f"{wanted}, since its format is {form}{others}"
            yield bare[0].post.document.problem(("media",), "nothing of the kind", allowed)


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
