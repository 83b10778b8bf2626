"""No plan promises what a network refuses: its caps, formats and lengths hold in every calendar and every valuation."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from events.campaign import AccountConnected, CampaignAccount, Constraints
from events.correction import Verdict
from events.execution import CalendarExtended, ContentRequested, ExecutionRevised, Slot
from events.strategy import AnalysisPrompt, StrategyProposed
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import (
    ACCOUNT,
    CHANNEL,
    START,
    analysis,
    breach,
    brief,
    chosen,
    content,
    corrected,
    inventory,
)
from tests.unit.workers.planned import all_slots, known, plans
from workers import reviser, strategist

FOUR = Constraints(posts_per_day=4)


def network(account: str = ACCOUNT, **limits: Any) -> AccountConnected:
    return AccountConnected(account=account, channel=CHANNEL, takes_key=True, **limits)


def planned(limits: AccountConnected, days: float = 20, **changes: Any) -> list[Slot]:
    made = known(brief(FOUR, **changes), offers=inventory(uses=100), networks=(limits,))
    made.hear(chosen())
    made.run_until(START + timedelta(days=days))
    return all_slots(made)


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_no_24_hours_hold_more_posts_than_the_network_takes(cap: int) -> None:
    times = sorted(slot.at for slot in planned(network(posts_per_day=cap)))
    assert len(times) > 15 * cap * 0.7, "nor does the plan shy away from what is allowed"
    assert all(later - earlier >= timedelta(days=1) for earlier, later in zip(times, times[cap:], strict=False))


def test_a_network_that_takes_more_than_the_owner_wants_changes_nothing() -> None:
    assert planned(network(posts_per_day=50)) == planned(network())


def test_a_network_that_takes_nothing_is_planned_for_with_nothing() -> None:
    assert planned(network(posts_per_day=0)) == []
    assert planned(network(formats=("story",))) == []


def test_each_account_is_planned_for_up_to_its_own_networks_cap() -> None:
    both = (CampaignAccount(account=ACCOUNT, channel=CHANNEL), CampaignAccount(account="blog", channel=CHANNEL))
    slots = planned(network("blog", posts_per_day=1), days=10, accounts=both)
    per_day = Counter((slot.account, slot.at.date()) for slot in slots)
    assert max(count for (account, _), count in per_day.items() if account == "blog") == 1
    assert max(count for (account, _), count in per_day.items() if account == ACCOUNT) > 1


def test_only_formats_that_the_network_takes_are_planned_also_where_a_slot_explores() -> None:
    slots = planned(network(formats=("video",)), days=40)
    assert any(slot.explores for slot in slots)
    assert {slot.traits.format for slot in slots} == {"video"}


def test_a_slot_that_explores_another_strategy_does_so_in_a_format_that_its_own_account_takes() -> None:
    """Another appeal is in stock as video alone, which only the second account shows."""
    both = (CampaignAccount(account=ACCOUNT, channel=CHANNEL), CampaignAccount(account="films", channel=CHANNEL))
    stock = [one for one in inventory(uses=100) if one.format == "video" or one.appeal == "teach"]
    networks = (network(formats=("photo",)), network("films", formats=("video",)))
    made = known(brief(FOUR, accounts=both), offers=stock, networks=networks)
    made.hear(chosen())
    made.run_until(START + timedelta(days=30))
    slots = all_slots(made)
    assert {slot.account for slot in slots if slot.traits.appeal != "teach"} == {"films"}
    assert {(slot.account, slot.traits.format) for slot in slots} == {(ACCOUNT, "photo"), ("films", "video")}


def test_content_that_is_too_long_for_the_account_carries_no_plan() -> None:
    long = [one.model_copy(update={"text": "x" * 300}) for one in inventory(uses=100)]

    def asked(limits: AccountConnected) -> int:
        made = known(brief(Constraints(posts_per_day=1)), offers=long, networks=(limits,))
        made.hear(chosen())
        return sum(request.pieces for request in made.of(ContentRequested))

    assert asked(network(text_length=300)) == 0
    assert asked(network(text_length=299)) > 0


def test_strategist_planner_and_reviser_value_one_strategy_alike_under_the_networks_limits() -> None:
    """Or the plan would promise what is refused, and every correction would look better than what runs."""
    told, limits = brief(FOUR), network(posts_per_day=1, formats=("photo",))

    def posts(limits: tuple[AccountConnected, ...]) -> tuple[int, int, float, float]:
        chooser = Desk(strategist.WORKER, START)
        planner = known(told, offers=inventory(uses=100), networks=limits)
        judge = Desk(reviser.WORKER, START)
        for made in (chooser, judge):
            for fact in (*limits, told, *inventory(uses=100)):
                made.hear(fact)
        chooser.hear(analysis(told))
        best = max(chooser.of(StrategyProposed), key=lambda one: one.expected.value)
        planner.hear(chosen(best.strategy))
        (plan,) = plans(planner)
        judge.hear(analysis(told))
        judge.hear(plan)
        judge.hear(breach(), id="b-1")
        judge.hear(analysis(told, prompt=AnalysisPrompt.BREACH, breach="b-1"))
        revise = next(one for one in judge.said[0].options if one.verdict is Verdict.REVISE)  # type: ignore[attr-defined]
        return best.expected.posts, plan.expected.posts, best.expected.outcomes, revise.outcomes

    free, bound = posts(()), posts((limits,))
    assert bound[0] == bound[1] < free[0] == free[1]
    assert bound[2] == pytest.approx(bound[3])
    assert bound[2] < free[2]


@pytest.mark.parametrize("seed", range(6))
def test_drawn_and_replanned_slots_keep_cap_and_distance_with_what_is_already_out(seed: int) -> None:
    """What the ledger would hold back is never planned within one campaign."""
    made = known(brief(FOUR), offers=inventory(uses=100))
    made.hear(chosen(), id=f"choice-{seed}")
    made.run_until(START + timedelta(days=3, hours=5 + seed))
    out = [slot for slot in all_slots(made) if slot.at <= made.now]
    made.hear(corrected(Verdict.REVISE), id=f"correction-{seed}")
    made.run_until(START + timedelta(days=16))
    (revised,) = made.of(ExecutionRevised)
    later = [*revised.slots, *(slot for fact in made.of(CalendarExtended) for slot in fact.slots)]
    times = sorted(slot.at for slot in (*out, *later))
    assert all(second - first >= timedelta(hours=3) for first, second in pairwise(times))
    assert max(Counter(at.date() for at in times).values()) <= 4
    assert any(slot.explores for slot in later)


def test_content_of_the_network_is_known_from_its_newest_word() -> None:
    made = known(brief(), offers=[content("lesson", uses=50, rest_days=0)], networks=(network(formats=("video",)),))
    made.hear(network())
    made.hear(chosen())
    assert plans(made)[0].slots
