"""The reviser: keep, revise the execution, or switch the strategy, by one valuation of what is left of the horizon.

A breach is answered only once the analyst has spoken on it, so that the three options are valued with the evidence that
the breach brought. A revision and a switch pay for what they cost: lost days, wasted work, learning anew.

Invariants: "keep" is always an option; one correction at a time, until the planner has carried it out; what a person
refused is not proposed before new evidence; a strategy that an amended brief forbids is answered for at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from events.campaign import CampaignBriefed, CampaignEnded
from events.correction import CorrectionDecided, KPIBreached, Option, Verdict
from events.execution import CalendarExtended, ExecutionRevised, KpiName, PlanMade, RevisionReason, Slot
from events.runtime import StateMigrated, TimerFired
from events.strategy import AnalysisPrompt, AudienceAnalyzed, StrategyApproved, StrategyChosen, StrategyRejected
from workers.calendar import Pattern, exploited, patterns_of
from workers.candidates import LEFT_FOR_CORRECTIONS, NEW_EVIDENCE, Candidate, Known, aim_of, leader
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.informed import INFORMS, Informed, carried_out, informed, known_by
from workers.methods.planning import Choice
from workers.model import is_possible

APPROVAL: Final = "approval"
SWITCH_DAYS: Final = 2.0
"""Days without posts that a switch costs: new content is chosen and looked at."""
SWITCH_POSTS: Final = 2.0
"""Further cost of a switch, in posts: those whose work is thrown away and those that find the new tone."""
REVISE_POSTS: Final = 0.5
REVIEW_CERTAINTY: Final = 0.8
"""How probable it must be that a correction nobody was alarmed for gains anything, where there is something to lose."""
MATERIAL: Final = 0.15
"""And how much it must gain, as a share of what keeping is worth."""
EVEN: Final = 0.5
"""A correction must gain more likely than not: the mean of a wide guess is made by its few best draws. Where keeping is
worth no more than the correction costs there is nothing to lose, and the mean decides."""
SETTLED: Final = timedelta(days=10)
"""And how long the plan must have run: before that, only an alarm (or the prospect of a loss) is reason enough."""


class Pending(State):
    """A breach that waits for its analysis."""

    breach: str
    kpi: KpiName


class ReviserState(Informed):
    strategy: str | None = None
    patterns: tuple[Pattern, ...] = ()
    promised: float = 0
    planned_at: datetime | None = None
    pending: Pending | None = None
    correcting: bool = False
    offered: StrategyChosen | None = None
    """A switch that waits for a person."""
    asked: str = ""
    """Fingerprint of the strategist's last choice, whether a person has been asked or not."""
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """What the strategist would not choose: strategies given up, and what a person rejected since new evidence."""
    ended: bool = False


def evolve(state: ReviserState, event: Delivery) -> ReviserState:
    state = informed(state, event)
    match event.data:
        case AudienceAnalyzed(prompt=prompt) if prompt in NEW_EVIDENCE:
            return state.model_copy(update={"refused": ()})
        case PlanMade() | ExecutionRevised() as plan:
            answered = isinstance(plan, PlanMade) or plan.reason is RevisionReason.CORRECTION
            done = {
                "strategy": plan.strategy,
                "pending": None,
                "correcting": False,
                "offered": None if answered else state.offered,
                "planned_at": event.now,
            }
            return _patterned(state.model_copy(update=done), plan.slots)
        case KPIBreached(kpi=kpi) if not state.correcting and state.pending is None:
            return state.model_copy(update={"pending": Pending(breach=event.id, kpi=kpi)})
        case CorrectionDecided(verdict=verdict, leave=leave):
            left = (*state.left, leave)[-LEFT_FOR_CORRECTIONS:] if leave is not None else state.left
            correcting = verdict is not Verdict.KEEP
            return state.model_copy(update={"pending": None, "correcting": correcting, "offered": None, "left": left})
        case StrategyChosen(awaits_approval=awaits, correction=correction) as chosen:
            offered = chosen if awaits and correction is not None else state.offered
            return state.model_copy(update={"offered": offered, "asked": chosen.fingerprint})
        case StrategyRejected(strategy=strategy, fingerprint=seen) if seen == state.asked:
            return state.model_copy(update={"refused": (*state.refused, strategy)})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case _:
            return state


