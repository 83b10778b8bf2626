"""`mowj plan`: what a campaign would do, from the arguments of `mowj run`; publishes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.options import Config, Json
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
    config: Config = None,
    json: Json = False,
) -> None:
    """Analyze, choose and plan, print all of it, and stop there: nothing is published and nothing is kept.

    The arguments of `mowj run` are taken. A plan asks no network; it says where `mowj run` would find none.
    """
    del days, virtual_clock
    from datetime import UTC, datetime

    from rich.markup import escape

    from workers.command.inputs import read_inputs
    from workers.command.networks import makers, unserved
    from workers.command.opening import read_settings
    from workers.command.output import hint, print_json
    from workers.command.page import page_console
    from workers.command.planning import planned
    from workers.command.remembered import NetworkChoice
    from workers.views.bars import counted
    from workers.views.proposal import proposal, proposal_json

    now = datetime.now(UTC)
    settings = read_settings(config, None)
    inputs = read_inputs(brief, content, history, mapping, now)
    choice = NetworkChoice(platform=platform, world=world, seed=1 if seed is None else seed)
    channels = {account.channel for account in inputs.brief.fact.accounts}
    missing = unserved(channels, settings, choice)
    makers(channels - set(missing), settings, choice, None)
    if missing:
        hint(
            f"No plug-in serves {', '.join(missing)} yet: planned without knowing its limits. `mowj run` needs one; "
            "--platform simulated lets it run on the simulated network."
        )
    events = planned(inputs, now)
    if json:
        print_json(proposal_json(events))
        return
    console = page_console()
    past = len(inputs.history.facts) // 2 if inputs.history is not None else 0
    offered = f"{counted(len(inputs.content), 'post')} offered, {counted(past, 'past post')}"
    console.print(f"[bold]{escape(inputs.brief.fact.title)}[/bold]: {offered}")
    for note in inputs.history.notes if inputs.history is not None else ():
        console.print(f"history: {note}", style="dim", markup=False)
    console.print(proposal(events, inputs.brief.fact))
    console.print("Nothing was published. The same arguments after `mowj run` carry the plan out.", style="dim")
