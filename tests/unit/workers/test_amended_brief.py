"""An amended brief that no longer allows what runs, or what waits for a person, is answered at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.campaign import CampaignBriefed, Constraints, SegmentHypothesis
from events.correction import CorrectionDecided, Verdict
from events.execution import ContentRequested, ExecutionRevised, RevisionReason
from events.strategy import AnalysisPrompt, StrategyApproved, StrategyChosen, StrategyRejected
from events.terms import Appeal, Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import (
    START,
    analysis,
    breach,
    brief,
    chosen,
    inventory,
    plan,
    revision,
    slot,
    traits,
)
from tests.unit.workers.planned import known
from workers import reviser, strategist
from workers.decision import Worker

OLIVIA = "/people/olivia"
RUNNING = "teach/workers/grammar"
FORBIDDING: list[dict[str, Any]] = [
    {"constraints": Constraints(forbidden_topics=("grammar",))},
    {"topics": ("travel",)},
    {"appeals": (Appeal.OFFER, Appeal.PROOF)},
    {"segments": (SegmentHypothesis(name="travelers", people=1500),)},
]


def informed(worker: Worker[Any], **changes: Any) -> Desk:
    told = brief(**changes)
    made = Desk(worker, START)
    made.hear(told)
    for offer in inventory(uses=100):
        made.hear(offer)
    made.hear(analysis(told))
    return made


def running(**changes: Any) -> Desk:
    """A reviser whose campaign runs a plan about grammar."""
    made = informed(reviser.WORKER, **changes)
    made.hear(chosen(RUNNING))
    made.hear(plan([slot(f"plan-1.{day}", START + timedelta(days=day), traits=traits(hour=9)) for day in range(7)]))
    return made


def amend(made: Desk, told: CampaignBriefed) -> None:
    """As the runtime does: the brief, the analyst's answer, and for a reviser the planner's."""
    made.hear(told, at=made.now + timedelta(hours=1))
    made.hear(analysis(told))
    if made.worker is reviser.WORKER:
        made.hear(revision([], reason=RevisionReason.AMENDED))


def decided(made: Desk) -> list[CorrectionDecided]:
    return made.of(CorrectionDecided)


def rejection(choice: StrategyChosen) -> StrategyRejected:
    return StrategyRejected(strategy=choice.strategy, fingerprint=choice.fingerprint, by=OLIVIA, reason="not us")


@pytest.mark.parametrize("changes", FORBIDDING)
def test_a_running_strategy_that_is_no_longer_allowed_is_left_at_once_for_one_that_is(changes: dict[str, Any]) -> None:
    made = running()
    amend(made, brief(**changes))
    (correction,) = decided(made)
    assert (correction.verdict, correction.leave, correction.breach) == (Verdict.SWITCH, RUNNING, None)
    keep = correction.options[0]
    assert (keep.verdict, keep.value, keep.outcomes) == (Verdict.KEEP, 0, 0)
    assert {option.verdict for option in correction.options} == {Verdict.KEEP, Verdict.SWITCH}
    assert correction.prefer is not None
    assert set(correction.prefer.split("/")) & {"offer", "proof", "travel", "travelers"}


def test_an_amendment_that_still_allows_what_runs_is_no_reason_to_correct() -> None:
    made = running()
    amend(made, brief(Constraints(posts_per_day=3, forbidden_topics=("travel",))))
    assert decided(made) == []


def test_a_forbidden_strategy_is_valued_as_nothing_when_a_breach_comes_before_the_switch() -> None:
    made = running()
    told = brief(Constraints(forbidden_topics=("grammar",)))
    made.hear(breach(), id="b-1")
    made.hear(told)
    made.hear(analysis(told, prompt=AnalysisPrompt.BREACH, breach="b-1"))
    (correction,) = decided(made)
    assert (correction.verdict, correction.breach) == (Verdict.SWITCH, "b-1")


def test_in_approve_mode_a_person_who_refuses_is_asked_for_another_since_what_runs_is_forbidden() -> None:
    made = running(mode=Mode.APPROVE)
    amend(made, brief(Constraints(forbidden_topics=("grammar",)), mode=Mode.APPROVE))
    first = decided(made)[0].prefer
    assert first is not None
    choice = chosen(first, awaits=True, correction="c-1", approve_by=made.now + timedelta(hours=12))
    made.hear(choice)
    made.hear(rejection(choice))
    second = decided(made)[1]
    assert second.verdict is Verdict.SWITCH
    assert second.prefer not in (None, first)


def test_a_switch_that_waits_is_put_again_when_the_brief_forbids_it() -> None:
    made = running(mode=Mode.APPROVE)
    offered = chosen("offer/workers/travel", awaits=True, correction="c-1", approve_by=START + timedelta(days=1))
    made.hear(offered)
    assert "approval" in made.timers
    amend(made, brief(Constraints(forbidden_topics=("travel",)), mode=Mode.APPROVE))
    assert len(decided(made)) == 1
    assert decided(made)[0].prefer != offered.strategy
    assert made.timers == {}


def test_a_switch_that_waits_goes_on_waiting_when_the_brief_is_amended_otherwise() -> None:
    made = running(mode=Mode.APPROVE)
    offered = chosen("offer/workers/travel", awaits=True, correction="c-1", approve_by=START + timedelta(days=1))
    made.hear(offered)
    amend(made, brief(Constraints(posts_per_day=3), mode=Mode.APPROVE))
    assert made.state.offered == offered
    made.fire("approval")
    assert decided(made)[0].verdict in (Verdict.KEEP, Verdict.REVISE)


def test_a_first_choice_that_was_rejected_is_not_proposed_as_a_switch_before_new_evidence() -> None:
    first = "offer/travelers/travel"

    def prefers(prompts: list[AnalysisPrompt]) -> str | None:
        made = informed(reviser.WORKER, mode=Mode.APPROVE)
        for rejected in (first, *(f"offer/{who}/{what}" for who in ("workers", "travelers") for what in ("grammar",))):
            choice = chosen(rejected, awaits=True)
            made.hear(choice)
            made.hear(rejection(choice))
        accepted = chosen(RUNNING, awaits=True)
        made.hear(accepted)
        made.hear(StrategyApproved(strategy=RUNNING, fingerprint=accepted.fingerprint, by=OLIVIA))
        made.hear(plan([slot("plan-1.1", START + timedelta(days=1))]))
        for prompt in prompts:
            made.hear(analysis(brief(mode=Mode.APPROVE), prompt=prompt))
        only_offers = (Appeal.TEACH, Appeal.OFFER)
        told = brief(Constraints(forbidden_topics=("grammar",)), appeals=only_offers, mode=Mode.APPROVE)
        told = told.model_copy(update={"segments": (SegmentHypothesis(name="travelers", people=1500),)})
        amend(made, told)
        return decided(made)[-1].prefer

    assert prefers([AnalysisPrompt.SCHEDULE]) == "teach/travelers/travel"
    assert prefers([AnalysisPrompt.AUDIENCE]) == first


def test_a_first_choice_that_waits_is_chosen_anew_when_the_brief_forbids_it() -> None:
    made = informed(strategist.WORKER, mode=Mode.APPROVE)
    first = made.of(StrategyChosen)[0]
    amend(made, brief(Constraints(forbidden_topics=(first.topic,)), mode=Mode.APPROVE))
    second = made.of(StrategyChosen)[1]
    assert second.topic != first.topic
    assert second.awaits_approval
    made.hear(StrategyApproved(strategy=second.strategy, fingerprint=second.fingerprint, by=OLIVIA))
    amend(made, brief(Constraints(forbidden_topics=(second.topic,)), mode=Mode.APPROVE))
    assert len(made.of(StrategyChosen)) == 2, "once it runs, the reviser asks"


def test_nothing_is_planned_or_asked_for_about_what_the_brief_forbids() -> None:
    made = known(brief(), offers=())
    made.hear(chosen(RUNNING))
    before = len(made.of(ContentRequested))
    made.hear(brief(Constraints(forbidden_topics=("grammar",))), at=START + timedelta(days=1))
    (revised,) = made.of(ExecutionRevised)
    assert (revised.slots, revised.expected.posts, revised.expected.value) == ((), 0, 0)
    assert len(made.of(ContentRequested)) == before
