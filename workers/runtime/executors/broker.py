"""Effects on many processes: dramatiq over a broker, whose messages carry a ledger's key and nothing else.

Invariants: the ledger is the truth, so nothing durable is asked of the broker. A message that is lost, or that nobody
takes, is offered again after `resend`; one too many finds the row taken; an old one finds it settled. A broker that is
away neither ends nor holds up the loop: messages are sent by a thread of their own, which tries again and says so.
dramatiq never tries a message again: its retry middleware is left out. Nobody's queue grows without bound: no more is
sent than `MOST_WAITING`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final

import dramatiq
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit

from events.runtime import EffectKind
from workers.runtime.executors.brokers import BROKER_TROUBLE, Link
from workers.runtime.observing import Observer
from workers.runtime.store.rows import EffectRow

RESEND: Final = 15.0
"""Seconds after which an effect that is still due is offered to the broker again."""

MOST_WAITING: Final = 1000
"""Messages in one queue from which on no more are put into it."""

SHORTEST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 15.0
"""Seconds between two tries to reach a broker, doubling."""

_LOOK: Final = 5.0
"""Seconds between two looks at the queues."""
_IDLE_MILLISECONDS: Final = 200
_DRAIN_SECONDS: Final = 120.0
_CLOSE_SECONDS: Final = 12.0


class Class(StrEnum):
    """What has a queue of its own: posts never stand behind readings."""

    PUBLISH = "publish"
    READ = "read"


CLASSES: Final[Mapping[EffectKind, Class]] = {
    EffectKind.PUBLISH: Class.PUBLISH,
    EffectKind.READ_POST: Class.READ,
    EffectKind.READ_ACCOUNT: Class.READ,
}
_PRIORITIES: Final = {Class.PUBLISH: 0, Class.READ: 10}

_Token = tuple[int, datetime, datetime | None]


def guards(time_limit: timedelta) -> list[Middleware]:
    """All that dramatiq itself does about a message: the time limit, and an end that is announced."""
    return [TimeLimit(time_limit=time_limit.total_seconds() * 1000), ShutdownNotifications()]


@dataclass
class _Offers:
    """What was offered and not seen done. Safe under its owner's lock."""

    resend: float
    last: dict[str, tuple[_Token, float]] = field(default_factory=dict)
    queued: dict[str, EffectRow] = field(default_factory=dict)

    def take(self, due: Sequence[EffectRow]) -> bool:
        """Queue what is due anew, or was offered too long ago; forget what is due no more."""
        now = monotonic()
        self.last = {row.key: self.last[row.key] for row in due if row.key in self.last}
        for row in due:
            token, at = self.last.get(row.key, (None, 0.0))
            if token != _token(row) or now - at >= self.resend:
                self.queued[row.key] = row
        return bool(self.queued)

    def emptied(self) -> list[EffectRow]:
        rows, now = list(self.queued.values()), monotonic()
        self.queued.clear()
        self.last.update({row.key: (_token(row), now) for row in rows})
        return rows

    def forget(self, rows: Collection[EffectRow]) -> None:
        """They were not sent: the next offer counts."""
        for row in rows:
            self.last.pop(row.key, None)


