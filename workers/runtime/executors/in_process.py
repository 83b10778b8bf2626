"""Effects on dramatiq's threads, in this process: its in-memory broker, since the ledger is the truth.

Invariants: a message is a ledger key and nothing else; dramatiq never retries it: its retry middleware is left
out. A lost message is offered again after `RESEND`; a second one finds the row taken. The time limit is beyond
the lease, so a call that is interrupted has been given up already. Errors that no trying again can mend are raised on
the loop's thread, by the next offer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Any, Final

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from workers.runtime.store.rows import EffectRow

RESEND: Final = 5.0
"""Seconds after which a key that is still due is offered to the broker again."""

_QUEUE: Final = "effects"
_IDLE_MILLISECONDS: Final = 100
_STOP_MILLISECONDS: Final = 120_000


class DramatiqExecutor:
    """`Executor` over `threads` worker threads of a broker of its own. `fatal` are errors that end the run."""

    def __init__(
        self, threads: int, time_limit: timedelta, fatal: tuple[type[Exception], ...] = (sqlite3.Error, MemoryError)
    ) -> None:
        self._threads = threads
        self._fatal = fatal
        self._failure: Exception | None = None
        self._time_limit = int(time_limit.total_seconds() * 1000)
        self._broker = StubBroker(middleware=[TimeLimit(time_limit=self._time_limit), ShutdownNotifications()])
        self._worker: dramatiq.Worker | None = None
        self._actor: dramatiq.Actor[Any, Any] | None = None
        self._offered: dict[str, float] = {}
        self._lock = Lock()

    def start(self, perform: Callable[[str], None]) -> None:
        def perform_effect(key: str) -> None:
            try:
                perform(key)
            except self._fatal as error:
                self._failure = error
            finally:
                with self._lock:
                    self._offered.pop(key, None)

        self._actor = dramatiq.actor(broker=self._broker, queue_name=_QUEUE)(perform_effect)
        self._worker = dramatiq.Worker(self._broker, worker_timeout=_IDLE_MILLISECONDS, worker_threads=self._threads)
        # dramatiq's own command line says this, and the time limit's clock waits for it.
        self._broker.emit_after("process_boot")
        self._worker.start()

    def offer(self, due: Sequence[EffectRow]) -> bool:
        """Enqueue what is not under way; nothing is performed before returning. Raises what ended a performance."""
        if self._failure is not None:
            raise self._failure
        if self._actor is None:
            return False
        now = monotonic()
        with self._lock:
            fresh = [row.key for row in due if now - self._offered.get(row.key, -RESEND) >= RESEND]
            self._offered.update(dict.fromkeys(fresh, now))
        for key in fresh:
            self._actor.send(key)
        # A message that failed is not kept: its row is still due, and is offered again.
        self._broker.dead_letters_by_queue[_QUEUE].clear()
        return False

    def trouble(self) -> str | None:
        return None

    def stop(self) -> None:
        self._actor = None
        if self._worker is not None:
            self._worker.stop(timeout=_STOP_MILLISECONDS)
            self._worker = None
        self._broker.close()
