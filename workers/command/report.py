"""`mowj report`: one HTML page about a campaign that needs no network, to read and to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj report`."""
    app.command()(report)


def report(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; CAMPAIGN.html here by default.")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write one self-contained HTML page: audience, strategies, calendar, course, money, posts and every decision."""
    from workers.command.errors import UserError
    from workers.command.output import print_json, say
    from workers.command.past import past
    from workers.views.report.page import page

    known = past(campaign, config, data)
    path = out if out is not None else Path()
    if path.is_dir():
        path /= f"{campaign.replace('/', '-')}.html"
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_text(page(known.events, known.now), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; name a file that you may write: --out FILE") from error
    if as_json:
        print_json({"campaign": campaign, "file": str(path.absolute()), "events": len(known.events), "now": known.now})
    else:
        say(f"{path}")
    if open_it:
        typer.launch(str(path.absolute()))
