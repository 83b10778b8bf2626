"""`mowj archive`: campaigns written out of the log of record, for whoever keeps them elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workers.command.options import Config, Data, Json


def register(app: typer.Typer) -> None:
    """Add `mowj archive`."""
    group = typer.Typer(name="archive", help="Whole campaigns as files.", no_args_is_help=True)
    group.callback()(_archive)
    group.command("export")(export)
    app.add_typer(group)


def _archive() -> None:
    """Whole campaigns as files."""


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
