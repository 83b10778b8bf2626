"""What an operator may do to a Mowj, running or not, beyond speaking to it: look, resolve, cancel, rebuild, replay.

Invariants: each is one transaction, allowed from any process on the store. Nothing here decides for a worker: a
replay is an event that the worker reads, a resolution an answer that it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from events.catalogue import UnreadableEvent
from events.envelope import Event, emit_id, to_json
from events.log.protocol import Dropped, Mislabeled, Record
from events.runtime import EventReplayed, EventSetAside
from workers.decision import Worker
from workers.runtime.audit import AuditReport, Finding, audit_integrity, decided_again
from workers.runtime.batch import runtime_event
from workers.runtime.commit import fence
from workers.runtime.consistency import audit_store
from workers.runtime.ledger import cancel_planned, resolve
from workers.runtime.missing import missing_promises
from workers.runtime.rebuilding import migrate, when_archived
from workers.runtime.shell import Shell, runtime_source
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import EffectRow, Halt, Position, TimerRow

_PAGE: Final = 1000


class NotThere(LookupError):
    """The operator asked for something that does not exist."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that a worker could not decide on; `replayed` once an operator has given it back."""

    event: Event
    notice: Event
    worker: str
    error: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """Works on a store through the same shell as a runtime does."""

    shell: Shell

    def effects(self) -> Sequence[EffectRow]:
        with self.shell.store.view() as view:
            return view.effects()

    def timers(self) -> Sequence[TimerRow]:
        with self.shell.store.view() as view:
            return view.timers()

    def halts(self) -> Sequence[Halt]:
        with self.shell.store.view() as view:
            return view.halts()

    def resolve(self, key: str, found: str | None) -> EffectRow:
        """Answer for an uncertain effect: its reference, or None where it is certainly not on the network.

        Raises KeyError for an unknown key, ledger.ForbiddenMove for an effect that is not uncertain.
        """
        with self.shell.transaction("resolve") as tx:
            return resolve(tx, key, found, self.shell.now())

    def cancel(self, key: str) -> bool:
        """Cancel an effect that has not been sent; whether it could be."""
        with self.shell.transaction("cancel") as tx:
            return cancel_planned(tx, key, None, self.shell.now())

    def renew_claims(self) -> int:
        """End every claim at once, and begin a new epoch, which is returned: whoever runs claims anew what is theirs.

        For when Kafka has lost a consumer group, whose generations then begin again below those that are stored.
        """
        with self.shell.transaction("claims") as tx:
            epoch = tx.epoch() + 1
            tx.put_epoch(epoch)
            return epoch

    def set_aside(self) -> list[SetAside]:
        """Every event that was set aside, in the log's order."""
        with self.shell.store.view() as view:
            found = []
            for record in view.log.named(EventSetAside.__name__):
                notice, fact = record.event, record.event.data
                original = view.log.find(fact.event) if isinstance(fact, EventSetAside) else None
                if isinstance(fact, EventSetAside) and original is not None:
                    replayed = view.log.find(_replay_id(fact.worker, notice)) is not None
                    found.append(SetAside(original.event, notice, fact.worker, fact.error, replayed))
            return found

    def replay(self, event_id: str, worker: str) -> Event:
        """Give a set-aside event to its worker again. Raises NotThere where it was not set aside for that worker.

        A notice is replayed once; should the event fail again, there is a new notice to replay.
        """
        notices = [item for item in self.set_aside() if (item.event.id, item.worker) == (event_id, worker)]
        if not notices:
            raise NotThere(f"event {event_id} was not set aside for {worker}")
        notice = notices[-1]
        fact = EventReplayed(worker=worker, event=event_id, original=to_json(notice.event))
        replay = runtime_event(worker, notice.notice, fact, self.shell.now())
        with self.shell.transaction("replay") as tx:
            known = tx.log.find(replay.id)
            return known.event if known is not None else self.shell.append(tx, replay).event

    def audit(self, roster: Sequence[Worker[Any]], decidedby: str, campaign: str | None = None) -> AuditReport:
        """The whole log and store against each other, and the decisions on one campaign, or on all, so far as made."""
        with self.shell.store.view() as view:
            try:
                records = whole_log(view)
            except UnreadableEvent as error:
                return AuditReport(events=0, failures=(Finding("unread", "", str(error)),))
            mislabeled = view.log.mislabeled()
            stored = audit_store(view, records, roster, campaign)
            positions, keys, timers = view.positions(), {row.key for row in view.effects()}, view.timers()
        chosen = [record for record in records if campaign in (None, record.event.subject)]
        integrity = audit_integrity(records, self.shell.partitions)
        read_to = _read_to(chosen, roster, positions)
        events = [record.event for record in chosen if not isinstance(record.event.data, Dropped)]
        decisions, promised = decided_again(events, roster, decidedby, read_to=read_to)
        missing = tuple(missing_promises(promised, keys, timers, events))
        return replace(
            decisions,
            events=integrity.events,
            failures=(
                *map(_misfiled, mislabeled),
                *integrity.failures,
                *stored.failures,
                *decisions.failures,
                *missing,
            ),
            near_ties=(*stored.near_ties, *decisions.near_ties),
        )

    def rebuild(self, worker: Worker[Any], campaign: str, reason: str) -> Event:
        """Build a worker's state of a campaign anew from the log; a running process loses its claim and takes it again.

        Raises NotThere for a campaign that nothing was ever said of.
        """
        partition = self.shell.partition(campaign)

        def built() -> Event:
            with self.shell.transaction("rebuild") as tx:
                row = tx.campaign(campaign)
                if not tx.log.campaign(campaign):
                    raise NotThere(f"there is no campaign {campaign!r}")
                if row is not None and row.dropped is not None:
                    raise NotThere(f"campaign {campaign!r} was dropped: nothing is left to build a state from")
                fence(tx, self.shell, worker.name, partition)
                return migrate(tx, self.shell, worker, campaign, reason)[1].event

        return when_archived(self.shell, built)


def whole_log(view: View) -> list[Record]:
    """Every record, by partition and offset. Raises UnreadableEvent."""
    return [record for partition in sorted(view.log.ends()) for record in _partition(view, partition)]


def _partition(view: View, partition: int) -> Iterator[Record]:
    """Every record of a partition, page by page."""
    after = 0
    while page := view.log.read(partition, after, _PAGE):
        yield from page
        after = page[-1].offset


def _read_to(
    records: Sequence[Record], roster: Sequence[Worker[Any]], positions: Mapping[tuple[str, int], Position]
) -> dict[tuple[str, str], int]:
    """How many of a campaign's events a worker has read, by (worker, campaign)."""
    read: dict[tuple[str, str], int] = {}
    for record in records:
        for worker in roster:
            place = (worker.name, record.event.subject)
            end = positions.get((worker.name, record.partition), Position()).offset
            read[place] = read.get(place, 0) + (record.offset <= end)
    return read


def _misfiled(found: Mislabeled) -> Finding:
    what = f"the log files it under the {found.label} {found.filed!r}, and the event itself says {found.said!r}"
    return Finding("column", found.id, what)


def _replay_id(worker: str, notice: Event) -> str:
    return emit_id(runtime_source(worker), notice.id, 0)
