"""What a machine can do without Mowj, measured in the same run: every figure is a ratio to one of these.

Raw kafka-python consumes and produces the same headers and bodies, and understands nothing of them. FastStream, in an
environment of its own, validates each body and sends it on; it keeps nothing either.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from tests.benchmarks.outgrown.material import PARTITIONS, Sent
from tests.services import own_name

FASTSTREAM: Final = Path(".run/bench/faststream")
_HANDLER: Final = Path(__file__).with_name("faststream_handler.py")
_ROW: Final = "x" * 300
_BATCH_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second by the wall's clock, and microseconds of the client's CPU for each."""

    a_second: float
    cpu: float


@contextmanager
def topics(servers: str, *, partitions: int = PARTITIONS, count: int = 1) -> Iterator[list[str]]:
    """Topics of one's own, dropped afterwards."""
    names = [own_name() for _ in range(count)]
    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        admin.create_topics({name: {"num_partitions": partitions} for name in names}, wait_for_metadata=True)
        yield names
    finally:
        admin.delete_topics(names)
        admin.close()


def producer(servers: str) -> Any:
    return KafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        enable_idempotence=False,
        batch_size=_BATCH_BYTES,
        linger_ms=5,
        metrics_enabled=False,
    )


def fill(servers: str, topic: str, messages: Sequence[Sent]) -> None:
    """Put messages on a topic, and wait until they are there."""
    sender = producer(servers)
    for sent in messages:
        _send(sender, topic, sent.partition, sent.campaign.encode(), sent.message.headers, sent.message.value)
    sender.flush()
    sender.close()


def _send(sender: Any, topic: str, partition: int, key: bytes, headers: Any, value: bytes) -> None:
    sender.send(topic, value, key=key, headers=headers, partition=partition)


def consumer(servers: str, topic: str, partitions: int = PARTITIONS) -> Any:
    reader = KafkaConsumer(
        bootstrap_servers=servers, group_id=None, enable_auto_commit=False, max_poll_records=1000, metrics_enabled=False
    )
    places = [TopicPartition(topic, number) for number in range(partitions)]
    reader.assign(places)
    reader.seek_to_beginning(*places)
    return reader


def raw_kafka(servers: str, messages: Sequence[Sent], emits: float = 1.0) -> Rate:
    """Messages through kafka-python: each is consumed, and `emits` of them are produced with what they have.

    From the first that comes until the last is acknowledged, as Mowj is measured.
    """
    with topics(servers, count=2) as (source, target):
        fill(servers, source, messages)
        reader, sender = consumer(servers, source), producer(servers)
        read, owed, began, used = 0, 0.0, 0.0, 0.0
        while read < len(messages):
            for records in reader.poll(timeout_ms=200).values():
                began, used = began or perf_counter(), used or process_time()
                for record in records:
                    owed += emits
                    if owed >= 1:
                        owed -= 1
                        _send(sender, target, record.partition, record.key, record.headers, record.value)
                read += len(records)
        sender.flush()
        seconds, cpu = perf_counter() - began, process_time() - used
        reader.close()
        sender.close()
    return Rate(read / seconds, 1e6 * cpu / read)


def faststream(servers: str, messages: Sequence[Sent]) -> Rate:
    """Messages through a FastStream handler. Raises FileNotFoundError without its environment."""
    python = FASTSTREAM / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(f"{FASTSTREAM} is missing: `make bench` installs it")
    with topics(servers, count=2) as (source, target):
        fill(servers, source, messages)
        done = subprocess.run(
            [str(python), str(_HANDLER), servers, source, target, str(len(messages))],
            env={"PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return Rate(**json.loads(done.stdout.splitlines()[-1]))


def postgres_commits(url: str, seconds: float = 2.0) -> float:
    """Commits a second of one row each, one after another."""
    table = own_name()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (number bigint PRIMARY KEY, text text)".encode())
        insert = f"INSERT INTO {table} VALUES (%s, %s)".encode()
        count, began = 0, perf_counter()
        while perf_counter() - began < seconds:
            connection.execute(insert, (count, _ROW))
            count += 1
        rate = count / (perf_counter() - began)
        connection.execute(f"DROP TABLE {table}".encode())
    return rate


def sqlite_commits(seconds: float = 2.0) -> float:
    """The same in SQLite as Mowj has it: WAL, synchronous=FULL."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "raw.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)")
        count, began = 0, perf_counter()
        while perf_counter() - began < seconds:
            connection.execute("INSERT INTO rows VALUES (?, ?)", (count, _ROW))
            count += 1
        rate = count / (perf_counter() - began)
        connection.close()
    return rate


def plain_python() -> float:
    """Seconds of CPU for ten million additions: how fast the machine is just now."""
    began, total = process_time(), 0
    for number in range(10_000_000):
        total += number
    return process_time() - began
