"""From the brief to the methods' inputs: money, time, room and what a post of a strategy may be."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.campaign import (
    AccountConnected,
    AudienceObserved,
    CampaignAccount,
    CampaignBriefed,
    Constraints,
    SegmentHypothesis,
    SpendPurpose,
    SpendRecorded,
)
from events.strategy import Statistics
from events.terms import Appeal, Goal, Money
from tests.unit.workers.material import START, analysis, brief, cell, euros, published
from workers.beliefs import beliefs
from workers.families import FAMILIES
from workers.methods.planning import Menu
from workers.model import (
    Aim,
    Limits,
    choices,
    design,
    economics,
    is_possible,
    levels,
    posts_per_day,
    response,
    room,
    spending_of,
    traits_of,
)

AIM = Aim(Appeal.TEACH, "workers", "grammar")


def menu(told: CampaignBriefed, limits: Limits | None = None) -> Menu:
    """What one post of a strategy yields, in every way in which it can be published."""
    ways = choices(told, limits or {})
    return Menu(ways, *response(told, analysis(told).statistics).per_post(design(ways, [AIM])))


def space(told: Any = None, now: datetime = START, spent: float = 0.0, **changes: Any) -> Any:
    of: dict[str, Any] = {"stock": {}, "lead_days": 2.0, "made": 0, "limits": {}} | changes
    return room(told or brief(), now, spent, **of)


def statistics(**changes: Any) -> Statistics:
    return analysis(brief()).statistics.model_copy(update=changes)


@given(lost=st.floats(0, 0.9))
def test_the_cost_of_time_is_the_one_that_the_brief_states(lost: float) -> None:
    money = economics(brief(lost_per_day=lost), statistics())
    assert math.exp(-money.rho) == pytest.approx(1 - lost)


def test_the_owners_minutes_have_a_price_of_their_own() -> None:
    plain = economics(brief(), statistics())
    with_time = economics(brief(minute_cost=euros(0.5), minutes_per_post=10), statistics())
    assert with_time.time_cost == pytest.approx(5)
    assert plain.time_cost == 0
    assert with_time.post_cost == plain.post_cost


def test_the_audience_that_is_left_is_worth_what_it_is_at_the_end() -> None:
    told = brief(audience_worth=euros(2), lost_per_day=0.05, horizon_days=30)
    assert economics(told, statistics()).engagement_worth == 0
    money = economics(told, statistics(follows_per_engagement=0.1))
    assert money.engagement_worth == pytest.approx(2 * 0.1 * 0.95**30)
    follows = brief(audience_worth=euros(2), goal=Goal.FOLLOW)
    assert economics(follows, statistics(follows_per_engagement=0.1)).engagement_worth == 0


def test_a_menu_holds_no_quiet_hour_and_boosts_only_at_a_price() -> None:
    told = brief(Constraints(quiet_hours=(0, 1, 2)))
    offered = menu(told)
    assert {choice.hour for choice in offered.choices} == set(range(3, 24))
    assert not any(choice.boosted for choice in offered.choices)
    priced = brief(boost_price=euros(5))
    boosted = menu(priced)
    assert sum(choice.boosted for choice in boosted.choices) == len(boosted.choices) / 2
    assert offered.outcomes.shape == offered.reach.shape == offered.engagements.shape
    assert offered.outcomes.shape[0] == len(offered.choices)


def test_a_menu_holds_only_the_formats_that_each_network_takes() -> None:
    shop = AccountConnected(account="shop", channel="net", takes_key=True, formats=("photo",))
    told = brief(accounts=(CampaignAccount(account="shop", channel="net"), CampaignAccount(account="x", channel="y")))
    offered = menu(told, {"shop": shop})
    assert {(c.account, c.format) for c in offered.choices} == {("shop", "photo"), ("x", "photo"), ("x", "video")}
    none = shop.model_copy(update={"formats": ("story",)})
    assert {choice.account for choice in menu(told, {"shop": none}).choices} == {"x"}


def test_no_account_is_planned_for_beyond_what_owner_and_network_both_bear() -> None:
    told = brief(Constraints(posts_per_day=3))
    shop = AccountConnected(account="shop", channel="net", takes_key=True, posts_per_day=1)
    assert posts_per_day(told, {}, "shop") == 3
    assert posts_per_day(told, {"shop": shop}, "shop") == 1
    assert posts_per_day(told, {"shop": shop.model_copy(update={"posts_per_day": 9})}, "shop") == 3
    assert space(told, limits={"shop": shop}).places_of("shop") == range(1)


def test_what_was_spent_is_production_boosts_and_fees_in_the_briefs_currency() -> None:
    told = brief()
    post = published("p.1", START, cost=euros(4.10), boost=euros(2.05))
    assert spending_of(told, post) == Decimal("6.15")
    assert spending_of(told, SpendRecorded(amount=euros(3), purpose=SpendPurpose.FEE)) == 3
    assert spending_of(told, SpendRecorded(amount=euros(3), purpose=SpendPurpose.OTHER)) == 3
    for counted_with_its_post in (SpendPurpose.PRODUCTION, SpendPurpose.BOOST):
        assert spending_of(told, SpendRecorded(amount=euros(3), purpose=counted_with_its_post)) == 0
    foreign = Money(amount=Decimal(3), currency="XTS")
    assert spending_of(told, SpendRecorded(amount=foreign, purpose=SpendPurpose.FEE)) == 0
    assert spending_of(told, told) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"constraints": Constraints(forbidden_topics=("grammar",))},
        {"topics": ("travel",)},
        {"appeals": (Appeal.OFFER,)},
        {"segments": (SegmentHypothesis(name="travelers"),)},
    ],
)
def test_an_aim_is_possible_only_as_long_as_the_brief_knows_and_allows_it(changes: dict[str, Any]) -> None:
    assert is_possible(brief(), AIM)
    assert not is_possible(brief(**changes), AIM)


def test_reach_is_its_own_outcome_where_it_is_the_goal() -> None:
    told = brief(goal=Goal.REACH)
    offered = menu(told)
    assert (offered.outcomes == offered.reach).all()


def test_a_choices_traits_are_the_strategys() -> None:
    told = brief()
    offered = menu(told)
    one = traits_of(offered.choices[0], AIM)
    assert (one.appeal, one.segment, one.topic, one.paid) == (Appeal.TEACH, "workers", "grammar", False)
    assert ("segment:topic", "workers:grammar") in levels(one)


def test_the_room_ends_with_the_horizon_and_the_budget() -> None:
    assert space().days == 60
    assert space(now=START + timedelta(days=59)).days == 1
    assert space(now=START + timedelta(days=90)).days == 0
    assert space(spent=799.0).budget == pytest.approx(1)
    assert space(spent=5000.0).budget == 0


def test_days_and_hours_are_local() -> None:
    tehran = brief(zone="Asia/Tehran", starts=datetime(2026, 3, 2, 21, tzinfo=UTC))
    late = space(tehran, now=datetime(2026, 3, 2, 21, tzinfo=UTC))
    assert late.first_hour == 1
    assert late.days == 60


def test_before_the_start_the_plan_begins_at_the_start() -> None:
    assert space(now=START - timedelta(days=10)) == space(now=START)


def test_the_owners_minutes_limit_the_posts() -> None:
    told = brief(Constraints(posts_per_day=5, minutes_per_week=70), minutes_per_post=10)
    assert space(told).per_day == 1
    assert space(told).posts == 60


def test_requested_content_comes_after_its_lead_and_no_faster_than_the_owner_makes_it() -> None:
    orders = space(brief(Constraints(pieces_per_week=3.5)), lead_days=5.0).orders
    assert orders[:3] == [5, 7, 9]
    assert len(orders) <= 3.5 * 60 / 7
    assert space(brief(Constraints(pieces_per_week=0))).orders == []


def test_a_pilot_ends_once_enough_has_been_posted() -> None:
    assert space(made=0).pilot > space(made=3).pilot > 0
    assert space(made=1000).pilot == 0


def test_every_belief_is_a_finite_multiplier_with_a_spread() -> None:
    told = brief(
        segments=(SegmentHypothesis(name="workers", people=10, interests={"grammar": 0, "travel": 10}, hours=(20,)),)
    )
    survey = AudienceObserved(
        segment="workers", asked=1, people=0, interests={"grammar": 0.0, "travel": 1.0}, hours={3: 0.0, 20: 1.0}
    )
    for observed in ((), (survey,)):
        priors = beliefs(told, observed)
        assert all(math.isfinite(prior.mean) and 0 < prior.sd < 2 for prior in priors)
        keys = [(prior.quantity, prior.factor, prior.level) for prior in priors]
        assert len(set(keys)) == len(keys)


def test_a_large_survey_is_believed_more_than_a_small_one() -> None:
    told = brief(segments=(SegmentHypothesis(name="workers", interests={"grammar": 3}),))

    def believed(asked: int) -> tuple[float, float]:
        survey = AudienceObserved(segment="workers", asked=asked, interests={"grammar": 0.1, "travel": 0.9})
        prior = next(p for p in beliefs(told, (survey,)) if p.level == "workers:grammar")
        return prior.mean, prior.sd

    assert believed(500)[0] < believed(20)[0]
    assert believed(500)[1] < believed(20)[1]


def test_there_are_at_least_five_families_and_each_appeal_has_one() -> None:
    assert len(FAMILIES) >= 5
    assert {family.appeal for family in FAMILIES} == set(Appeal)
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert all(family.lead_days > 0 for family in FAMILIES)


def test_the_same_statistics_give_every_worker_the_same_posterior() -> None:
    told = brief()
    one, two = (analysis(told, [cell(10)]).statistics for _ in range(2))
    assert one == two
    assert response(told, one) is response(told, two)
