"""`mowj audit`: is the log whole, does the store agree with it, and does every worker decide again as it did?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workers.command.errors import FINDINGS
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from workers.runtime.audit import AuditReport

SHOWN: Final = 40
"""How many findings are shown to a person: one cut in the log contradicts much that is stored beside it."""


def register(app: typer.Typer) -> None:
    """Add `mowj audit`."""
    app.command()(audit)


def audit(
    campaign: Annotated[str | None, typer.Argument(help="Only this campaign's decisions.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A file of `mowj archive export`, instead of a store.")
    ] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check the log, and everything stored beside it against it, and decide everything again; exit code 1 on findings.

    The log: order, lanes, causes, hashes and their chain. Beside it: states, ledger, timers, places read to.
    """
    from workers.command.output import hint, print_json, print_table, say

    report = _of_store(config, data, campaign) if file is None else _of_file(file, campaign)
    if as_json:
        print_json(report.to_json())
    else:
        say(f"{report.events} events read, {report.decisions} decisions made again: {_verdict(len(report.failures))}")
        for maker, count in sorted(report.made_by_others.items()):
            hint(f"{count} decisions were made by {maker}, and cannot be made again here")
        for tie in report.near_ties:
            hint(f"near tie at {tie.event}: {tie.detail}")
        if report.failures:
            rows = [(finding.kind, finding.event, finding.detail) for finding in report.failures[:SHOWN]]
            print_table("Findings", ("kind", "of", "what"), rows, "")
            if len(report.failures) > SHOWN:
                hint(f"and {len(report.failures) - SHOWN} more; --json gives all of them")
    if not report.clean:
        raise typer.Exit(FINDINGS)


def _of_store(config: Path | None, data: Path | None, campaign: str | None) -> AuditReport:
    from workers.command.finding import require_campaign
    from workers.command.opening import opened
    from workers.roster import ROSTER

    with opened(config, data) as store:
        if campaign is not None:
            require_campaign(store, campaign)
        return store.operator.audit(ROSTER, store.shell.decidedby, campaign)


def _of_file(file: Path, campaign: str | None) -> AuditReport:
    """Raises UserError for a file that holds no campaign, or another one."""
    from events.catalogue import UnreadableEvent
    from workers.command.errors import UserError
    from workers.roster import ROSTER
    from workers.runtime.assembly import running_version
    from workers.runtime.exporting import audit_export, events_of

    try:
        with file.open(encoding="utf-8") as lines:
            events = events_of(lines)
    except (OSError, UnicodeDecodeError, UnreadableEvent) as error:
        raise UserError(f"{file}: {error}") from error
    if not events or campaign not in (None, events[0].subject):
        raise UserError(f"{file} is the history of {events[0].subject if events else 'nothing'}")
    return audit_export(events, ROSTER, running_version())


def _verdict(failures: int) -> str:
    return "clean" if not failures else f"{failures} finding{'s' if failures > 1 else ''}"