class BrokerExecutor:
    """`Executor` over a broker. `threads` 0 only offers; `classes` are those that are performed here.

    `connect` makes the link, given dramatiq's middleware. `prefix` begins the queues' names.
    """

    def __init__(
        self,
        connect: Callable[[list[Middleware]], Link],
        *,
        threads: int,
        time_limit: timedelta,
        prefix: str = "mowj",
        classes: Collection[Class] = tuple(Class),
        resend: float = RESEND,
        observer: Observer | None = None,
    ) -> None:
        self._link = connect(guards(time_limit))
        self._threads, self._classes = threads, frozenset(classes)
        self._observer = observer or Observer()
        self._queues = {each: f"{prefix}.{each.value}" for each in Class}
        self._actors: dict[Class, dramatiq.Actor[Any, Any]] = {}
        self._offers = _Offers(resend)
        self._changed = Condition()
        self._open = False
        self._under_way: set[str] = set()
        self._failure: BaseException | None = None
        self._trouble: str | None = None
        self._sender: Thread | None = None
        self._worker: dramatiq.Worker | None = None
        self._logs = _DramatiqLogs(self._lost)

    def start(self, perform: Callable[[str], None]) -> None:
        def perform_effect(key: str) -> None:
            if not self._begin(key):
                return
            done = False
            try:
                perform(key)
                done = True
            except MemoryError as error:
                self._failure = error
            except Exception as error:  # its row is still due, and will be offered again
                logging.getLogger(__name__).debug("performing %s failed", key, exc_info=error)
            finally:
                self._end(key, done=done)

        self._logs.attach()
        self._open = True
        broker = self._link.broker
        for each, queue in self._queues.items():
            declare = dramatiq.actor(
                broker=broker, queue_name=queue, actor_name=f"mowj.{each.value}", priority=_PRIORITIES[each]
            )
            self._actors[each] = declare(perform_effect)
        self._sender = Thread(target=self._send_on, name="effects' sender", daemon=True)
        self._sender.start()
        if self._threads:
            mine = {self._queues[each] for each in self._classes}
            self._worker = dramatiq.Worker(
                broker, queues=mine, worker_timeout=_IDLE_MILLISECONDS, worker_threads=self._threads
            )
            # dramatiq's own command line says this, and the time limit's clock waits for it.
            broker.emit_after("process_boot")
            self._worker.start()

    def offer(self, due: Sequence[EffectRow]) -> bool:
        """Hand over what is due to the sender; never waits. Raises what no trying again can mend."""
        if self._failure is not None:
            raise self._failure
        if self._open:
            with self._changed:
                if self._offers.take(due):
                    self._changed.notify_all()
        return False

    def trouble(self) -> str | None:
        """Why the broker cannot be used now, if so."""
        return self._trouble

    def stop(self) -> None:
        with self._changed:
            was_open, self._open = self._open, False
            self._changed.notify_all()
            if was_open and not self._changed.wait_for(lambda: not self._under_way, _DRAIN_SECONDS):
                self._observer.troubled("executor", f"still under way: {', '.join(sorted(self._under_way))}")
        if not was_open:
            return
        # Each connection to a broker that does not answer takes its time to close: nobody waits for them all.
        closing = Thread(target=self._close, name="closing the broker", daemon=True)
        closing.start()
        closing.join(_CLOSE_SECONDS)

    def _close(self) -> None:
        if self._sender is not None:
            self._sender.join()
        if self._worker is not None:
            self._worker.stop(timeout=int(_CLOSE_SECONDS * 1000))
        self._link.close()
        self._logs.detach()

    # -- performing --

    def _begin(self, key: str) -> bool:
        """Whether to go on with a message: not while the end is awaited, and not beside the same key."""
        with self._changed:
            if not self._open or key in self._under_way:
                return False
            self._under_way.add(key)
            return True

    def _end(self, key: str, *, done: bool) -> None:
        """What was done may be due anew at once; what failed would fail at once again."""
        with self._changed:
            self._under_way.discard(key)
            if done:
                self._offers.last.pop(key, None)
            self._changed.notify_all()

    # -- sending, on a thread of its own --

    def _send_on(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._offers.queued or not self._open, _LOOK)
                if not self._open:
                    return
                rows = self._offers.emptied()
            try:
                self._send(rows)
            except BROKER_TROUBLE as error:
                self._lost(f"{type(error).__name__}: {error}")
                with self._changed:
                    self._offers.forget(rows)
                    self._changed.wait_for(lambda: not self._open, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001 - raised on the loop's thread, which it ends
                self._failure = error
                return
            else:
                self._trouble, pause = None, SHORTEST_PAUSE
                self._observer.connected("broker", up=True)

    def _send(self, rows: Sequence[EffectRow]) -> None:
        """Put the keys into their queues as far as there is room; what is left over counts as not offered."""
        for each, queue in self._queues.items():
            waiting = self._link.waiting(queue)
            self._observer.queued(each.value, waiting)
            mine = [row for row in rows if CLASSES[row.kind] is each]
            room = max(MOST_WAITING - waiting, 0)
            for row in mine[:room]:
                self._actors[each].send(row.key)
            with self._changed:
                self._offers.forget(mine[room:])

    def _lost(self, detail: str) -> None:
        """Say once that the broker is away; it is tried again all the time."""
        if self.trouble() is None and self._open:
            self._trouble = f"the broker cannot be used: {detail}"
            self._observer.connected("broker", up=False)
            self._observer.troubled("broker", detail)


class _DramatiqLogs(logging.Handler):
    """dramatiq says on its own loggers alone that a consumer lost its broker; pika's words repeat it at length."""

    def __init__(self, lost: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._lost = lost
        self._loggers = [logging.getLogger(name) for name in ("dramatiq", "pika")]

    def attach(self) -> None:
        for logger in self._loggers:
            logger.addHandler(self)
            logger.propagate = False

    def detach(self) -> None:
        for logger in self._loggers:
            logger.removeHandler(self)
            logger.propagate = not logger.handlers

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("dramatiq"):
            self._lost(record.getMessage())


def _token(row: EffectRow) -> _Token:
    """Another whenever the row became due anew."""
    return row.attempts, row.due, row.until
