"""The planner: a chosen strategy becomes steps, a calendar, a budget and KPIs; a correction becomes a revised
execution.

It speaks when a strategy is chosen (in approve mode: approved), when the reviser asks for a revision, when the
campaign is resumed or its brief amended, and week by week to extend the calendar with what is known by then.

Invariants: slots lie ahead of *now*; one plan runs at a time; what a revision replaces is every slot still ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from events.campaign import (
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    ContentOffered,
    decimal_money,
)
from events.correction import CorrectionDecided, Verdict
from events.execution import (
    BudgetLine,
    CalendarExtended,
    ContentRequested,
    ExecutionRevised,
    PlanMade,
    PostPublished,
    RevisionReason,
    Slot,
    Step,
)
from events.runtime import StateMigrated, TimerFired
from events.strategy import StrategyApproved, StrategyChosen
from workers.calendar import CALENDAR_DAYS, Pattern, Taken, patterns_of, slots
from workers.candidates import Candidate, Known, valuation
from workers.decision import NOTHING, Decision, Delivery, Timer, Worker
from workers.families import BY_APPEAL
from workers.indicators import indicators
from workers.informed import INFORMS, Informed, carried_out, informed, known_by
from workers.lives import slot_of
from workers.methods.planning import Choice
from workers.model import ends
from workers.requests import asked, delivered, requests

CALENDAR: Final = "calendar"
EXTENDED_BEFORE: Final = timedelta(days=1)
STANDING: Final = timedelta(days=2)
"""How long a post of the past is remembered: until its local day is surely over."""


class PlannerState(Informed):
    waiting: StrategyChosen | None = None
    strategy: str | None = None
    plan: str | None = None
    plans: int = 0
    revision: int = 0
    slots: int = 0
    calendar_until: datetime | None = None
    calendar_set_by: str = ""
    patterns: tuple[Pattern, ...] = ()
    taken: Mapping[str, Taken] = {}
    """By slot, what stands in the calendar or was there lately."""
    requested: Mapping[str, int] = {}
    """Pieces of content that were asked for and have not come, by what they are to be."""
    target: float | None = None
    paused: bool = False
    ended: bool = False


def evolve(state: PlannerState, event: Delivery) -> PlannerState:
    if isinstance(event.data, ContentOffered):
        open_still = delivered(state.requested, event.data, state.inventory)
        state = state.model_copy(update={"requested": open_still})
    state = informed(state, event)
    match event.data:
        case PostPublished() as post:
            taken = {**state.taken, slot_of(post.post): Taken(account=post.account, at=post.at)}
            return state.model_copy(update={"taken": taken})
        case ContentRequested() as request:
            return state.model_copy(update={"requested": asked(state.requested, request)})
        case StrategyChosen() as chosen:
            waiting = chosen if chosen.awaits_approval else None
            strategy = state.strategy if chosen.awaits_approval else chosen.strategy
            return state.model_copy(update={"waiting": waiting, "strategy": strategy})
        case StrategyApproved(fingerprint=seen) if state.waiting is not None and seen == state.waiting.fingerprint:
            return state.model_copy(update={"waiting": None, "strategy": state.waiting.strategy})
        case CorrectionDecided(verdict=Verdict.KEEP | Verdict.REVISE):
            # A switch that waited for a person has been answered: it can no longer be approved.
            return state.model_copy(update={"waiting": None})
        case PlanMade() | ExecutionRevised() | CalendarExtended() as made:
            return _made(state, made, event)
        case CampaignPaused() | CampaignResumed():
            return state.model_copy(update={"paused": isinstance(event.data, CampaignPaused)})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case _:
            return state


def _made(state: PlannerState, made: PlanMade | ExecutionRevised | CalendarExtended, event: Delivery) -> PlannerState:
    last = max((int(slot.slot.rsplit(".", 1)[1]) for slot in made.slots), default=state.slots)
    changes: dict[str, object] = {
        "slots": last,
        "calendar_until": made.calendar_until,
        "calendar_set_by": event.id,
        "taken": {
            **_standing(state, event.now, ahead=isinstance(made, CalendarExtended)),
            **{slot.slot: Taken(account=slot.account, at=slot.at) for slot in made.slots},
        },
    }
    if not isinstance(made, CalendarExtended):
        changes["patterns"] = patterns_of(made.slots)
    if isinstance(made, PlanMade):
        total = next((kpi.target_total for kpi in made.kpis if kpi.target_total is not None), None)
        changes |= {
            "plan": made.plan,
            "plans": state.plans + 1,
            "revision": 0,
            "strategy": made.strategy,
            "target": total,
        }
    elif isinstance(made, ExecutionRevised):
        changes["revision"] = made.revision
    return state.model_copy(update=changes)


def _standing(state: PlannerState, now: datetime, *, ahead: bool) -> dict[str, Taken]:
    """What was posted lately and, where it is not to be replaced, what is still ahead."""
    return {name: one for name, one in state.taken.items() if now - STANDING < one.at and (ahead or one.at <= now)}


def decide(state: PlannerState, event: Delivery) -> Decision:
    if state.ended:
        return Decision(timers=(Timer(CALENDAR, None),)) if isinstance(event.data, CampaignEnded) else NOTHING
    if state.brief is None or state.analysis is None:
        return NOTHING
    match event.data:
        case StrategyChosen(awaits_approval=False):
            return _plan(state, event)
        case StrategyApproved(fingerprint=seen, strategy=strategy) if strategy == state.strategy and seen:
            return _plan(state, event) if state.waiting is None and _is_new(state, strategy) else NOTHING
        case CorrectionDecided(verdict=Verdict.REVISE) if state.plan is not None:
            return _revise(state, event, RevisionReason.CORRECTION)
        case CampaignResumed() if state.plan is not None:
            return _revise(state, event, RevisionReason.RESUMED)
        case CampaignBriefed() if state.plan is not None and not state.paused:
            return _revise(state, event, RevisionReason.AMENDED)
        case TimerFired(timer=name, due=due) if name == CALENDAR:
            still_wanted = state.calendar_until is not None and due == state.calendar_until - EXTENDED_BEFORE
            return _extend(state, event) if still_wanted and not state.paused else NOTHING
        case StateMigrated() if state.calendar_until is not None:
            return Decision(timers=(Timer(CALENDAR, state.calendar_until - EXTENDED_BEFORE),))
        case _:
            return NOTHING


def _is_new(state: PlannerState, strategy: str) -> bool:
    return state.plan is None or not state.plan.endswith(f":{strategy}")


def _taken(state: PlannerState, event: Delivery, *, ahead: bool) -> tuple[Taken, ...]:
    return tuple(_standing(state, event.now, ahead=ahead).values())


def _plan(state: PlannerState, event: Delivery) -> Decision:
    assert state.strategy is not None
    known = known_by(state, event.now)
    candidate = carried_out(known, state.strategy)
    number = state.plans + 1
    plan = f"plan-{number}:{state.strategy}"
    starts = max(event.now, known.brief.starts)
    made = slots(known, candidate, plan, 1, event.chance("calendar"), starts, _taken(state, event, ahead=False))
    until = starts + timedelta(days=CALENDAR_DAYS)
    target = state.target or known.brief.target_outcomes or round(candidate.draft.outcomes)
    plan_made = PlanMade(
        plan=plan,
        strategy=state.strategy,
        starts=starts,
        ends=ends(known.brief),
        expected=valuation(candidate.draft),
        steps=_steps(known, candidate, starts),
        slots=made,
        calendar_until=until,
        budget=_budget(known, candidate),
        kpis=indicators(known, candidate, target if target > 0 else None),
    )
    return Decision(
        emits=(plan_made, *requests(known, candidate, plan, state.requested)),
        timers=(Timer(CALENDAR, until - EXTENDED_BEFORE),),
    )


def _revise(state: PlannerState, event: Delivery, reason: RevisionReason) -> Decision:
    assert state.strategy is not None
    assert state.plan is not None
    known = known_by(state, event.now)
    candidate = carried_out(known, state.strategy)
    made = slots(
        known,
        candidate,
        state.plan,
        state.slots + 1,
        event.chance("calendar"),
        event.now,
        _taken(state, event, ahead=False),
    )
    until = event.now + timedelta(days=CALENDAR_DAYS)
    revised = ExecutionRevised(
        plan=state.plan,
        revision=state.revision + 1,
        strategy=state.strategy,
        reason=reason,
        correction=event.id if reason is RevisionReason.CORRECTION else None,
        changes=_changes(state, made, reason),
        expected=valuation(candidate.draft),
        slots=made,
        calendar_until=until,
        budget=_budget(known, candidate),
        kpis=indicators(known, candidate, state.target),
    )
    return Decision(
        emits=(revised, *requests(known, candidate, f"{state.plan}-r{state.revision + 1}", state.requested)),
        timers=(Timer(CALENDAR, until - EXTENDED_BEFORE),),
    )


def _extend(state: PlannerState, event: Delivery) -> Decision:
    assert state.strategy is not None
    assert state.plan is not None
    assert state.calendar_until is not None
    known = known_by(state, event.now)
    if state.calendar_until >= ends(known.brief):
        return NOTHING
    candidate = carried_out(known, state.strategy, lambda choice: _in_patterns(state, choice))
    made = slots(
        known,
        candidate,
        state.plan,
        state.slots + 1,
        event.chance("calendar"),
        state.calendar_until,
        _taken(state, event, ahead=True),
    )
    until = state.calendar_until + timedelta(days=CALENDAR_DAYS)
    return Decision(
        emits=(CalendarExtended(plan=state.plan, slots=made, calendar_until=until),),
        timers=(Timer(CALENDAR, until - EXTENDED_BEFORE),),
    )


def _in_patterns(state: PlannerState, choice: Choice) -> bool:
    """Extending changes nothing about the plan: it goes on in its own ways, whatever has been learned meanwhile."""
    return any(pattern.is_of(choice) for pattern in state.patterns)


def _changes(state: PlannerState, made: tuple[Slot, ...], reason: RevisionReason) -> tuple[str, ...]:
    before, after = state.patterns, patterns_of(made)
    said = [
        f"hours {_listed({p.hour for p in before})} -> {_listed({p.hour for p in after})}",
        f"formats {_listed({p.format for p in before})} -> {_listed({p.format for p in after})}",
    ]
    if reason is RevisionReason.RESUMED:
        said.insert(0, "what was missed while paused is planned anew")
    return tuple(said)


def _listed(values: set[int] | set[str]) -> str:
    return ", ".join(map(str, sorted(values))) or "none"


def _steps(known: Known, candidate: Candidate, starts: datetime) -> tuple[Step, ...]:
    family = BY_APPEAL[candidate.aim.appeal]
    closes = ends(known.brief)
    steps = [
        Step(
            step=f"{family.promise}: {candidate.aim.segment}, about {candidate.aim.topic}", due=starts, worker="editor"
        ),
        Step(step="publish at the planned hours, a share of them at random to learn", due=starts, worker="publisher"),
        Step(step="read every post back at 1, 3, 8, 24, 48, 72, 120 and 168 hours", due=starts, worker="observer"),
        Step(step="judge the first posts by the KPIs", due=starts + timedelta(days=3), worker="evaluator"),
        Step(step="correct execution or strategy whenever a KPI is breached", due=closes, worker="reviser"),
    ]
    if candidate.missing:
        ready = starts + timedelta(days=candidate.lead_days)
        first = f"the first of {candidate.missing} further pieces" if candidate.missing > 1 else "a further piece"
        steps.insert(0, Step(step=f"make {first} of content", due=ready, worker="editor"))
    return tuple(steps)


def _budget(known: Known, candidate: Candidate) -> tuple[BudgetLine, ...]:
    currency = known.brief.budget.currency
    boosts = sum(candidate.menu.choices[place.choice].boosted for place in candidate.draft.placements)
    boost = boosts * float(known.brief.boost_price.amount) if known.brief.boost_price else 0.0
    reserve = float(known.brief.budget.amount) - known.spent - candidate.draft.spend
    lines = (
        ("spent", known.spent),
        ("production", candidate.draft.spend - boost),
        ("boosts", boost),
        ("reserve", max(0.0, reserve)),
    )
    return tuple(BudgetLine(purpose=purpose, amount=decimal_money(amount, currency)) for purpose, amount in lines)


WORKER: Final = Worker(
    name="planner",
    hears=INFORMS
    | {StrategyChosen, StrategyApproved, CorrectionDecided, CampaignPaused, CampaignResumed, CampaignEnded},
    says=frozenset({PlanMade, ExecutionRevised, CalendarExtended, ContentRequested}),
    state=PlannerState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"analysis", "brief", "inventory.pieces"}),
)
