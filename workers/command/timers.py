"""`mowj timers`: who is to be woken when."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj timers`."""
    group = typer.Typer(name="timers", help="Who is to be woken when.", no_args_is_help=True)
    group.callback()(_timers)
    group.command("list")(list_all)
    app.add_typer(group)


def _timers() -> None:
    """Who is to be woken when."""


def list_all(
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this campaign's.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List timers, the next one first."""
    from workers.command.opening import opened
    from workers.command.output import print_json, print_table, short

    with opened(config, data) as store:
        rows = [row for row in store.operator.timers() if campaign in {None, row.campaign}]
    rows.sort(key=lambda row: (row.due, row.campaign, row.worker, row.name))
    if as_json:
        print_json(rows)
        return
    shown = [(short(row.due), row.worker, row.campaign, row.name) for row in rows]
    print_table("", ("due", "worker", "campaign", "timer"), shown, "No timer is set.")
