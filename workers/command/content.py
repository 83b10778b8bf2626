"""`mowj content check`: what is in a content folder, what is wrong with it, and what it lacks for a brief."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workers.command.errors import FINDINGS
from workers.command.options import Config, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.content import Folder, Piece
    from config.problems import Problem
    from workers.command.channels import Channel
    from workers.views.inventory import Lack

Brief = Annotated[
    Path | None, typer.Option("--brief", metavar="YAML", help="Check against this brief, and say what it lacks.")
]
Platform = Annotated[
    str | None, typer.Option("--platform", metavar="PLUGIN", help="The network for every channel, as in `mowj run`.")
]


def register(app: typer.Typer) -> None:
    """Add `mowj content`."""
    content = typer.Typer(no_args_is_help=True)
    app.add_typer(content, name="content", help="Look at posts before they are offered.")
    content.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of Markdown posts.")],
    brief: Brief = None,
    platform: Platform = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Read every post and its media as `mowj run` would, and keep nothing. Exit code 1: some post cannot be offered."""
    from config.brief import load_brief
    from config.content import read_folder
    from workers.command.channels import known_channels
    from workers.command.opening import read_settings
    from workers.command.output import print_json
    from workers.views.inventory import lacking, remarks

    now, settings = datetime.now(UTC), read_settings(config, None)
    briefed = load_brief(brief, now) if brief is not None else None
    found = read_folder(folder, briefed)
    accounts = {one.account: one.channel for one in briefed.fact.accounts} if briefed is not None else {}
    channels = known_channels(accounts, settings, platform)
    problems = [*found.problems, *_shown_nowhere(found.pieces, channels)]
    lacks = lacking(found.pieces, briefed.fact, now) if briefed is not None else []
    said = remarks(found.pieces, now)
    if as_json:
        print_json(_document(found, channels, problems, said, lacks))
    else:
        _print(found, channels, problems, said, lacks)
    if problems:
        raise typer.Exit(FINDINGS)


def _shown_nowhere(pieces: Sequence[Piece], channels: Sequence[Channel]) -> list[Problem]:
    """The posts that no account of the brief can show."""
    problems = []
    for piece in pieces:
        reasons = [channel.unfit(piece.content) for channel in channels]
        if reasons and all(reasons):
            # Of several accounts, those that it is not meant for say the least.
            reason = next((one for one in reasons if one is not None and not one.startswith("not for ")), reasons[0])
            allowed = "a post that at least one account can show"
            problems.append(piece.post.document.problem((), str(reason), allowed))
    return problems


def _document(
    found: Folder, channels: Sequence[Channel], problems: Sequence[Problem], said: Sequence[Problem], lacks: Any
) -> dict[str, Any]:
    return {
        "content": [_piece(piece, channels) for piece in found.pieces],
        "broken": sorted(found.broken),
        "ignored": found.ignored,
        "problems": problems,
        "warnings": said,
        "lacking": lacks,
        "channels": channels,
    }


def _piece(piece: Piece, channels: Sequence[Channel]) -> dict[str, Any]:
    shown = piece.content.model_dump(mode="json")
    shown["media"] = [
        {**one.model_dump(mode="json"), "alt": offered.alt}
        for one, offered in zip(piece.media, piece.content.media, strict=True)
    ]
    shown["file"] = piece.post.document.file
    shown["characters"] = len(piece.content.text)
    shown["unfit"] = {channel.account: channel.unfit(piece.content) for channel in channels}
    return shown


