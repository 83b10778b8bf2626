"""Where a network counts no reach, posts promise engagements, are held to them, and what they got is learned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.campaign import AccountConnected, CampaignAccount, PostObserved
from events.execution import KpiName, MetricObserved, PlanMade
from events.strategy import AudienceAnalyzed, Cell, Statistics
from events.terms import Appeal
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import (
    ACCOUNT,
    CHANNEL,
    START,
    brief,
    chosen,
    inventory,
    published,
    reading,
    traits,
)
from tests.unit.workers.planned import known
from workers import analyst
from workers.indicators import CAMPAIGN_ALPHA
from workers.methods.response import expand
from workers.model import response

SEEN = ("reach", "likes", "comments", "shares", "followers")
UNREACHED = ("likes", "comments", "shares", "followers")
BOTH = (CampaignAccount(account=ACCOUNT, channel=CHANNEL), CampaignAccount(account="other", channel=CHANNEL))


def network(counters: tuple[str, ...], account: str = ACCOUNT) -> AccountConnected:
    return AccountConnected(account=account, channel=CHANNEL, takes_key=True, counters=counters)


def promised(*networks: AccountConnected) -> set[KpiName]:
    made = known(brief(accounts=BOTH), offers=inventory(uses=100), networks=networks)
    made.hear(chosen())
    (plan,) = made.of(PlanMade)
    assert {one.account for one in plan.slots} == {ACCOUNT, "other"}
    assert sum(kpi.alpha for kpi in plan.kpis) <= CAMPAIGN_ALPHA + 1e-12
    return {kpi.kpi for kpi in plan.kpis} - {KpiName.OUTCOMES, KpiName.COST, KpiName.UNFOLLOWS}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (SEEN, SEEN, {KpiName.REACH, KpiName.ENGAGEMENT}),
        (SEEN, (), {KpiName.REACH, KpiName.ENGAGEMENT}),
        (UNREACHED, UNREACHED, {KpiName.ENGAGEMENTS}),
        (SEEN, UNREACHED, {KpiName.ENGAGEMENTS}),
        (SEEN, ("sent",), {KpiName.REACH, KpiName.ENGAGEMENT}),
        (("sent",), ("sent",), set()),
    ],
)
def test_a_plan_promises_what_its_networks_count(
    first: tuple[str, ...], second: tuple[str, ...], expected: set[KpiName]
) -> None:
    assert promised(network(first), network(second, "other")) == expected


def listening(counters: tuple[str, ...]) -> Desk:
    made = Desk(analyst.WORKER, START)
    made.hear(network(counters))
    made.hear(brief())
    return made


def told(made: Desk, count: int, **counters: int) -> AudienceAnalyzed:
    for number in range(count):
        post = published(f"plan-1.{number}", START + timedelta(days=number))
        made.hear(post)
        made.hear(reading(post.post, 170, counters, final=True), at=START + timedelta(days=number + 8))
    return made.of(AudienceAnalyzed)[-1]


def engagements(statistics: Statistics, appeal: Appeal = Appeal.TEACH) -> float:
    """What a post of those traits is believed to get."""
    of = traits(appeal=appeal)
    row = expand(
        channel=of.channel, topic=of.topic, format=of.format, appeal=appeal.value, segment=of.segment, hour=of.hour,
        paid=of.paid,
    )  # fmt: skip
    return float(response(brief(), statistics).per_post([row])[1].mean())


@pytest.mark.parametrize("likes", [0, 40, 300])
def test_engagements_without_reach_teach_what_a_post_gets(likes: int) -> None:
    before = listening(UNREACHED).of(AudienceAnalyzed)[-1]
    after = told(listening(UNREACHED), 30, likes=likes, comments=0, shares=0)
    believed, learned = engagements(before.statistics), engagements(after.statistics)
    assert abs(learned - likes) < abs(believed - likes) / 3
    assert all(cell.reach_exposure == 0 for cell in after.statistics.cells), "nothing is said to be known of reach"


def test_a_young_post_without_reach_is_completed_instead_of_looking_weak() -> None:
    made = listening(UNREACHED)
    for number in range(8):
        post = published(f"plan-1.{number}", START)
        made.hear(post)
        made.hear(reading(post.post, 24, likes=9, comments=1, shares=0), at=START + timedelta(days=1))
    (cell,) = made.of(AudienceAnalyzed)[-1].statistics.cells
    assert cell.unreached is not None
    assert 0.5 * cell.posts < cell.unreached < cell.posts


def test_a_reach_that_is_missing_where_the_network_counts_it_teaches_nothing_of_engagement() -> None:
    for counters in (SEEN, ()):
        after = told(listening(counters), 12, likes=40, comments=0, shares=0)
        assert [(cell.engagements, cell.unreached) for cell in after.statistics.cells] == [(0, None)]


def test_a_network_that_begins_to_count_reach_is_believed_from_then_on() -> None:
    made = listening(UNREACHED)
    made.hear(network(SEEN))
    assert [cell.unreached for cell in told(made, 12, likes=40, comments=0, shares=0).statistics.cells] == [None]


def test_posts_made_by_hand_teach_engagements_too() -> None:
    made = listening(UNREACHED)
    for number in range(12):
        made.hear(PostObserved(post=f"at://{number}", account=ACCOUNT, published=START, traits=traits()))
        counters = {"likes": 9, "comments": 1, "shares": 0}
        made.hear(MetricObserved(account=ACCOUNT, post=f"at://{number}", age_hours=168, counters=counters, final=True))
    (cell,) = made.of(AudienceAnalyzed)[-1].statistics.cells
    assert (cell.engagements, cell.unreached) == (10 * cell.posts, cell.posts)


def test_what_reach_taught_elsewhere_carries_the_engagements_of_a_network_without_it() -> None:
    """Reach ten times what the brief lets believe: the same engagements then are a smaller rate, and as many."""
    seen = Cell(**traits(channel="seen").model_dump(), posts=40, reach_exposure=40, reach=40 * 5_000)
    unseen = Cell(**traits().model_dump(), posts=40, engaged_posts=40, unreached=40, engagements=40 * 25)
    analysis = listening(UNREACHED).of(AudienceAnalyzed)[-1].statistics
    both = analysis.model_copy(update={"cells": (unseen, seen)})
    assert engagements(both) == pytest.approx(25, rel=0.2)
