"""Two policies meet the same luck, and the same calls give the same network, however its time was cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.terms import Fact
from tests.contract.platform_suite import MovableClock
from tests.unit.simulated.posting import MIDNIGHT, Planned, daily, follow, ignore, outgoing, traits
from workers.platforms.simulated import factory
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.people import Population
from workers.platforms.simulated.record import OtherWorld
from workers.platforms.simulated.shipped import load_world, shipped_worlds
from workers.platforms.simulated.world import World

HAPPENINGS = ("changes", "rivals")
"""What a world begins on a day of its own."""


@pytest.fixture(scope="module")
def steady() -> World:
    return load_world("steady")


def test_a_post_meets_the_same_luck_whatever_else_the_policy_did(steady: World) -> None:
    alone = follow(steady, [Planned(9, 19, "the post", traits())])
    busy = follow(
        steady,
        [
            *(Planned(day, 8, f"another account's {day}", traits(), account="rival") for day in range(5)),
            Planned(9, 19, "the post", traits()),
            *(Planned(day, 8, f"afterwards {day}", traits()) for day in range(14, 20)),
        ],
    )
    assert alone.counters["the post"] == busy.counters["the post"]
    assert alone.counters["the post"]["engagements"] > 0


def test_luck_turns_with_the_hour_in_which_a_local_day_begins_even_between_full_hours() -> None:
    tehran = load_world("steady").model_copy(update={"zone": "Asia/Tehran"})

    def seen(*, with_rival: bool) -> int:
        clock = MovableClock(datetime(2026, 3, 2, 19, tzinfo=ZoneInfo("Asia/Tehran")))
        network = SimulatedNetwork(tehran, seed=1, clock=clock, say=ignore)
        reference = network.publish("roastery", outgoing(Planned(0, 19, "the post", traits())), "key").reference
        clock.move(hours=5, minutes=10)
        if with_rival:
            network.publish("rival", outgoing(Planned(1, 0, "unliked", traits(topic="events"))), "rival")
        clock.move(minutes=20)
        return network.read_post("roastery", reference).counters["impressions"]

    assert seen(with_rival=True) == seen(with_rival=False)


def test_the_same_people_are_online_on_a_day_whatever_happened_before(steady: World) -> None:
    first, second = Population(steady, 7, MIDNIGHT.date()), Population(steady, 7, MIDNIGHT.date())
    for day in range(6):
        list(first.begin(day))
    for one, other in zip(first.begin(6), second.begin(6), strict=True):
        assert one.tolist() == other.tolist()


def test_common_luck_makes_two_policies_easier_to_compare(steady: World) -> None:
    contents = range(0, 120, 3)
    at_19, at_20 = (
        follow(steady, [each for day in contents for each in daily(hour, range(day, day + 1), traits())], days=125)
        for hour in (19, 20)
    )
    elsewhere = follow(
        steady, [each for day in contents for each in daily(20, range(day, day + 1), traits())], days=125, seed=2
    )
    reach = [
        np.array([outcome.counters[f"content {day}"]["reach"] for day in contents])
        for outcome in (at_19, at_20, elsewhere)
    ]
    assert np.corrcoef(reach[0], reach[1])[0, 1] > 0.6
    assert np.var(reach[0] - reach[1]) < 0.5 * np.var(reach[0] - reach[2])


def test_another_seed_is_another_luck(steady: World) -> None:
    policy = daily(19, range(3), traits())
    assert follow(steady, policy, seed=1).counters == follow(steady, policy, seed=1).counters
    assert follow(steady, policy, seed=1).counters != follow(steady, policy, seed=2).counters


def _lived(world: World, steps: list[float]) -> tuple[object, ...]:
    clock, said = MovableClock(MIDNIGHT + timedelta(hours=18.3)), list[tuple[str, str, object]]()

    def say(fact: Fact, campaign: str, own_id: str, at: object) -> None:
        said.append((campaign, own_id, at))

    network = SimulatedNetwork(world, seed=3, clock=clock, say=say)
    for name in ("first", "second", "third"):
        reference = network.publish("roastery", outgoing(Planned(0, 18, name, traits())), name).reference
    for hours in (*sorted(steps), 90.0):
        moment = MIDNIGHT + timedelta(hours=18.3 + hours)
        clock.move(seconds=(moment - clock.now()).total_seconds())
        network.advance(clock.now())
        network.read_account("roastery")
    return network.read_post("roastery", reference), network.read_account("roastery"), said


@settings(max_examples=15)
@given(st.lists(st.floats(0, 90), max_size=12))
def test_time_cut_into_any_pieces_gives_the_same_network(steps: list[float]) -> None:
    world = load_world("steady")
    whole = _lived(world, [])
    assert whole[-1]
    assert _lived(world, steps) == whole


@pytest.mark.parametrize("name", sorted(set(shipped_worlds()) - {"outage"}))
def test_a_reading_at_any_time_changes_no_world(name: str) -> None:
    world = load_world(name)
    at_once = world.model_copy(
        update={part: tuple(each.model_copy(update={"day": 1}) for each in getattr(world, part)) for part in HAPPENINGS}
    )
    assert _lived(at_once, [0.2, 5.9, 6.1, 23.0, 31.5, 55.0]) == _lived(at_once, [])


def test_a_network_that_is_given_what_another_accepted_goes_on_as_that_one(steady: World) -> None:
    clock = MovableClock(MIDNIGHT)
    first = SimulatedNetwork(steady, seed=5, clock=clock, say=ignore)
    references = []
    for day in range(4):
        clock.move(hours=19 if day == 0 else 24)
        references.append(first.publish("roastery", outgoing(Planned(day, 19, f"{day}", traits())), f"{day}").reference)
    second = SimulatedNetwork(steady, seed=5, clock=clock, say=ignore, born=first.born, history=first.accepted())
    clock.move(hours=60)
    assert [first.read_post("roastery", each) for each in references] == [
        second.read_post("roastery", each) for each in references
    ]
    assert first.read_account("roastery") == second.read_account("roastery")
    again = second.publish("roastery", outgoing(Planned(2, 19, "2", traits())), "2")
    assert again.reference == references[2]


def test_a_network_in_this_process_goes_on_from_its_file(tmp_path: Path) -> None:
    clock, heard = MovableClock(MIDNIGHT), list[str]()

    def start() -> SimulatedNetwork:
        options = {"world": "steady", "file": str(tmp_path / "network.sqlite")}
        return factory(clock=clock, seed=5, say=lambda *each: heard.append(each[2]), options=options)

    first = start()
    clock.move(hours=19)
    for name in ("one", "two", "three"):
        first.publish("roastery", outgoing(Planned(0, 19, name, traits())), name)
    first.advance(clock.move(hours=24))
    before, at_first = first.read_post("roastery", "simulated-000003"), len(heard)
    second = start()
    assert second.read_post("roastery", "simulated-000003") == before
    assert (
        second.publish("roastery", outgoing(Planned(0, 19, "four", traits())), "four").reference == "simulated-000004"
    )
    second.advance(clock.move(days=9))
    assert 0 < at_first < len(heard) == len(set(heard))
    with pytest.raises(OtherWorld, match="belongs to world 'steady' and seed 5"):
        factory(clock=clock, seed=6, say=ignore, options={"world": "steady", "file": str(tmp_path / "network.sqlite")})
