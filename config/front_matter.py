"""One Markdown file of a content folder: its front matter, its text, and what is wrong with either.

Invariants: a problem names the line of the file where it stands. The file begins with `---`, one field a line (`topic:
brewing`), and `---` again; everything below that is the text that people will see, as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from config.brief import Brief
from config.brief_file import Price
from config.document import Document, read_text
from config.local_time import in_zone
from config.media.taking import WrittenMedia
from config.problems import InputError, Problem, listed, shown
from config.validation import unknown, validate
from config.yaml_text import parse_yaml
from events.terms import Appeal, FunnelStage, Label, Name, Reference

APPEAL_OF_STAGE: Final[Mapping[FunnelStage, Appeal]] = {
    FunnelStage.AWARENESS: Appeal.ENTERTAIN,
    FunnelStage.CONSIDERATION: Appeal.PROOF,
    FunnelStage.CONVERSION: Appeal.OFFER,
    FunnelStage.RETENTION: Appeal.COMMUNITY,
}
"""What a post appeals with where only its stage in the funnel is given."""

LONGEST_TEXT: Final = 20_000
_FENCE: Final = "---"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a BCP 47 tag."""


class FrontMatter(BaseModel):
    """What stands above the text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Label = Field(description="one of the brief's topics")
    format: Label = Field(description="one of the brief's formats")
    appeal: Appeal | None = None
    funnel_stage: FunnelStage | None = None
    language: Name | None = None
    link: Reference | None = None
    media: Annotated[tuple[WrittenMedia, ...], Field(max_length=20)] = ()
    cost: Price | None = None
    valid_until: str | None = None
    channels: tuple[Name, ...] = ()
    uses: Annotated[int, Field(ge=1, le=100)] = 1
    rest_days: Annotated[float, Field(ge=0, le=730)] = 14

    @property
    def appealing(self) -> Appeal | None:
        """The appeal that is given, or the one of the stage that is."""
        if self.appeal is None and self.funnel_stage is not None:
            return APPEAL_OF_STAGE[self.funnel_stage]
        return self.appeal


@dataclass(frozen=True, slots=True)
class PostFile:
    """One file as it was read."""

    document: Document
    front: FrontMatter
    text: str
    text_line: int


def read_post(path: Path) -> PostFile:
    """The file's front matter and text. Raises InputError."""
    lines = read_text(path).splitlines()
    file = str(path)
    if not lines or lines[0].rstrip() != _FENCE:
        given = shown(lines[0]) if lines else "an empty file"
        raise InputError([Problem(file, 1, "(front matter)", given, f"{_FENCE} on the first line, then the fields")])
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise InputError([Problem(file, 1, "(front matter)", "no end", f"{_FENCE} on a line after the fields")])
    document = parse_yaml("\n".join(lines[1:end]), file, first_line=2)
    front = validate(FrontMatter, document)
    return PostFile(document, front, "\n".join(lines[end + 1 :]).strip(), end + 2)


def inconsistencies(post: PostFile, brief: Brief | None) -> Iterator[Problem]:
    """What only shows where fields are compared, with each other and with the brief."""
    document, front = post.document, post.front
    if front.appealing is None:
        allowed = f"one of {listed(Appeal)}; or funnel_stage, one of {listed(FunnelStage)}"
        yield document.problem(("appeal",), "nothing", allowed)
    if not post.text and not front.media:
        yield Problem(document.file, post.text_line, "(text)", "nothing", "words below the front matter, or media")
    if len(post.text) > LONGEST_TEXT:
        given = f"{len(post.text)} characters"
        yield Problem(document.file, post.text_line, "(text)", given, f"at most {LONGEST_TEXT} characters")
    if front.link is not None and not _is_web_address(front.link):
        yield document.problem(("link",), shown(front.link), "a web address such as https://example.org/spring")
    if front.language is not None and _LANGUAGE.fullmatch(front.language) is None:
        yield document.problem(("language",), shown(front.language), "a language's code, such as en or fa-IR")
    if brief is not None:
        yield from _against(post, brief)


def _against(post: PostFile, brief: Brief) -> Iterator[Problem]:
    document, front, fact = post.document, post.front, brief.fact
    if front.topic not in fact.topics:
        yield unknown(document, ("topic",), front.topic, fact.topics)
    if front.format not in fact.formats:
        yield unknown(document, ("format",), front.format, fact.formats)
    channels = {account.channel for account in fact.accounts}
    for index, channel in enumerate(front.channels):
        if channel not in channels:
            yield unknown(document, ("channels", index), channel, channels)
    if front.cost is not None and front.cost.currency != fact.budget.currency:
        allowed = f"the brief's currency, {fact.budget.currency}"
        yield document.problem(("cost",), front.cost.currency, allowed)


def _is_web_address(link: str) -> bool:
    try:
        split = urlsplit(link)
    except ValueError:
        return False
    return split.scheme in {"http", "https"} and bool(split.hostname) and not any(mark.isspace() for mark in link)


def deadline(post: PostFile, zone: ZoneInfo) -> tuple[datetime | None, list[Problem]]:
    """`valid_until`: a date lasts until its end in the zone; a time without offset is local to it."""
    written = post.front.valid_until
    if written is None:
        return None, []
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        allowed = "a date or a time, such as 2026-05-01 or 2026-05-01T18:00"
        return None, [post.document.problem(("valid_until",), shown(written), allowed)]
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), []
    if "T" not in written and " " not in written and moment.time() == time():
        moment += timedelta(days=1)
    return in_zone(moment, zone).utc, []
