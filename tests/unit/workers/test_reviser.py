"""The reviser weighs keep, revise and switch by what is known after the breach, one correction at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from events.campaign import CampaignBriefed, CampaignEnded, Constraints, SegmentHypothesis
from events.correction import CorrectionDecided, KPIBreached, Verdict
from events.execution import KpiName
from events.strategy import AnalysisPrompt, Cell, StrategyApproved, StrategyChosen, StrategyRejected
from events.terms import Appeal, Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import (
    START,
    analysis,
    breach,
    brief,
    cell,
    chosen,
    euros,
    inventory,
    plan,
    revision,
    slot,
    traits,
)
from workers import reviser

OLIVIA = "/people/olivia"
RUNNING = "teach/workers/grammar"
SEEN = {"reach": 400.0, "engagement": 0.1, "outcome": 0.1}

# The running strategy in its way does better than anything else: nothing is to be gained.
POOR = {"reach": 100.0, "engagement": 0.03, "outcome": 0.02}
FINE = [
    cell(200, hour=9, **SEEN),
    *(cell(80, hour=hour, **POOR) for hour in range(0, 24, 2)),
    *(cell(80, hour=9, appeal=appeal, **POOR) for appeal in Appeal if appeal is not Appeal.TEACH),
    *(
        cell(80, hour=9, segment=segment, topic=topic, **POOR)
        for segment, topic in (("workers", "travel"), ("travelers", "grammar"), ("travelers", "travel"))
    ),
    cell(80, hour=9, format="video", **POOR),
]
# Its people have moved to the evening.
SHIFTED = [cell(80, hour=9, reach=60, engagement=0.1, outcome=0.1), cell(80, hour=20, **SEEN)]
# Nobody wants it any more at any hour; another appeal is wanted.
MISSED = [
    cell(80, hour=9, reach=60, engagement=0.01, outcome=0.01),
    cell(80, hour=20, reach=60, engagement=0.01, outcome=0.01),
    cell(80, hour=9, appeal=Appeal.OFFER, **SEEN),
]


def short(**changes: Any) -> CampaignBriefed:
    """A campaign of one post a day, so that more of the same is no correction."""
    return brief(Constraints(posts_per_day=1), **changes)


def desk(told: CampaignBriefed | None = None, promised: float = 0.3) -> Desk:
    """A plan that posts a photo at nine every morning and expects so many outcomes of it."""
    told = told or short()
    made = Desk(reviser.WORKER, START)
    made.hear(told)
    for offer in inventory(uses=100):
        made.hear(offer)
    made.hear(analysis(told))
    slots = [
        slot(f"plan-1.{day}", START + timedelta(days=day), traits=traits(hour=9), expected_outcomes=promised)
        for day in range(7)
    ]
    made.hear(plan(slots))
    return made


def alarm(made: Desk, cells: Sequence[Cell], name: str = "b-1", told: CampaignBriefed | None = None) -> None:
    # Early in the morning, with the whole day ahead for every option.
    made.now = max(made.now, START + timedelta(hours=21))
    made.hear(breach(), id=name)
    made.hear(analysis(told or short(), cells, prompt=AnalysisPrompt.BREACH, breach=name))


def decided(made: Desk) -> list[CorrectionDecided]:
    return made.of(CorrectionDecided)


def offered(**changes: Any) -> StrategyChosen:
    told: dict[str, Any] = {"correction": "c-1", "approve_by": START + timedelta(days=1)}
    return chosen("offer/workers/grammar", awaits=True, **(told | changes))


def waiting() -> tuple[Desk, StrategyChosen]:
    """A switch that a person has been asked about."""
    made = desk()
    alarm(made, MISSED)
    choice = offered()
    made.hear(choice)
    return made, choice


@pytest.mark.parametrize(
    ("cells", "verdict"), [(FINE, Verdict.KEEP), (SHIFTED, Verdict.REVISE), (MISSED, Verdict.SWITCH)]
)
def test_each_verdict_follows_from_what_was_learned(cells: Sequence[Cell], verdict: Verdict) -> None:
    made = desk()
    alarm(made, cells)
    (correction,) = decided(made)
    assert correction.verdict is verdict
    assert (correction.breach, correction.kpi) == ("b-1", KpiName.OUTCOMES)
    best = max(correction.options, key=lambda option: option.value)
    assert best.verdict is verdict
    assert {option.verdict for option in correction.options} == set(Verdict)
    assert correction.leave == (RUNNING if verdict is Verdict.SWITCH else None)


def test_keeping_is_always_an_option_and_costs_nothing() -> None:
    for cells in (FINE, SHIFTED, MISSED, []):
        made = desk()
        alarm(made, cells)
        keep = next(option for option in decided(made)[0].options if option.verdict is Verdict.KEEP)
        assert (keep.cost, keep.strategy) == (0, RUNNING)


def test_a_revision_is_worth_no_less_than_the_plan_before_its_costs() -> None:
    for cells in (FINE, SHIFTED, MISSED):
        made = desk()
        alarm(made, cells)
        by = {option.verdict: option for option in decided(made)[0].options}
        assert by[Verdict.REVISE].value + by[Verdict.REVISE].cost >= by[Verdict.KEEP].value * 0.95
        assert 0 < by[Verdict.REVISE].cost <= by[Verdict.SWITCH].cost


def test_a_breach_is_answered_only_once_the_analyst_has_spoken_on_it() -> None:
    made = desk()
    made.hear(breach(), id="b-1")
    assert decided(made) == []
    made.hear(analysis(short(), MISSED, prompt=AnalysisPrompt.BREACH, breach="another"))
    assert decided(made) == []
    made.hear(analysis(short(), MISSED, prompt=AnalysisPrompt.BREACH, breach="b-1"))
    assert len(decided(made)) == 1
    made.hear(analysis(short(), MISSED, prompt=AnalysisPrompt.BREACH, breach="b-1"))
    assert len(decided(made)) == 1


def test_one_correction_at_a_time_until_the_planner_has_carried_it_out() -> None:
    made = desk()
    alarm(made, SHIFTED)
    alarm(made, MISSED, "b-2")
    assert len(decided(made)) == 1
    made.hear(revision([slot("plan-1.9", made.now + timedelta(days=1), traits=traits(hour=9))]))
    alarm(made, MISSED, "b-3")
    assert [correction.breach for correction in decided(made)] == ["b-1", "b-3"]


def test_two_kpis_that_breach_together_lead_to_one_correction() -> None:
    made = desk()
    made.hear(breach(KpiName.REACH), id="b-1")
    made.hear(breach(KpiName.OUTCOMES), id="b-2")
    for name in ("b-1", "b-2"):
        made.hear(analysis(short(), SHIFTED, prompt=AnalysisPrompt.BREACH, breach=name))
    assert [correction.breach for correction in decided(made)] == ["b-1"]


def test_keeping_leaves_it_free_to_answer_the_next_breach() -> None:
    made = desk()
    alarm(made, FINE)
    alarm(made, MISSED, "b-2")
    assert [correction.verdict for correction in decided(made)] == [Verdict.KEEP, Verdict.SWITCH]


def test_a_gain_that_is_smaller_than_the_correction_costs_is_not_taken() -> None:
    """The same evidence, and the same gain, at two prices of the owner's minutes."""

    def verdict(minute: float) -> Verdict:
        told = short(minute_cost=euros(minute), minutes_per_revision=100, minutes_per_switch=200)
        made = desk(told)
        alarm(made, SHIFTED, told=told)
        return decided(made)[0].verdict

    assert verdict(0.01) is not Verdict.KEEP
    assert verdict(1000) is Verdict.KEEP