def _patterned(state: ReviserState, slots: tuple[Slot, ...]) -> ReviserState:
    carrying = exploited(slots)
    if not carrying:
        return state
    promised = sum(slot.expected_outcomes for slot in carrying) / len(carrying)
    return state.model_copy(update={"patterns": patterns_of(slots), "promised": promised})


def decide(state: ReviserState, event: Delivery) -> Decision:
    if state.brief is None or state.ended or state.strategy is None:
        return NOTHING
    match event.data:
        case AudienceAnalyzed(breach=breach) if state.pending is not None and breach == state.pending.breach:
            return Decision(emits=(_corrected(state, event, may_switch=True),))
        case AudienceAnalyzed(prompt=AnalysisPrompt.BRIEF) if state.pending is None and _is_forbidden(state):
            return Decision(emits=(_corrected(state, event, may_switch=True),), timers=(Timer(APPROVAL, None),))
        case AudienceAnalyzed(prompt=AnalysisPrompt.SCHEDULE) if state.pending is None and _free(state):
            return _reviewed(state, event)
        case CalendarExtended(slots=()) if state.pending is None and _free(state):
            # A plan that no longer posts brings no analysis, so nobody else would look at it again.
            return _reviewed(state, event)
        case StrategyChosen(approve_by=deadline) if state.offered is not None and deadline is not None:
            return Decision(timers=(Timer(APPROVAL, deadline),))
        case StrategyApproved(fingerprint=seen) if _is_offered(state, seen):
            return Decision(timers=(Timer(APPROVAL, None),))
        case StrategyRejected(fingerprint=seen) if _is_offered(state, seen):
            return _refused(state, event, may_switch=not is_possible(state.brief, aim_of(state.strategy)))
        case TimerFired(timer=name, due=due) if name == APPROVAL and _expired(state, due):
            return _refused(state, event, may_switch=False)
        case StateMigrated() if state.offered is not None and state.offered.approve_by is not None:
            return Decision(timers=(Timer(APPROVAL, state.offered.approve_by),))
        case _:
            return NOTHING


def _is_offered(state: ReviserState, seen: str) -> bool:
    return state.offered is not None and seen == state.offered.fingerprint


def _is_forbidden(state: ReviserState) -> bool:
    """Whether the brief, as it is now, does not allow what a person is asked about, or else what is running."""
    assert state.brief is not None
    assert state.strategy is not None
    if state.offered is not None:
        return not is_possible(state.brief, aim_of(state.offered.strategy))
    return not state.correcting and not is_possible(state.brief, aim_of(state.strategy))


def _free(state: ReviserState) -> bool:
    return not state.correcting and state.offered is None


def _reviewed(state: ReviserState, event: Delivery) -> Decision:
    """A look without an alarm: it corrects where the gain is all but sure, or where there is little to lose."""
    known = known_by(state, event.now)
    young = state.planned_at is None or event.now - state.planned_at < SETTLED
    if young and _kept(state, known).draft.value.mean > 0.0:
        return NOTHING
    correction = _corrected(state, event, may_switch=True, known=known)
    if correction.verdict is Verdict.KEEP:
        return NOTHING
    keep = correction.options[0].value
    best = next(option for option in correction.options if option.verdict is correction.verdict)
    sure = correction.sure >= REVIEW_CERTAINTY and best.value - keep >= MATERIAL * keep
    if keep > max(0.0, best.cost) and not sure:
        return NOTHING
    return Decision(emits=(correction,))


def _kept(state: ReviserState, known: Known) -> Candidate:
    """The running plan, going on in its own ways."""
    assert state.strategy is not None
    return carried_out(known, state.strategy, lambda choice: _in_patterns(state, choice))


def _expired(state: ReviserState, due: datetime) -> bool:
    return state.offered is not None and state.offered.approve_by == due


def _refused(state: ReviserState, event: Delivery, *, may_switch: bool) -> Decision:
    """A person did not want the switch (or did not answer): the plan that is running is kept or revised.

    Only where the brief forbids what is running is a person who said no asked about another switch.
    """
    return Decision(emits=(_corrected(state, event, may_switch=may_switch),), timers=(Timer(APPROVAL, None),))


