"""The planner's calendars keep every limit of the brief, and follow every decision of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.campaign import (
    CampaignAccount,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Constraints,
    ContentOffered,
)
from events.correction import Verdict
from events.execution import (
    CalendarExtended,
    ContentRequested,
    ExecutionRevised,
    KpiName,
    PlanMade,
    RevisionReason,
    Slot,
)
from events.strategy import StrategyApproved, StrategyChosen
from events.terms import Goal
from tests.unit.workers.desk import Desk
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
from workers import planner
from workers.indicators import CAMPAIGN_ALPHA
from workers.methods.planning import SPACING_HOURS

OLIVIA = "/people/olivia"
CALENDAR = "calendar"


def known(told: CampaignBriefed, offers: Sequence[ContentOffered] | None = None, cells: Sequence[Any] = ()) -> Desk:
    made = Desk(planner.WORKER, told.starts)
    made.hear(told)
    made.hear(analysis(told, cells))
    for offer in inventory() if offers is None else offers:
        made.hear(offer)
    return made


def desk(strategy: StrategyChosen | None = None, *, told: CampaignBriefed | None = None, **changes: Any) -> Desk:
    made = known(told or brief(**changes))
    made.hear(strategy or chosen())
    return made


def plans(made: Desk) -> list[PlanMade]:
    return made.of(PlanMade)


def approval(waiting: StrategyChosen, **changes: Any) -> StrategyApproved:
    told = {"strategy": waiting.strategy, "fingerprint": waiting.fingerprint, "by": OLIVIA}
    return StrategyApproved(**(told | changes))


def all_slots(made: Desk) -> list[Slot]:
    """What stands in the calendar when all was said: a revision replaces what was still ahead."""
    standing: list[Slot] = []
    for fact in made.said:
        if isinstance(fact, PlanMade | CalendarExtended | ExecutionRevised):
            standing += fact.slots
    return standing


def assert_local_rules_hold(slots: Sequence[Slot], told: CampaignBriefed) -> None:
    zone = ZoneInfo(told.zone)
    local = [(slot.account, slot.at.astimezone(zone)) for slot in slots]
    assert not {at.hour for _, at in local} & set(told.constraints.quiet_hours)
    a_day = Counter((account, at.date()) for account, at in local)
    assert max(a_day.values(), default=0) <= told.constraints.posts_per_day


def test_a_chosen_strategy_becomes_a_plan_with_steps_calendar_budget_and_kpis() -> None:
    made = desk()
    (plan,) = plans(made)
    assert plan.strategy == "teach/workers/grammar"
    assert plan.steps
    assert plan.slots
    assert plan.starts == START
    assert plan.ends == START + timedelta(days=60)
    assert {kpi.kpi for kpi in plan.kpis} == set(KpiName)
    assert made.timers[CALENDAR].due <= plan.calendar_until


def test_every_slot_lies_ahead_and_within_the_calendar() -> None:
    (plan,) = plans(desk())
    assert all(START < slot.at <= plan.calendar_until for slot in plan.slots)
    assert [slot.at for slot in plan.slots] == sorted(slot.at for slot in plan.slots)
    assert len({slot.slot for slot in plan.slots}) == len(plan.slots)


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        ("Europe/Berlin", datetime(2026, 3, 26, 9, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 22, 9, tzinfo=UTC)),
        ("Asia/Tehran", datetime(2021, 3, 19, 9, tzinfo=UTC)),
        ("Asia/Tehran", datetime(2026, 3, 19, 9, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 3, 5, 9, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("quiet", [(), (0, 1, 2, 3, 4, 5, 6), (1, 3, 22, 23)])
def test_local_rules_hold_also_in_the_night_in_which_clocks_change(
    zone: str, starts: datetime, quiet: tuple[int, ...]
) -> None:
    limits = Constraints(posts_per_day=3, quiet_hours=quiet)
    told = brief(limits, zone=zone, starts=starts)
    for hour in (0, 2, 9, 23):
        made = known(told, cells=[cell(40, reach=900, hour=hour), cell(40, reach=50, hour=(hour + 12) % 24)])
        made.hear(chosen())
        made.run_until(starts + timedelta(days=15))
        assert all_slots(made)
        assert_local_rules_hold(all_slots(made), told)


def test_two_posts_of_an_account_keep_their_distance() -> None:
    made = desk(told=brief(Constraints(posts_per_day=4)))
    made.run_until(START + timedelta(days=30))
    times = sorted(slot.at for slot in all_slots(made))
    assert len(times) > 30
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= timedelta(hours=SPACING_HOURS)


def test_an_extended_calendar_goes_on_without_gap_or_overlap() -> None:
    made = desk()
    first = plans(made)[0]
    before = first.calendar_until
    made.run_until(START + timedelta(days=25))
    extensions = made.of(CalendarExtended)
    assert len(extensions) >= 3
    for extension in extensions:
        assert all(before < slot.at <= extension.calendar_until for slot in extension.slots)
        before = extension.calendar_until
    names = [slot.slot for slot in all_slots(made)]
    assert len(names) == len(set(names))


def test_a_day_at_the_seam_of_two_calendars_keeps_its_cap() -> None:
    """The first calendar ends at noon and prefers mornings; the second begins at noon and prefers afternoons."""
    told = brief(Constraints(posts_per_day=1), starts=START.replace(hour=12))
    mornings = [cell(80, reach=900, hour=9), cell(80, reach=500, hour=14), cell(80, reach=5, hour=20)]
    afternoons = [cell(80, reach=500, hour=9), cell(80, reach=900, hour=14), cell(80, reach=5, hour=20)]
    made = known(told, cells=mornings)
    made.hear(chosen())
    made.hear(analysis(told, afternoons))
    made.run_until(START + timedelta(days=16))
    slots = all_slots(made)
    assert {slot.at.hour < 12 for slot in slots} == {True, False}
    assert_local_rules_hold(slots, told)


def test_a_revision_in_the_middle_of_a_day_keeps_the_days_cap() -> None:
    """What was published this morning counts; the afternoon is not a new day."""
    told = brief(Constraints(posts_per_day=1))
    made = known(told, cells=[cell(60, reach=800, hour=20), cell(60, reach=10, hour=8)])
    made.hear(chosen())
    made.hear(published("plan-1.1", START + timedelta(days=1, hours=1)), at=START + timedelta(days=1, hours=1))
    made.hear(corrected(Verdict.REVISE), at=START + timedelta(days=1, hours=2))
    (revised,) = made.of(ExecutionRevised)
    today = (START + timedelta(days=1)).date()
    assert [slot for slot in revised.slots if slot.at.date() == today] == []


def test_the_calendar_ends_with_the_campaign() -> None:
    made = desk(told=brief(horizon_days=12))
    made.run_until(START + timedelta(days=60))
    assert max(slot.at for slot in all_slots(made)) <= START + timedelta(days=12)
    assert made.timers == {}


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


def test_a_topic_that_is_forbidden_later_is_in_no_calendar_from_then_on() -> None:
    made = desk()
    made.hear(brief(Constraints(forbidden_topics=("grammar",))), at=START + timedelta(days=1))
    made.run_until(START + timedelta(days=20))
    after = [fact for fact in made.said if isinstance(fact, ExecutionRevised | CalendarExtended)]
    assert after
    assert "grammar" not in {slot.traits.topic for fact in after for slot in fact.slots}


def test_forbidden_topics_are_in_no_calendar() -> None:
    made = known(brief(Constraints(forbidden_topics=("travel",))))
    made.hear(chosen())
    made.run_until(START + timedelta(days=40))
    assert {slot.traits.topic for slot in all_slots(made)} == {"grammar"}


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


def test_every_slot_says_whether_it_explores_and_with_what_chance_it_came_out() -> None:
    made = desk()
    made.run_until(START + timedelta(days=50))
    slots = all_slots(made)
    assert all(0 < slot.propensity <= 1 for slot in slots)
    exploring = sum(slot.explores for slot in slots)
    assert 0 < exploring < len(slots) / 2
    usual = {slot.traits.segment for slot in slots if not slot.explores}
    assert usual == {"workers"}


def test_a_boosted_slot_carries_its_price_and_others_none() -> None:
    cheap = brief(boost_price=euros(1), outcome_worth=euros(500))
    paid = [cell(60, reach=900, paid=True, outcome=0.2), cell(60, reach=100, paid=False, outcome=0.2)]
    made = known(cheap, cells=paid)
    made.hear(chosen())
    (plan,) = plans(made)
    assert any(slot.boost for slot in plan.slots)
    assert all((slot.boost == euros(1)) == bool(slot.traits.paid) for slot in plan.slots)


def test_the_same_inputs_make_the_same_plan() -> None:
    assert desk().said == desk().said


def test_two_accounts_each_keep_their_own_cap() -> None:
    accounts = (CampaignAccount(account="shop", channel="net"), CampaignAccount(account="blog", channel="net"))
    told = brief(Constraints(posts_per_day=1), accounts=accounts)
    made = desk(told=told)
    made.run_until(START + timedelta(days=20))
    assert {slot.account for slot in all_slots(made)} == {"shop", "blog"}
    assert_local_rules_hold(all_slots(made), told)
