"""What `mowj run` prints of a running loop: a compact line of what a person would want to know, or every event as JSON.

Invariants: observers are told of committed facts; printing never decides anything. Several threads may tell at once,
and lines never mix.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import TextIO

from events.campaign import CampaignBriefed, CampaignEnded, CampaignPaused, CampaignResumed
from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import Event, to_json
from events.execution import (
    ContentRequested,
    ExecutionRevised,
    PlanMade,
    PostFailed,
    PostProposed,
    PostPublished,
    PostUncertain,
)
from events.runtime import EventSetAside
from events.strategy import AudienceAnalyzed, StrategyChosen
from workers.command.output import short
from workers.runtime.observing import Observer
from workers.runtime.store.rows import EffectRow, Halt


class Everyone(Observer):
    """Tells each of several observers, in order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def appended(self, event: Event) -> None:
        for observer in self._observers:
            observer.appended(event)

    def decided(self, worker: str, event: Event, seconds: float) -> None:
        for observer in self._observers:
            observer.decided(worker, event, seconds)

    def committed(self, worker: str, seconds: float) -> None:
        for observer in self._observers:
            observer.committed(worker, seconds)

    def lagging(self, worker: str, partition: int, records: int) -> None:
        for observer in self._observers:
            observer.lagging(worker, partition, records)

    def timer_fired(self, worker: str, late: timedelta) -> None:
        for observer in self._observers:
            observer.timer_fired(worker, late)

    def settled(self, row: EffectRow) -> None:
        for observer in self._observers:
            observer.settled(row)

    def halted(self, halt: Halt) -> None:
        for observer in self._observers:
            observer.halted(halt)

    def troubled(self, part: str, detail: str) -> None:
        for observer in self._observers:
            observer.troubled(part, detail)


class EventLines(Observer):
    """Every event as one JSON line on standard output."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lock = out, Lock()

    def appended(self, event: Event) -> None:
        line = json.dumps(to_json(event), ensure_ascii=False)
        with self._lock:
            self._out.write(f"{line}\n")
            self._out.flush()


class NewsLines(Observer):
    """One line for what a person would want to know."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lock = out, Lock()

    def appended(self, event: Event) -> None:
        said = news(event)
        if said is None:
            return
        with self._lock:
            self._out.write(f"{short(event.recordedtime)}  {event.subject:<14}  {event.name:<17}  {said}\n")
            self._out.flush()


def standard_lines(json_lines: bool) -> Observer:
    return EventLines(sys.stdout) if json_lines else NewsLines(sys.stdout)


def news(event: Event) -> str | None:
    """What the event says to a person in a few words; None where it is routine."""
    match event.data:
        case CampaignBriefed() as brief:
            return f"{brief.goal.value}, {brief.budget} over {brief.horizon_days} days, mode {brief.mode.value}"
        case AudienceAnalyzed(posts=posts, pilot=pilot, directions=directions):
            best = f"; best: {directions[0].segment} about {directions[0].topic}" if directions else ""
            return f"{'no evidence yet' if pilot else f'{posts:g} posts'}{best}"
        case StrategyChosen() as chosen:
            return f"{chosen.strategy}: {chosen.why}{'; WAITS for approval' if chosen.awaits_approval else ''}"
        case PlanMade() as plan:
            expected = f"{plan.expected.outcomes:.3g} outcomes expected"
            return f"{len(plan.slots)} slots until {short(plan.calendar_until)}, {expected}"
        case ExecutionRevised() as revised:
            return f"{revised.reason.value}: {', '.join(revised.changes)}"
        case PostProposed(awaits_approval=True) as proposed:
            return f"{proposed.post} for {short(proposed.at)} WAITS for approval"
        case PostPublished(post=post, reference=reference):
            return f"{post} as {reference}"
        case PostFailed(post=post, kind=kind, detail=detail):
            return f"{post}: {kind.value} {detail}".rstrip()
        case PostUncertain(post=post):
            return f"{post}: look at the account, then `mowj effects resolve`"
        case _:
            return _judged(event)


def _judged(event: Event) -> str | None:
    match event.data:
        case ContentRequested() as request:
            wanted = f"{request.pieces} × {request.format} about {request.topic} ({request.appeal.value})"
            return f"{wanted} by {short(request.needed_by)}"
        case KPIBreached() as breach:
            return f"{breach.kpi.value}: {breach.observed:.3g} against a limit of {breach.limit:.3g}"
        case KPIRecovered(kpi=kpi, observed=observed) | KPIMet(kpi=kpi, observed=observed):
            return f"{kpi.value}: {observed:.3g}"
        case CorrectionDecided(verdict=verdict, why=why):
            return f"{verdict.value}: {why}"
        case CampaignPaused(reason=reason) | CampaignResumed(reason=reason) | CampaignEnded(reason=reason):
            return reason
        case EventSetAside() as aside:
            return f"{aside.worker} could not decide on {aside.event_type}: {aside.error}; see `mowj set-aside`"
        case _:
            return None
