"""`mowj preview`: one post as it would be sent to a channel."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from workers.command.content import Brief, Platform
from workers.command.errors import FINDINGS
from workers.command.options import Config, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.content import Piece
    from config.problems import Problem
    from workers.command.channels import Channel

HASHTAG: Final = re.compile(r"(?<![\w#])#\w+")


def register(app: typer.Typer) -> None:
    """Add `mowj preview`."""
    app.command()(preview)


def preview(
    post: Annotated[Path, typer.Argument(metavar="FILE", help="A post: a Markdown file.")],
    channel: Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Where it would be sent.")],
    content: Annotated[
        Path | None, typer.Option("--content", metavar="DIR", help="The folder of its media; its own by default.")
    ] = None,
    brief: Brief = None,
    platform: Platform = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show exactly what would be sent, against what the channel takes. Exit code 1: the channel would not take it."""
    from config.brief import load_brief
    from workers.command.channels import known_channels
    from workers.command.opening import read_settings
    from workers.command.output import print_json
    from workers.views.inventory import remarks

    now = datetime.now(UTC)
    piece = _read(post, content or post.parent, load_brief(brief, now) if brief is not None else None)
    (known,) = known_channels({channel: channel}, read_settings(config, None), platform)
    unfit = known.unfit(piece.content)
    if as_json:
        print_json({**_document(piece), "channel": known, "unfit": unfit, "warnings": remarks([piece], now)})
    else:
        _print(piece, known, unfit, remarks([piece], now), is_briefed=brief is not None)
    if unfit is not None:
        raise typer.Exit(FINDINGS)


def _read(post: Path, folder: Path, brief: Any) -> Piece:
    """The post, read as one of its folder. Raises InputError; UserError where it lies elsewhere."""
    from config.content import read_piece
    from config.media.taking import Taker
    from workers.command.errors import UserError

    if not post.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{post} is not below {folder}; --content is the folder that `mowj run` is given")
    return read_piece(folder.resolve(), post.resolve(), brief, Taker(folder))


def _document(piece: Piece) -> dict[str, Any]:
    content = piece.content
    return {
        "content": content.content,
        "text": content.text,
        "characters": len(content.text),
        "link": content.link,
        "hashtags": HASHTAG.findall(content.text),
        "language": content.language,
        "format": content.format,
        "media": [
            {**one.model_dump(mode="json"), "alt": offered.alt}
            for one, offered in zip(piece.media, content.media, strict=True)
        ],
    }


def _print(piece: Piece, known: Channel, unfit: str | None, notes: Sequence[Problem], *, is_briefed: bool) -> None:
    from workers.command.content import language_of
    from workers.command.output import folded, folding_width, say

    width, content = folding_width(sys.stdout), piece.content
    say(f"{content.content} on {known.channel}\n")
    for line in content.text.splitlines() or ["(no text)"]:
        say(folded(f"  {line}", width, "  "))
    say("")
    for name, value in _facts(piece, known, language_of(piece, is_briefed=is_briefed)):
        say(folded(f"{name:<9} {value}", width, " " * 10))
    for note in notes:
        say(folded(f"note      {note}", width, " " * 10))
    if unfit is not None:
        say(folded(f"\nNOT TAKEN {unfit}", width, " " * 10))
    elif known.unknown is None:
        say(f"\n{known.channel} would take it.")


def _facts(piece: Piece, known: Channel, language: str) -> list[tuple[str, str]]:
    content = piece.content
    tags = HASHTAG.findall(content.text)
    limits = known.limits
    most = limits.text_length if limits is not None else None
    said = "limit not known" if limits is None else "no limit" if most is None else f"at most {most}"
    facts = [("text", f"{len(content.text)} characters, {said}"), ("language", language)]
    taken = f", of {', '.join(limits.formats)}" if limits is not None and limits.formats else ""
    facts.append(("format", f"{content.format}{taken}"))
    facts.append(("hashtags", " ".join(tags) or "none"))
    facts.append(("link", f"{content.link}, sent beside the text" if content.link else "none"))
    for one, offered in zip(piece.media, content.media, strict=True):
        size = f", {one.width} × {one.height} pixels" if one.width else ""
        notes = f"; {'; '.join(one.notes)}" if one.notes else ""
        facts.append(("media", f"{one.kind}{size}, {one.size:,} bytes; alt: {offered.alt or 'none'}{notes}"))
    if known.unknown is not None:
        facts.append(("channel", known.unknown))
    return facts
