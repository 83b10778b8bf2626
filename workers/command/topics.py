"""`mowj topics`: make Kafka's topics as the log needs them, and refuse settings that would endanger it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.errors import FINDINGS, MachineError, UserError
from workers.command.options import Config, Json

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

    from config.settings import Settings
    from workers.runtime.kafka.brokers import Brokers
    from workers.runtime.kafka.topics import Danger

Producers = Annotated[
    list[str] | None,
    typer.Option("--producer", metavar="NAME", help="Of a system that writes facts; may be given several times."),
]


def register(app: typer.Typer) -> None:
    """Add `mowj topics`."""
    group = typer.Typer(name="topics", help="Kafka's topics: make them, check them.", no_args_is_help=True)
    group.command("apply")(apply)
    group.command("check")(check)
    app.add_typer(group)


def apply(producer: Producers = None, config: Config = None, as_json: Json = False) -> None:
    """Make the topics that are missing, then check all of them; what exists is not changed."""
    from workers.runtime.kafka import topics

    with administered(config) as (admin, brokers):
        made = topics.apply(admin, brokers, producer or ())
        found = topics.check(admin, brokers, producer or ())
    _say(made, found, as_json=as_json)


def check(config: Config = None, as_json: Json = False) -> None:
    """Find what endangers the log: a missing topic, compaction, short retention, another number of partitions."""
    from workers.runtime.kafka import topics

    with administered(config) as (admin, brokers):
        found = topics.check(admin, brokers)
    _say([], found, as_json=as_json)


def brokers_of(settings: Settings) -> Brokers:
    """What the settings say of Kafka. Raises UserError where events do not go over it."""
    from datetime import timedelta

    from config.settings import TransportKind
    from workers.runtime.kafka.brokers import Brokers

    given = settings.transport
    if given.kind is not TransportKind.KAFKA:
        raise UserError("the settings carry events by the store: set transport.kind to kafka")
    secret = {"ssl_password": given.ssl_password, "sasl_plain_password": given.sasl_password}
    security = {
        "security_protocol": given.security_protocol.value,
        "ssl_cafile": given.ssl_cafile and str(given.ssl_cafile),
        "ssl_certfile": given.ssl_certfile and str(given.ssl_certfile),
        "ssl_keyfile": given.ssl_keyfile and str(given.ssl_keyfile),
        "sasl_mechanism": given.sasl_mechanism and given.sasl_mechanism.value,
        "sasl_plain_username": given.sasl_username,
        **{name: value.get_secret_value() for name, value in secret.items() if value is not None},
    }
    return Brokers(
        servers=given.bootstrap_servers,
        prefix=given.topics,
        partitions=settings.runtime.partitions,
        replication=given.replication,
        retention=timedelta(days=given.retention_days),
        session=timedelta(seconds=given.session_seconds),
        security={name: value for name, value in security.items() if value is not None},
    )


@contextmanager
def administered(config: Config) -> Iterator[tuple[KafkaAdminClient, Brokers]]:
    """A connection for administration. Raises UserError, InputError; MachineError where no broker answers."""
    from workers.command.opening import read_settings

    brokers = brokers_of(read_settings(config, None))
    try:
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError
    except ImportError as error:
        raise UserError(f"{error}: install Mowj with its extra `outgrown`") from error
    try:
        admin = KafkaAdminClient(**brokers.client("topics"), bootstrap_timeout_ms=10_000)
    except KafkaError as error:
        raise MachineError(f"no broker answers at {brokers.servers}: {error}; is Kafka running?") from error
    try:
        yield admin, brokers
    except KafkaError as error:
        raise MachineError(f"Kafka at {brokers.servers}: {error}") from error
    finally:
        admin.close()


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
