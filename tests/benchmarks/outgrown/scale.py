"""Whether what an event costs grows with history, idle campaigns or processes; memory, starting, rebuilding, auditing.

Idle campaigns have the state of one that was lived and a timer that is not due, copied in the database; history is
rows of the log of record. An event's cost is held against the first count's in the same round.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from time import perf_counter, sleep
from typing import Any, Final

import psycopg

from events.envelope import Event, content_hash, to_json
from tests.benchmarks.outgrown.baselines import consumer, fill
from tests.benchmarks.outgrown.material import PARTITIONS, as_sent, campaigns, enough, heard, placed, said, together
from tests.benchmarks.outgrown.process import ended, running
from tests.benchmarks.outgrown.process import said as line_of
from tests.benchmarks.outgrown.throughput import BEFORE, installation, run_on
from workers.decision import Worker
from workers.roster import ROSTER
from workers.runtime.assembly import running_version
from workers.runtime.audit import audit_integrity, decided_again
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.rebuilding import fold
from workers.runtime.store.postgres import PostgresStore
from workers.runtime.store.rows import StateRow, TimerRow

LIVE: Final = (1, 100, 10_000)
LOGS: Final = (10_000, 100_000, 1_000_000)
PROCESSES: Final = (1, 2, 4)
_IDLE: Final = "idle"
_COPIES: Final = (
    """INSERT INTO states SELECT worker, campaign || n, version, now, parts, state
    FROM states, generate_series(2, %(count)s) n""",
    """INSERT INTO state_parts (worker, campaign, part, item, spelled, value)
    SELECT worker, campaign || n, part, item, spelled, value FROM state_parts, generate_series(2, %(count)s) n""",
    """INSERT INTO timers SELECT worker, campaign || n, name, due, n %% %(partitions)s, row
    FROM timers, generate_series(2, %(count)s) n""",
    "ANALYZE",
)
_HISTORY: Final = (
    """INSERT INTO log SELECT %(partitions)s + n %% %(partitions)s, n, 'past-' || n, 'past-' || n %% 100,
    'MetricObserved', md5(n::text), %(event)s FROM generate_series(1, %(count)s) n""",
    "ANALYZE",
)
_SHARED: Final = 4000
"""Events of all campaigns, so that every process has some."""
_PATIENCE: Final = 180.0


def figures(rounds: int, events: int) -> Iterator[Mapping[str, Any]]:
    servers, histories = os.environ["MOWJ_TEST_KAFKA"], campaigns(8)
    (observer,) = (worker for worker in ROSTER if worker.name == "observer")
    (evaluator,) = (worker for worker in ROSTER if worker.name == "evaluator")
    lived, other = enough(observer, histories[:4], events), histories[4]
    for number in range(rounds):
        for figure in chain(_grown(servers, observer, lived, other), _shared(servers, observer, histories)):
            yield {"round": number, **figure}
        yield {"round": number, **_looked_back(servers, other)}
    yield _touched(servers, evaluator, other)


def _grown(
    servers: str, worker: Worker[Any], lived: Sequence[Event], other: Sequence[Event]
) -> Iterator[Mapping[str, Any]]:
    """The same events beside more and more idle campaigns, with a start; and behind more and more history."""
    for count in LIVE:
        with installation(servers) as (url, namespace, brokers):
            _idle(url, namespace, worker, other, count)
            began = perf_counter()
            with running(url, namespace, brokers, worker.name) as process:
                assert line_of(process) == "holds"
                start = perf_counter() - began
                rss = ended(process)["rss"]
            run = run_on(url, namespace, brokers, worker, lived)
        yield {
            "figure": "live",
            "count": count,
            "cpu": run.cpu_each,
            "seconds": start,
            "rss": rss,
            "rate": run.a_second,
        }
    for count in LOGS:
        with installation(servers) as (url, namespace, brokers):
            given = {"count": count, "partitions": PARTITIONS, "event": json.dumps(to_json(lived[-1]))}
            _execute(url, namespace, _HISTORY, given)
            run = run_on(url, namespace, brokers, worker, lived, archives=True)
        yield {"figure": "log", "count": count, "cpu": run.cpu_each, "rate": run.a_second}


def _idle(url: str, namespace: str, worker: Worker[Any], other: Sequence[Event], count: int) -> None:
    state, now = fold(worker, other)
    store = PostgresStore(url, namespace, PARTITIONS, outbox=True)
    with store.transaction() as tx:
        tx.put_state(StateRow(worker.name, _IDLE, worker.state_version, now, state), worker.rows)
        later = BEFORE + timedelta(days=90)
        tx.put_timer(TimerRow(worker.name, _IDLE, "later", later, 0, "default", other[0].id, other[0].id))
    store.close()
    _execute(url, namespace, _COPIES, {"count": count, "partitions": PARTITIONS})


def _execute(url: str, namespace: str, statements: Sequence[str], given: Mapping[str, Any]) -> None:
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={namespace}") as connection:
        for statement in statements:
            connection.execute(statement.encode(), given if "%(" in statement else None)


def _shared(servers: str, worker: Worker[Any], histories: Sequence[Sequence[Event]]) -> Iterator[Mapping[str, Any]]:
    """Several processes of one kind share the partitions: from the first event sent to the last emit readable."""
    events = together(histories)
    given = heard(worker, events)[:_SHARED]
    messages, emits = as_sent(given), said(worker, given, events).total()
    for count in PROCESSES:
        with installation(servers) as (url, namespace, brokers), ExitStack() as stack:
            started = [stack.enter_context(running(url, namespace, brokers, worker.name)) for _ in range(count)]
            for process in started:
                assert line_of(process) == "holds"
            began = perf_counter()
            fill(servers, brokers.events, messages)
            _until(servers, brokers, len(messages) + emits)
            seconds = perf_counter() - began
            used = [ended(process) for process in started]
        yield {
            "figure": "processes",
            "count": count,
            "rate": len(given) / seconds,
            "busy": sum(each["decided"] > 0 for each in used),
            "rss": max(each["rss"] for each in used),
        }


def _until(servers: str, brokers: Brokers, count: int) -> None:
    """Wait until so many records are on the topic."""
    reader, end = consumer(servers, brokers.events), perf_counter() + _PATIENCE
    while sum(reader.end_offsets(reader.assignment()).values()) < count:
        assert perf_counter() < end, "the workers do not come to an end"
        sleep(0.05)
    reader.close()


def _looked_back(servers: str, lived: Sequence[Event]) -> Mapping[str, Any]:
    """A whole campaign read from the log of record by its name: rebuilt for each worker, and audited."""
    with installation(servers, outbox=False) as (url, namespace, _):
        store = PostgresStore(url, namespace, PARTITIONS)
        with store.transaction() as tx:
            for partition, event in placed(lived):
                tx.append(partition, event)
        texts = [json.dumps(to_json(event)) for event in lived]
        began = perf_counter()
        for text in texts:
            json.loads(text)
        parsing = perf_counter() - began
        began = perf_counter()
        with store.view() as view:
            records = list(view.log.campaign(lived[0].subject))
        reading = perf_counter() - began
        store.close()
    began = perf_counter()
    for worker in ROSTER:
        fold(worker, [record.event for record in records])
    folding = (perf_counter() - began) / len(ROSTER)
    began = perf_counter()
    report = audit_integrity(records)
    integrity = perf_counter() - began
    began = perf_counter()
    decided_again([record.event for record in records], ROSTER, running_version(), whoever=True)
    deciding = perf_counter() - began
    count = len(records)
    return {
        "figure": "back",
        "events": count,
        "integrity_failures": len(report.failures),
        "json": count / parsing,
        "rebuild": count / (reading + folding),
        "integrity": count / (reading + integrity),
        "decisions": count / (reading + deciding),
    }


def _touched(servers: str, worker: Worker[Any], other: Sequence[Event]) -> Mapping[str, Any]:
    """What a worker's process holds when each of the most campaigns has had an event."""
    count, last = max(LIVE), heard(worker, other)[-1]
    names = [_IDLE, *(f"{_IDLE}{number}" for number in range(2, count + 1))]
    events = [replace(last, subject=name, id=f"{last.id}-{name}") for name in names]
    events = [event.with_hash(content_hash(event)) for event in events]
    with installation(servers) as (url, namespace, brokers):
        _idle(url, namespace, worker, other, count)
        with running(url, namespace, brokers, worker.name) as process:
            assert line_of(process) == "holds"
            began = perf_counter()
            fill(servers, brokers.events, as_sent(events))
            _read(url, namespace, worker.name, count)
            seconds = perf_counter() - began
            used = ended(process)
    return {"figure": "touched", "count": count, "round": 0, "rate": count / seconds, "rss": used["rss"]}


def _read(url: str, namespace: str, worker: str, count: int) -> None:
    """Wait until the worker has read so many events."""
    end = perf_counter() + _PATIENCE
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={namespace}") as connection:
        read = 0
        while read < count:
            assert perf_counter() < end, f"{read} of {count} were read"
            sleep(0.1)
            row = connection.execute("SELECT coalesce(sum(place), 0) FROM positions WHERE worker = %s", (worker,))
            (read,) = row.fetchone() or (0,)
