"""Every store that a contract is about, each made anew for a test; PostgreSQL in a schema of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import address_of, own_name
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.protocol import Store
from workers.runtime.store.sqlite import SqliteStore

POSTGRES = pytest.param("postgres", marks=pytest.mark.services)
OUTBOX = pytest.param("outbox", marks=pytest.mark.services)
"""PostgreSQL whose events wait in an outbox: read as a log, what waits stands behind what is archived."""
KINDS = ("memory", "sqlite", POSTGRES, OUTBOX)
DURABLE = ("sqlite", POSTGRES, OUTBOX)


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[Store]:
    """An empty store of a kind in KINDS."""
    if kind in {"postgres", "outbox"}:
        with postgres_schema() as (url, namespace):
            yield from _closed(postgres_store(url, namespace, outbox=kind == "outbox"))
    else:
        yield from _closed(MemoryStore() if kind == "memory" else SqliteStore(folder / "mowj.sqlite"))


def postgres_store(url: str, namespace: str, partitions: int = 64, *, outbox: bool = False) -> Store:
    from workers.runtime.store.postgres import PostgresStore  # noqa: PLC0415 - an optional dependency

    return PostgresStore(url, namespace, partitions, outbox=outbox)


def opened_again(kind: str, store: Store, folder: Path) -> Store:
    """Another opening of a durable store, as another process has it."""
    if kind == "sqlite":
        return SqliteStore(folder / "mowj.sqlite")
    from workers.runtime.store.postgres import PostgresStore  # noqa: PLC0415

    assert isinstance(store, PostgresStore)
    return PostgresStore(store.url, store.namespace, outbox=kind == "outbox")


@contextmanager
def postgres_schema() -> Iterator[tuple[str, str]]:
    """An address, and the name of a schema that nobody has; dropped afterwards."""
    import psycopg  # noqa: PLC0415

    url, namespace = address_of("postgres"), own_name()
    yield url, namespace
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {namespace} CASCADE".encode())


def _closed(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()
