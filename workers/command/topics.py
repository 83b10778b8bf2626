"""`mowj topics`: make Kafka's topics as the log needs them, and refuse settings that would endanger it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from workers.command.errors import FINDINGS
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from datetime import timedelta

    from config.settings import Settings
    from workers.runtime.kafka.topics import Danger
    from workers.runtime.kafka.transport import OutboxStore

Producers = Annotated[
    list[str] | None,
    typer.Option("--producer", metavar="NAME", help="Of a system that writes facts; may be given several times."),
]


def register(app: typer.Typer) -> None:
    """Add `mowj topics`."""
    group = typer.Typer(name="topics", help="Kafka's topics: make them, check them.", no_args_is_help=True)
    group.command("apply")(apply)
    group.command("check")(check)
    group.command("refill")(refill)
    app.add_typer(group)


def apply(producer: Producers = None, config: Config = None, as_json: Json = False) -> None:
    """Make the topics that are missing, then check all of them; what exists is not changed."""
    from workers.command.opening import read_settings
    from workers.command.transporting import administered

    with administered(read_settings(config, None)) as (admin, brokers):
        from workers.runtime.kafka import topics

        made = topics.apply(admin, brokers, producer or ())
        found = topics.check(admin, brokers, producer or ())
    _say(made, found, as_json=as_json)


def check(config: Config = None, as_json: Json = False) -> None:
    """Find what endangers the log: a missing topic, compaction, another number of partitions, or a retention that is
    short, also beside how far the archiver is behind.
    """
    from workers.command.opening import read_settings
    from workers.command.transporting import administered

    settings = read_settings(config, None)
    with administered(settings) as (admin, brokers):
        from workers.runtime.kafka import topics

        found = topics.check(admin, brokers, lag=_lag(settings))
    _say([], found, as_json=as_json)


def refill(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Send to fresh topics what workers have yet to read, after Kafka was lost, with every `mowj` on the store stopped.

    The topics that `mowj topics apply` has made must hold nothing but what this installation has said. What was killed
    may be run again.
    """
    from config.settings import StoreKind
    from workers.command.errors import MachineError, UserError
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.command.process import is_worked_on
    from workers.command.transporting import require_fit_topics
    from workers.roster import ROSTER

    with opened(config, data) as store:
        if store.settings.store.kind is not StoreKind.POSTGRES:
            raise UserError("the log of record is in PostgreSQL: set store.kind to postgres")
        if is_worked_on(store.settings.data.directory):
            raise UserError("a process works on the store: stop every `mowj run` and `mowj worker`, everywhere, first")
        brokers = require_fit_topics(store.settings)
        from workers.runtime.kafka.backlog import ForeignTopic, NotSent
        from workers.runtime.kafka.refilling import AtWork, nobody_else
        from workers.runtime.kafka.refilling import refill as send_again

        try:
            with nobody_else(cast("OutboxStore", store.store)):
                done = send_again(store.shell, brokers, ROSTER)
        except (AtWork, ForeignTopic) as error:
            raise UserError(str(error)) from error
        except NotSent as error:
            raise MachineError(str(error)) from error
    if as_json:
        print_json(done)
        return
    say(
        f"{done.sent} events are on the topics again; {done.waiting} wait in the outbox, which the next `mowj run` "
        f"sends; claims are in epoch {done.epoch}"
    )


def _lag(settings: Settings) -> timedelta:
    """How far the archiver is behind; nothing where nobody has made a store yet."""
    from datetime import timedelta

    from config.settings import StoreKind
    from workers.command.opening import existing_store
    from workers.runtime.kafka.transport import StoreArchive

    store = existing_store(settings) if settings.store.kind is StoreKind.POSTGRES else None
    if store is None:
        return timedelta(0)
    try:
        return StoreArchive(store, settings.runtime.partitions).waiting()[1]
    finally:
        store.close()


def _say(made: Sequence[str], found: Sequence[Danger], *, as_json: bool) -> None:
    from workers.command.output import print_json, say

    if as_json:
        print_json({"made": made, "dangers": found})
    else:
        for name in made:
            say(f"made {name}")
        for danger in found:
            say(f"{danger.topic}: {danger.found}; {danger.mend}")
        if not found:
            say("the topics are fit to hold the log")
    if found:
        raise typer.Exit(FINDINGS)
