"""A duty that one process of an installation has at a time, such as relaying: held by a session of the database.

Invariants: the lock belongs to the connection on which the duty's own writes are made, so that whoever has lost it
cannot write any more; it ends with the connection, and so with the process. A holder that does nothing while there is
work (it is frozen, or cut off) has its session ended by somebody who waits; that is always safe, since what a duty does
twice changes nothing.
"""

from __future__ import annotations

import hashlib
from time import monotonic
from typing import Any, Final, LiteralString

from psycopg import Connection

SILENCE: Final = 15.0
"""Seconds without a beat after which the holder's session is ended."""
BEAT: Final = 2.0

_TAKE: Final = "SELECT pg_try_advisory_lock(%s)"
_END_HOLDER: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = %s AND objsubid = 1"
)
_BEAT: Final = "INSERT INTO duties VALUES (%s, now()) ON CONFLICT (name) DO UPDATE SET beat = now()"
_SILENT: Final = "SELECT extract(epoch FROM now() - beat) FROM duties WHERE name = %s"
_SCHEMA: Final = "SELECT current_schema()"


class Duty:
    """One duty's lock on one connection, which is in autocommit mode."""

    def __init__(self, connection: Connection[Any], name: str) -> None:
        self._connection = connection
        self._name = name
        self._held = False
        self._beaten = 0.0
        found = connection.execute(_SCHEMA).fetchone()
        digest = hashlib.sha256(f"{found and found[0]}\0{name}".encode()).digest()
        # Positive, so that its halves in pg_locks put together give it back.
        self._key = int.from_bytes(digest[:8], "big") >> 1

    def mine(self) -> bool:
        """Whether the duty is this connection's, taking it if it is free; it stays so as long as the connection."""
        if not self._held:
            self._held = self._one(_TAKE, self._key) is True
            if self._held:
                self.beat()
            else:
                self._end_silent_holder()
        return self._held

    def beat(self) -> None:
        """Show that the duty is being done."""
        if monotonic() - self._beaten > BEAT:
            self._connection.execute(_BEAT, (self._name,))
            self._beaten = monotonic()

    def _end_silent_holder(self) -> None:
        silent = self._one(_SILENT, self._name)
        if silent is not None and silent > SILENCE:
            self._connection.execute(_END_HOLDER, (self._key,))

    def _one(self, statement: LiteralString, value: object) -> Any:
        found = self._connection.execute(statement, (value,)).fetchone()
        return None if found is None else found[0]
