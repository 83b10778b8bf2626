"""What becomes of posts among many: they wear out, explode, are held back, and carry each other's luck."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from events.terms import Appeal, PostTraits
from tests.contract.platform_suite import MovableClock
from tests.unit.simulated.posting import MIDNIGHT, Outcome, Planned, changed, daily, follow, ignore, outgoing, traits
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.world import World

FRESH = {"topic_fatigue": 0.0, "appeal_fatigue": 0.0}
LESSONS, OUTINGS = traits(), traits(topic="events", appeal=Appeal.ENTERTAIN)
MESSAGES = ((LESSONS,), (OUTINGS,), (LESSONS, OUTINGS))
"""Policies by the messages that they send in turn."""


def engagements(outcome: Outcome, days: range) -> float:
    return float(np.mean([outcome.counters[f"content {day}"]["engagements"] for day in days]))


def test_a_message_that_is_repeated_wears_out_and_varied_ones_do_not() -> None:
    world = load_world("fatigue")
    same = daily(19, range(20), traits())
    varied = [
        Planned(day, 19, f"content {day}", traits(topic=topic, appeal=appeal))
        for day in range(20)
        for topic, appeal in [
            (("brewing", Appeal.TEACH), ("events", Appeal.ENTERTAIN), ("beans", Appeal.COMMUNITY))[day % 3]
        ]
    ]
    lost = [
        engagements(follow(world, policy), range(8, 20))
        / engagements(follow(changed(world, "attention", **FRESH), policy), range(8, 20))
        for policy in (same, varied)
    ]
    assert lost[0] < 0.6
    assert lost[1] > 1.25 * lost[0]


def test_where_messages_wear_out_two_in_turn_sell_more_than_the_better_one_and_only_there() -> None:
    world = load_world("fatigue")
    policies = [[Planned(day, 19, f"content {day}", of[day % len(of)]) for day in range(40)] for of in MESSAGES]
    sold = {
        each.attention.topic_fatigue > 0: [
            sum(len(follow(each, policy, seed=seed, days=60).bought) for seed in (1, 2, 3)) for policy in policies
        ]
        for each in (world, changed(world, "attention", **FRESH))
    }
    assert sold[True][2] > 1.15 * max(sold[True][:2])
    assert sold[False][2] < sold[False][0]


def test_a_worn_message_recovers_slowly() -> None:
    world = load_world("fatigue")
    repeated = daily(19, range(12), traits())
    kept = []
    for rest in (2, 10, 40):
        probe = daily(19, range(12 + rest, 14 + rest), traits())
        worn, first = (
            sum(engagements(follow(world, policy, seed=seed, days=60), range(12 + rest, 14 + rest)) for seed in (1, 2))
            for policy in ([*repeated, *probe], probe)
        )
        kept.append(worn / first)
    assert kept[0] < kept[1] < kept[2]
    assert kept[1] < 0.85
    assert kept[2] > 0.9


@pytest.fixture(scope="module")
def whims() -> Outcome:
    return follow(load_world("viral"), every_third_day(traits()), days=401)


def every_third_day(of: PostTraits) -> list[Planned]:
    return [each for day in range(0, 400, 3) for each in daily(19, range(day, day + 1), of)]


def reaches(outcome: Outcome) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([each["reach"] for each in outcome.counters.values()], dtype=np.float64)


def test_some_posts_explode(whims: Outcome) -> None:
    ordinary = follow(
        changed(load_world("viral"), "luck", tail=2.6, explosions=0.0), every_third_day(traits()), days=401
    )
    assert np.quantile(reaches(whims), 0.95) > 1.5 * np.quantile(reaches(ordinary), 0.95)
    assert np.quantile(reaches(whims), 0.95) > 2.5 * np.median(reaches(whims))
    exploded = reaches(whims) > 2 * reaches(ordinary)
    assert 0.02 < exploded.mean() < 0.12
    assert np.median(reaches(whims)) < 1.1 * np.median(reaches(ordinary))


def test_an_explosion_teaches_nothing_about_what_was_said(whims: Outcome) -> None:
    """The posts that explode are the same ones when they say something else."""
    other = follow(
        load_world("viral"), every_third_day(traits(topic="gear", appeal=Appeal.OFFER, format_="photo")), days=401
    )
    loudest = [set(np.argsort(reaches(each))[-5:]) for each in (whims, other)]
    assert len(loudest[0] & loudest[1]) >= 4


def test_a_network_holds_back_accounts_that_post_too_often() -> None:
    world = load_world("punisher")
    lenient = changed(world, "feed", throttle=None)
    sparing = daily(19, range(0, 28, 2), traits())
    zealous = [
        Planned(day, hour, f"{day} at {hour}", traits()) for day in range(28) for hour in (8, 19)
    ]  # twice the posts of steady's plans
    assert follow(world, sparing).counters == follow(lenient, sparing).counters
    held_back, free = follow(world, zealous), follow(lenient, zealous)
    assert held_back.mean("reach") < 0.5 * free.mean("reach")
    assert len(held_back.bought) < len(follow(world, sparing).bought)


def test_a_demoted_account_is_an_ordinary_one_again_a_week_later() -> None:
    world = load_world("punisher")
    zealous = [
        Planned(day, hour, f"{day} at {hour}", traits("offices", "gear")) for day in range(7) for hour in (8, 19)
    ]
    probes = [Planned(day, 19, f"probe {day}", traits()) for day in (7, 20)]
    strict, lenient = (
        follow(each, [*zealous, *probes]).counters for each in (world, changed(world, "feed", throttle=None))
    )
    assert strict["probe 7"]["reach"] < 0.3 * lenient["probe 7"]["reach"]
    assert strict["probe 20"]["reach"] > 0.95 * lenient["probe 20"]["reach"]


def test_in_a_herd_luck_at_the_start_decides_what_becomes_of_equal_posts() -> None:
    world = load_world("herding")
    early, late = halves(world)
    _, alone = halves(changed(world, "attention", herding=0.0))
    lucky = early > np.median(early)
    assert late[lucky].mean() / late[~lucky].mean() > 1.8
    assert alone[lucky].mean() / alone[~lucky].mean() < 1.25
    assert np.std(late) / np.mean(late) > 1.5 * np.std(alone) / np.mean(alone)


def halves(world: World) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    """Of 60 equal posts: early engagements, and engagements per person reached afterwards."""
    clock = MovableClock(MIDNIGHT)
    network = SimulatedNetwork(world, seed=1, clock=clock, say=ignore)
    found = []
    for number in range(60):
        clock.move(seconds=(MIDNIGHT + timedelta(days=3 * number, hours=17) - clock.now()).total_seconds())
        reference = network.publish("roastery", outgoing(Planned(0, 17, f"{number}", traits())), f"{number}").reference
        clock.move(hours=3)
        start = network.read_post("roastery", reference).counters
        clock.move(hours=48)
        end = network.read_post("roastery", reference).counters
        later = (end["engagements"] - start["engagements"]) / (end["reach"] - start["reach"])
        found.append((start["engagements"], later))
    return tuple(np.array(found, dtype=np.float64).T)