def test_a_kept_plan_goes_on_at_the_pace_that_is_expected_of_it_now() -> None:
    def pace(promised: float) -> float:
        made = desk(promised=promised)
        alarm(made, FINE)
        (correction,) = decided(made)
        assert correction.verdict is Verdict.KEEP
        return correction.pace

    assert pace(0.3) == 1
    assert 0 < pace(40.0) < pace(10.0) < 1


def test_a_person_who_refuses_a_switch_gets_keep_or_revise() -> None:
    made, choice = waiting()
    assert made.timers["approval"].due == choice.approve_by
    made.hear(
        StrategyRejected(strategy=choice.strategy, fingerprint=choice.fingerprint, by=OLIVIA, reason="not our tone")
    )
    first, second = decided(made)
    assert first.verdict is Verdict.SWITCH
    assert second.verdict in (Verdict.KEEP, Verdict.REVISE)
    assert Verdict.SWITCH not in {option.verdict for option in second.options}
    assert made.timers == {}


def test_a_switch_that_nobody_answers_for_is_given_up_at_its_deadline() -> None:
    made, choice = waiting()
    made.fire("approval")
    assert made.now == choice.approve_by
    assert decided(made)[1].verdict in (Verdict.KEEP, Verdict.REVISE)


def test_a_rejection_with_another_fingerprint_answers_nothing() -> None:
    made, choice = waiting()
    made.hear(StrategyRejected(strategy=choice.strategy, fingerprint="another", by=OLIVIA, reason="no"))
    assert len(decided(made)) == 1
    assert "approval" in made.timers


