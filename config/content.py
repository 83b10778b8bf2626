"""A folder of Markdown posts with YAML front matter (`config/front_matter.py`), read into `ContentOffered`.

Invariants: the content's id is its path below the folder without `.md`, so that a file that is changed replaces its
earlier self; media are checked and cleaned before anything is offered (`config/media`). A file's mistake is that
file's alone: whoever reads a folder decides whether the others are taken all the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from config.brief import Brief
from config.front_matter import PostFile, deadline, inconsistencies, read_post
from config.media.taking import Taker
from config.media.terms import Kept, Shelf, Unfit
from config.problems import InputError, Problem, listed
from events.campaign import ContentOffered, Media

SUFFIX: Final = ".md"
"""How the name of every post ends, in small letters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that can be offered; `media` in its order, and `warnings` of what is allowed and yet not good."""

    post: PostFile
    content: ContentOffered
    media: tuple[Kept, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """What a content folder holds, in the order of the ids: what can be offered, and what is wrong with the rest.

    `broken` are the ids of the files that cannot be offered as they are, `ignored` the paths below the folder of the
    files that are neither a post nor media by their names, so that nobody looks at them.
    """

    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]
    broken: frozenset[str]
    ignored: tuple[str, ...] = ()

    @property
    def content(self) -> list[ContentOffered]:
        return [piece.content for piece in self.pieces]


def load_content(folder: Path, brief: Brief | None = None, shelf: Shelf | None = None) -> list[ContentOffered]:
    """All posts of the folder, as `read_folder`. Raises InputError with the problems of all files."""
    found = read_folder(folder, brief, shelf)
    if found.problems:
        raise InputError(found.problems)
    return found.content


def read_folder(folder: Path, brief: Brief | None = None, shelf: Shelf | None = None) -> Folder:
    """Every `.md` file below the folder; hidden files and folders are left out. Media are kept on the shelf, if any.

    With a brief, topics, formats, channels and currency are checked against it, and its language and zone hold where a
    post gives none; without, they are `en` and UTC. Raises InputError for a folder without a post.
    """
    if not folder.is_dir():
        given = "a file" if folder.exists() else "no such folder"
        raise InputError([Problem(str(folder), None, "(folder)", given, "a folder of posts, each a .md file")])
    below = files_below(folder)
    files = [path for path in below if path.suffix == SUFFIX]
    ignored = tuple(path.relative_to(folder).as_posix() for path in below if _is_ignored(path))
    if not files:
        given = f"no post, only {listed(ignored)}" if ignored else "no post"
        raise InputError([Problem(str(folder), None, "(folder)", given, "a folder with at least one .md file")])
    taker = Taker(folder, shelf)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    broken: set[str] = set()
    for path in files:
        try:
            pieces.append(read_piece(folder, path, brief, taker))
        except InputError as error:
            problems += error.problems
            broken.add(content_id(folder, path))
    pieces.sort(key=lambda piece: piece.content.content)
    return Folder(tuple(pieces), InputError(problems).problems, frozenset(broken), ignored)


def _is_ignored(path: Path) -> bool:
    kind, _ = guess_type(path.name)
    return path.suffix != SUFFIX and not (kind or "").startswith(("image/", "video/"))


def files_below(folder: Path) -> list[Path]:
    """All files below the folder but hidden ones, sorted; what vanishes meanwhile is left out."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(found)


def content_id(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def read_piece(folder: Path, path: Path, brief: Brief | None, taker: Taker) -> Piece:
    """One post of the folder. Raises InputError with everything that is wrong with it."""
    post = read_post(path)
    problems = list(inconsistencies(post, brief))
    name = content_id(folder, path)
    if len(name) > 200:
        problems.append(Problem(str(path), None, "(file)", f"a path of {len(name)} characters", "at most 200"))
    media, found = _media(path, post, taker)
    problems += found
    zone = ZoneInfo(brief.fact.zone) if brief is not None else ZoneInfo("UTC")
    valid_until, found = deadline(post, zone)
    problems += found
    appeal = post.front.appealing
    if problems or appeal is None:
        raise InputError(problems)
    content = ContentOffered(
        content=name,
        topic=post.front.topic,
        format=post.front.format,
        appeal=appeal,
        funnel_stage=post.front.funnel_stage,
        language=post.front.language or (brief.fact.language if brief is not None else "en"),
        text=post.text,
        link=post.front.link,
        media=tuple(
            Media(sha256=kept.sha256, kind=kept.kind, path=kept.reference, alt=item.alt)
            for kept, item in zip(media, post.front.media, strict=True)
        ),
        cost=post.front.cost,
        valid_until=valid_until,
        channels=post.front.channels,
        uses=post.front.uses,
        rest_days=post.front.rest_days,
    )
    return Piece(post, content, tuple(media), tuple(_without_alt(post)))


def _media(path: Path, post: PostFile, taker: Taker) -> tuple[list[Kept], list[Problem]]:
    media: list[Kept] = []
    problems: list[Problem] = []
    for index, item in enumerate(post.front.media):
        try:
            media.append(taker.take(path, item))
        except Unfit as error:
            place = ("media", index, "url" if item.file is None and item.url is not None else "file")
            problems.append(post.document.problem(place, error.given, error.allowed))
    return media, problems


def _without_alt(post: PostFile) -> Iterator[Problem]:
    for index, item in enumerate(post.front.media):
        if not item.alt:
            allowed = "what it shows, in a sentence, for people who cannot see it"
            yield post.document.problem(("media", index, "alt"), "nothing", allowed)
