"""Hearing of other processes' commits: one connection that listens, on a thread of its own.

Invariants: it begins with the first wait. While nobody can be listened to, whoever waits looks for themselves every
`POLL` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

POLL: Final = 0.25
_LOOK: Final = 0.5
"""Seconds after which the thread sees that it is to end."""
_AGAIN: Final = 1.0
"""Seconds until a lost connection is tried again."""


class Listener:
    """Counts commits: this process's as it is told, the others' as it hears of them. `mine` are its own sessions."""

    def __init__(self, connect: Callable[[], Connection[Any]], mine: Collection[int]) -> None:
        self._connect = connect
        self._mine = mine
        self._changed = Condition()
        self._version = 0
        self._hears = self._missed = False
        self._ended = Event()
        self._thread: Thread | None = None

    def committed(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Wait for a commit after version `seen`, or until the time is over; returns the version now."""
        end = monotonic() + seconds
        with self._changed:
            self._begin()
            while self._version == seen and (left := end - monotonic()) > 0 and not self._missed:
                if not self._changed.wait(left if self._hears else min(left, POLL)) and not self._hears:
                    self._version += 1
            if self._missed and seconds > 0:
                self._missed = False
                self._version += 1
            return self._version

    def _begin(self) -> None:
        if self._thread is None and not self._ended.is_set():
            self._thread = Thread(target=self._listen, name="listening to PostgreSQL", daemon=True)
            self._thread.start()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    self._set_hearing(hears=True)
                    self._hear(connection)
            except psycopg.Error:
                # Whoever works on the store meets the same, and tells of it.
                self._set_hearing(hears=False)
                self._ended.wait(_AGAIN)

    def _hear(self, connection: Connection[Any]) -> None:
        while not self._ended.is_set():
            for notice in connection.notifies(timeout=_LOOK):
                if notice.pid not in self._mine:
                    self.committed()

    def _set_hearing(self, *, hears: bool) -> None:
        """What was committed while nobody listened is looked for by the next who waits."""
        with self._changed:
            self._hears, self._missed = hears, True
            self._changed.notify_all()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK)
