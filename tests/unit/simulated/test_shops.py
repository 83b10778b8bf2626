"""What becomes of purchases: they come late, or would have come anyway, and are put down to posts all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from events.terms import Fact
from tests.contract.platform_suite import MovableClock
from tests.unit.simulated.posting import MIDNIGHT, Outcome, Planned, changed, daily, follow, outgoing, traits
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.world import World


def test_where_purchases_burn_slowly_nobody_buys_for_days_and_as_many_buy_in_the_end() -> None:
    policy = daily(19, range(20), traits())
    slow, quick = (follow(load_world(each), policy, days=120) for each in ("slow-burn", "steady"))
    delays = sorted(at - slow.published[content] for content, at in slow.bought)
    assert delays[0] >= timedelta(days=5)
    assert timedelta(days=7) < delays[len(delays) // 2] < timedelta(days=12)
    assert sorted(content for content, _ in slow.bought) == sorted(content for content, _ in quick.bought)
    assert slow.counters == quick.counters


@pytest.fixture(scope="module")
def organic() -> World:
    return load_world("organic")


def needless(world: World) -> World:
    segments = {name: each.model_copy(update={"needs_per_year": 0.0}) for name, each in world.segments.items()}
    return world.model_copy(update={"segments": segments})


PRICE, WORTH, POSTS = 5, 25, range(0, 60, 2)
"""What a boost costs and a purchase is worth in the world's brief; and on which days is posted."""


def boosted(world: World, money: int | None, seed: int = 1) -> Outcome:
    boost = None if money is None else Decimal(money)
    return follow(world, daily(19, POSTS, traits(), boost=boost), days=90, seed=seed)


def all_bought(outcome: Outcome) -> int:
    return len(outcome.bought) + outcome.uncredited


def test_a_boost_is_credited_with_purchases_that_would_have_come_without_it(organic: World) -> None:
    seeds = (1, 2, 3)
    pairs = [(boosted(organic, PRICE, seed), boosted(organic, None, seed)) for seed in seeds]
    credited = sum(len(paid.bought) - len(unpaid.bought) for paid, unpaid in pairs)
    caused = sum(all_bought(paid) - all_bought(unpaid) for paid, unpaid in pairs)
    assert credited > 4 * caused > 0
    assert credited * WORTH > 2 * PRICE * len(POSTS) * len(seeds) > 2 * caused * WORTH


def test_where_nobody_buys_by_themselves_a_boost_is_credited_with_what_it_causes(organic: World) -> None:
    paid, unpaid = (boosted(needless(organic), money) for money in (PRICE, None))
    assert paid.uncredited == unpaid.uncredited == 0
    assert len(paid.bought) > len(unpaid.bought)


def test_a_boost_that_is_aimed_meets_more_of_those_who_are_about_to_buy(organic: World) -> None:
    aimed, blind = boosted(organic, PRICE), boosted(changed(organic, "feed", boost_aim=1.0), PRICE)
    assert len(aimed.bought) > 1.15 * len(blind.bought)
    assert aimed.mean("reach") < 1.1 * blind.mean("reach")


def test_people_buy_by_themselves_as_often_as_the_world_says_and_whatever_is_posted(organic: World) -> None:
    first, dull = (follow(organic, [Planned(0, hour, "once", traits())], days=100).uncredited for hour in (3, 10))
    expected = organic.size * 0.5 * 100 / 365
    assert 0.8 * expected < first < 1.1 * expected
    assert abs(first - dull) < 0.03 * expected


def test_time_cut_into_pieces_gives_the_same_purchases_also_while_nothing_is_posted(organic: World) -> None:
    def lived(step_hours: float) -> list[tuple[str, datetime]]:
        clock, said = MovableClock(MIDNIGHT), list[tuple[str, datetime]]()

        def say(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
            said.append((own_id, at))

        network = SimulatedNetwork(organic, seed=2, clock=clock, say=say)
        network.publish("roastery", outgoing(Planned(0, 0, "one", traits(), boost=Decimal(20))), "one")
        while clock.now() < MIDNIGHT + timedelta(days=20):
            network.advance(clock.move(hours=step_hours))
        return said

    assert lived(480) == lived(7.5) == lived(48)
    assert len(lived(480)) > 20