def test_an_approved_switch_is_no_longer_waited_for() -> None:
    made, choice = waiting()
    made.hear(StrategyApproved(strategy=choice.strategy, fingerprint=choice.fingerprint, by=OLIVIA))
    assert made.timers == {}
    made.hear(plan([], plan="plan-2:offer/workers/grammar", strategy=choice.strategy))
    assert made.state.strategy == choice.strategy
    assert not made.state.correcting


def test_a_rebuilt_state_waits_for_the_same_deadline() -> None:
    made, choice = waiting()
    made.migrate()
    assert made.timers["approval"].due == choice.approve_by


def test_a_refused_switch_is_not_proposed_again_before_new_evidence() -> None:
    made, choice = waiting()
    made.hear(
        StrategyRejected(strategy=choice.strategy, fingerprint=choice.fingerprint, by=OLIVIA, reason="not our tone")
    )
    made.hear(plan([slot("plan-1.9", START + timedelta(days=9), traits=traits(hour=9))]))
    made.now = START + timedelta(days=20)
    made.hear(analysis(short(), MISSED, prompt=AnalysisPrompt.SCHEDULE))
    assert choice.strategy not in {correction.prefer for correction in decided(made)[1:]}


def test_it_does_not_ask_for_a_switch_that_the_strategist_would_not_make() -> None:
    """With two strategies in all, one running and one left, there is nothing to switch to, and nothing to wait for."""
    workers = SegmentHypothesis(name="workers", people=900)
    two = short(appeals=(Appeal.TEACH, Appeal.OFFER), topics=("grammar",), segments=(workers,))
    made = desk(two)
    alarm(made, MISSED, told=two)
    assert decided(made)[0].prefer == "offer/workers/grammar"
    made.hear(plan([slot("p.1", START + timedelta(days=1))], strategy="offer/workers/grammar", plan="plan-2:x"))
    for number in (2, 3):
        dead = [cell(80, appeal=Appeal.OFFER, reach=20, engagement=0.01), cell(80, **SEEN)]
        alarm(made, dead, f"b-{number}", told=two)
        assert decided(made)[-1].verdict is not Verdict.SWITCH
        made.hear(revision([slot(f"p.{number}", made.now)], strategy="offer/workers/grammar"))


def test_a_scheduled_look_leaves_alone_what_does_well() -> None:
    made = desk()
    made.now = START + timedelta(days=20)
    made.hear(analysis(short(), FINE, prompt=AnalysisPrompt.SCHEDULE))
    assert decided(made) == []


def test_a_scheduled_look_corrects_a_plan_that_only_loses() -> None:
    made = desk()
    made.now = START + timedelta(days=20)
    made.hear(analysis(short(), MISSED, prompt=AnalysisPrompt.SCHEDULE))
    (correction,) = decided(made)
    assert (correction.verdict, correction.breach) == (Verdict.SWITCH, None)


def test_nothing_is_corrected_before_there_is_a_plan_or_after_the_end() -> None:
    made = Desk(reviser.WORKER, START)
    made.hear(brief(mode=Mode.APPROVE))
    alarm(made, MISSED)
    assert made.said == []
    made = desk()
    made.hear(CampaignEnded(reason="over", by=OLIVIA))
    alarm(made, MISSED)
    assert made.said == []


def test_the_pending_breach_is_the_one_that_was_heard_first() -> None:
    made = desk()
    first: KPIBreached = breach(KpiName.REACH)
    made.hear(first, id="b-1")
    made.hear(breach(), id="b-2")
    assert made.state.pending == reviser.Pending(breach="b-1", kpi=KpiName.REACH)
