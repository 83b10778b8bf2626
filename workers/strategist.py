"""The strategist: candidates along the ranked directions, a SWOT of each, one chosen as the next move.

It speaks when the first analysis is there, when the reviser says to leave a strategy, when a person rejects the first
choice, and when a person overrides it.

Invariants: expected value decides and the SWOT explains; only between near ties does what the owner weighs decide, and
not at a switch, whose gain was valued for the best; a strategy that it was told to leave, or that a person
rejected, is not chosen again before other evidence has come; ties are broken by name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from events.campaign import CampaignBriefed, CampaignEnded
from events.correction import CorrectionDecided, Verdict
from events.execution import PostPublished
from events.strategy import (
    AudienceAnalyzed,
    StrategyApproved,
    StrategyChosen,
    StrategyOverridden,
    StrategyProposed,
    StrategyRejected,
)
from events.terms import Mode
from workers.analysis import fingerprint
from workers.candidates import (
    LEFT_FOR_CORRECTIONS,
    NEW_EVIDENCE,
    Candidate,
    aim_of,
    leaders,
    planned,
    strategy_id,
    valuation,
)
from workers.decision import NOTHING, Decision, Delivery, Worker
from workers.families import BY_APPEAL
from workers.informed import INFORMS, Informed, informed, known_by
from workers.model import is_possible
from workers.swot import swot
from workers.weighing import preferred


class StrategistState(Informed):
    briefed_by: str = ""
    analyzed_by: str = ""
    chosen: str | None = None
    fingerprint: str | None = None
    running: bool = False
    """Whether some strategy has ever been adopted; before that, a rejection is answered here and not by the reviser."""
    left: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    ended: bool = False


def evolve(state: StrategistState, event: Delivery) -> StrategistState:
    state = informed(state, event)
    match event.data:
        case CampaignBriefed():
            return state.model_copy(update={"briefed_by": event.id})
        case AudienceAnalyzed(prompt=prompt):
            rejected = () if prompt in NEW_EVIDENCE else state.rejected
            return state.model_copy(update={"analyzed_by": event.id, "rejected": rejected})
        case PostPublished():
            return state.model_copy(update={"running": True})
        case CorrectionDecided(verdict=Verdict.SWITCH, leave=leave) if leave is not None:
            return state.model_copy(update={"left": (*state.left, leave)[-LEFT_FOR_CORRECTIONS:]})
        case StrategyApproved(fingerprint=seen) if seen == state.fingerprint:
            return state.model_copy(update={"running": True})
        case StrategyRejected(strategy=strategy, fingerprint=seen) if seen == state.fingerprint:
            return state.model_copy(update={"rejected": (*state.rejected, strategy)})
        case StrategyChosen(strategy=strategy, fingerprint=seen, awaits_approval=awaits):
            running = state.running or not awaits
            return state.model_copy(update={"chosen": strategy, "fingerprint": seen, "running": running})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case _:
            return state


def decide(state: StrategistState, event: Delivery) -> Decision:
    if state.brief is None or state.analysis is None or state.ended:
        return NOTHING
    match event.data:
        case AudienceAnalyzed() if state.chosen is None or _is_forbidden(state, state.brief, state.chosen):
            return _move(state, event)
        case CorrectionDecided(verdict=Verdict.SWITCH, leave=leave):
            return _move(state, event, correction=event.id, replaces=leave)
        case StrategyRejected(fingerprint=seen) if seen == state.fingerprint and not state.running:
            return _move(state, event)
        case StrategyOverridden(strategy=strategy, reason=reason) if _possible(state.brief, strategy):
            return Decision(emits=(_overridden(state, event, strategy, reason),))
        case _:
            return NOTHING


def _is_forbidden(state: StrategistState, brief: CampaignBriefed, chosen: str) -> bool:
    """Whether the brief was amended against a first choice that nobody has approved yet; later, the reviser asks."""
    return not state.running and not is_possible(brief, aim_of(chosen))


def _possible(brief: CampaignBriefed, strategy: str) -> bool:
    try:
        return is_possible(brief, aim_of(strategy))
    except ValueError:
        return False


def _move(
    state: StrategistState, event: Delivery, correction: str | None = None, replaces: str | None = None
) -> Decision:
    assert state.brief is not None
    known = known_by(state, event.now)
    shown = leaders(known, without=(*state.left, *state.rejected))
    if not shown:
        return NOTHING
    swots = [swot(known, candidate, shown, state.analyzed_by, state.briefed_by) for candidate in shown]
    proposals = tuple(
        StrategyProposed(
            strategy=candidate.strategy,
            family=BY_APPEAL[candidate.aim.appeal].name,
            appeal=candidate.aim.appeal,
            segment=candidate.aim.segment,
            topic=candidate.aim.topic,
            expected=valuation(candidate.draft),
            swot=measured,
        )
        for candidate, measured in zip(shown, swots, strict=True)
    )
    place = preferred(shown, swots) if correction is None else 0
    best, others = shown[place], [*shown[:place], *shown[place + 1 :]]
    second = others[0] if others else None
    weighed = None if place == 0 else f"{swots[place].balance:+.2f} against {swots[0].balance:+.2f}"
    awaits = state.brief.mode is Mode.APPROVE
    deadline = timedelta(hours=state.brief.constraints.approval_hours)
    chosen = StrategyChosen(
        strategy=best.strategy,
        family=BY_APPEAL[best.aim.appeal].name,
        appeal=best.aim.appeal,
        segment=best.aim.segment,
        topic=best.aim.topic,
        expected=valuation(best.draft),
        why=_why(best, second, state.brief.outcome_worth.currency, weighed),
        runner_up=second.strategy if second else None,
        weighed_against=shown[0].strategy if place > 0 else None,
        replaces=replaces,
        correction=correction,
        awaits_approval=awaits,
        # The first choice waits as long as its owner likes; a switch must not leave a failing plan running for ever.
        approve_by=event.now + deadline if awaits and correction else None,
        fingerprint=fingerprint(best.strategy, event.id),
    )
    return Decision(emits=(*proposals, chosen))


def _why(best: Candidate, second: Candidate | None, currency: str, weighed: str | None) -> str:
    """`weighed`: the balances of the two, where the owner's weights decided."""
    value = best.draft.value
    said = f"worth {value.mean:,.0f} {currency} (90 %: {value.low:,.0f} to {value.high:,.0f})"
    if second is None:
        return f"{said}; the only candidate"
    behind = value.mean - second.draft.value.mean
    if weighed is not None:
        near = f"{-behind:,.0f} {currency} less than {second.strategy}, too little to tell them apart"
        return f"{said}, {near}; what you weigh decides, {weighed}"
    return f"{said}, {behind:,.0f} {currency} more than the next, {second.strategy}"


def _overridden(state: StrategistState, event: Delivery, strategy: str, reason: str) -> StrategyChosen:
    aim = aim_of(strategy)
    candidate = planned(known_by(state, event.now), aim)
    return StrategyChosen(
        strategy=strategy_id(aim),
        family=BY_APPEAL[aim.appeal].name,
        appeal=aim.appeal,
        segment=aim.segment,
        topic=aim.topic,
        expected=valuation(candidate.draft),
        why=f"a person put it in place: {reason}",
        replaces=state.chosen,
        awaits_approval=False,
        fingerprint=fingerprint(strategy, event.id),
    )


WORKER: Final = Worker(
    name="strategist",
    hears=INFORMS | {CorrectionDecided, StrategyApproved, StrategyRejected, StrategyOverridden, CampaignEnded},
    says=frozenset({StrategyProposed, StrategyChosen}),
    state=StrategistState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"analysis", "brief", "inventory.pieces"}),
)
