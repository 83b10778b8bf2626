"""One worker at a desk: facts are given to it as the runtime would, and what it answers is kept.

Invariants: every fact goes through the runtime's own `consider`, so that a worker that says what it may not, fails or
holds a float that JSON cannot carry fails here too; only what the worker hears (and what is addressed to it) is given;
its timers and effects are kept by name and key like the runtime's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from events.envelope import Event, settlement_id, timer_id, type_name
from events.runtime import EffectKind, EffectSettled, Settlement, StateMigrated, TimerFired
from events.terms import Fact
from workers.decision import CancelEffect, Decision, Effect, Worker
from workers.runtime.deciding import consider

CAMPAIGN: Final = "spring"
ADDRESSED: Final = (TimerFired, EffectSettled, StateMigrated)

FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True)
class Waiting:
    """A timer that the worker has set, and the event that made it."""

    due: datetime
    set_by: str


@dataclass
class Desk:
    worker: Worker[Any]
    now: datetime
    state: Any = None
    said: list[Fact] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    timers: dict[str, Waiting] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    heard: int = 0

    def __post_init__(self) -> None:
        if self.state is None:
            self.state = self.worker.state()

    def hear(self, fact: Fact, *, at: datetime | None = None, id: str | None = None) -> Decision:  # noqa: A002
        """Deliver one fact; *now* never goes back. Returns what followed, the emits as they would be appended."""
        assert type(fact) in self.worker.hears or isinstance(fact, ADDRESSED), f"{self.worker.name} is deaf to {fact!r}"
        self.heard += 1
        self.now = max(self.now, at or self.now)
        cause = id or f"{type(fact).__name__}-{self.heard}"
        event = Event(
            id=cause,
            source="/tests/desk",
            type=type_name(type(fact)),
            subject=CAMPAIGN,
            tenant="default",
            time=at or self.now,
            recordedtime=self.now,
            data=fact,
            correlationid="brief",
        )
        outcome = consider(self.worker, self.state, event, self.now, "tests")
        self.state = outcome.state
        self.said += [emit.data for emit in outcome.emits]
        self.ids += [emit.id for emit in outcome.emits]
        for effect in outcome.effects:
            if isinstance(effect, CancelEffect):
                self.cancelled.append(effect.key)
            else:
                self.effects.setdefault(effect.key, effect)
        for timer in outcome.timers:
            if timer.due is None:
                self.timers.pop(timer.name, None)
            else:
                self.timers[timer.name] = Waiting(timer.due, cause)
        return Decision(tuple(emit.data for emit in outcome.emits), outcome.effects, outcome.timers)

    def fire(self, name: str, *, late: timedelta = timedelta(0)) -> Decision:
        """Let a timer fire at its due time (or `late` after it)."""
        waiting = self.timers.pop(name)
        fired = max(self.now, waiting.due + late)
        fact = TimerFired(worker=self.worker.name, timer=name, due=waiting.due, fired=fired, set_by=waiting.set_by)
        return self.hear(fact, at=fired, id=timer_id(CAMPAIGN, self.worker.name, name, waiting.due, waiting.set_by))

    def run_until(self, moment: datetime) -> None:
        """Let every timer fire that is due by then, in order."""
        while due := sorted((w.due, name) for name, w in self.timers.items() if w.due <= moment):
            self.fire(due[0][1])
        self.now = max(self.now, moment)

    def settle(
        self, key: str, settlement: Settlement, *, number: int = 1, at: datetime | None = None, **more: Any
    ) -> Decision:
        """Let the ledger answer for an effect that was asked for."""
        effect = self.effects[key]
        moment = at or self.now
        fact = EffectSettled(
            worker=self.worker.name,
            key=key,
            number=number,
            kind=EffectKind(effect.kind),
            account=effect.account,
            settlement=settlement,
            at=moment,
            attempts=1,
            **more,
        )
        return self.hear(fact, at=moment, id=settlement_id(key, number))

    def migrate(self) -> Decision:
        """The runtime has rebuilt the state and dropped the timers."""
        self.timers.clear()
        return self.hear(
            StateMigrated(worker=self.worker.name, state_version=self.worker.state_version, up_to=0, reason="a test")
        )

    def of(self, kind: type[FactT]) -> list[FactT]:
        """Everything of one type that it has said so far."""
        return [fact for fact in self.said if isinstance(fact, kind)]
