"""A folder of Markdown posts with YAML front matter, read into `ContentOffered`.

Invariants: the content's id is its path below the folder without `.md`, so that a file that is changed replaces its
earlier self; media lie inside the folder, exist, and are known by the hash of their bytes. Every file's problems are
reported at once.

    ---
    topic: brewing
    format: photo
    appeal: teach
    media: [{file: pour-over.jpg, alt: Water poured over coffee}]
    ---
    Pour slowly: half a minute for the first third of the water.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from config.brief import Brief, Price
from config.document import Document, FieldPath, read_text
from config.local_time import in_zone
from config.problems import InputError, Problem, listed, shown
from config.validation import unknown, validate
from config.yaml_text import parse_yaml
from events.campaign import ContentOffered, Media
from events.terms import Appeal, FunnelStage, Label, Name, Reference, Text

APPEAL_OF_STAGE: Final[Mapping[FunnelStage, Appeal]] = {
    FunnelStage.AWARENESS: Appeal.ENTERTAIN,
    FunnelStage.CONSIDERATION: Appeal.PROOF,
    FunnelStage.CONVERSION: Appeal.OFFER,
    FunnelStage.RETENTION: Appeal.COMMUNITY,
}
"""What a post appeals with where only its stage in the funnel is given."""

KINDS: Final[Mapping[str, str]] = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""Media by the ending of the file's name; our own table, since the machine's differs from machine to machine."""

_FENCE: Final = "---"


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Media(_Written):
    file: Annotated[str, Field(min_length=1)] = Field(description="a path relative to the post, such as cup.jpg")
    alt: Text | None = None


class _FrontMatter(_Written):
    topic: Label = Field(description="one of the brief's topics")
    format: Label = Field(description="one of the brief's formats")
    appeal: Appeal | None = None
    funnel_stage: FunnelStage | None = None
    language: Name | None = None
    link: Reference | None = None
    media: tuple[_Media, ...] = ()
    cost: Price | None = None
    valid_until: str | None = None
    channels: tuple[Name, ...] = ()
    uses: Annotated[int, Field(ge=1, le=100)] = 1
    rest_days: Annotated[float, Field(ge=0, le=730)] = 14


@dataclass(frozen=True, slots=True)
class _Post:
    """One file as it was read."""

    document: Document
    front: _FrontMatter
    text: str
    text_line: int


def load_content(folder: Path, brief: Brief | None = None) -> list[ContentOffered]:
    """Every `.md` file below the folder, in the order of their ids; hidden files and folders are left out.

    With a brief, topics, formats, channels and currency are checked against it, and its language and zone hold where a
    post gives none; without, they are `en` and UTC. Raises InputError with the problems of all files.
    """
    files = sorted(path for path in folder.rglob("*.md") if not _hidden(path.relative_to(folder)))
    if not files:
        raise InputError([Problem(str(folder), None, "(folder)", "no post", "a folder with at least one .md file")])
    offered: list[ContentOffered] = []
    problems: list[Problem] = []
    for path in files:
        try:
            offered.append(_offer(folder, path, brief))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return sorted(offered, key=lambda content: content.content)


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _offer(folder: Path, path: Path, brief: Brief | None) -> ContentOffered:
    post = _read(path)
    problems = list(_inconsistencies(post, brief))
    media: list[Media] = []
    for index, item in enumerate(post.front.media):
        try:
            media.append(_media(folder, path, item, post.document, ("media", index, "file")))
        except InputError as error:
            problems += error.problems
    zone = ZoneInfo(brief.fact.zone) if brief is not None else ZoneInfo("UTC")
    valid_until, found = _deadline(post, zone)
    problems += found
    appeal = _appeal(post.front)
    if problems or appeal is None:
        raise InputError(problems)
    return ContentOffered(
        content=path.relative_to(folder).with_suffix("").as_posix(),
        topic=post.front.topic,
        format=post.front.format,
        appeal=appeal,
        funnel_stage=post.front.funnel_stage,
        language=post.front.language or (brief.fact.language if brief is not None else "en"),
        text=post.text,
        link=post.front.link,
        media=tuple(media),
        cost=post.front.cost,
        valid_until=valid_until,
        channels=post.front.channels,
        uses=post.front.uses,
        rest_days=post.front.rest_days,
    )


def _appeal(front: _FrontMatter) -> Appeal | None:
    if front.appeal is None and front.funnel_stage is not None:
        return APPEAL_OF_STAGE[front.funnel_stage]
    return front.appeal


def _read(path: Path) -> _Post:
    lines = read_text(path).splitlines()
    file = str(path)
    if not lines or lines[0].rstrip() != _FENCE:
        given = shown(lines[0]) if lines else "an empty file"
        raise InputError([Problem(file, 1, "(front matter)", given, f"{_FENCE} on the first line, then the fields")])
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise InputError([Problem(file, 1, "(front matter)", "no end", f"{_FENCE} on a line after the fields")])
    document = parse_yaml("\n".join(lines[1:end]), file, first_line=2)
    front = validate(_FrontMatter, document)
    return _Post(document, front, "\n".join(lines[end + 1 :]).strip(), end + 2)


def _inconsistencies(post: _Post, brief: Brief | None) -> Iterator[Problem]:
    document, front = post.document, post.front
    if _appeal(front) is None:
        allowed = f"one of {listed(Appeal)}; or funnel_stage, one of {listed(FunnelStage)}"
        yield document.problem(("appeal",), "nothing", allowed)
    if not post.text and not front.media:
        yield Problem(document.file, post.text_line, "(text)", "nothing", "words below the front matter, or media")
    if len(post.text) > 20_000:
        given = f"{len(post.text)} characters"
        yield Problem(document.file, post.text_line, "(text)", given, "at most 20000 characters")
    if brief is None:
        return
    fact = brief.fact
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


def _media(folder: Path, post: Path, item: _Media, document: Document, place: FieldPath) -> Media:
    """The file beside the post, read and hashed; one that leads out of the folder is refused unread."""

    def refuse(allowed: str) -> InputError:
        return InputError([document.problem(place, shown(item.file), allowed)])

    root = folder.resolve()
    target = (post.parent / item.file).resolve()
    if not target.is_relative_to(root):
        raise refuse(f"a file inside {folder}")
    kind = KINDS.get(target.suffix.lower())
    if kind is None:
        raise refuse(f"a file that ends in {listed(KINDS)}")
    try:
        content = target.read_bytes()
    except OSError as error:
        raise refuse("a file that exists and can be read") from error
    if not content:
        raise refuse("a file that is not empty")
    return Media(sha256=hashlib.sha256(content).hexdigest(), kind=kind, path=target.as_posix(), alt=item.alt)


def _deadline(post: _Post, zone: ZoneInfo) -> tuple[datetime | None, list[Problem]]:
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
