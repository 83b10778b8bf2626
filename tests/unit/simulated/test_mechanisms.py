"""The people behave as people do: when they are online, what they like, how they tire, pass on, and buy later."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from events.terms import Appeal
from tests.unit.simulated.posting import MIDNIGHT, Outcome, Planned, changed, daily, follow, traits
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.world import World

DAYS = range(20)


@pytest.fixture(scope="module")
def steady() -> World:
    return load_world("steady")


@pytest.fixture(scope="module")
def evening(steady: World) -> Outcome:
    """Every evening of 20 days the post that beginners like best."""
    return follow(steady, daily(19, DAYS, traits()))


def test_a_decent_post_has_the_magnitudes_of_a_small_account(evening: Outcome) -> None:
    assert 150 < evening.mean("reach") < 600
    assert 0.03 < evening.mean("engagements") / evening.mean("reach") < 0.12
    assert 0.3 < evening.bought_per_post < 3


def test_counters_agree_with_each_other(evening: Outcome) -> None:
    for counters in evening.counters.values():
        assert counters["impressions"] >= counters["reach"] >= counters["engagements"]
        assert all(counters[each] <= counters["engagements"] for each in ("likes", "comments", "shares", "clicks"))
    account = evening.network.read_account("roastery").counters
    assert account["follows"] == sum(counters["follows"] for counters in evening.counters.values())
    assert account["followers"] == 300 + account["follows"] - account["unfollows"]


def test_posting_when_people_are_online_beats_other_hours(steady: World, evening: Outcome) -> None:
    for hour in (3, 13):
        other = follow(steady, daily(hour, DAYS, traits()))
        assert evening.mean("reach") > 1.5 * other.mean("reach")
        assert evening.bought_per_post > 1.5 * other.bought_per_post


def test_the_right_appeal_and_topic_beat_the_wrong_ones(steady: World, evening: Outcome) -> None:
    for wrong in (traits(appeal=Appeal.OFFER), traits(topic="gear")):
        other = follow(steady, daily(19, DAYS, wrong))
        assert evening.mean("engagements") > 1.5 * other.mean("engagements")


def test_early_engagement_is_rewarded_with_reach(steady: World) -> None:
    policy = daily(19, DAYS, traits())
    blind = follow(changed(steady, "feed", ranking=0.0), policy)
    ranked = follow(steady, policy)
    assert ranked.mean("reach") > 1.1 * blind.mean("reach")
    dull = daily(19, DAYS, traits(appeal=Appeal.COLLABORATE, topic="gear"))
    assert follow(steady, dull).mean("reach") < follow(changed(steady, "feed", ranking=0.0), dull).mean("reach")


def test_shares_carry_a_post_to_others(steady: World, evening: Outcome) -> None:
    unshared = follow(changed(steady, "feed", friends_per_share=0.0), daily(19, DAYS, traits()))
    assert evening.mean("reach") > 1.03 * unshared.mean("reach")


def test_people_tire_of_an_account_that_posts_too_often(steady: World, evening: Outcome) -> None:
    often = [Planned(day, hour, f"{day} at {hour}", traits()) for day in DAYS for hour in (7, 8, 17, 18, 19, 20)]
    flood = follow(steady, often)
    rate = flood.mean("engagements") / flood.mean("reach")
    assert rate < 0.8 * evening.mean("engagements") / evening.mean("reach")
    unfollows = [each.network.read_account("roastery").counters["unfollows"] for each in (flood, evening)]
    assert unfollows[0] > 6 * max(unfollows[1], 1)


def test_fatigue_passes(steady: World) -> None:
    flood = [Planned(0, hour, f"flood {hour}", traits()) for hour in (7, 8, 12, 17, 18, 19)]
    kept = []
    for day in (1, 15):
        probe = Planned(day, 8, "probe", traits())
        tired, fresh = (
            sum(follow(steady, policy, seed=seed, days=20).counters["probe"]["engagements"] for seed in range(6))
            for policy in ([*flood, probe], [probe])
        )
        kept.append(tired / fresh)
    assert kept[0] < 0.85
    assert kept[1] > 0.95


def test_a_person_takes_in_only_so_many_posts_a_day(steady: World) -> None:
    many = [Planned(0, hour, f"{name} {hour}", traits(), account=name) for hour in (7, 8, 9) for name in "abcdef"[:5]]
    free = changed(steady, "network", posts_per_day=None)
    impressions = [
        follow(changed(free, "attention", posts_per_day=most), many).mean("impressions") for most in (1, 4, 100)
    ]
    assert impressions[0] < 0.7 * impressions[1]
    assert impressions[1] < impressions[2]


def test_a_boost_reaches_more_of_the_addressed_segment(steady: World, evening: Outcome) -> None:
    boosted = follow(steady, daily(19, DAYS, traits(), boost=Decimal(10)))
    assert boosted.mean("reach") > evening.mean("reach") + 50
    twice = follow(steady, daily(19, DAYS, traits(), boost=Decimal(20)))
    gains = boosted.mean("reach") - evening.mean("reach"), twice.mean("reach") - boosted.mean("reach")
    assert 0 < gains[1] < gains[0]


def test_luck_has_a_heavy_tail(steady: World) -> None:
    policy = [each for day in range(0, 300, 3) for each in daily(19, range(day, day + 1), traits())]
    wild, tame = (
        np.array([c["reach"] for c in follow(changed(steady, "luck", tail=tail), policy, days=301).counters.values()])
        for tail in (1.6, 50.0)
    )
    assert wild.max() / np.median(wild) > 2.5
    assert wild.max() / np.median(wild) > 1.5 * tame.max() / np.median(tame)


def test_purchases_come_later_than_clicks_within_days(evening: Outcome) -> None:
    delays = [at - evening.published[content] for content, at in evening.bought]
    assert min(delays) > timedelta(hours=1)
    assert timedelta(hours=12) < sorted(delays)[len(delays) // 2] < timedelta(days=3)


def test_an_hour_shift_moves_the_good_hours() -> None:
    shifted = load_world("hour-shift")
    before, after = range(13), range(15, 40)
    evening, noon = (follow(shifted, daily(hour, before, traits())) for hour in (19, 13))
    assert evening.mean("reach") > 1.5 * noon.mean("reach")
    evening, noon = (follow(shifted, daily(hour, after, traits()), days=45) for hour in (19, 13))
    assert noon.mean("reach") > 1.5 * evening.mean("reach")


def test_where_the_message_misses_no_hour_helps_but_another_message_does() -> None:
    world = load_world("message-miss")
    taught = [follow(world, daily(hour, DAYS, traits())) for hour in (8, 13, 19, 21)]
    proved = follow(world, daily(19, DAYS, traits(appeal=Appeal.PROOF)))
    assert proved.bought_per_post > 3 * max(each.bought_per_post for each in taught)
    assert proved.mean("engagements") > 3 * max(each.mean("engagements") for each in taught)


def test_in_the_demo_better_hours_help_until_summer_asks_for_another_strategy() -> None:
    world = load_world("demo")
    lessons, stories = traits("professionals", "grammar", Appeal.TEACH), traits("travelers", "travel", Appeal.PROOF)
    spring, summer = range(20), range(24, 40)
    office, late = (follow(world, daily(hour, spring, lessons)) for hour in (10, 21))
    assert late.mean("reach") > 1.4 * office.mean("reach")
    assert late.bought_per_post > follow(world, daily(19, spring, stories)).bought_per_post
    taught, told = (follow(world, daily(hour, summer, kind), days=45) for hour, kind in ((21, lessons), (19, stories)))
    assert told.bought_per_post > 3 * taught.bought_per_post


def test_local_hours_stay_where_they_are_when_the_clocks_change(steady: World) -> None:
    summer = MIDNIGHT + timedelta(days=40)
    assert summer.utcoffset() != MIDNIGHT.utcoffset()
    after = follow(steady, daily(19, range(40, 60), traits()), days=65)
    off = follow(steady, daily(15, range(40, 60), traits()), days=65)
    assert after.mean("reach") > 1.4 * off.mean("reach")
