"""Caps, lags, faults of the world, conversions, and what the network counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.campaign import ConversionRecorded
from events.terms import Fact
from tests.contract.platform_suite import MovableClock
from tests.unit.simulated.posting import MIDNIGHT, ZONE, Planned, changed, daily, follow, ignore, outgoing, traits
from workers.platforms.protocol import OutcomeUnknown, OutgoingPost, PlatformError, ProvenUnsent, RateLimited, Rejected
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.world import FaultRates, Outage, OutageKind, World


@pytest.fixture(scope="module")
def steady() -> World:
    return load_world("steady")


def make(world: World, **more: Any) -> tuple[SimulatedNetwork, MovableClock]:
    clock = MovableClock(MIDNIGHT)
    return SimulatedNetwork(world, seed=1, clock=clock, say=more.pop("say", ignore), **more), clock


def post(name: str) -> OutgoingPost:
    return outgoing(Planned(0, 0, name, traits()))


def test_the_hourly_cap_says_when_the_next_post_may_go(steady: World) -> None:
    network, clock = make(changed(steady, "network", posts_per_hour=2, posts_per_day=None))
    times = []
    for minutes in (0, 20):
        times.append(clock.move(minutes=minutes))
        network.publish("roastery", post(f"{minutes}"), f"{minutes}")
    clock.move(minutes=20)
    with pytest.raises(RateLimited) as raised:
        network.publish("roastery", post("third"), "third")
    assert raised.value.retry_at == times[0] + timedelta(hours=1)
    clock.move(minutes=20)
    network.publish("roastery", post("third"), "third")


def test_the_daily_cap_ends_at_local_midnight_and_is_each_accounts_own(steady: World) -> None:
    network, clock = make(changed(steady, "network", posts_per_day=1))
    clock.move(hours=20)
    network.publish("roastery", post("first"), "first")
    with pytest.raises(RateLimited) as raised:
        network.publish("roastery", post("second"), "second")
    assert raised.value.retry_at == datetime(2026, 3, 3, tzinfo=ZONE)
    network.publish("other", post("second"), "second")
    clock.move(hours=4)
    network.publish("roastery", post("second"), "second")


def test_a_key_that_is_known_is_answered_beyond_every_cap(steady: World) -> None:
    network, _ = make(changed(steady, "network", posts_per_day=1))
    first = network.publish("roastery", post("first"), "key")
    assert network.publish("roastery", post("first"), "key") == first
    assert len(network.accepted()) == 1


def test_readings_are_capped_by_the_hour(steady: World) -> None:
    network, clock = make(changed(steady, "network", reads_per_hour=2))
    network.read_account("roastery")
    clock.move(minutes=10)
    network.read_account("roastery")
    with pytest.raises(RateLimited) as raised:
        network.read_account("roastery")
    assert raised.value.retry_at == MIDNIGHT + timedelta(hours=1)
    clock.move(minutes=50)
    assert network.read_account("roastery").counters["followers"] == 300


def test_a_format_that_the_network_does_not_know_is_rejected(steady: World) -> None:
    network, _ = make(steady)
    with pytest.raises(Rejected, match="'hologram'; allowed are photo, video, text"):
        network.publish("roastery", outgoing(Planned(0, 0, "x", traits(format_="hologram"))), "key")


def test_a_post_hides_from_find_until_the_lag_is_over(steady: World) -> None:
    network, clock = make(changed(steady, "network", find_lag_minutes=10))
    network.publish("roastery", post("first"), "key")
    clock.move(minutes=9)
    assert network.find("roastery", "key", "hash of first", MIDNIGHT) is None
    clock.move(minutes=1)
    assert network.find("roastery", "key", "hash of first", MIDNIGHT) is not None


def test_without_keys_an_older_post_of_the_same_content_is_not_taken_for_this_one(steady: World) -> None:
    network, clock = make(steady.keyed(taken=False))
    network.publish("roastery", post("evergreen"), "key 1")
    since = clock.move(days=7)
    assert network.find("roastery", "key 2", "hash of evergreen", since) is None
    second = network.publish("roastery", post("evergreen"), "key 2")
    assert network.find("roastery", "key 2", "hash of evergreen", since) == second
    assert [(each.key, each.post.post, each.post.fingerprint) for each in network.accepted()] == [
        ("key 1", "evergreen", "hash of evergreen"),
        ("key 2", "evergreen", "hash of evergreen"),
    ]


@pytest.mark.parametrize(("kind", "error"), [(OutageKind.REFUSED, ProvenUnsent), (OutageKind.ERROR, OutcomeUnknown)])
def test_an_outage_of_the_world_begins_and_ends_on_time(
    steady: World, kind: OutageKind, error: type[PlatformError]
) -> None:
    outage = Outage(day=1.5, hours=6, kind=kind)
    network, clock = make(steady.model_copy(update={"faults": FaultRates(outages=(outage,))}))
    clock.move(hours=35)
    network.publish("roastery", post("before"), "before")
    clock.move(hours=1)
    with pytest.raises(error):
        network.publish("roastery", post("during"), "during")
    clock.move(hours=6)
    network.publish("roastery", post("after"), "after")
    assert [each.key for each in network.accepted()] == ["before", "after"]


def test_people_live_on_while_the_interface_is_down(steady: World) -> None:
    down = FaultRates(outages=(Outage(day=1, hours=24),))
    policy = daily(19, range(1), traits())
    assert follow(steady.model_copy(update={"faults": down}), policy).counters == follow(steady, policy).counters


def test_the_rates_of_faults_are_those_of_the_world_and_a_retry_has_its_own_chance(steady: World) -> None:
    rates = FaultRates(proven_unsent=0.2, timeout_before=0.2, timeout_after_success=0.2)
    free = changed(steady.model_copy(update={"faults": rates}), "network", posts_per_day=None)
    network, clock = make(free)
    failed = {ProvenUnsent: 0, OutcomeUnknown: 0}
    for number in range(300):
        if number % 50 == 0:
            clock.move(days=3)
        try:
            network.publish("roastery", post("same"), f"key {number}")
        except (ProvenUnsent, OutcomeUnknown) as error:
            failed[type(error)] += 1
    assert 40 <= failed[ProvenUnsent] <= 80
    assert 90 <= failed[OutcomeUnknown] <= 150
    assert 150 <= len(network.accepted()) <= 210
    kept = {each.key for each in network.accepted()}
    lost = next(f"key {number}" for number in range(300) if f"key {number}" not in kept)
    for _ in range(40):
        try:
            assert network.publish("roastery", post("same"), lost).reference
            break
        except (ProvenUnsent, OutcomeUnknown):
            continue
    else:
        pytest.fail("a retry never got through")


def test_missing_counters_are_absent_and_only_promised_if_ever_given(steady: World) -> None:
    never = steady.model_copy(update={"faults": FaultRates(missing_counters=("clicks",))})
    network, clock = make(never)
    reference = network.publish("roastery", post("first"), "key").reference
    assert "clicks" not in network.read_post("roastery", reference).counters
    assert "clicks" not in network.limits("roastery").counters
    sometimes = FaultRates(missing_counters=("clicks",), missing_share=0.5)
    network, clock = make(steady.model_copy(update={"faults": sometimes}))
    reference = network.publish("roastery", post("first"), "key").reference
    assert "clicks" in network.limits("roastery").counters
    given = []
    for _ in range(60):
        clock.move(hours=1)
        reading = network.read_post("roastery", reference)
        assert network.read_post("roastery", reference) == reading
        given.append("clicks" in reading.counters)
    assert 15 < sum(given) < 45


def test_conversions_are_said_once_in_order_with_the_post_that_led_there(steady: World) -> None:
    said: list[tuple[Fact, str, str, datetime]] = []
    network, clock = make(steady, say=lambda *each: said.append(each))
    clock.move(hours=19)
    for name in ("first", "second", "third"):
        network.publish("roastery", post(name), name)
    for _ in range(100):
        clock.move(hours=3)
        network.advance(clock.now())
        assert all(at <= clock.now() for *_, at in said)
    assert said
    assert [at for *_, at in said] == sorted(at for *_, at in said)
    assert len({own_id for _, _, own_id, _ in said}) == len(said)
    assert {campaign for _, campaign, _, _ in said} == {"roastery"}
    for fact, *_ in said:
        assert isinstance(fact, ConversionRecorded)
        assert (fact.count, fact.account) == (1, "roastery")
        assert fact.post in {"first", "second", "third"}


def test_a_conversion_whose_say_fails_is_said_again(steady: World) -> None:
    heard: list[str] = []
    broken = [True]

    def say(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        if broken and len(heard) == 1:
            broken.clear()
            raise ConnectionError("the log is away")
        heard.append(own_id)

    network, clock = make(steady, say=say)
    clock.move(hours=19)
    for name in ("first", "second", "third"):
        network.publish("roastery", post(name), name)
    clock.move(days=9)
    with pytest.raises(ConnectionError):
        network.advance(clock.now())
    network.advance(clock.now())
    expected: list[str] = []
    control, clock = make(steady, say=lambda *each: expected.append(each[2]))
    clock.move(hours=19)
    for name in ("first", "second", "third"):
        control.publish("roastery", post(name), name)
    control.advance(clock.move(days=9))
    assert len(heard) > 2
    assert heard == expected
