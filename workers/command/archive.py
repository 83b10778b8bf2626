"""`mowj archive`: campaigns written out of the log of record, for whoever keeps them elsewhere, and dropped from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from events.envelope import Event

GRACE_DAYS: Final = 30.0
Grace = Annotated[
    float, typer.Option("--grace-days", min=0, help="How long a campaign must have been over to be dropped.")
]


def register(app: typer.Typer) -> None:
    """Add `mowj archive`."""
    group = typer.Typer(name="archive", help="Whole campaigns as files.", no_args_is_help=True)
    group.callback()(_archive)
    group.command("list")(list_campaigns)
    group.command("export")(export)
    group.command("drop")(drop)
    app.add_typer(group)


def _archive() -> None:
    """Whole campaigns as files."""


def list_campaigns(
    grace_days: Grace = GRACE_DAYS, config: Config = None, data: Data = None, as_json: Json = False
) -> None:
    """Every campaign of the store: how many events it has, and whether it may be dropped, or why not."""
    from workers.command.opening import opened
    from workers.command.output import print_json, print_table
    from workers.roster import ROSTER
    from workers.runtime.dropping import standing

    grace = timedelta(days=grace_days)
    with opened(config, data) as store, store.store.view() as view:
        found = [standing(view, store.shell, ROSTER, row, grace) for row in view.campaigns()]
    if as_json:
        print_json(
            [
                {"campaign": one.row.campaign, "live": one.row.live, "dropped": one.row.dropped is not None}
                | {"events": one.events, "why_not": one.why_not or None}
                for one in found
            ]
        )
        return
    rows = [(one.row.campaign, str(one.events), one.why_not or "yes, once it is exported") for one in found]
    print_table("Campaigns", ("campaign", "events", "may be dropped"), rows, "no campaign was ever started here")


def export(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; nothing may be there yet.")],
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write everything that was said of a campaign, one CloudEvent a line; `mowj audit --file FILE` reads it again.

    The file is read back and compared with the log, hash by hash, before it gets its name.
    """
    from events.catalogue import UnreadableEvent
    from workers.command.errors import MachineError, UserError
    from workers.command.finding import require_campaign
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.runtime.exporting import events_of, lines_of

    if file.exists():
        raise UserError(f"{file} is there already; name another")
    fresh = file.with_name(f".{file.name}.new")
    with opened(config, data) as store:
        row = require_campaign(store, campaign)
        with store.store.view() as view:
            events = [record.event for record in view.log.campaign(campaign)]
    try:
        with fresh.open("x", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines_of(events))
        with fresh.open(encoding="utf-8") as lines:
            same = events_of(lines) == events
        if not same:
            raise MachineError(f"{fresh} does not hold what was written: look at the disk")
        fresh.rename(file)
    except UnreadableEvent as error:
        raise UserError(f"{campaign} cannot be exported whole: {error}; `mowj audit` tells more") from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    if as_json:
        print_json({"campaign": campaign, "file": str(file), "events": len(events), "live": row.live})
    else:
        say(f"{len(events)} events of {campaign} are in {file}" + (", which goes on" if row.live else ""))


def drop(
    campaign: Annotated[str, typer.Argument(help="The id of a campaign that has ended.")],
    exported: Annotated[
        Path, typer.Option("--exported", metavar="FILE", help="What `mowj archive export` wrote of it.")
    ],
    grace_days: Grace = GRACE_DAYS,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Drop an ended campaign from the store, all of it or nothing, once FILE was found to be its whole export.

    FILE is audited, every decision made again, and compared with the log. What stays: places, numbers and hashes, so
    that `mowj audit` still checks the log, facts about accounts, and posts that are out. Topics of Kafka stay.
    """
    from workers.command.errors import UserError
    from workers.command.finding import require_campaign
    from workers.command.opening import opened
    from workers.command.output import hint, print_json, say
    from workers.roster import ROSTER
    from workers.runtime.dropping import NotDroppable
    from workers.runtime.dropping import drop as drop_campaign

    events = _read(exported)
    with opened(config, data) as store:
        require_campaign(store, campaign)
        if not as_json:
            hint(f"reading {len(events)} events of {exported}, and making every decision again")
        try:
            stone = drop_campaign(store.shell, ROSTER, campaign, events, timedelta(days=grace_days))
        except NotDroppable as error:
            raise UserError(str(error)) from error
    if as_json:
        print_json({"campaign": campaign, "events": stone.events, "digest": stone.digest, "dropped": True})
    else:
        say(f"{campaign} is dropped; its {stone.events} events are in {exported} alone now: keep that file")


def _read(file: Path) -> list[Event]:
    """Raises UserError for what is no export."""
    from events.catalogue import UnreadableEvent
    from workers.command.errors import UserError
    from workers.runtime.exporting import events_of

    try:
        with file.open(encoding="utf-8") as lines:
            events = events_of(lines)
    except (OSError, UnicodeDecodeError, UnreadableEvent) as error:
        raise UserError(f"{file}: {error}") from error
    if not events:
        raise UserError(f"{file} holds no events")
    return events
