"""From the settings to what carries events: nothing beside the store's own log, or Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from config.settings import Settings, StoreKind, TransportKind
from workers.command.errors import MachineError, UserError

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

    from workers.runtime.kafka.brokers import Brokers
    from workers.runtime.kafka.transport import OutboxStore
    from workers.runtime.store.protocol import Store
    from workers.runtime.transport import Transport


def make_transport(settings: Settings, store: Store) -> Transport | None:
    """What carries events between processes; None where that is the store itself.

    Raises UserError for settings or topics that would endanger the log, MachineError where no broker answers.
    """
    if settings.transport.kind is TransportKind.STORE:
        return None
    if settings.store.kind is not StoreKind.POSTGRES:
        raise UserError("transport.kind is kafka: its outbox needs store.kind postgres")
    brokers = require_fit_topics(settings)
    from workers.runtime.kafka.transport import KafkaTransport

    _require_up_to_date(store, brokers)
    return KafkaTransport(cast("OutboxStore", store), brokers)


def _require_up_to_date(store: Store, brokers: Brokers) -> None:
    """Raises UserError for a store that is older than its topic: what it would say now was said already, otherwise."""
    from workers.runtime.kafka.archiver import TopicTrouble
    from workers.runtime.kafka.catching_up import behind

    try:
        found = behind(store, brokers)
    except TopicTrouble as error:
        raise MachineError(str(error)) from error
    if found:
        raise UserError(
            f"the store is older than its topic, as one is that was restored from a backup: {found[0]}"
            + (f", and {len(found) - 1} more" if len(found) > 1 else "")
            + "; stop every `mowj` on it, then run `mowj restore`"
        )


def require_fit_topics(settings: Settings) -> Brokers:
    """The brokers, whose topics are fit to hold the log. Raises UserError, MachineError."""
    with administered(settings) as (admin, brokers):
        from workers.runtime.kafka import topics

        found = topics.check(admin, brokers)
    if found:
        raise UserError("; ".join(f"{danger.topic}: {danger.found}; {danger.mend}" for danger in found))
    return brokers


def brokers_of(settings: Settings) -> Brokers:
    """What the settings say of Kafka. Raises UserError where events do not go over it."""
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
def administered(settings: Settings) -> Iterator[tuple[KafkaAdminClient, Brokers]]:
    """A connection for administration. Raises UserError, InputError; MachineError where no broker answers."""
    brokers = brokers_of(settings)
    try:
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError
    except ImportError as error:
        raise UserError(f"{error}: install Mowj with its extra `outgrown`") from error
    try:
        admin = KafkaAdminClient(**brokers.client("topics"), bootstrap_timeout_ms=10_000)
    except KafkaError as error:
        asked = brokers.security.get("security_protocol", "PLAINTEXT")
        login = "" if asked == "PLAINTEXT" else f", and does it take this login over {asked}"
        raise MachineError(f"no broker answers at {brokers.servers}: {error}; is Kafka running{login}?") from error
    try:
        yield admin, brokers
    except KafkaError as error:
        raise MachineError(f"Kafka at {brokers.servers}: {error}") from error
    finally:
        admin.close()
