"""The figures of a campaign: outcomes, their worth, money, corrections."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.campaign import ConversionRecorded, SpendPurpose, SpendRecorded
from events.envelope import Event
from events.execution import RevisionReason
from events.terms import Goal
from tests.unit.views.told import hours_after, said
from tests.unit.workers.material import START, brief, euros, plan, published, reading, revision
from workers.views.figures import counts, figures


def briefed(**changes: Any) -> Event:
    return said(brief(**changes), START)


@given(st.integers(0, 50), st.integers(1, 10), st.floats(0, 0.9))
def test_an_outcome_is_worth_exactly_the_stated_share_less_with_every_day(day: int, count: int, lost: float) -> None:
    sold = said(ConversionRecorded(count=count), START + timedelta(days=day))
    found = figures([briefed(lost_per_day=lost), sold])
    assert found.outcomes == count
    assert found.gross_value == pytest.approx(count * 50 * (1 - lost) ** day)


def test_what_is_spent_is_told_plainly_and_discounted() -> None:
    at = START + timedelta(days=10)
    boosted = said(published("a", at, cost=euros(4), boost=euros(6)), at)
    fee = said(SpendRecorded(amount=euros(5), purpose=SpendPurpose.FEE), START)
    found = figures([briefed(lost_per_day=0.03), boosted, fee])
    assert found.spent == 15
    assert found.spent_discounted == pytest.approx(10 * 0.97**10 + 5)
    assert found.net_value == pytest.approx(-found.spent_discounted)


def test_production_that_is_recorded_is_not_counted_beside_the_post_that_it_made() -> None:
    post = said(published("a", START, cost=euros(4)), START)
    recorded = said(SpendRecorded(amount=euros(4), purpose=SpendPurpose.PRODUCTION), START)
    assert figures([briefed(), post, recorded]).spent == 4


def test_followers_are_counted_by_what_each_reading_adds() -> None:
    post = published("a", START)
    events = [briefed(goal=Goal.FOLLOW), said(post, START)]
    for age, follows in ((1.0, 2), (24.0, 2), (168.0, 5)):
        events.append(said(reading(post.post, age, follows=follows), hours_after(START, age)))
    found = figures(events)
    assert found.outcomes == 5
    assert found.gross_value == pytest.approx(50 * (2 * 0.97 ** (1 / 24) + 3 * 0.97**7))


def test_a_counter_that_was_not_given_takes_nothing_back() -> None:
    post = published("a", START)
    events = [
        briefed(goal=Goal.REACH),
        said(post, START),
        said(reading(post.post, 1, reach=80), hours_after(START, 1)),
        said(reading(post.post, 24, engagements=3), hours_after(START, 24)),
        said(reading(post.post, 168, reach=100), hours_after(START, 168)),
    ]
    assert figures(events).outcomes == 100


def test_posts_of_others_bring_the_campaign_no_outcomes() -> None:
    assert figures([briefed(goal=Goal.REACH), said(reading("history/1", 24, reach=900), START)]).outcomes == 0


def test_only_revisions_that_correct_are_counted_as_corrections() -> None:
    amended = revision((), reason=RevisionReason.AMENDED)
    events = [briefed(), said(plan(()), START), said(revision(()), START), said(amended, START)]
    assert figures(events).execution_revisions == 1


def test_strategies_are_those_that_got_a_plan_in_order() -> None:
    second = plan((), plan="plan-2:proof/workers/travel", strategy="proof/workers/travel")
    found = figures([briefed(), said(plan(()), START), said(second, START, 2)])
    assert found.strategies == ("teach/workers/grammar", "proof/workers/travel")
    assert found.strategy_switches == 1


def test_a_campaign_without_a_plan_has_switched_nothing() -> None:
    assert figures([briefed()]).strategy_switches == 0


def test_a_campaign_that_was_never_briefed_has_no_figures() -> None:
    with pytest.raises(ValueError, match="never briefed"):
        figures([said(ConversionRecorded(), START)])


def test_an_amended_brief_changes_the_worth_but_not_the_beginning() -> None:
    later = brief(starts=START + timedelta(days=5), outcome_worth=euros(10))
    sold = said(ConversionRecorded(), START + timedelta(days=10))
    found = figures([briefed(), said(later, START + timedelta(days=5)), sold])
    assert found.gross_value == pytest.approx(10 * 0.97**10)


def test_events_are_counted_by_name_the_most_frequent_first() -> None:
    events = [briefed(), *(said(ConversionRecorded(), START, number) for number in range(3))]
    assert list(counts(events).items()) == [("ConversionRecorded", 3), ("CampaignBriefed", 1)]


def test_money_is_added_exactly() -> None:
    posts = [said(published(f"p{n}", START, cost=euros(0.1)), START, n) for n in range(10)]
    assert Decimal(str(figures([briefed(), *posts]).spent)) == Decimal("1.0")
