"""`mowj set-aside`: events that a worker could not decide on, and giving them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from workers.command.opening import Opened
    from workers.runtime.operating import SetAside

EventId = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id, or how it begins.")]


def register(app: typer.Typer) -> None:
    """Add `mowj set-aside`."""
    group = typer.Typer(name="set-aside", help="Events that a worker could not decide on.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("replay")(replay)
    app.add_typer(group)


def list_all(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """List every event that was set aside, and for whom."""
    from workers.command.opening import opened
    from workers.command.output import print_json, print_table

    with opened(config, data) as store:
        items = store.operator.set_aside()
    if as_json:
        print_json([_row(item) for item in items])
        return
    rows = [
        (item.event.id, item.event.name, item.event.subject, item.worker, _state(item), item.error) for item in items
    ]
    print_table("", ("event", "type", "campaign", "worker", "state", "error"), rows, "No event is set aside.")


def show(event: EventId, config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Print a set-aside event whole, with the error: always as one JSON document."""
    del as_json
    from events.envelope import to_json
    from workers.command.opening import opened
    from workers.command.output import print_json

    with opened(config, data) as store:
        found = _meant(store, event)
    print_json([{**_row(item), "original": to_json(item.event)} for item in found])


def replay(
    event: EventId,
    worker: Annotated[str | None, typer.Option("--worker", help="For whom; needed where several set it aside.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a set-aside event to its worker again, after what was wrong has been mended."""
    from workers.command.opening import opened
    from workers.command.output import print_json, say

    with opened(config, data) as store:
        found = [item for item in _meant(store, event) if worker in {None, item.worker}]
        names = sorted({item.worker for item in found})
        if not found:
            raise UserError(f"event {event} was not set aside for {worker}")
        if len(names) > 1:
            raise UserError(f"event {event} was set aside for {', '.join(names)}: give --worker")
        said = store.operator.replay(found[-1].event.id, names[0])
    if as_json:
        print_json({"event": said.id, "worker": names[0], "replays": found[-1].event.id})
    else:
        say(f"{found[-1].event.name} {found[-1].event.id} is given to {names[0]} again")


def _meant(store: Opened, event: str) -> list[SetAside]:
    """Raises UserError unless exactly one event is meant."""
    items = store.operator.set_aside()
    found = [item for item in items if item.event.id.startswith(event)]
    if len({item.event.id for item in found}) != 1:
        problem = "several events begin with" if found else "no event was set aside as"
        raise UserError(f"{problem} {event!r}; `mowj set-aside list` shows all {len(items)}")
    return found


def _row(item: SetAside) -> dict[str, object]:
    return {
        "event": item.event.id,
        "type": item.event.name,
        "campaign": item.event.subject,
        "worker": item.worker,
        "error": item.error,
        "at": item.notice.time,
        "replayed": item.replayed,
    }


def _state(item: SetAside) -> str:
    return "replayed" if item.replayed else "waits"
