"""`mowj claims`: who may commit for which part of the work."""

from __future__ import annotations

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj claims`."""
    group = typer.Typer(name="claims", help="Claims on parts of the work.", no_args_is_help=True)
    group.callback()(_claims)
    group.command("renew")(renew)
    app.add_typer(group)


def _claims() -> None:
    """Claims on parts of the work."""


def renew(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Begin a new epoch of claims, after Kafka has lost a consumer group; running processes go on under it."""
    from workers.command.opening import opened
    from workers.command.output import print_json, say

    with opened(config, data) as store:
        epoch = store.operator.renew_claims()
    if as_json:
        print_json({"epoch": epoch})
    else:
        say(f"claims are renewed: epoch {epoch}")