def _corrected(
    state: ReviserState, event: Delivery, *, may_switch: bool, known: Known | None = None
) -> CorrectionDecided:
    assert state.brief is not None
    tried = _tried(state, known or known_by(state, event.now), may_switch=may_switch)
    options = [one.option for one in tried]
    kept = tried[0]
    best = max(
        (one for one in tried if one.sure >= EVEN or kept.option.value <= one.option.cost),
        key=lambda one: (round(one.option.value, 6), -_order(one.option.verdict)),
    )
    verdict, pending = best.option.verdict, state.pending
    return CorrectionDecided(
        verdict=verdict,
        breach=pending.breach if pending is not None else None,
        kpi=pending.kpi if pending is not None else None,
        options=tuple(options),
        leave=state.strategy if verdict is Verdict.SWITCH else None,
        prefer=best.option.strategy if verdict is Verdict.SWITCH else None,
        pace=_pace(state, kept.candidate) if verdict is Verdict.KEEP else 1.0,
        sure=best.sure,
        why=_why(best.option, options, state.brief.outcome_worth.currency),
        decided_for=event.now,
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """An option planned through, and the probability that it gains anything over keeping, its own cost paid."""

    option: Option
    candidate: Candidate
    sure: float


def _tried(state: ReviserState, known: Known, *, may_switch: bool) -> list[_Tried]:
    """Keep, revise and, where there is one, the best switch. All draw from one posterior: differences are paired."""
    assert state.brief is not None
    assert state.strategy is not None
    brief, kept = state.brief, _kept(state, known)
    if is_possible(brief, aim_of(state.strategy)):
        revising = _price(brief, REVISE_POSTS, brief.minutes_per_revision)
        revised = carried_out(known, state.strategy)
        found = [
            (Verdict.KEEP, kept, 0.0, "go on as planned"),
            (Verdict.REVISE, revised, revising, "the same strategy at better hours"),
        ]
    else:
        found = [(Verdict.KEEP, kept, 0.0, "post nothing, since the brief does not allow what it is about")]
    excluded = (*(*state.left, state.strategy)[-LEFT_FOR_CORRECTIONS:], *state.refused)
    other = leader(known, without=excluded, delay_days=SWITCH_DAYS) if may_switch else None
    if other is not None:
        switching = _price(brief, SWITCH_POSTS, brief.minutes_per_switch)
        found.append((Verdict.SWITCH, other, switching, "the best other strategy"))
    tried = []
    for verdict, candidate, cost, why in found:
        sure = 1.0 if candidate is kept else float(np.mean(candidate.draft.draws - cost > kept.draft.draws))
        tried.append(_Tried(_option(verdict, candidate, cost, why, sure), candidate, sure))
    return tried


def _price(brief: CampaignBriefed, posts: float, minutes: float) -> float:
    """What a correction costs: posts whose work is lost, and the owner's time."""
    minute = float(brief.minute_cost.amount) if brief.minute_cost is not None else 0.0
    return posts * float(brief.post_cost.amount) + minutes * minute


def _order(verdict: Verdict) -> int:
    """Where values tie, the smaller change wins."""
    return (Verdict.KEEP, Verdict.REVISE, Verdict.SWITCH).index(verdict)


def _in_patterns(state: ReviserState, choice: Choice) -> bool:
    return any(pattern.is_of(choice) for pattern in state.patterns)


def _option(verdict: Verdict, candidate: Candidate, cost: float, why: str, sure: float) -> Option:
    value = candidate.draft.value
    return Option(
        verdict=verdict,
        strategy=candidate.strategy,
        value=value.mean - cost,
        low=value.low - cost,
        high=value.high - cost,
        outcomes=candidate.draft.outcomes,
        cost=cost,
        sure=sure,
        why=why,
    )


def _pace(state: ReviserState, kept: Candidate) -> float:
    """What a post of the kept plan is now expected to bring, relative to its promise; never above it."""
    posts = len(kept.draft.placements)
    if posts == 0 or state.promised <= 0:
        return 1.0
    return min(1.0, max(0.05, kept.draft.outcomes / posts / state.promised))


def _why(best: Option, options: list[Option], currency: str) -> str:
    others = ", ".join(
        f"{option.verdict.value} {option.value:,.0f}" for option in options if option.verdict is not best.verdict
    )
    return f"{best.verdict.value} is worth {best.value:,.0f} {currency} over what is left ({others}): {best.why}"


WORKER: Final = Worker(
    name="reviser",
    hears=INFORMS
    | {
        PlanMade,
        ExecutionRevised,
        CalendarExtended,
        KPIBreached,
        StrategyChosen,
        StrategyApproved,
        StrategyRejected,
        CampaignEnded,
    },
    says=frozenset({CorrectionDecided}),
    state=ReviserState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"analysis", "brief", "inventory.pieces"}),
)
