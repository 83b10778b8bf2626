"""A store that was restored from an older backup, brought up to what was said since: the log knows more than the store.

Invariants: one transaction; nobody else works on the store. What is new is what bears a number that the store has not
given out. Numbers go on behind the last ones said. What a worker said was decided, so its place is behind the cause of
the last of it, and its state what the log leads to there; its timers it sets anew when it reads StateMigrated. What its
decisions since the backup wanted done is put into the ledger again: what the log says was settled is, and every other
post whose time had come is in doubt, so that its network is asked before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, runtime_checkable

from events.campaign import CampaignBriefed
from events.envelope import INTAKE, Event
from events.log.protocol import Record
from events.runtime import EffectKind, EffectSettled, EventSetAside
from workers.decision import CancelEffect, State, Worker
from workers.runtime.accounts import HOLDS, RELEASES, AccountFact
from workers.runtime.batch import STEERS
from workers.runtime.deciding import Outcome, Poison, consider, own_delivery
from workers.runtime.intake import obey
from workers.runtime.ledger import cancel_planned, planned
from workers.runtime.reading import is_for
from workers.runtime.rebuilding import Past, past_of, replace_state, step
from workers.runtime.shell import Shell, runtime_source
from workers.runtime.store.protocol import Transaction
from workers.runtime.store.rows import (
    UNSETTLED,
    AccountUse,
    CampaignRow,
    EffectRow,
    EffectState,
    Hold,
    HoldKind,
    Position,
)

_PAGE: Final = 1000
_WHY: Final = "the store was restored from a backup: it may have been sent since"
REASON: Final = "restored from a backup"


@runtime_checkable
class CountsOn(Protocol):
    """A transaction of a store whose log can know more than it does: numbers go on behind those given here."""

    def count_on(self, partition: int, lanes: Mapping[str, int], sequences: Mapping[tuple[str, str], int]) -> None: ...


class CannotRestore(Exception):
    """What was said since the backup cannot be followed by this code."""


@dataclass(slots=True)
class Restored:
    """What a restore found and did."""

    events: int = 0
    states: int = 0
    closed: int = 0
    doubtful: int = 0
    said_again: int = 0
    epoch: int = 0
    campaigns: set[str] = field(default_factory=set)


def restore(shell: Shell, roster: Sequence[Worker[Any]]) -> Restored:
    """Bring the store up to the log of record, which must hold everything that the topic does. Raises CannotRestore."""
    done = Restored()
    settled: dict[str, EffectSettled] = {}
    with shell.transaction("restore") as tx:
        given, ends = dict(tx.lanes()), dict(tx.log.ends())
        for partition in sorted(ends):
            records = list(_records(tx, partition))
            fresh = [record for record in records if _is_new(record, given)]
            if fresh:
                _count_on(tx, partition, fresh)
                for record in fresh:
                    _follow(tx, record.event)
                    if isinstance(record.event.data, EffectSettled):
                        settled[record.event.data.key] = record.event.data
                for worker in roster:
                    _Worker(tx, shell, worker, partition, records, fresh, done).restore()
            done.events += len(fresh)
            done.campaigns |= {record.event.subject for record in fresh}
        for key, fact in settled.items():
            done.closed += _close(tx, key, fact)
        for row in tx.open_effects():
            done.doubtful += _doubt(tx, shell, row)
        for halt in tx.halts():
            tx.drop_halt(halt.worker, halt.partition)
        done.epoch = tx.epoch() + 1
        tx.put_epoch(done.epoch)
    return done


def unknown_numbers(given: Mapping[tuple[str, int], int], found: Mapping[tuple[str, int], int]) -> list[str]:
    """Writers of whom more is found in the topic than the store has ever given numbers for, in words."""
    return [
        f"{writer} has said {last} events in partition {partition}, and the store knows of {given.get(place, 0)}"
        for place, last in sorted(found.items())
        for writer, partition in [place]
        if last > given.get(place, 0)
    ]


def _records(tx: Transaction, partition: int) -> Iterable[Record]:
    after = 0
    while page := tx.log.read(partition, after, _PAGE):
        yield from page
        after = page[-1].offset


def _is_new(record: Record, given: Mapping[tuple[str, int], int]) -> bool:
    return record.event.lane > given.get((record.event.writer, record.partition), 0)


def _count_on(tx: Transaction, partition: int, fresh: Sequence[Record]) -> None:
    """Have every writer's numbers go on behind what it has said."""
    lanes: dict[str, int] = {}
    sequences: dict[tuple[str, str], int] = {}
    for record in fresh:
        event = record.event
        lanes[event.writer] = max(event.lane, lanes.get(event.writer, 0))
        place = (event.subject, event.source)
        sequences[place] = max(int(event.sequence or 0), sequences.get(place, 0))
    if not isinstance(tx, CountsOn):
        raise CannotRestore(f"a {type(tx).__name__} says that its own log has what it never numbered")
    tx.count_on(partition, lanes, sequences)


def _follow(tx: Transaction, event: Event) -> None:
    """What an event put into the store beside the log, in the transaction in which it was said."""
    fact, row = event.data, tx.campaign(event.subject)
    if isinstance(fact, CampaignBriefed):
        uses = tuple(AccountUse(use.account, use.channel, use.shared) for use in fact.accounts)
        first = row.brief if row is not None else event.id
        tx.put_campaign(CampaignRow(event.subject, event.tenant, first, uses, live=True))
    elif isinstance(fact, AccountFact) and event.writer == INTAKE:
        if type(fact) in HOLDS:
            tx.put_hold(Hold(HOLDS[type(fact)], fact.account))
        if type(fact) in RELEASES:
            tx.drop_hold(Hold(RELEASES[type(fact)], fact.account))
    elif isinstance(fact, EventSetAside) and fact.event_type.split(".")[1] in STEERS:
        tx.put_hold(Hold(HoldKind.SET_ASIDE, event.subject, f"{fact.worker} {fact.event}"))
    elif row is not None:
        obey(tx, fact, row)


