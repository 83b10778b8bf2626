"""One real worker doing all of it, from a topic or a table that is full to the last of its emits sent.

On Kafka and PostgreSQL: read, skip, parse, validate, straighten, decide, states, timers, effects, position, outbox in
one commit a batch, and the relay. Embedded, on SQLite: the log is in the same commit. Time stands still a day before
the campaigns begin, so that no timer is due and nothing is sent: what fired and was settled is among what is read.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from time import perf_counter, process_time
from typing import Any, Final

from kafka.admin import KafkaAdminClient

from events.envelope import Event
from tests.benchmarks.outgrown.baselines import fill
from tests.benchmarks.outgrown.material import PARTITIONS, as_sent, heard, placed, said
from tests.contract.stores import postgres_schema
from tests.services import own_name
from workers.command.laboratory import START
from workers.decision import Worker
from workers.runtime.assembly import assemble
from workers.runtime.intake import Intake
from workers.runtime.kafka import topics
from workers.runtime.kafka.archiver import Archiver
from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.relay import Relay
from workers.runtime.kafka.transport import KafkaTransport, StoreArchive
from workers.runtime.observing import Observer
from workers.runtime.running import Runtime
from workers.runtime.shell import Shell
from workers.runtime.store.postgres import PostgresStore
from workers.runtime.store.rows import Halt
from workers.runtime.store.sqlite import SqliteStore

PATIENCE: Final = 120.0
BEFORE: Final = START - timedelta(days=1)


class Still:
    """Campaign time before anything is due; the machine's goes on."""

    def now(self) -> datetime:
        return BEFORE

    def machine(self) -> datetime:
        return datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - BEFORE).total_seconds()


