"""The erasable store: subscribers, whom nobody writes to any more, mailings, and the ledger of their recipients.

Invariants: an address stands in `subscriber` alone, so that deleting one row there forgets the person; everything else
knows people by number or keyed hash. What is deleted is overwritten. A transaction is durable when it returns.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from workers.platforms.email.signing import KeyUnsafe, Signer, signer_of

STORE_FILE: Final = "subscribers.sqlite"
EVERYWHERE: Final = "*"
"""In place of a list's name: on every list."""
PATIENCE: Final = 20.0
"""Seconds for which one process waits for another's transaction."""

_LAYOUT: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE subscriber (
    number INTEGER PRIMARY KEY AUTOINCREMENT, list TEXT NOT NULL, hash BLOB NOT NULL, address TEXT NOT NULL,
    domain TEXT NOT NULL, name TEXT, language TEXT, consent_source TEXT NOT NULL, consent_at TEXT NOT NULL,
    imported_at TEXT NOT NULL, UNIQUE (list, hash));
CREATE TABLE suppression (
    list TEXT NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (list, hash)
) WITHOUT ROWID;
CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, list TEXT NOT NULL, key TEXT NOT NULL, reference TEXT NOT NULL UNIQUE,
    campaign TEXT NOT NULL, accepted_at TEXT NOT NULL, mailing TEXT NOT NULL, UNIQUE (list, key));
CREATE TABLE picture (
    job INTEGER NOT NULL REFERENCES job, place INTEGER NOT NULL, kind TEXT NOT NULL, alt TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (job, place)) WITHOUT ROWID;
CREATE TABLE delivery (
    job INTEGER NOT NULL REFERENCES job, subscriber INTEGER NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '',
    sent_at TEXT, bounced_at TEXT, uncertain_at TEXT, unsubscribed_at TEXT, PRIMARY KEY (job, subscriber)
) WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (state, due, job, subscriber) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_of ON delivery (subscriber);
CREATE TABLE gate (
    list TEXT NOT NULL, domain TEXT NOT NULL, not_before TEXT NOT NULL, PRIMARY KEY (list, domain)) WITHOUT ROWID;
"""


class OtherKey(Exception):
    """The store was made with another key: its hashes and tokens mean nothing under this one."""


class EmailStore:
    """One connection, which threads take in turns; other processes have their own."""

    def __init__(self, directory: Path, signer: Signer) -> None:
        self._path, self.signer = directory / STORE_FILE, signer
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Reads and writes what nobody else changes meanwhile; undone where the block raises."""
        with self._turn:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self.commit(connection)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    def forget(self) -> None:
        """Leave nothing of what was deleted in the journal either."""
        with self._turn:
            self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._turn:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            self._connection = connection
        return self._connection

    def prepare(self) -> None:
        """Make the file where there is none, and see that it is this key's. Raises OtherKey."""
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with self.transaction() as tx:
            if not tx.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
                for statement in filter(str.strip, _LAYOUT.split(";")):
                    tx.execute(statement)
                tx.execute("INSERT INTO meta VALUES ('key', ?)", (self.signer.check_value(),))
            (kept,) = tx.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
        if kept != self.signer.check_value():
            raise OtherKey(f"{self._path} was made with another key; restore the one that belongs to it")


def open_email_store(directory: Path, *, make: bool = True) -> EmailStore | None:
    """The data directory's store; without `make`, None where there is none. Raises KeyUnsafe, OtherKey."""
    exists = (directory / STORE_FILE).exists()
    if not make and not exists:
        return None
    try:
        store = EmailStore(directory, signer_of(directory, make=not exists))
    except FileNotFoundError as error:
        raise KeyUnsafe(f"{directory / STORE_FILE} is there without its key; restore both together") from error
    store.prepare()
    return store


def stamp(at: datetime) -> str:
    """A moment as it is stored: text that sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
