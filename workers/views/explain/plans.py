"""Why a plan is as it is, and why its execution was revised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from events.envelope import Event
from events.execution import (
    BudgetLine,
    CalendarExtended,
    CancelReason,
    ContentRequested,
    ExecutionRevised,
    Kpi,
    PlanMade,
    PostCancelled,
    RevisionReason,
    Slot,
)
from events.strategy import StrategyApproved, StrategyChosen
from workers.views.explain.evidence import analysis_before, caused_by, expected, level, named
from workers.views.explain.record import Record, ref
from workers.views.explain.story import (
    Cash,
    Chapter,
    Counted,
    Day,
    Number,
    Percent,
    Sentence,
    Sentences,
    Strategy,
    Term,
    Value,
)
from workers.views.plan import SHOWS_NOTHING

CHANGE: Final = re.compile(r"(hours|formats) (.*) -> (.*)")
"""How the planner writes what a revision changes."""


def made(event: Event, plan: PlanMade, record: Record) -> Chapter:
    values: dict[str, Value] = {"start": Day(plan.starts), "end": Day(plan.ends)}
    return record.chapter(
        event,
        title=Sentence("plan.title", {"strategy": Strategy(plan.strategy)}, (event.id,)),
        decided=(
            Sentence("plan.length", values | expected(plan.expected, record), (event.id,)),
            *_budget(event, plan.budget),
            *(_limit(event, kpi, record) for kpi in plan.kpis),
        ),
        evidence=(*_asked(event, record), *analysis_before(event, record)),
        changed=(
            *_replaced(event, record),
            _calendar(event, plan),
            *_extended(event, plan.plan, record),
            *_requested(event, record),
        ),
        otherwise=tuple(_drop(event, kpi) for kpi in plan.kpis if kpi.floor is not None),
    )


def revised(event: Event, revision: ExecutionRevised, record: Record) -> Chapter:
    return record.chapter(
        event,
        title=Sentence("revision.title", {"number": Number(revision.revision)}, (event.id,)),
        decided=(
            *(_change(event, change) for change in revision.changes),
            Sentence("revision.length", expected(revision.expected, record), (event.id,)),
            *_budget(event, revision.budget),
        ),
        evidence=(*_reason(event, revision, record), *analysis_before(event, record)),
        changed=(
            *_replaced(event, record),
            _calendar(event, revision),
            *_extended(event, revision.plan, record),
            *_requested(event, record),
        ),
        otherwise=(_without(event, revision, record),),
    )


def _budget(event: Event, lines: Sequence[BudgetLine]) -> tuple[Sentence, ...]:
    if not lines:
        return ()
    parts = tuple(
        Sentence(
            "plan.line",
            {"amount": Cash(line.amount.amount, line.amount.currency), "purpose": Term(f"budget.{line.purpose}")},
            (event.id,),
        )
        for line in lines
    )
    return (Sentence("plan.budget", {"lines": Sentences(parts)}, (event.id,)),)


def _limit(event: Event, kpi: Kpi, record: Record) -> Sentence:
    limit = kpi.floor if kpi.floor is not None else kpi.ceiling
    values: dict[str, Value] = {
        "kpi": named(kpi.kpi),
        "expected": level(kpi.kpi, kpi.expected, record),
        "limit": level(kpi.kpi, limit or 0.0, record),
    }
    side = "floor" if kpi.floor is not None else "ceiling" if kpi.ceiling is not None else "free"
    return Sentence(f"plan.{side}", values, (event.id,))


def _asked(event: Event, record: Record) -> tuple[Sentence, ...]:
    cause = record.find(event.causationid)
    if cause is not None and isinstance(cause.data, StrategyApproved):
        return (Sentence("plan.approved", {"id": ref(cause)}, (cause.id,)),)
    if cause is not None and isinstance(cause.data, StrategyChosen):
        return (Sentence("plan.chosen", {"id": ref(cause)}, (cause.id,)),)
    return caused_by(cause)


def _calendar(event: Event, plan: PlanMade | ExecutionRevised) -> Sentence:
    values: dict[str, Value] = {
        "slots": Counted(len(plan.slots), "post"),
        "exploring": Number(sum(slot.explores for slot in plan.slots)),
        "until": Day(plan.calendar_until),
    }
    return Sentence("plan.calendar" if plan.slots else "plan.no_calendar", values, (event.id,))


def _extended(event: Event, plan: str, record: Record) -> tuple[Sentence, ...]:
    """The extensions of its calendar before the next plan or revision."""
    found: list[Event] = []
    slots: list[Slot] = []
    for other in record.after(event):
        if isinstance(other.data, PlanMade | ExecutionRevised):
            break
        if isinstance(other.data, CalendarExtended) and other.data.plan == plan:
            found.append(other)
            slots += other.data.slots
    if not found:
        return ()
    values: dict[str, Value] = {"times": Counted(len(found), "time"), "posts": Counted(len(slots), "post")}
    return (Sentence("plan.extended", values, tuple(other.id for other in found)),)


def _requested(event: Event, record: Record) -> tuple[Sentence, ...]:
    """The content that was asked for in the same decision."""
    cause = record.find(event.causationid)
    asked = record.led_to(cause, ContentRequested) if cause is not None else []
    if not asked:
        return ()
    pieces = sum(request.pieces for _, request in asked)
    values: dict[str, Value] = {
        "pieces": Counted(pieces, "piece"),
        "needed": Day(min(request.needed_by for _, request in asked)),
    }
    return (Sentence("plan.requested", values, tuple(other.id for other, _ in asked)),)


def _drop(event: Event, kpi: Kpi) -> Sentence:
    values: dict[str, Value] = {"kpi": named(kpi.kpi)}
    if kpi.smallest_drop is None or kpi.reveals_by is None or kpi.smallest_drop >= SHOWS_NOTHING:
        return Sentence("plan.no_drop", values, (event.id,))
    return Sentence("plan.drop", values | {"drop": Percent(kpi.smallest_drop), "by": Day(kpi.reveals_by)}, (event.id,))


def _change(event: Event, change: str) -> Sentence:
    read = CHANGE.fullmatch(change)
    if read is None:
        return Sentence("revision.change", {"change": change}, (event.id,))
    what, before, after = read.groups()
    kind = "same" if before == after else "changed"
    return Sentence(f"revision.{what}_{kind}", {"before": _listed(before), "after": _listed(after)}, (event.id,))


def _listed(words: str) -> Value:
    """Hours as numbers, so that a language writes them in its own digits; whatever else as it is."""
    parts = words.split(", ")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return words
    return Sentences(tuple(Sentence("plan.hour", {"hour": Number(int(part))}) for part in parts))


def _reason(event: Event, revision: ExecutionRevised, record: Record) -> tuple[Sentence, ...]:
    cause = record.find(revision.correction) or record.find(event.causationid)
    return (Sentence(f"revision.because_{revision.reason.value}", {}, (event.id,)), *caused_by(cause))


def _replaced(event: Event, record: Record) -> tuple[Sentence, ...]:
    found = [other for other, fact in record.led_to(event, PostCancelled) if fact.reason is CancelReason.REVISED]
    if not found:
        return ()
    return (Sentence("revision.replaced", {"posts": Counted(len(found), "post")}, tuple(other.id for other in found)),)


def _without(event: Event, revision: ExecutionRevised, record: Record) -> Sentence:
    correction = record.find(revision.correction)
    if revision.reason is RevisionReason.CORRECTION and correction is not None:
        return Sentence("revision.otherwise", {"id": ref(correction)}, (correction.id,))
    return Sentence(f"revision.otherwise_{revision.reason.value}", {}, (event.id,))
