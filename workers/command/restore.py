"""`mowj restore`: after PostgreSQL was restored from an older backup, bring it up to what was said since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from workers.command.opening import Opened
    from workers.runtime.restoring import Restored


def register(app: typer.Typer) -> None:
    """Add `mowj restore`."""
    app.command()(restore)


def restore(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Bring a store that was restored from an older backup up to its topic, with every `mowj` on it stopped.

    Whatever was to be sent since is looked for on its network before anything is sent. Without Kafka nothing is known
    of what was said since the backup; then only that is done.
    """
    from config.settings import TransportKind
    from workers.command.errors import UserError
    from workers.command.opening import opened
    from workers.command.output import hint, print_json, say
    from workers.command.process import is_worked_on

    with opened(config, data) as store:
        if is_worked_on(store.settings.data.directory):
            raise UserError("a process works on the store: stop every `mowj run` and `mowj worker`, everywhere, first")
        over_kafka = store.settings.transport.kind is TransportKind.KAFKA
        archived, done = _restore(store)
    if as_json:
        print_json({"archived": archived, **_told(done)})
        return
    say(
        f"{done.events} events of {len(done.campaigns)} campaigns were said since the backup: {done.states} states "
        f"built anew, {done.closed} effects settled as the log says, {done.doubtful} posts to be looked for on their "
        f"networks before anything is sent, {done.said_again} events said that were lost on their way; "
        f"claims are in epoch {done.epoch}"
    )
    hint("not on the log, so as old as the backup: an emergency stop, and facts of accounts without a live campaign")
    if not over_kafka:
        hint("without Kafka nothing is known of what was said since the backup: look at the networks before you go on")


def _restore(store: Opened) -> tuple[int, Restored]:
    """Raises UserError, MachineError."""
    from config.settings import TransportKind
    from workers.command.errors import MachineError, UserError
    from workers.command.transporting import require_fit_topics
    from workers.roster import ROSTER
    from workers.runtime.restoring import CannotRestore, restore

    archived = 0
    if store.settings.transport.kind is TransportKind.KAFKA:
        brokers = require_fit_topics(store.settings)
        from workers.runtime.kafka.archiver import TopicTrouble
        from workers.runtime.kafka.catching_up import catch_up

        try:
            archived = catch_up(store.store, brokers)
        except TopicTrouble as error:
            raise MachineError(str(error)) from error
    try:
        return archived, restore(store.shell, ROSTER)
    except CannotRestore as error:
        raise UserError(str(error)) from error


def _told(done: Restored) -> dict[str, object]:
    return {
        "events": done.events,
        "campaigns": sorted(done.campaigns),
        "states": done.states,
        "settled": done.closed,
        "doubtful": done.doubtful,
        "said_again": done.said_again,
        "epoch": done.epoch,
    }
