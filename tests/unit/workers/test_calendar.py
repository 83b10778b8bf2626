"""Every calendar keeps the limits of the brief: at its seams, across accounts, in the nights in which clocks change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from events.campaign import (
    CampaignAccount,
    CampaignBriefed,
    Constraints,
)
from events.correction import Verdict
from events.execution import (
    CalendarExtended,
    ExecutionRevised,
)
from events.strategy import Cell
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
from tests.unit.workers.planned import all_slots, assert_local_rules_hold, desk, known, plans
from workers.methods.planning import SPACING_HOURS


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


def test_no_slot_is_boosted_by_chance_beyond_what_the_plan_leaves_of_the_budget() -> None:
    """A boost looks nearly as good as none here: no usual slot has one, and draws choose it now and then."""
    told = brief(Constraints(posts_per_day=2), boost_price=euros(4), post_cost=euros(1), outcome_worth=euros(30))
    few = [cell(4, hour=9, paid=True), cell(4, reach=150, hour=15), cell(4, reach=150, hour=9)]
    planned = plans(_boosting(told, few))[0].expected.spend

    def boosted(left: float) -> int:
        (plan,) = plans(_boosting(told.model_copy(update={"budget": euros(planned + left)}), few))
        assert all(slot.explores for slot in plan.slots if slot.boost is not None)
        return sum(slot.boost is not None for slot in plan.slots)

    assert boosted(left=100) >= 2
    assert boosted(left=5) == 1
    assert boosted(left=3) == 0


def _boosting(told: CampaignBriefed, cells: Sequence[Cell]) -> Desk:
    made = known(told, offers=inventory(uses=100), cells=cells)
    made.hear(chosen())
    return made


def test_two_accounts_each_keep_their_own_cap() -> None:
    accounts = (CampaignAccount(account="shop", channel="net"), CampaignAccount(account="blog", channel="net"))
    told = brief(Constraints(posts_per_day=1), accounts=accounts)
    made = desk(told=told)
    made.run_until(START + timedelta(days=20))
    assert {slot.account for slot in all_slots(made)} == {"shop", "blog"}
    assert_local_rules_hold(all_slots(made), told)
