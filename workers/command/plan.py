"""`mowj plan`: what a campaign would do, from the arguments of `mowj run`; publishes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.options import Json
from workers.command.run import History, Mapping, Platform, Seed, World


def register(app: typer.Typer) -> None:
    """Add `mowj plan`."""
    app.command()(plan)


def plan(
    *,
    brief: Annotated[Path, typer.Option("--brief", metavar="YAML", help="The campaign's brief.")],
    content: Annotated[Path, typer.Option("--content", metavar="DIR", help="A folder of Markdown posts.")],
    history: History = None,
    mapping: Mapping = None,
    platform: Platform = None,
    world: World = None,
    seed: Seed = None,
    days: Annotated[float | None, typer.Option("--days", hidden=True)] = None,
    virtual_clock: Annotated[bool, typer.Option("--virtual-clock", hidden=True)] = False,
    json: Json = False,
) -> None:
    """Analyze, choose and plan, print all of it, and stop there: nothing is published and nothing is kept.

    The other arguments of `mowj run` are taken too, and mean nothing here: a plan asks no network.
    """
    del platform, world, seed, days, virtual_clock
    from datetime import UTC, datetime

    from workers.command.inputs import read_inputs
    from workers.command.output import print_json
    from workers.command.page import page_console
    from workers.command.planning import planned
    from workers.views.proposal import proposal, proposal_json

    now = datetime.now(UTC)
    inputs = read_inputs(brief, content, history, mapping, now)
    events = planned(inputs, now)
    if json:
        print_json(proposal_json(events))
        return
    console = page_console()
    past = len(inputs.history.facts) // 2 if inputs.history is not None else 0
    console.print(f"[bold]{inputs.brief.fact.title}[/bold]: {len(inputs.content)} posts offered, {past} past posts")
    console.print(proposal(events, inputs.brief.fact))
    console.print("Nothing was published. The same arguments after `mowj run` carry the plan out.", style="dim")
