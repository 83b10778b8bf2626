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
    from config.settings import Settings
    from workers.command.channels import Channel
    from workers.platforms.protocol import OutgoingPost
    from workers.platforms.variants import Shape

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
    told = load_brief(brief, now) if brief is not None else None
    settings, piece = read_settings(config, None), _read(post, content or post.parent, told)
    (known,) = known_channels({channel: channel}, settings, platform)
    campaign = told.campaign if told is not None else "CAMPAIGN"
    laid, refused = _laid(known, settings, platform, _outgoing(piece, channel, campaign))
    unfit = known.unfit(piece.content) or refused
    if as_json:
        print_json(
            {**_document(piece), "sent": laid, "channel": known, "unfit": unfit, "warnings": remarks([piece], now)}
        )
    else:
        _print(piece, known, laid, unfit, remarks([piece], now), is_briefed=brief is not None)
    if unfit is not None:
        raise typer.Exit(FINDINGS)


def _outgoing(piece: Piece, channel: str, campaign: str) -> OutgoingPost:
    """What a plug-in would be given, under the content's name: a post gets its own when it is planned."""
    from events.terms import PostTraits
    from workers.platforms.protocol import OutgoingPost

    content = piece.content
    return OutgoingPost(
        post=content.content,
        campaign=campaign,
        text=content.text,
        fingerprint="",
        traits=PostTraits(channel=channel, topic=content.topic, format=content.format, appeal=content.appeal),
        language=content.language or "en",
        link=content.link,
        media=tuple(one.sha256 for one in piece.media),
        alt_texts=tuple(offered.alt or "" for offered in content.media),
    )


def _laid(
    known: Channel, settings: Settings, platform: str | None, post: OutgoingPost
) -> tuple[Shape | None, str | None]:
    """The post as the channel would get it, or why it would not."""
    from workers.command.channels import shaped
    from workers.platforms.protocol import Rejected

    try:
        return shaped(known, settings, platform, post), None
    except Rejected as error:
        return None, error.reason


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


def _print(
    piece: Piece, known: Channel, laid: Shape | None, unfit: str | None, notes: Sequence[Problem], *, is_briefed: bool
) -> None:
    from workers.command.content import language_of
    from workers.command.output import folded, folding_width, say

    width, content = folding_width(sys.stdout), piece.content
    say(f"{content.content} on {known.channel}\n")
    parts = laid.parts if laid is not None else (content.text,)
    for number, part in enumerate(parts, 1):
        if len(parts) > 1:
            say(f"{number} of {len(parts)}")
        for line in part.splitlines() or ["(no text)"]:
            say(folded(f"  {line}", width, "  "))
    say("")
    for name, value in _facts(piece, known, laid, language_of(piece, is_briefed=is_briefed)):
        say(folded(f"{name:<9} {value}", width, " " * 10))
    for note in notes:
        say(folded(f"note      {note}", width, " " * 10))
    if unfit is not None:
        say(folded(f"\nNOT TAKEN {unfit}", width, " " * 10))
    elif known.unknown is None:
        say(f"\n{known.channel} would take it.")


def _link(laid: Shape) -> str:
    where = "sent beside the text" if laid.beside else f"shown as {laid.shown}" if laid.shown else "in the text"
    return f"{laid.link}, {where}"


def _facts(piece: Piece, known: Channel, laid: Shape | None, language: str) -> list[tuple[str, str]]:
    content = piece.content
    tags = HASHTAG.findall(content.text)
    limits = known.limits
    most = limits.text_length if limits is not None else None
    said = "limit not known" if limits is None else "no limit" if most is None else f"at most {most}"
    facts = [("text", f"{len(content.text)} characters, {said}"), ("language", language)]
    taken = f", of {', '.join(limits.formats)}" if limits is not None and limits.formats else ""
    facts.append(("format", f"{content.format}{taken}"))
    facts.append(("hashtags", " ".join(tags) or "none"))
    facts.append(("link", _link(laid) if laid is not None and content.link else content.link or "none"))
    if laid is not None and laid.shortened:
        facts.append(("shortened", f"{known.channel} has no threads, and no room for the whole text"))
    for one, offered in zip(piece.media, content.media, strict=True):
        size = f", {one.width} × {one.height} pixels" if one.width else ""
        notes = f"; {'; '.join(one.notes)}" if one.notes else ""
        facts.append(("media", f"{one.kind}{size}, {one.size:,} bytes; alt: {offered.alt or 'none'}{notes}"))
    if known.unknown is not None:
        facts.append(("channel", known.unknown))
    return facts
