"""The store in one SQLite file: WAL, synchronous=FULL, the log a table beside states, ledger and timers.

Invariants: one connection, used by one thread at a time; transactions take the file's write lock when they begin, so
that what they read still holds when they commit. Several processes may share the file: they wait for each other. A file
whose contents have moved away is never worked on again, not even by whoever has had it open since before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, RLock
from time import monotonic
from typing import Final

from events.envelope import PARTITIONS
from events.log.sqlite import SCHEMA as LOG_SCHEMA
from workers.runtime.store.protocol import StoreMismatch, StoreMoved
from workers.runtime.store.rows import Left
from workers.runtime.store.sqlite_rows import SqliteTransaction
from workers.runtime.store.sqlite_tables import SCHEMA

LAYOUT: Final = 4
"""The version of the file's tables, kept in `user_version`."""

_BUSY_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.05
"""How often a waiting process looks whether another one has committed."""


LEFT: Final = -1
"""The `user_version` of a file whose contents have moved to another store, or are just about to have."""


class SqliteStore:
    """`Store` in a file. Raises StoreMismatch where the file was made with other partitions or another layout.

    Raises StoreMoved where its contents have moved away; not for whoever is `moving` it, while that is unfinished.
    """

    def __init__(self, path: Path, partitions: int = PARTITIONS, *, moving: bool = False) -> None:
        self._moving = moving
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._version = 0
        self._open = False
        self._transaction = SqliteTransaction(self._connection)
        try:
            self._install(partitions)
        except BaseException:
            self._connection.close()
            raise
        self._others = self._data_version()

    def _install(self, partitions: int) -> None:
        with self._begun("BEGIN IMMEDIATE"):
            layout = self._layout()
            if layout == 0:
                for statement in (LOG_SCHEMA + SCHEMA).split(";"):
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO meta VALUES ('partitions', ?), ('epoch', 1)", (partitions,))
                self._connection.execute(f"PRAGMA user_version = {LAYOUT}")
            elif layout == LEFT:
                self._require_here()
            elif layout != LAYOUT:
                raise StoreMismatch(f"the file has layout {layout}; this code knows {LAYOUT}")
            (fixed,) = self._connection.execute("SELECT value FROM meta WHERE name = 'partitions'").fetchone()
            if fixed != partitions:
                raise StoreMismatch(f"the file was installed with {fixed} partitions; given {partitions}")

    @contextmanager
    def transaction(self, *, beside: bool = False) -> Iterator[SqliteTransaction]:
        del beside
        with self._begun("BEGIN IMMEDIATE"):
            self._require_here()
            yield self._transaction
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    @contextmanager
    def view(self) -> Iterator[SqliteTransaction]:
        with self._begun("BEGIN"):
            self._require_here()
            yield self._transaction

    def _layout(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _require_here(self) -> None:
        """Raise StoreMoved for a file that was left, whoever opened it when."""
        if self._layout() != LEFT:
            return
        left = self._transaction.left()
        if left is not None and not (self._moving and not left.done):
            raise StoreMoved(left.in_words())

    def leave(self, left: Left) -> None:
        """Inside a transaction: nobody is to work on this file any more."""
        self._transaction.put_left(left)
        self._connection.execute(f"PRAGMA user_version = {LEFT}")

    @contextmanager
    def _begun(self, statement: str) -> Iterator[None]:
        with self._lock:
            if self._open:
                raise RuntimeError("transactions do not nest")
            self._connection.execute(statement)
            self._open = True
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._roll_back(error)
                raise
            finally:
                self._open = False

    def _roll_back(self, error: BaseException) -> None:
        """End the failed transaction, unless SQLite has: it does so itself where the disk is full or fails."""
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as failed:
                error.add_note(f"nor could it be rolled back: {failed}")

    def wait(self, seen: int, seconds: float) -> int:
        end = monotonic() + seconds
        with self._changed:
            while True:
                others = self._data_version()
                if others != self._others:
                    self._others = others
                    self._version += 1
                left = end - monotonic()
                if self._version != seen or left <= 0:
                    return self._version
                self._changed.wait(min(left, _POLL_SECONDS))

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()
