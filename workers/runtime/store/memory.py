"""The store in memory, for simulation and tests: dictionaries, and a journal that undoes a failed transaction.

Invariants: the same atomicity as a database, including for a crash raised inside a transaction; a lock serializes all
use. What survives a simulated crash of the runtime is exactly this object.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Condition, RLock
from typing import Any, TypeVar

from events.envelope import PARTITIONS, Event
from events.log.protocol import DuplicateId, Record
from workers.decision import State
from workers.runtime.store.memory_dropping import DropsInMemory
from workers.runtime.store.memory_tables import Tables
from workers.runtime.store.rows import (
    EARLIEST,
    CampaignRow,
    Claim,
    EffectRow,
    Gate,
    Halt,
    Hold,
    Position,
    StateRow,
    TimerRow,
)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_START = Position()
_ABSENT: Any = object()


class MemoryTransaction(DropsInMemory):
    """Writes go to the tables at once and to the journal of their undoing."""

    def __init__(self, tables: Tables, timer_heap: list[tuple[datetime, str, str, str]]) -> None:
        self._tables = tables
        self._timer_heap = timer_heap
        self._journal: list[Callable[[], object]] = []
        self.log = tables.log

    def begin(self) -> None:
        self._journal.clear()

    def roll_back(self) -> None:
        for undo in reversed(self._journal):
            undo()
        self._journal.clear()

    @property
    def wrote(self) -> bool:
        return bool(self._journal)

    def _put(self, table: dict[Key, Value], key: Key, value: Value) -> None:
        before = table.get(key, _ABSENT)
        table[key] = value
        if before is _ABSENT:
            self._journal.append(lambda: table.pop(key))
        else:
            self._journal.append(lambda: table.__setitem__(key, before))

    def _drop(self, table: dict[Key, Value], key: Key) -> None:
        if key in table:
            before = table.pop(key)
            self._journal.append(lambda: table.__setitem__(key, before))

    def epoch(self) -> int:
        return self._tables.epoch["epoch"]

    def put_epoch(self, epoch: int) -> None:
        self._put(self._tables.epoch, "epoch", epoch)

    def claim(self, worker: str, partition: int) -> Claim | None:
        return self._tables.claims.get((worker, partition))

    def put_claim(self, worker: str, partition: int, claim: Claim) -> None:
        self._put(self._tables.claims, (worker, partition), claim)

    def position(self, worker: str, partition: int) -> Position:
        return self._tables.positions.get((worker, partition), _START)

    def put_position(self, worker: str, partition: int, position: Position) -> None:
        self._put(self._tables.positions, (worker, partition), position)

    def positions(self) -> Mapping[tuple[str, int], Position]:
        return dict(self._tables.positions)

    def lanes(self) -> Mapping[tuple[str, int], int]:
        return dict(self._tables.lanes)

    def sequences(self) -> Mapping[tuple[str, str], int]:
        return dict(self._tables.sequences)

    def states(self) -> Sequence[tuple[str, str]]:
        return sorted(self._tables.states)

    def expect_states(self, worker: str, campaigns: object) -> None:
        """Everything is at hand."""

    def state_version(self, worker: str, campaign: str) -> int | None:
        row = self._tables.states.get((worker, campaign))
        return row.version if row is not None else None

    def state(self, worker: str, campaign: str, model: type[State]) -> StateRow | None:
        row = self._tables.states.get((worker, campaign))
        if row is not None and not isinstance(row.state, model):
            raise TypeError(f"the state of {worker} is a {type(row.state).__name__}, not a {model.__name__}")
        return row

    def put_state(self, row: StateRow, rows: frozenset[str] = frozenset(), earlier: StateRow | None = None) -> None:
        del rows, earlier
        self._put(self._tables.states, (row.worker, row.campaign), row)

    def expect(self, partition: int, states: object, events: object, effects: object = ()) -> None:
        """Everything is at hand."""

    def append(self, partition: int, event: Event) -> Record:
        lane, sequence = (event.writer, partition), (event.subject, event.source)
        number, place = self._tables.lanes.get(lane, 0) + 1, self._tables.sequences.get(sequence, 0) + 1
        record = self.log.append(partition, event.placed(number, place))
        self._journal.append(lambda: self.log.forget_last(record))
        self._put(self._tables.lanes, lane, number)
        self._put(self._tables.sequences, sequence, place)
        return record

    def timers(self) -> Sequence[TimerRow]:
        return sorted(self._tables.timers.values(), key=_timer_order)

    def timers_of(self, worker: str, campaign: str) -> Sequence[TimerRow]:
        return [row for row in self.timers() if (row.worker, row.campaign) == (worker, campaign)]

    def due_timers(self, now: datetime, places: Collection[tuple[str, int]], limit: int) -> Sequence[TimerRow]:
        soonest = self._soonest()
        if soonest is None or soonest > now:
            return ()
        due = [row for row in self._tables.timers.values() if row.due <= now and (row.worker, row.partition) in places]
        return sorted(due, key=_timer_order)[:limit]

    def next_timer(self, workers: Collection[str]) -> datetime | None:
        soonest = self._soonest()
        if soonest is None or self._timer_heap[0][2] in workers:
            return soonest
        return min((row.due for row in self._tables.timers.values() if row.worker in workers), default=None)

    def _soonest(self) -> datetime | None:
        """The first entry of the heap that is still true; entries of replaced timers are thrown away here."""
        heap, timers = self._timer_heap, self._tables.timers
        while heap:
            due, campaign, worker, name = heap[0]
            row = timers.get((worker, campaign, name))
            if row is not None and row.due == due:
                return due
            heapq.heappop(heap)
        return None

    def put_timer(self, row: TimerRow) -> None:
        key = (row.worker, row.campaign, row.name)
        self._remember(key)
        self._tables.timers[key] = row
        heapq.heappush(self._timer_heap, _timer_order(row))

    def drop_timer(self, worker: str, campaign: str, name: str) -> None:
        key = (worker, campaign, name)
        self._remember(key)
        self._tables.timers.pop(key, None)

    def _remember(self, key: tuple[str, str, str]) -> None:
        before = self._tables.timers.get(key)

        def undo() -> None:
            if before is None:
                self._tables.timers.pop(key, None)
            else:
                self._tables.timers[key] = before
                heapq.heappush(self._timer_heap, _timer_order(before))

        self._journal.append(undo)

    def effect(self, key: str) -> EffectRow | None:
        return self._tables.effects.get(key)

    def effects(self) -> Sequence[EffectRow]:
        return [self._tables.effects[key] for key in sorted(self._tables.effects)]

    def open_effects(self) -> Sequence[EffectRow]:
        return [self._tables.open[key] for key in sorted(self._tables.open)]

    def waking_effects(self, workers: Collection[str], now: datetime, machine: datetime) -> Sequence[EffectRow]:
        return [
            row
            for row in self._tables.open.values()
            if row.worker in workers
            and (((start := row.starts) and start <= now) or ((again := row.resumes) and again <= machine))
        ]

    def next_waking(
        self, workers: Collection[str], now: datetime, machine: datetime
    ) -> tuple[datetime | None, datetime | None]:
        rows = [row for row in self._tables.open.values() if row.worker in workers]
        return (
            min((start for row in rows if (start := row.starts) and start > now), default=None),
            min((again for row in rows if (again := row.resumes) and again > machine), default=None),
        )

    def untold_effects(self, places: Collection[tuple[str, int]], limit: int) -> Sequence[EffectRow]:
        rows = [row for row in self._tables.open.values() if row.untold and (row.worker, row.partition) in places]
        return sorted(rows, key=lambda row: (row.untold or EARLIEST, row.key))[:limit]

    def put_effect(self, row: EffectRow) -> None:
        self._put(self._tables.effects, row.key, row)
        if row.is_open:
            self._put(self._tables.open, row.key, row)
        else:
            self._drop(self._tables.open, row.key)
        posts = self._tables.posts.setdefault(row.account, {})
        if row.perhaps_out:
            self._put(posts, row.key, row)
        else:
            self._drop(posts, row.key)

    def posts_since(self, account: str, since: datetime) -> Sequence[EffectRow]:
        return self._posts(account, lambda row: row.sent is not None and row.sent > since)

    def posts_showing(self, account: str, shows: str) -> Sequence[EffectRow]:
        return self._posts(account, lambda row: row.shows == shows)

    def posts_known_as(self, account: str, reference: str) -> Sequence[EffectRow]:
        return sorted(self._posts(account, lambda row: row.reference == reference), key=lambda row: row.key)

    def _posts(self, account: str, which: Callable[[EffectRow], bool]) -> list[EffectRow]:
        posts = self._tables.posts.get(account, {}).values()
        return sorted(filter(which, posts), key=lambda row: (row.sent or row.due, row.key))

    def campaign(self, campaign: str) -> CampaignRow | None:
        return self._tables.campaigns.get(campaign)

    def campaigns(self) -> Sequence[CampaignRow]:
        return [self._tables.campaigns[campaign] for campaign in sorted(self._tables.campaigns)]

    def campaigns_on(self, account: str) -> Sequence[CampaignRow]:
        return [row for row in self.campaigns() if row.live and any(use.account == account for use in row.accounts)]

    def put_campaign(self, row: CampaignRow) -> None:
        self._put(self._tables.campaigns, row.campaign, row)

    def kept(self, account: str) -> Sequence[Event]:
        return self._tables.kept.get(account, ())

    def last_kept(self, account: str, name: str) -> Event | None:
        return self._tables.kept_last.get((account, name))

    def kept_fact(self, event_id: str) -> Event | None:
        return self._tables.kept_ids.get(event_id)

    def keep(self, account: str, event: Event) -> None:
        if event.id in self._tables.kept_ids:
            raise DuplicateId(event.id)
        self._put(self._tables.kept, account, (*self.kept(account), event))
        self._put(self._tables.kept_ids, event.id, event)
        self._put(self._tables.kept_last, (account, event.name), event)

    def holds(self) -> frozenset[Hold]:
        return frozenset(self._tables.holds)

    def holds_on(self, subjects: Collection[str]) -> frozenset[Hold]:
        return frozenset(hold for hold in self._tables.holds if hold.subject in subjects)

    def put_hold(self, hold: Hold) -> None:
        self._put(self._tables.holds, hold, None)

    def drop_hold(self, hold: Hold) -> None:
        self._drop(self._tables.holds, hold)

    def halts(self) -> Sequence[Halt]:
        return [self._tables.halts[key] for key in sorted(self._tables.halts)]

    def put_halt(self, halt: Halt) -> None:
        self._put(self._tables.halts, (halt.worker, halt.partition), halt)

    def drop_halt(self, worker: str, partition: int) -> None:
        self._drop(self._tables.halts, (worker, partition))

    def gate(self, account: str) -> Gate:
        return self._tables.gates.get(account) or Gate(account)

    def gates(self) -> Sequence[Gate]:
        return [self._tables.gates[account] for account in sorted(self._tables.gates)]

    def put_gate(self, gate: Gate) -> None:
        self._put(self._tables.gates, gate.account, gate)


def _timer_order(row: TimerRow) -> tuple[datetime, str, str, str]:
    return row.due, row.campaign, row.worker, row.name


class _Writing:
    """The block of a transaction. A class, and one for all: it is entered tens of thousands of times a second."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __enter__(self) -> MemoryTransaction:
        self._store.lock.acquire()
        if self._store.open:
            self._store.lock.release()
            raise RuntimeError("transactions do not nest")
        self._store.open = True
        self._store.tables.begin()
        return self._store.tables

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        store = self._store
        if error is not None:
            store.tables.roll_back()
        elif store.tables.wrote:
            store.committed()
        store.open = False
        store.lock.release()


class _Reading:
    """The block of a view."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __enter__(self) -> MemoryTransaction:
        self._store.lock.acquire()
        if self._store.open:
            self._store.lock.release()
            raise RuntimeError("a view does not nest in a transaction")
        return self._store.tables

    def __exit__(self, *_: object) -> None:
        self._store.lock.release()


class MemoryStore:
    """`Store` in one process; `partitions` is fixed when it is made."""

    def __init__(self, partitions: int = PARTITIONS) -> None:
        self.partitions = partitions
        self.lock = RLock()
        self.open = False
        self.tables = MemoryTransaction(Tables(), [])
        self._changed = Condition(self.lock)
        self._version = 0
        self._writing = _Writing(self)
        self._reading = _Reading(self)

    def transaction(self, *, beside: bool = False) -> AbstractContextManager[MemoryTransaction]:  # noqa: ARG002
        return self._writing

    def view(self) -> AbstractContextManager[MemoryTransaction]:
        return self._reading

    def committed(self) -> None:
        """Something has changed: wake whoever waits for it."""
        self._version += 1
        self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen, max(seconds, 0))
            return self._version

    def close(self) -> None:
        """Nothing to let go of."""
