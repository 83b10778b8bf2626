"""A worker's knowledge of a campaign, built anew from the log: `evolve` only, nothing is decided again.

Invariants: the fold is a pure function of the campaign's records, and equals the state that deciding live left behind.
A worker's own emits are folded in at their cause, not at their place. What was set aside is skipped, and read where it
was replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, TypeVar

from events.envelope import Event, emit_id, type_name
from events.log.protocol import Record
from events.runtime import EventSetAside, StateMigrated
from workers.decision import State, Worker
from workers.runtime.deciding import delivery_of, own_delivery, sealed
from workers.runtime.reading import heard_names, is_for
from workers.runtime.shell import Shell, runtime_source
from workers.runtime.store.protocol import Transaction, View
from workers.runtime.store.rows import StateRow

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
"""*Now* of a worker that has read nothing."""


T = TypeVar("T")
_PATIENCE: Final = 120.0
_LOOK: Final = 0.2
"""Machine seconds: until a rebuild gives up, and between two looks at what is archived."""


class RecordBehind(Exception):
    """The log of record does not have everything yet that a rebuild must fold."""


@dataclass(frozen=True, slots=True)
class Past:
    """One delivery of a campaign's past: the event, *now* as it was, and what the worker emitted because of it."""

    event: Event
    now: datetime
    emits: tuple[Event, ...]


def past_of(worker: Worker[Any], events: Sequence[Event]) -> Iterator[Past]:
    """What the worker was delivered of one campaign's events, in order, without what was set aside."""
    hears = heard_names(worker)
    caused: dict[str, list[Event]] = {}
    skipped: set[str] = set()
    for event in events:
        if event.source == worker.source and event.causationid is not None:
            caused.setdefault(event.causationid, []).append(event)
        elif isinstance(event.data, EventSetAside) and event.data.worker == worker.name:
            skipped.add(event.causationid or "")
    now = BEGINNING
    for event in events:
        if is_for(worker, hears, event) and event.id not in skipped:
            now = max(now, event.recordedtime)
            yield Past(event, now, tuple(caused.get(event.id, ())))


def step(worker: Worker[Any], state: State, past: Past) -> State:
    """The state after one delivery of the past, with what it led to folded in."""
    known: State = worker.evolve(state, delivery_of(worker.name, past.event, past.now))
    for emit in past.emits:
        known = worker.evolve(known, own_delivery(worker.name, emit))
    return known


def fold(worker: Worker[Any], events: Sequence[Event]) -> tuple[State, datetime]:
    """The worker's state and *now* after these events of one campaign."""
    state: State = worker.state()
    now = BEGINNING
    for past in past_of(worker, events):
        state, now = step(worker, state, past), past.now
    return state, now


def read_part(worker: Worker[Any], records: Sequence[Record], read_to: int) -> list[Event]:
    """The events that bear on a worker who has read to an offset: those up to there, and all that it caused itself."""
    sources = (worker.source, runtime_source(worker.name))
    return [
        record.event
        for record in records
        if record.offset <= read_to or (record.event.source in sources and record.event.recipient is None)
    ]


def when_archived(shell: Shell, act: Callable[[], T]) -> T:
    """Do it once the log of record is not behind. Raises RecordBehind where that takes too long."""
    end = monotonic() + _PATIENCE
    while True:
        seen = shell.store.wait(-1, 0)
        try:
            return act()
        except RecordBehind:
            if monotonic() > end:
                raise
            shell.store.wait(seen, _LOOK)


def rebuilt(view: View, shell: Shell, worker: Worker[Any], campaign: str) -> StateRow:
    """The state row that the log says the worker has, as far as it has read."""
    read_to = view.position(worker.name, shell.partition(campaign)).offset
    state, now = fold(worker, read_part(worker, view.log.campaign(campaign), read_to))
    return StateRow(worker.name, campaign, worker.state_version, now, state)


def migrate(tx: Transaction, shell: Shell, worker: Worker[Any], campaign: str, reason: str) -> tuple[StateRow, Record]:
    """Replace the state, drop the worker's timers and say StateMigrated, which makes it set them anew.

    Raises RecordBehind where the log of record does not yet have all that the worker has read and said.
    """
    partition = shell.partition(campaign)
    sources = (worker.source, runtime_source(worker.name))
    if tx.log.behind(partition, sources, tx.position(worker.name, partition).offset):
        raise RecordBehind(f"what {worker.name} has read and said in partition {partition} is not archived yet")
    return replace_state(tx, shell, worker, campaign, reason)


def replace_state(
    tx: Transaction, shell: Shell, worker: Worker[Any], campaign: str, reason: str
) -> tuple[StateRow, Record]:
    """As `migrate`, by everything that the view's log has, archived or not."""
    partition = shell.partition(campaign)
    row = rebuilt(tx, shell, worker, campaign)
    tx.put_state(row, worker.rows)
    for timer in tx.timers_of(worker.name, campaign):
        tx.drop_timer(timer.worker, timer.campaign, timer.name)
    records = tx.log.campaign(campaign)
    cause = records[-1].event
    source = runtime_source(worker.name)
    fact = StateMigrated(
        worker=worker.name,
        state_version=worker.state_version,
        up_to=tx.position(worker.name, partition).offset,
        reason=reason,
    )
    event = Event(
        id=emit_id(source, f"{cause.id}\0migrated\0{worker.state_version}", 0),
        source=source,
        type=type_name(StateMigrated),
        subject=campaign,
        tenant=cause.tenant,
        time=shell.now(),
        recordedtime=shell.now(),
        data=fact,
        correlationid=cause.correlationid,
        recipient=worker.name,
    )
    return row, shell.append(tx, sealed(event))
