"""One worker reading one partition: its place, the lanes it has seen, and the records that wait for a decision.

Invariants: a record is skipped only where its number in its lane is old, or where it is not for this worker. A gap, or
another id under a number already seen, is trouble: nothing behind it is read. What is waiting is a function of the
stored position and the log alone, so that a restart forms the same batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from events.log.protocol import Log, Record, Unread
from events.log.straightening import LaneTrouble, follow
from workers.decision import Worker
from workers.runtime.store.rows import Claim, Position

BATCH: Final = 256
"""The most records that are decided on in one transaction."""

_PAGE: Final = 512


class Addressed(Protocol):
    """What of an event, or of its head alone, says for whom it is."""

    @property
    def source(self) -> str: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def name(self) -> str: ...


def is_for(worker: Worker[Any], hears: frozenset[str], event: Addressed) -> bool:
    """Whether the event is delivered: addressed to the worker, or to nobody in particular and one that it hears."""
    if event.source == worker.source:
        return False
    if event.recipient is not None:
        return event.recipient == worker.name
    return event.name in hears


def heard_names(worker: Worker[Any]) -> frozenset[str]:
    return frozenset(fact.__name__ for fact in worker.hears)


@dataclass(slots=True)
class Reader:
    """A worker's claim on a partition, and how far it has read. `rank` is the worker's place in the roster."""

    worker: Worker[Any]
    rank: int
    partition: int
    claim: Claim
    stored: Position
    waiting: list[Record] = field(default_factory=list)
    trouble: str | None = None
    read_to: int = field(init=False)
    _lanes: dict[str, tuple[int, str]] = field(init=False)
    hears: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.read_to = self.stored.offset
        self._lanes = dict(self.stored.lanes)
        self.hears = heard_names(self.worker)

    def read(self, log: Log) -> None:
        """Read on until a whole batch waits, the log ends, or there is trouble."""
        while self.trouble is None and len(self.waiting) < BATCH:
            records = log.read(self.partition, self.read_to, _PAGE)
            for record in records:
                if not self._take(record) or len(self.waiting) >= BATCH:
                    break
            if len(records) < _PAGE:
                break

    def _take(self, record: Record) -> bool:
        event = record.event
        wanted = is_for(self.worker, self.hears, event)
        if wanted and isinstance(event.data, Unread) and event.data.newer:
            self.trouble = f"event {event.id}: {event.data.error}"
            return False
        try:
            fresh = follow(self._lanes, event.writer, event.lane, event.id)
        except LaneTrouble as trouble:
            self.trouble = str(trouble)
            return False
        self.read_to = record.offset
        if fresh and wanted:
            self.waiting.append(record)
        return True

    def position(self) -> Position:
        """Where the reader will stand once everything that waits is decided."""
        return Position(self.read_to, dict(self._lanes))

    def committed(self, position: Position) -> None:
        self.stored = position
        self.waiting.clear()

    @property
    def order(self) -> tuple[int, int, int]:
        """What is decided first: the smallest offset, then the partition, then the roster's order."""
        return self.waiting[0].offset, self.partition, self.rank
