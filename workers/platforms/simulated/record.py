"""A network's own file: every post that was accepted and every conversion. Duplicates are counted by it.

Invariants: a post is on disk before anybody is told that it was accepted; rows are only added, and a conversion is
marked once it was acknowledged. One file belongs to one world, seed and birth.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from workers.platforms.simulated.feed import Accepted
from workers.platforms.simulated.wire import Bought

_ACCEPTED: Final = TypeAdapter(Accepted)
_PATIENCE: Final = 10.0
"""Seconds that a call waits for another's transaction."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS origin (world TEXT NOT NULL, seed INTEGER NOT NULL, born TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accepted (number INTEGER PRIMARY KEY, key TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS conversions (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, content TEXT NOT NULL, acknowledged INTEGER NOT NULL DEFAULT 0
);
"""


class OtherWorld(ValueError):
    """The file was written by a network of another world or seed."""


class Record:
    """The file. Every call opens it anew, so that threads share nothing and nothing stays open."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        with self._open() as connection:
            connection.executescript(_TABLES)

    def born(self, world: str, seed: int) -> datetime | None:
        """When the network that wrote the file was born, if one has. Raises OtherWorld."""
        with self._open() as connection:
            row = connection.execute("SELECT world, seed, born FROM origin").fetchone()
        if row is None:
            return None
        if (row[0], row[1]) != (world, seed):
            raise OtherWorld(f"{self._path} belongs to world {row[0]!r} and seed {row[1]}, not to {world!r} and {seed}")
        return datetime.fromisoformat(row[2])

    def begin(self, world: str, seed: int, born: datetime) -> None:
        with self._open() as connection:
            connection.execute("INSERT INTO origin VALUES (?, ?, ?)", (world, seed, born.isoformat()))

    def keep(self, accepted: Accepted) -> None:
        content = _ACCEPTED.dump_json(accepted).decode()
        with self._open() as connection:
            connection.execute("INSERT INTO accepted (key, content) VALUES (?, ?)", (accepted.key, content))

    def accepted(self) -> list[Accepted]:
        with self._open() as connection:
            rows = connection.execute("SELECT content FROM accepted ORDER BY number").fetchall()
        return [_ACCEPTED.validate_json(row[0]) for row in rows]

    def convert(self, bought: Bought) -> None:
        """Write a conversion down; one that is there already stays as it is."""
        row = (bought.id, bought.at.isoformat(), bought.model_dump_json())
        with self._open() as connection:
            connection.execute("INSERT OR IGNORE INTO conversions (id, at, content) VALUES (?, ?, ?)", row)

    def unacknowledged(self) -> list[Bought]:
        query = "SELECT content FROM conversions WHERE NOT acknowledged ORDER BY at, id"
        with self._open() as connection:
            rows = connection.execute(query).fetchall()
        return [Bought.model_validate_json(row[0]) for row in rows]

    def acknowledged(self, own_id: str) -> bool:
        query = "SELECT 1 FROM conversions WHERE id = ? AND acknowledged"
        with self._open() as connection:
            return connection.execute(query, (own_id,)).fetchone() is not None

    def acknowledge(self, ids: Iterable[str]) -> None:
        with self._open() as connection:
            connection.executemany("UPDATE conversions SET acknowledged = 1 WHERE id = ?", [(each,) for each in ids])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on disk when it ends."""
        connection = sqlite3.connect(self._path, timeout=_PATIENCE)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                yield connection
        finally:
            connection.close()
