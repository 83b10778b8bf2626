"""`mowj audit`: is the log whole, and is every decision on it the one that the workers make again?"""

from __future__ import annotations

from typing import Annotated

import typer

from workers.command.errors import FINDINGS
from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj audit`."""
    app.command()(audit)


def audit(
    campaign: Annotated[str | None, typer.Argument(help="Only this campaign's decisions.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check order, lanes, causes and hashes of the log, and decide everything again; exit code 1 on findings."""
    from workers.command.finding import require_campaign
    from workers.command.opening import opened
    from workers.command.output import hint, print_json, print_table, say
    from workers.roster import ROSTER

    with opened(config, data) as store:
        if campaign is not None:
            require_campaign(store, campaign)
        report = store.operator.audit(ROSTER, store.shell.decidedby, campaign)
    if as_json:
        print_json(report.to_json())
    else:
        say(f"{report.events} events read, {report.decisions} decisions made again: {_verdict(len(report.failures))}")
        for maker, count in sorted(report.made_by_others.items()):
            hint(f"{count} decisions were made by {maker}, and cannot be made again here")
        for tie in report.near_ties:
            hint(f"near tie at {tie.event}: {tie.detail}")
        if report.failures:
            rows = [(finding.kind, finding.event, finding.detail) for finding in report.failures]
            print_table("Findings", ("kind", "event", "what"), rows, "")
    if not report.clean:
        raise typer.Exit(FINDINGS)


def _verdict(failures: int) -> str:
    return "clean" if not failures else f"{failures} finding{'s' if failures > 1 else ''}"
