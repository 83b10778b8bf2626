"""`mowj schema`: the JSON Schemas of the events, for programs, of the brief, for editors, and of the topics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Json


def register(app: typer.Typer) -> None:
    """Add `mowj schema`."""
    group = typer.Typer(name="schema", help="The schemas of events and of the brief.", no_args_is_help=True)
    group.callback()(_schema)
    group.command("export")(export)
    group.command("brief")(brief)
    group.command("asyncapi")(asyncapi)
    app.add_typer(group)


def _schema() -> None:
    """The schemas of events and of the brief."""


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


def brief(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Else standard output.")] = None,
    as_json: Json = False,
) -> None:
    """Write the JSON Schema of a brief, by which an editor completes and checks it.

    The first line of a brief that lies beside FILE says so: # yaml-language-server: $schema=FILE
    """
    import json

    from config.brief_file import brief_schema

    _write(json.dumps(brief_schema(), indent=2, ensure_ascii=False), "the schema of a brief", file, as_json=as_json)


def asyncapi(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Else standard output.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write the AsyncAPI 3 document of Mowj on Kafka: its topics, and every message on them."""
    import json
    from importlib.metadata import version

    from events.asyncapi import document
    from workers.command.opening import read_settings

    settings = read_settings(config, None)
    found = document(version("mowj"), settings.transport.topics, settings.runtime.partitions)
    _write(json.dumps(found, indent=2, ensure_ascii=False), "the AsyncAPI document", file, as_json=as_json)


def _write(text: str, what: str, file: Path | None, *, as_json: bool) -> None:
    from workers.command.output import print_json, say

    if file is None:
        say(text)
        return
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}; name a file that can be written") from error
    if as_json:
        print_json([str(file)])
    else:
        say(f"{what} is in {file}")
