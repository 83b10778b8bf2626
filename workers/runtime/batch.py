"""A batch of records through one worker, up to a commit that is ready to be applied. Pure but for reading states.

Invariants: an event that cannot be decided on changes nothing but an EventSetAside; the rest of the batch goes on.
Within a batch the later timer of a name wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, Final

from events.campaign import CampaignBriefed, CampaignEnded, CampaignPaused, CampaignResumed, ContentOffered
from events.correction import CorrectionDecided
from events.envelope import Event, emit_id, type_name
from events.execution import CalendarExtended, ExecutionRevised, PlanMade, PostApproved, PostCancelled, PostRejected
from events.log.protocol import Record
from events.runtime import EventReplayed, EventSetAside
from events.strategy import StrategyApproved, StrategyChosen, StrategyOverridden, StrategyRejected
from workers.decision import CancelEffect, Worker
from workers.runtime.deciding import Outcome, Poison, consider, sealed
from workers.runtime.ledger import planned
from workers.runtime.observing import Observer
from workers.runtime.shell import runtime_source
from workers.runtime.store.rows import EffectRow, Hold, HoldKind, StateRow, TimerRow

STEERS: Final = frozenset(
    fact.__name__
    for fact in (
        PlanMade, ExecutionRevised, CalendarExtended, CorrectionDecided, StrategyChosen, StrategyApproved,
        StrategyRejected, StrategyOverridden, CampaignBriefed, CampaignPaused, CampaignResumed, CampaignEnded,
        PostApproved, PostRejected, PostCancelled, ContentOffered,
    )
)  # fmt: skip
"""Events that say what may be published, or no longer: where one is set aside, the campaign's publishing pauses.

A timer is not among them: a worker that misses one does less than it should, and publishes nothing that it may not.
"""

_LONGEST_ERROR: Final = 2000


@dataclass(slots=True)
class Batch:
    """What has been decided so far. `load` gives a campaign's stored state row."""

    worker: Worker[Any]
    partition: int
    decidedby: str
    clock_now: datetime
    load: Callable[[str], StateRow]
    observer: Observer
    states: dict[str, StateRow] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    effects: list[EffectRow] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    timers: dict[tuple[str, str], TimerRow | None] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    released: list[Hold] = field(default_factory=list)

    def decide(self, records: Sequence[Record]) -> None:
        for record in records:
            event = record.event
            row = self.states.get(event.subject) or self.load(event.subject)
            now = max(row.now, event.recordedtime)
            began = perf_counter()
            try:
                outcome = consider(self.worker, row.state, event, now, self.decidedby)
            except Poison as poison:
                self._set_aside(event, poison)
                continue
            self.observer.decided(self.worker.name, event, perf_counter() - began)
            self._add(event, row, outcome, now)

    def _add(self, event: Event, row: StateRow, outcome: Outcome, now: datetime) -> None:
        if outcome.state is not row.state or now != row.now:
            self.states[event.subject] = StateRow(
                row.worker, row.campaign, self.worker.state_version, now, outcome.state
            )
        self.events.extend(outcome.emits)
        for effect in outcome.effects:
            if isinstance(effect, CancelEffect):
                self.cancels.append(effect.key)
            else:
                self.effects.append(planned(effect, self.worker.name, event, self.partition, now))
        for timer in outcome.timers:
            self.timers[event.subject, timer.name] = None if timer.due is None else TimerRow(
                self.worker.name, event.subject, timer.name, timer.due, self.partition, event.tenant,
                event.id, event.correlationid,
            )  # fmt: skip
        if isinstance(event.data, EventReplayed):
            self.released.append(self._hold(event, event.data.event))

    def _set_aside(self, event: Event, poison: Poison) -> None:
        original, name = event.id, event.type
        if isinstance(event.data, EventReplayed):
            original, name = event.data.event, str(event.data.original.get("type", event.type))
        fact = EventSetAside(
            worker=self.worker.name, event=original, event_type=name, error=str(poison)[:_LONGEST_ERROR]
        )
        self.events.append(runtime_event(self.worker.name, event, fact, self.clock_now))
        if name.split(".")[1] in STEERS:
            self.holds.append(self._hold(event, original))

    def _hold(self, event: Event, original: str) -> Hold:
        return Hold(HoldKind.SET_ASIDE, event.subject, f"{self.worker.name} {original}")


def runtime_event(worker: str, cause: Event, fact: EventSetAside | EventReplayed, now: datetime) -> Event:
    """What the shell says about an event on a worker's behalf; a replay is addressed to the worker."""
    source = runtime_source(worker)
    return sealed(
        Event(
            id=emit_id(source, cause.id, 0),
            source=source,
            type=type_name(type(fact)),
            subject=cause.subject,
            tenant=cause.tenant,
            time=now,
            recordedtime=now,
            data=fact,
            correlationid=cause.correlationid,
            causationid=cause.id,
            recipient=worker if isinstance(fact, EventReplayed) else None,
        )
    )
