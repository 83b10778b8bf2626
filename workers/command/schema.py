"""`mowj schema export`: the JSON Schema of every event."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.errors import UserError
from workers.command.options import Json


def register(app: typer.Typer) -> None:
    """Add `mowj schema`."""
    group = typer.Typer(name="schema", help="The events' schemas.", no_args_is_help=True)
    group.callback()(_schema)
    group.command("export")(export)
    app.add_typer(group)


def _schema() -> None:
    """The events' schemas."""


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")], as_json: Json = False
) -> None:
    """Write the JSON Schema (draft 2020-12) of every event type, one file each."""
    from events.schema import export as write
    from workers.command.output import print_json, say

    try:
        written = write(directory)
    except OSError as error:
        raise UserError(f"{directory}: {error.strerror}; name a folder that can be written") from error
    if as_json:
        print_json([str(path) for path in written])
    else:
        say(f"{len(written)} schemas in {directory}")
