"""Processes of an outgrown Mowj, as threads: a store each on one database, one topic, a scripted network for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from events.envelope import Event
from tests.unit.runtime.toys import CAMPAIGN, CHANNEL, PERSON, ROSTER, START, ScriptedNetwork, brief
from workers.decision import Worker
from workers.platforms.protocol import Say
from workers.runtime.assembly import assemble, running_version
from workers.runtime.audit import AuditReport
from workers.runtime.clock import Clock
from workers.runtime.kafka import topics
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.transport import KafkaTransport
from workers.runtime.observing import Observer
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime
from workers.runtime.shell import Shell
from workers.runtime.store.postgres import PostgresStore

PARTITIONS = 4
PATIENCE = 60.0


class Noted(Observer):
    """Keeps what it was told of troubles."""

    def __init__(self) -> None:
        self.troubles: list[tuple[str, str]] = []

    def troubled(self, part: str, detail: str) -> None:
        self.troubles.append((part, detail))


@dataclass
class Node:
    """One process."""

    runtime: Runtime
    store: PostgresStore
    observer: Noted
    stop: Signal = field(default_factory=Signal)
    errors: list[BaseException] = field(default_factory=list)
    thread: Thread | None = None

    def run(self) -> None:
        try:
            self.runtime.run_forever(self.stop)
        except BaseException as error:  # noqa: BLE001 - shown by whoever ends the node
            self.errors.append(error)

    def end(self) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join()
        self.store.close()


@dataclass
class Installation:
    """A database, a broker and a network."""

    url: str
    namespace: str
    brokers: Brokers
    clock: Clock
    network: ScriptedNetwork

    def _network(self, clock: Clock, say: Say) -> ScriptedNetwork:
        del clock
        self.network.say = say
        return self.network

    def store(self) -> PostgresStore:
        return PostgresStore(self.url, self.namespace, PARTITIONS, outbox=True)

    @contextmanager
    def node(self, member: str, roster: Sequence[Worker[Any]] = ROSTER) -> Iterator[Node]:
        """A process that runs while the block lasts. Raises what ended it."""
        store, observer = self.store(), Noted()
        runtime = assemble(
            roster,
            store,
            self.clock,
            platforms={CHANNEL: self._network},
            observer=observer,
            member=member,
            partitions=PARTITIONS,
            transport=KafkaTransport(store, self.brokers),
        )
        node = Node(runtime, store, observer)
        node.thread = Thread(target=node.run, name=member, daemon=True)
        node.thread.start()
        try:
            yield node
        finally:
            node.end()
        if node.errors:
            raise node.errors[0]

    def audit(self) -> AuditReport:
        store = self.store()
        try:
            shell = Shell(store, self.clock, running_version(), partitions=PARTITIONS)
            return Operator(shell).audit(ROSTER, running_version())
        finally:
            store.close()

    def archived(self) -> list[Event]:
        """The campaign's log of record, once nothing waits in the outbox."""
        store = self.store()
        try:
            wait_for(lambda: self.waiting(store) == 0)
            with store.view() as view:
                return [record.event for record in view.log.campaign(CAMPAIGN)]
        finally:
            store.close()

    def waiting(self, store: PostgresStore) -> int:
        with store.listening() as connection:
            row = connection.execute("SELECT count(*) FROM outbox").fetchone()
        assert row is not None
        return int(row[0])

    def send(self, messages: Sequence[tuple[str, bytes, list[tuple[str, bytes]], int | None]]) -> None:
        """Write (topic, value, headers, partition) past Mowj."""
        producer = KafkaProducer(**self.brokers.client("test"), metrics_enabled=False)
        try:
            for topic, value, headers, partition in messages:
                producer.send(topic, value, headers=headers, partition=partition).get(10)
        finally:
            producer.close(timeout=5)


@contextmanager
def installed(url: str, namespace: str, servers: str, prefix: str, clock: Clock) -> Iterator[Installation]:
    """Topics that are dropped afterwards."""
    brokers = Brokers(servers, prefix=prefix.rstrip("."), partitions=PARTITIONS, session=timedelta(seconds=6))
    admin = KafkaAdminClient(**brokers.client("test"))
    made = topics.apply(admin, brokers, ["shop"])
    try:
        yield Installation(url, namespace, brokers, clock, ScriptedNetwork(clock))
    finally:
        admin.delete_topics(made)
        admin.close()


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.05)


def briefed(node: Node) -> None:
    intake = node.runtime.intake
    node.runtime.connect("shop", CHANNEL)
    intake.accept(brief(), CAMPAIGN, "default", PERSON, "brief", START, person=True)


def held(node: Node) -> dict[str, set[int]]:
    """Which partitions the node holds, by worker."""
    found: dict[str, set[int]] = {}
    for worker, partition in list(node.runtime.loop.holdings.places()):
        found.setdefault(worker, set()).add(partition)
    return found
