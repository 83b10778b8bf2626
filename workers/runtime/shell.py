"""What every part of the runtime is given: store, clock, identity, patience, an observer, and a place to fail in tests.

Invariants: the runtime's transactions that write are opened here, so that each has a fault point before and after its
commit. Without a fault point nothing is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from events.envelope import PARTITIONS, RESERVED_PREFIX, Event, partition_of
from events.log.protocol import Record
from workers.runtime.clock import Clock
from workers.runtime.observing import Observer
from workers.runtime.store.protocol import Store, Transaction

FaultPoint = Callable[[str], None]
"""Called with the name of a moment, such as `before batch commit`; raises to crash there."""

RUNTIME: Final = f"{RESERVED_PREFIX}runtime/"
ACCOUNTS: Final = f"{RUNTIME}accounts"
"""The source of what the runtime itself says about accounts."""


class SimulatedCrash(BaseException):
    """The process dies here, in a test: not an Exception, so that nothing that handles errors handles it."""


def runtime_source(worker: str) -> str:
    """The source of what the shell says on behalf of one worker."""
    return f"{RUNTIME}{worker}"


@dataclass(frozen=True, slots=True)
class Patience:
    """Machine times that must stand in this order: retry window + HTTP deadline < lease < time limit.

    `retry_window` is for quick tries again within one taking of an effect. `claim` is how long a member may be silent
    before another takes its partitions. `ask_for`: how long after a doubtful call the network is asked for its post,
    when asking itself keeps failing.
    """

    http_deadline: timedelta = timedelta(seconds=30)
    retry_window: timedelta = timedelta(seconds=7)
    lease: timedelta = timedelta(seconds=60)
    time_limit: timedelta = timedelta(seconds=90)
    claim: timedelta = timedelta(seconds=30)
    ask_for: timedelta = timedelta(hours=24)
    backoff_first: timedelta = timedelta(seconds=30)
    backoff_most: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.http_deadline <= self.call_deadline < self.lease < self.time_limit:
            raise ValueError("patience: retry window + HTTP deadline < lease < time limit must hold")
        if not timedelta(0) < self.backoff_first <= self.backoff_most:
            raise ValueError("patience: the first backoff must be positive and at most the longest one")

    @property
    def call_deadline(self) -> timedelta:
        """From the taking of an effect until its last call has certainly ended."""
        return self.retry_window + self.http_deadline


@dataclass(frozen=True, slots=True)
class Shell:
    """The runtime's surroundings. `member` names this process among those that share the store."""

    store: Store
    clock: Clock
    decidedby: str
    member: str = "mowj"
    partitions: int = PARTITIONS
    patience: Patience = field(default_factory=Patience)
    observer: Observer = field(default_factory=Observer)
    fault: FaultPoint | None = None

    def transaction(self, name: str, *, beside: bool = False) -> AbstractContextManager[Transaction]:
        """A transaction with a fault point on either side of its commit; `beside` as in Store."""
        return self.store.transaction(beside=beside) if self.fault is None else self._faulty(name, beside=beside)

    @contextmanager
    def _faulty(self, name: str, *, beside: bool) -> Iterator[Transaction]:
        with self.store.transaction(beside=beside) as tx:
            yield tx
            self.reach(f"before {name} commit")
        self.reach(f"after {name} commit")

    def append(self, tx: Transaction, event: Event) -> Record:
        """Put a sealed event on its campaign's partition, with a fault point on either side."""
        self.reach("before append")
        record = tx.append(self.partition(event.subject), event)
        self.reach("after append")
        return record

    def reach(self, moment: str) -> None:
        if self.fault is not None:
            self.fault(moment)

    def partition(self, campaign: str) -> int:
        return partition_of(campaign, self.partitions)

    def now(self) -> datetime:
        return self.clock.now()