@dataclass
class Counting(Observer):
    """What the runtime says of itself: how many, when, and what took the time."""

    decided_events: int = 0
    deciding: float = 0.0
    commits: int = 0
    committing: float = 0.0
    first: float = 0.0
    emitted: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def appended(self, event: Event) -> None:
        self.emitted[event.id] += 1

    def decided(self, worker: str, event: Event, seconds: float) -> None:
        self.decided_events += 1
        self.deciding += seconds

    def committed(self, worker: str, seconds: float) -> None:
        self.commits += 1
        self.committing += seconds

    def lagging(self, worker: str, partition: int, records: int) -> None:
        if records and not self.first:
            self.first = perf_counter()

    def halted(self, halt: Halt) -> None:
        self.troubles.append(halt.reason)

    def troubled(self, part: str, detail: str) -> None:
        self.troubles.append(f"{part}: {detail}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one worker. Shares are of the loop's thread, seconds of the wall's clock but for `cpu`."""

    worker: str
    events: int
    emits: int
    seconds: float
    cpu: float
    deciding: float
    commits: int
    committing: float

    @property
    def a_second(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of this process's CPU for each event."""
        return 1e6 * self.cpu / self.events


class Carried(KafkaTransport):
    """The transport with the relay and the worker's feed, and the archiver where it is asked for."""

    archives = False

    @contextmanager
    def running(self, shell: Shell, intake: Intake) -> Iterator[None]:
        connect = self._store.listening
        self.relay = Relay(connect, self._brokers, shell.observer)
        parts: list[Background] = [self.relay, *self._feeds.values()]
        if self.archives:
            archive = StoreArchive(self._store, self._brokers.partitions)
            parts.append(Archiver(connect, archive, self._brokers, shell.observer))
        self._background = parts
        with ExitStack() as started:
            for part in parts:
                part.start()
                started.callback(part.close)
            yield


def on_kafka(servers: str, worker: Worker[Any], events: Sequence[Event]) -> Run:
    """The worker over its share of the events, on Kafka and PostgreSQL. Raises AssertionError for other words."""
    with installation(servers) as (url, namespace, brokers):
        return run_on(url, namespace, brokers, worker, events)


def run_on(
    url: str, namespace: str, brokers: Brokers, worker: Worker[Any], events: Sequence[Event], *, archives: bool = False
) -> Run:
    """The same on an installation that is there, with the archiver where it is asked for."""
    given = heard(worker, events)
    fill(brokers.servers, brokers.events, as_sent(given))
    store = PostgresStore(url, namespace, PARTITIONS, outbox=True)
    transport = Carried(store, brokers)
    transport.archives = archives
    observer = Counting()
    runtime = assemble([worker], store, Still(), observer=observer, partitions=PARTITIONS, transport=transport)

    def done() -> bool:
        relayed = sum(transport.relay._sent.values())
        return observer.decided_events == len(given) and relayed == observer.emitted.total()

    seconds, cpu = _timed(runtime, observer, done)
    store.close()
    _require_same(worker, observer, given, events)
    return _run(worker, observer, seconds, cpu)


def on_sqlite(folder: Path, worker: Worker[Any], events: Sequence[Event]) -> Run:
    """The same embedded: the log is a table of the file that has everything else."""
    given = heard(worker, events)
    file = folder / f"{own_name()}.sqlite"
    store = SqliteStore(file, PARTITIONS)
    with store.transaction() as tx:
        for partition, event in placed(given):
            tx.append(partition, event)
    # Opened again, so that nothing is at hand already parsed.
    store.close()
    store = SqliteStore(file, PARTITIONS)
    observer = Counting()
    runtime = assemble([worker], store, Still(), observer=observer, partitions=PARTITIONS)
    seconds, cpu = _timed(runtime, observer, lambda: observer.decided_events == len(given))
    store.close()
    _require_same(worker, observer, given, events)
    return _run(worker, observer, seconds, cpu)


def _timed(runtime: Runtime, observer: Counting, done: Any) -> tuple[float, float]:
    """Seconds from the first event that was read until `done`, of the wall's clock and of this process's CPU."""
    stop, errors = Signal(), []

    def run() -> None:
        try:
            runtime.run_forever(stop)
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    end, used = time.monotonic() + PATIENCE, 0.0
    thread.start()
    while not errors and not done():
        assert time.monotonic() < end, f"not done in {PATIENCE} s; {observer}"
        used = used or (process_time() if observer.first else 0.0)
        time.sleep(0.005)
    seconds, cpu = perf_counter() - observer.first, process_time() - used
    stop.set()
    thread.join()
    if errors:
        raise errors[0]
    return seconds, cpu


def _require_same(worker: Worker[Any], observer: Counting, given: Sequence[Event], events: Sequence[Event]) -> None:
    """What was measured is what the campaigns really led to."""
    assert not observer.troubles, observer.troubles
    assert observer.emitted == said(worker, given, events), f"{worker.name} did not say what it had said"


def _run(worker: Worker[Any], observer: Counting, seconds: float, cpu: float) -> Run:
    return Run(
        worker.name,
        observer.decided_events,
        observer.emitted.total(),
        seconds,
        cpu,
        observer.deciding,
        observer.commits,
        observer.committing,
    )


@contextmanager
def installation(servers: str, *, outbox: bool = True) -> Iterator[tuple[str, str, Brokers]]:
    """A database's address, the name of a schema that is laid out in it, and topics; all dropped afterwards."""
    with postgres_schema() as (url, namespace), _topics(servers) as brokers:
        PostgresStore(url, namespace, PARTITIONS, outbox=outbox).close()
        yield url, namespace, brokers


@contextmanager
def _topics(servers: str) -> Iterator[Brokers]:
    brokers = Brokers(servers, prefix=own_name(), partitions=PARTITIONS, session=timedelta(seconds=10))
    admin = KafkaAdminClient(**brokers.client("bench"))
    made = topics.apply(admin, brokers, [])
    try:
        yield brokers
    finally:
        admin.delete_topics(made)
        admin.close()
