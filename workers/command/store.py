"""`mowj store`: the tables of a PostgreSQL store, brought up to date before newer code works on them."""

from __future__ import annotations

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj store`."""
    group = typer.Typer(name="store", help="The tables of a PostgreSQL store.", no_args_is_help=True)
    group.command("migrate")(migrate)
    app.add_typer(group)


def migrate(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Bring the tables up to what this code works on, all of it or nothing; stop every `mowj` on them first."""
    from workers.command.opening import migrate_store, place_of, read_settings
    from workers.command.output import print_json, say

    settings = read_settings(config, data)
    before, after = migrate_store(settings)
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        say(f"{place_of(settings)}: layout {after} already; nothing to do")
    else:
        say(f"{place_of(settings)}: layout {before or '(none)'} became {after}")