def _print(
    found: Folder,
    channels: Sequence[Channel],
    problems: Sequence[Problem],
    said: Sequence[Problem],
    lacks: Sequence[Lack],
) -> None:
    from workers.command.output import folded, folding_width, hint, say

    width = folding_width(sys.stdout)
    names, rows, alike = _columns(found.pieces, channels)
    _print_rows(names, rows, width)
    if alike:
        say(folded(f"All of them: {'; '.join(alike)}.", width))
    for channel in channels:
        if channel.unknown is not None:
            say(folded(f"{channel.account}: {channel.unknown}.", width))
    if lacks:
        _print_lacks(lacks)
    for title, ones in (("Worth a look:", said), ("Wrong:", problems)):
        if ones:
            say(f"\n{title}")
            for one in ones:
                say(folded(f"  {one}", width))
    if found.ignored:
        say(folded(f"\nNot looked at, since a post's name ends in .md: {', '.join(found.ignored)}", width))
    say(f"\n{len(found.pieces)} can be offered, {len(found.broken)} cannot; {_counted(len(problems), 'problem')}.")
    if not channels:
        hint("With --brief, topics, formats and lengths are checked too, and what is missing is said.")


def _columns(
    pieces: Sequence[Piece], channels: Sequence[Channel]
) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[str]]:
    """The table's columns and rows, and what all rows have alike: it is said once, so that the rest fits a terminal."""
    columns = {
        "id": [piece.content.content for piece in pieces],
        "topic": [piece.content.topic for piece in pieces],
        "format": [piece.content.format for piece in pieces],
        "appeal": [piece.content.appeal.value for piece in pieces],
        "stage": [piece.content.funnel_stage.value if piece.content.funnel_stage else "-" for piece in pieces],
        "language": [language_of(piece, is_briefed=bool(channels)) for piece in pieces],
        "uses": [str(piece.content.uses) for piece in pieces],
        "until": [piece.post.front.valid_until or "-" for piece in pieces],
        "media": [_media(piece) for piece in pieces],
    }
    for channel in channels:
        columns[f"on {channel.account}"] = [_fit(channel, piece) for piece in pieces]
    if not channels:
        columns["characters"] = [str(len(piece.content.text)) for piece in pieces]
    same = {name for name, cells in columns.items() if len(cells) > 1 and len(set(cells)) == 1}
    names = tuple(name for name in columns if name not in same)
    rows = list(zip(*(columns[name] for name in names), strict=True))
    return names, rows, [f"{name} {columns[name][0]}" for name in columns if name in same]


def language_of(piece: Piece, *, is_briefed: bool) -> str:
    """The language that a post is offered in; where it gives none it has the brief's, whatever that may be."""
    return piece.content.language if is_briefed or piece.post.front.language is not None else "the brief's"


def _print_rows(names: tuple[str, ...], rows: list[tuple[str, ...]], width: int | None) -> None:
    """A line a post; where that is wider than the terminal, its id on one line and the rest on the next ones."""
    from workers.command.output import print_table, say

    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    if not rows or width is None or sum(one + 2 for one in widths) <= width:
        print_table("", names, rows, "no post can be offered")
        return
    lines: list[list[int]] = [[]]
    for place in range(1, len(names)):
        if sum(widths[one] + 2 for one in (*lines[-1], place)) > width:
            lines.append([])
        lines[-1].append(place)
    for row in (names, *rows):
        say(row[0])
        for line in lines:
            say(f"  {'  '.join(row[place].ljust(widths[place]) for place in line)}".rstrip())


def _media(piece: Piece) -> str:
    films = sum(one.kind.startswith("video/") for one in piece.media)
    parts = (_counted(len(piece.media) - films, "picture"), _counted(films, "film"))
    return " ".join(part for part in parts if not part.startswith("0 ")) or "-"


def _fit(channel: Channel, piece: Piece) -> str:
    return f"{channel.length(piece.content)}{'' if channel.unfit(piece.content) is None else ' NO'}"


def _print_lacks(lacks: Sequence[Lack]) -> None:
    from workers.command.output import folded, folding_width, say

    width = folding_width(sys.stdout)
    say("\nNever offered, of what the brief names:")
    for lack in lacks:
        rest = f"only {lack.offered} in other formats" if lack.offered else "nothing at all"
        say(folded(f"  {lack.topic}, to {lack.appeal}: no {', no '.join(lack.formats)} ({rest})", width))


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
