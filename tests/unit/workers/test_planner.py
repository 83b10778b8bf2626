"""The planner turns a strategy into a plan, and follows every decision of the others."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.campaign import (
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Constraints,
)
from events.correction import Verdict
from events.execution import (
    CalendarExtended,
    ContentRequested,
    ExecutionRevised,
    KpiName,
    RevisionReason,
)
from events.strategy import StrategyApproved, StrategyChosen
from events.terms import Goal
from tests.unit.workers.material import (
    START,
    analysis,
    brief,
    cell,
    chosen,
    corrected,
    euros,
    inventory,
    published,
)
from tests.unit.workers.planned import desk, known, plans
from workers.indicators import CAMPAIGN_ALPHA

OLIVIA = "/people/olivia"
CALENDAR = "calendar"


def approval(waiting: StrategyChosen, **changes: Any) -> StrategyApproved:
    told = {"strategy": waiting.strategy, "fingerprint": waiting.fingerprint, "by": OLIVIA}
    return StrategyApproved(**(told | changes))


def test_a_chosen_strategy_becomes_a_plan_with_steps_calendar_budget_and_kpis() -> None:
    made = desk()
    (plan,) = plans(made)
    assert plan.strategy == "teach/workers/grammar"
    assert plan.steps
    assert plan.slots
    assert plan.starts == START
    assert plan.ends == START + timedelta(days=60)
    assert {kpi.kpi for kpi in plan.kpis} == set(KpiName) - {KpiName.ENGAGEMENTS}
    assert made.timers[CALENDAR].due <= plan.calendar_until


def test_budget_lines_add_up_to_the_budget() -> None:
    made = known(brief(boost_price=euros(7)))
    made.hear(published("old.1", START, cost=euros(12.35)))
    made.hear(chosen())
    (plan,) = plans(made)
    assert sum(line.amount.amount for line in plan.budget) == pytest.approx(Decimal(800), abs=Decimal("0.03"))
    assert {line.purpose: line.amount.amount for line in plan.budget}["spent"] == Decimal("12.35")
    assert all(line.amount.amount >= 0 for line in plan.budget)


def test_a_plan_spends_no_more_than_is_left() -> None:
    for budget in (0, 10, 60):
        made = desk(told=brief(budget=euros(budget)))
        (plan,) = plans(made)
        assert plan.expected.spend <= budget
        assert len(plan.slots) * 4 <= budget


def test_the_false_alarms_of_all_kpis_add_up_to_no_more_than_the_campaigns_bound() -> None:
    for goal in Goal:
        (plan,) = plans(desk(told=brief(goal=goal)))
        assert sum(kpi.alpha for kpi in plan.kpis) <= CAMPAIGN_ALPHA + 1e-12
        assert all(kpi.floor is None or 0 < kpi.floor < kpi.expected for kpi in plan.kpis)
        assert all(kpi.ceiling is None or kpi.ceiling > kpi.expected for kpi in plan.kpis)
        assert all((kpi.floor is None) != (kpi.ceiling is None) for kpi in plan.kpis)


def test_a_kpi_says_the_smallest_drop_that_it_can_reveal_in_time() -> None:
    posts = [cell(60, reach=300, engagement=0.1, outcome=0.2)]
    made = known(brief(), cells=posts)
    made.hear(chosen())
    reach = next(kpi for kpi in plans(made)[0].kpis if kpi.kpi is KpiName.REACH)
    assert reach.smallest_drop is not None
    assert reach.reveals_by is not None
    assert START < reach.reveals_by < START + timedelta(days=60)


def test_content_that_the_inventory_lacks_is_requested_with_a_date() -> None:
    made = known(brief(), offers=())
    made.hear(chosen())
    requests = made.of(ContentRequested)
    assert sum(request.pieces for request in requests) > 0
    for request in requests:
        assert (request.topic, request.appeal) == ("grammar", "teach")
        assert request.needed_by > START
    assert "make" in plans(made)[0].steps[0].step


def test_a_full_inventory_requests_nothing() -> None:
    made = known(brief(Constraints(posts_per_day=1)), offers=inventory(uses=100))
    made.hear(chosen())
    assert made.of(ContentRequested) == []


def test_a_plan_counts_on_no_more_content_than_there_can_be() -> None:
    made = known(brief(Constraints(pieces_per_week=0)), offers=())
    made.hear(chosen())
    (plan,) = plans(made)
    assert plan.slots == ()
    assert plan.expected.posts == 0


def test_the_owners_minutes_lower_a_plans_value_and_use_no_budget() -> None:
    free = desk(told=brief(budget=euros(100)))
    dear = desk(told=brief(budget=euros(100), minute_cost=euros(1), minutes_per_post=3))
    cheap, timed = plans(free)[0], plans(dear)[0]
    assert timed.expected.value < cheap.expected.value
    assert timed.expected.spend == 4 * timed.expected.posts
    assert sum(line.amount.amount for line in timed.budget) == 100


def test_a_strategy_that_waits_is_not_planned_before_its_approval() -> None:
    waiting = chosen(awaits=True)
    made = desk(waiting)
    assert made.said == []
    made.hear(approval(waiting, fingerprint="another"))
    made.hear(approval(chosen("proof/workers/grammar")))
    assert made.said == []
    made.hear(approval(waiting))
    assert [plan.strategy for plan in plans(made)] == [waiting.strategy]
    made.hear(approval(waiting))
    assert len(plans(made)) == 1


def test_the_running_plan_goes_on_while_a_switch_waits() -> None:
    made = desk()
    made.hear(chosen("proof/workers/travel", awaits=True, correction="c-1", replaces="teach/workers/grammar"))
    made.run_until(START + timedelta(days=8))
    assert len(plans(made)) == 1
    assert {s.traits.topic for e in made.of(CalendarExtended) for s in e.slots if not s.explores} == {"grammar"}


@pytest.mark.parametrize("verdict", [Verdict.KEEP, Verdict.REVISE])
def test_a_switch_that_was_answered_otherwise_can_no_longer_be_approved(verdict: Verdict) -> None:
    made = desk()
    waiting = chosen("proof/workers/travel", awaits=True, correction="c-1")
    made.hear(waiting)
    made.hear(corrected(verdict))
    made.hear(approval(waiting))
    assert len(plans(made)) == 1


def test_a_switch_makes_a_new_plan_with_names_of_its_own() -> None:
    made = desk()
    made.hear(corrected(Verdict.SWITCH, leave="teach/workers/grammar"))
    made.hear(chosen("proof/workers/travel", correction="c-1"))
    first, second = plans(made)
    assert first.plan != second.plan
    assert not {slot.slot for slot in first.slots} & {slot.slot for slot in second.slots}


def test_a_revision_replaces_the_slots_ahead_and_says_what_changed() -> None:
    made = known(brief(), cells=[cell(60, reach=600, hour=9), cell(60, reach=100, hour=20)])
    made.hear(chosen())
    before = plans(made)[0]
    made.hear(analysis(brief(), [cell(60, reach=100, hour=9), cell(60, reach=600, hour=20)]))
    made.hear(corrected(Verdict.REVISE), at=START + timedelta(days=2), id="c-7")
    (revised,) = made.of(ExecutionRevised)
    assert (revised.reason, revised.correction, revised.revision) == (RevisionReason.CORRECTION, "c-7", 1)
    assert revised.plan == before.plan
    assert all(slot.at > made.now for slot in revised.slots)
    assert not {slot.slot for slot in revised.slots} & {slot.slot for slot in before.slots}
    assert any("hours" in change for change in revised.changes)
    usual = Counter(slot.traits.hour for slot in revised.slots if not slot.explores)
    assert min(abs(hour - 20) for hour in usual if hour is not None) <= 3


def test_keeping_changes_no_calendar() -> None:
    made = desk()
    before = list(made.said)
    made.hear(corrected(Verdict.KEEP))
    assert made.said == before


def test_resuming_plans_anew_from_now_on() -> None:
    made = desk()
    made.hear(CampaignPaused(reason="holidays", by=OLIVIA))
    made.run_until(START + timedelta(days=9))
    assert made.of(CalendarExtended) == []
    made.hear(CampaignResumed(reason="back", by=OLIVIA))
    (revised,) = made.of(ExecutionRevised)
    assert revised.reason is RevisionReason.RESUMED
    assert revised.slots
    assert all(slot.at > made.now for slot in revised.slots)
    made.run_until(START + timedelta(days=18))
    assert made.of(CalendarExtended)


def test_an_amended_brief_is_planned_for_at_once() -> None:
    made = desk()
    made.hear(brief(Constraints(quiet_hours=tuple(range(12)))), at=START + timedelta(days=1))
    (revised,) = made.of(ExecutionRevised)
    assert revised.reason is RevisionReason.AMENDED
    assert min(slot.at.hour for slot in revised.slots) >= 12


def test_an_ended_campaign_is_planned_no_more() -> None:
    made = desk()
    before = list(made.said)
    made.hear(CampaignEnded(reason="over", by=OLIVIA))
    assert made.timers == {}
    made.hear(chosen("proof/workers/travel"))
    made.hear(corrected(Verdict.REVISE))
    assert made.said == before


def test_a_rebuilt_state_extends_its_calendar_when_it_is_due() -> None:
    made = desk()
    before = made.timers[CALENDAR].due
    made.migrate()
    assert made.timers[CALENDAR].due == before


def test_a_replaced_timer_that_still_fires_extends_nothing() -> None:
    made = desk()
    stale = made.timers[CALENDAR]
    made.hear(corrected(Verdict.REVISE), at=START + timedelta(days=2))
    current = made.timers[CALENDAR]
    made.timers[CALENDAR] = stale
    made.fire(CALENDAR)
    assert made.of(CalendarExtended) == []
    made.timers[CALENDAR] = current
    made.fire(CALENDAR)
    assert len(made.of(CalendarExtended)) == 1


def test_the_same_inputs_make_the_same_plan() -> None:
    assert desk().said == desk().said