def _close(tx: Transaction, key: str, fact: EffectSettled) -> bool:
    """Settle an effect as the log says that it was."""
    row = tx.effect(key)
    if row is None or row.told >= fact.number:
        return False
    sent = fact.at if fact.kind is EffectKind.PUBLISH else row.sent
    tx.put_effect(
        replace(
            row,
            state=EffectState(fact.settlement.value),
            attempts=max(row.attempts, fact.attempts) + 1,
            until=None,
            first_sent=row.first_sent or sent,
            sent=sent,
            number=fact.number,
            told=fact.number,
            settled_at=fact.at,
            reference=fact.reference,
            url=fact.url,
            counters=fact.counters,
            detail=fact.detail,
        )
    )
    return True


def _doubt(tx: Transaction, shell: Shell, row: EffectRow) -> bool:
    """Have its network asked for a post whose time had come, before anything is sent."""
    if row.kind is not EffectKind.PUBLISH or row.state not in UNSETTLED or row.due > shell.now():
        return False
    machine = shell.clock.machine()
    tx.put_effect(
        replace(
            row,
            state=EffectState.ASKING,
            doubtful=True,
            # Whoever sent it under the lost claims fails at the fence.
            attempts=row.attempts + 1,
            until=machine,
            deadline=machine + shell.patience.call_deadline,
            first_sent=row.first_sent or row.due,
            sent=row.sent or row.due,
            detail=_WHY,
        )
    )
    return True


class _Worker:
    """One worker's part of one partition."""

    def __init__(
        self,
        tx: Transaction,
        shell: Shell,
        worker: Worker[Any],
        partition: int,
        records: Sequence[Record],
        fresh: Sequence[Record],
        done: Restored,
    ) -> None:
        self._tx, self._shell, self._worker, self._partition = tx, shell, worker, partition
        self._records, self._done = records, done
        self._stored = tx.position(worker.name, partition)
        self._places = {record.event.id: record.offset for record in records}
        own = (worker.source, runtime_source(worker.name))
        caused = [
            self._places.get(record.event.causationid or "", 0)
            for record in fresh
            if record.event.source == worker.source or _set_aside_by(worker, record.event)
        ]
        self._decided = max([self._stored.offset, *caused])
        self._touched = {
            record.event.subject
            for record in fresh
            if record.event.source in own or record.event.recipient == worker.name
        }
        self._touched |= {record.event.subject for record in records if self._is_to_do(record)}

    def _is_to_do(self, record: Record) -> bool:
        """Whether the worker had yet to read it at the backup."""
        if record.offset <= self._stored.offset:
            return False
        return is_for(self._worker, frozenset(fact.__name__ for fact in self._worker.hears), record.event)

    def restore(self) -> None:
        for campaign in sorted(self._touched):
            self._decide_again([record.event for record in self._records if record.event.subject == campaign])
        lanes = dict(self._stored.lanes)
        for record in self._records:
            if self._stored.offset < record.offset <= self._decided:
                lanes[record.event.writer] = (record.event.lane, record.event.id)
        position = Position(self._decided, lanes, self._stored.place)
        self._tx.put_position(self._worker.name, self._partition, position)
        for campaign in sorted(self._touched):
            replace_state(self._tx, self._shell, self._worker, campaign, REASON)
            self._done.states += 1

    def _decide_again(self, events: Sequence[Event]) -> None:
        """What the decisions since the backup wanted done, and what they said that was lost on its way."""
        state: State = self._worker.state()
        for past in past_of(self._worker, events):
            place = self._places[past.event.id]
            if place <= self._stored.offset:
                state = step(self._worker, state, past)
                continue
            try:
                outcome = consider(self._worker, state, past.event, past.now, self._shell.decidedby)
            except Poison:
                # It is set aside when it is read.
                continue
            self._plan(past, outcome)
            if place <= self._decided:
                state = self._with_lost(step(self._worker, state, past), past, outcome)
            else:
                state = outcome.state

    def _plan(self, past: Past, outcome: Outcome) -> None:
        for effect in outcome.effects:
            if isinstance(effect, CancelEffect):
                cancel_planned(self._tx, effect.key, self._worker.name, past.now)
            elif self._tx.effect(effect.key) is None:
                self._tx.put_effect(planned(effect, self._worker.name, past.event, self._partition, past.now))

    def _with_lost(self, state: State, past: Past, outcome: Outcome) -> State:
        """Say what follows from a decision of which only a part has reached the topic. Raises CannotRestore."""
        said = {emit.id: emit.type for emit in past.emits}
        again = {emit.id: emit.type for emit in outcome.emits}
        lost = [emit for emit in outcome.emits if emit.id not in said]
        whole = not lost or self._places[past.event.id] == self._decided
        if not (said.items() <= again.items() and whole):
            makers = {emit.decidedby for emit in past.emits}
            raise CannotRestore(
                f"{self._worker.name} does not decide on {past.event.id} as it did ({makers}): restore with the code "
                "that ran when the store was lost"
            )
        for emit in lost:
            self._shell.append(self._tx, emit)
            self._done.said_again += 1
            state = self._worker.evolve(state, own_delivery(self._worker.name, emit))
        return state


def _set_aside_by(worker: Worker[Any], event: Event) -> bool:
    return isinstance(event.data, EventSetAside) and event.data.worker == worker.name
