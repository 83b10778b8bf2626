"""Kafka as the transport of a store that has an outbox: everything that works beside the loop, put together.

Invariants: what is said enters the outbox in its writer's transaction, the relay sends it, every reader (the workers'
feeds, the archiver) puts the topic straight by the same rule, and the archiver alone moves it to the log of record. Any
process may relay, archive and take in what outside producers write; one at a time has each of the first two duties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, Protocol

from psycopg import Connection

from events.log.outbox import Archived, OutboxLog
from workers.decision import Worker
from workers.runtime.holding import Holdings
from workers.runtime.intake import Intake
from workers.runtime.kafka.archiver import Archiver, Move
from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.feed import Feed
from workers.runtime.kafka.grouping import GroupHoldings
from workers.runtime.kafka.outside import OutsideTopics
from workers.runtime.kafka.relay import Relay
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import Store, View


class OutboxStore(Store, Protocol):
    """A store whose transactions append to an outbox."""

    def wake(self) -> None:
        """Have whoever waits in this process look again."""
        ...

    def listening(self) -> Connection[Any]:
        """A connection of one's own, in autocommit mode, that hears of every commit."""
        ...


class KafkaTransport:
    """`Transport`. Raises TypeError for a store without an outbox when it is used."""

    def __init__(self, store: OutboxStore, brokers: Brokers) -> None:
        self._store = store
        self._brokers = brokers
        self._feeds: dict[str, Feed] = {}
        self._background: list[Background] = []

    def holdings(self, shell: Shell, roster: Sequence[Worker[Any]]) -> Holdings:
        observer = shell.observer
        self._feeds = {worker.name: Feed(self._brokers, worker.name, observer, self._store.wake) for worker in roster}
        return GroupHoldings(shell, roster, self._feeds, self._check)

    @contextmanager
    def running(self, shell: Shell, intake: Intake) -> Iterator[None]:
        observer, connect = shell.observer, self._store.listening
        archive = StoreArchive(self._store, self._brokers.partitions)
        self._background = [
            Relay(connect, self._brokers, observer),
            Archiver(connect, archive, self._brokers, observer),
            OutsideTopics(intake, self._brokers, observer),
            *self._feeds.values(),
        ]
        with ExitStack() as started:
            for part in self._background:
                part.start()
                started.callback(part.close)
            yield

    def _check(self) -> None:
        for part in self._background:
            part.check()


class StoreArchive:
    """`Archive` in a store's transactions, beside those of the loop."""

    def __init__(self, store: Store, partitions: int) -> None:
        self._store = store
        self._partitions = partitions

    def archived(self) -> Mapping[int, Archived]:
        with self._store.transaction(beside=True) as tx:
            log = outbox_of(tx)
            return {partition: log.archived_to(partition) for partition in range(self._partitions)}

    def waiting(self) -> tuple[int, timedelta]:
        with self._store.view() as view:
            return outbox_of(view).waiting()

    def archive(self, moves: Sequence[Move]) -> None:
        with self._store.transaction(beside=True) as tx:
            log = outbox_of(tx)
            for partition, before, rows, after in moves:
                log.archive(partition, before, rows, after)


def outbox_of(view: View) -> OutboxLog:
    """The view's log as an outbox. Raises TypeError where the store has none."""
    if not isinstance(view.log, OutboxLog):
        raise TypeError(f"a {type(view.log).__name__} has no outbox")
    return view.log
