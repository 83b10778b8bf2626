"""The strategist offers several strategies, explains them by what was measured, and takes no for an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.campaign import CampaignEnded, Comparison, Constraints
from events.correction import Verdict
from events.strategy import (
    AnalysisPrompt,
    StrategyChosen,
    StrategyOverridden,
    StrategyProposed,
    StrategyRejected,
    SwotFactor,
)
from events.terms import Appeal, Criterion, Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import START, analysis, brief, cell, corrected, euros, inventory
from workers import strategist

OLIVIA = "/people/olivia"
GOOD = [cell(40, appeal=Appeal.COMMUNITY, engagement=0.2, outcome=0.2), cell(40, appeal=Appeal.TEACH, engagement=0.01)]


def known(constraints: Constraints | None = None, cells: Any = (), **changes: Any) -> Desk:
    told = brief(constraints, **changes)
    made = Desk(strategist.WORKER, START)
    made.hear(told, id="the brief")
    for offer in inventory():
        made.hear(offer, id=f"offered {offer.content}")
    made.hear(analysis(told, cells), id="the analysis")
    return made


def choices(made: Desk) -> list[StrategyChosen]:
    return made.of(StrategyChosen)


def rejected(choice: StrategyChosen, **changes: Any) -> StrategyRejected:
    told = {"strategy": choice.strategy, "fingerprint": choice.fingerprint, "by": OLIVIA, "reason": "not us"}
    return StrategyRejected(**(told | changes))


def overridden(strategy: str) -> StrategyOverridden:
    return StrategyOverridden(strategy=strategy, by=OLIVIA, reason="I know them")


def factors(proposal: StrategyProposed) -> list[SwotFactor]:
    swot = proposal.swot
    return [*swot.strengths, *swot.weaknesses, *swot.opportunities, *swot.threats]


def test_at_least_five_families_are_proposed_and_the_most_valuable_is_chosen() -> None:
    made = known()
    proposals = made.of(StrategyProposed)
    assert len({proposal.family for proposal in proposals}) >= 5
    (choice,) = choices(made)
    values = {proposal.strategy: proposal.expected.value for proposal in proposals}
    assert choice.strategy == max(values, key=lambda name: values[name])
    assert choice.runner_up == sorted(values, key=lambda name: -values[name])[1]
    assert all(p.expected.low <= p.expected.value <= p.expected.high for p in proposals)


def test_every_factor_of_a_swot_is_measured_and_traces_to_events_that_exist() -> None:
    made = known(cells=GOOD)
    exist = {"the brief", "the analysis"} | {f"offered {offer.content}" for offer in inventory()}
    for proposal in made.of(StrategyProposed):
        assert len(factors(proposal)) >= 5
        for factor in factors(proposal):
            assert factor.unit
            assert factor.evidence
            assert set(factor.evidence) <= exist


def test_a_swot_measures_what_differs_between_the_candidates() -> None:
    made = known(cells=GOOD)
    seen = {p.appeal: next(f.measure for f in factors(p) if f.unit == "posts") for p in made.of(StrategyProposed)}
    assert seen[Appeal.COMMUNITY] == pytest.approx(40)
    assert seen[Appeal.OFFER] == 0


def test_where_no_post_is_worth_its_cost_a_swot_says_so_and_measures_nothing_of_none() -> None:
    poor: dict[str, Any] = {
        "outcome_worth": euros(0.01),
        "post_cost": euros(500),
        "boost_price": None,
        "audience_worth": None,
    }
    for proposal in known(**poor).of(StrategyProposed):
        assert proposal.expected.posts == 0
        assert "no post of it is worth its cost" in proposal.swot.weaknesses[0].statement
        assert len(factors(proposal)) == 3


def test_evidence_decides_against_what_is_generally_believed() -> None:
    assert choices(known(cells=GOOD))[0].appeal is Appeal.COMMUNITY
    bad = [cell(40, appeal=Appeal.COMMUNITY, engagement=0.005, outcome=0.005)]
    assert choices(known(cells=bad))[0].appeal is not Appeal.COMMUNITY


TIED = [cell(8, appeal=Appeal.OFFER, segment=None, engagement=0.05, outcome=0.055)]
"""Offers have been seen, collaboration not; the second is believed to be worth hardly more."""
TWO: dict[str, Any] = {"appeals": (Appeal.OFFER, Appeal.COLLABORATE)}
SEEN = (Comparison(more=Criterion.EVIDENCE, less=Criterion.RISK, times=9),)
CHEAP = (Comparison(more=Criterion.COST, less=Criterion.EVIDENCE, times=9),)


def test_what_the_owner_weighs_decides_between_near_ties() -> None:
    alone, weighed = known(cells=TIED, **TWO), known(cells=TIED, swot_weights=SEEN, **TWO)
    best, second = alone.of(StrategyProposed)
    assert second.expected.value > 0.95 * best.expected.value
    assert (choices(alone)[0].strategy, choices(alone)[0].weighed_against) == (best.strategy, None)
    (choice,) = choices(weighed)
    assert (choice.strategy, choice.weighed_against, choice.runner_up) == (second.strategy, *[best.strategy] * 2)
    assert choice.expected == second.expected
    assert "too little to tell them apart; what you weigh decides" in choice.why


def test_expected_value_decides_against_what_the_owner_weighs_where_it_is_no_near_tie() -> None:
    far = [cell(8, appeal=Appeal.OFFER, segment=None, engagement=0.05, outcome=0.03)]
    made = known(cells=far, swot_weights=SEEN, **TWO)
    best, second = made.of(StrategyProposed)
    assert (second.swot.balance or 0) > (best.swot.balance or 0)
    assert (choices(made)[0].strategy, choices(made)[0].weighed_against) == (best.strategy, None)


def test_a_near_tie_stays_with_the_best_where_the_weights_speak_for_it() -> None:
    made = known(cells=TIED, swot_weights=CHEAP, **TWO)
    assert choices(made)[0].strategy == made.of(StrategyProposed)[0].strategy


def test_a_switch_goes_to_the_candidate_that_its_gain_was_valued_for() -> None:
    made = known(cells=TIED, swot_weights=SEEN, **TWO)
    made.hear(corrected(Verdict.SWITCH, leave="teach/workers/grammar"))
    best = made.of(StrategyProposed)[-2]
    assert (choices(made)[-1].strategy, choices(made)[-1].weighed_against) == (best.strategy, None)


def test_weights_order_the_factors_of_a_swot_and_sum_to_its_balance() -> None:
    told = (Comparison(more=Criterion.CADENCE, less=Criterion.INTEREST, times=4), *SEEN)
    for proposal in known(cells=GOOD, swot_weights=told).of(StrategyProposed):
        swot = proposal.swot
        for field in (swot.strengths, swot.weaknesses, swot.opportunities, swot.threats):
            weights = [factor.weight or 0 for factor in field]
            assert weights == sorted(weights, reverse=True)
        assert sum(factor.weight or 0 for factor in factors(proposal)) == pytest.approx(1)
        good = sum(factor.weight or 0 for factor in (*swot.strengths, *swot.opportunities))
        assert swot.balance == pytest.approx(2 * good - 1)


def test_without_comparisons_no_factor_has_a_weight() -> None:
    for proposal in known(cells=GOOD).of(StrategyProposed):
        assert proposal.swot.balance is None
        assert {factor.weight for factor in factors(proposal)} == {None}
        assert {factor.criterion for factor in factors(proposal)} == set(Criterion)


def test_nothing_is_said_before_the_analysis_and_only_once_after_it() -> None:
    made = Desk(strategist.WORKER, START)
    made.hear(brief())
    for offer in inventory():
        made.hear(offer)
    assert made.said == []
    for prompt in (AnalysisPrompt.BRIEF, AnalysisPrompt.SCHEDULE, AnalysisPrompt.BREACH):
        made.hear(analysis(brief(), prompt=prompt))
    assert len(choices(made)) == 1


def test_the_strategy_that_it_was_told_to_leave_is_not_chosen_again() -> None:
    made = known()
    left = [choices(made)[0].strategy]
    for number in range(3):
        made.hear(corrected(Verdict.SWITCH, leave=left[-1]), id=f"c-{number}")
        choice = choices(made)[-1]
        assert choice.strategy != left[-1]
        assert (choice.replaces, choice.correction) == (left[-1], f"c-{number}")
        assert choice.strategy not in left[-2:]
        left.append(choice.strategy)


def test_keeping_or_revising_chooses_nothing() -> None:
    made = known()
    made.hear(corrected(Verdict.KEEP))
    made.hear(corrected(Verdict.REVISE))
    assert len(choices(made)) == 1


def test_in_approve_mode_the_first_choice_waits_for_as_long_as_its_owner_likes() -> None:
    (choice,) = choices(known(mode=Mode.APPROVE))
    assert choice.awaits_approval
    assert choice.approve_by is None


@pytest.mark.parametrize("mode", [Mode.AUTOMATIC, Mode.ADVISE])
def test_in_the_other_modes_nobody_is_waited_for(mode: Mode) -> None:
    (choice,) = choices(known(mode=mode))
    assert not choice.awaits_approval


def test_a_switch_waits_only_until_its_deadline() -> None:
    made = known(Constraints(approval_hours=12), mode=Mode.APPROVE)
    made.hear(corrected(Verdict.SWITCH, leave=choices(made)[0].strategy))
    choice = choices(made)[-1]
    assert choice.awaits_approval
    assert choice.approve_by == START + timedelta(hours=12)


def test_a_first_choice_that_is_rejected_leads_to_the_next_and_never_back() -> None:
    made = known(mode=Mode.APPROVE)
    for _ in range(5):
        made.hear(rejected(choices(made)[-1]))
    strategies = [choice.strategy for choice in choices(made)]
    assert len(strategies) == 6
    assert len(set(strategies)) == 6
    values = [choice.expected.value for choice in choices(made)]
    assert values == sorted(values, reverse=True)


def test_a_rejection_with_another_fingerprint_is_ignored() -> None:
    made = known(mode=Mode.APPROVE)
    first = choices(made)[0]
    made.hear(rejected(first, fingerprint="another"))
    assert len(choices(made)) == 1
    made.hear(corrected(Verdict.SWITCH, leave="teach/workers/grammar"))
    assert choices(made)[-1].strategy == first.strategy


def test_what_was_rejected_may_be_proposed_again_on_new_evidence() -> None:
    made = known(mode=Mode.APPROVE)
    first = choices(made)[0]
    made.hear(rejected(first))
    second = choices(made)[-1]
    made.hear(analysis(brief(mode=Mode.APPROVE), prompt=AnalysisPrompt.SCHEDULE))
    made.hear(corrected(Verdict.SWITCH, leave=second.strategy))
    assert choices(made)[-1].strategy != first.strategy
    made.hear(analysis(brief(mode=Mode.APPROVE), prompt=AnalysisPrompt.BREACH, breach="b-1"))
    made.hear(corrected(Verdict.SWITCH, leave=choices(made)[-1].strategy))
    assert choices(made)[-1].strategy == first.strategy


def test_a_running_strategys_switch_that_is_rejected_is_left_to_the_reviser() -> None:
    made = known(mode=Mode.APPROVE)
    made.hear(overridden("teach/workers/grammar"))
    made.hear(corrected(Verdict.SWITCH, leave="teach/workers/grammar"))
    count = len(choices(made))
    made.hear(rejected(choices(made)[-1]))
    assert len(choices(made)) == count


def test_an_override_is_obeyed_without_waiting() -> None:
    made = known(mode=Mode.APPROVE)
    made.hear(overridden("offer/travelers/travel"))
    choice = choices(made)[-1]
    assert (choice.strategy, choice.awaits_approval) == ("offer/travelers/travel", False)
    assert "I know them" in choice.why


@pytest.mark.parametrize(
    "strategy", ["offer/nobody/travel", "offer/workers/cooking", "magic/workers/travel", "offer", "a/b/c/d"]
)
def test_an_override_to_what_the_brief_does_not_know_changes_nothing(strategy: str) -> None:
    made = known()
    made.hear(overridden(strategy))
    assert len(choices(made)) == 1


def test_forbidden_topics_are_never_chosen_not_even_by_an_override() -> None:
    made = known(Constraints(forbidden_topics=("travel",)))
    made.hear(overridden("offer/workers/travel"))
    for _ in range(4):
        made.hear(corrected(Verdict.SWITCH, leave=choices(made)[-1].strategy))
    assert {fact.topic for fact in made.of(StrategyProposed)} == {"grammar"}
    assert {fact.topic for fact in choices(made)} == {"grammar"}


def test_a_brief_with_one_appeal_has_candidates_along_its_directions() -> None:
    made = known(appeals=(Appeal.TEACH,))
    assert {proposal.appeal for proposal in made.of(StrategyProposed)} == {Appeal.TEACH}
    assert len(choices(made)) == 1


def test_every_choice_has_a_fingerprint_of_its_own() -> None:
    made = known(mode=Mode.APPROVE)
    for number in range(4):
        made.hear(rejected(choices(made)[-1]), id=f"no-{number}")
    prints = [choice.fingerprint for choice in choices(made)]
    assert len(set(prints)) == len(prints)


def test_an_ended_campaign_chooses_nothing() -> None:
    made = known()
    made.hear(CampaignEnded(reason="over", by=OLIVIA))
    made.hear(corrected(Verdict.SWITCH, leave=choices(made)[0].strategy))
    made.hear(overridden("offer/travelers/travel"))
    assert len(choices(made)) == 1


def test_directions_that_an_amended_brief_no_longer_knows_are_not_followed() -> None:
    """The analysis may be older than the brief: its segment is gone, and a rejection asks for another strategy."""
    made = known(cells=GOOD)
    (choice,) = choices(made)
    told = brief()
    left = tuple(segment for segment in told.segments if segment.name != choice.segment)
    made.hear(told.model_copy(update={"segments": left}))
    made.hear(rejected(choice))
    assert all(proposal.segment != choice.segment for proposal in choices(made)[1:])
