"""Outgrown, and really killed: a process in the middle of a campaign, and the broker under it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.services import own_services

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from tests.crash.outgrown import Place, outgrown  # noqa: E402


def assert_nothing_lost_and_nothing_twice(place: Place) -> None:
    report = place.audit()
    assert report["clean"], report["failures"]
    assert report["decisions"] > 50
    accepted, said = place.accepted(), place.said()
    assert set(accepted.values()) == {1}, "every post is out at most once"
    published = place.posts("PostPublished")
    assert published <= set(accepted), "what is said to be published is"
    outside = {event["id"] for event in said if event["source"] == "/shops/roastery"}
    assert len(outside) == len(place.emitted), "no accepted fact is lost, none is there twice"
    assert len({event["id"] for event in said}) == len(said)


def test_a_campaign_goes_on_where_a_process_is_killed_and_the_broker_restarted(
    tmp_path: Path, postgres_url: str
) -> None:
    with (
        own_services(tmp_path / "services", "kafka") as services,
        outgrown(tmp_path, postgres_url, services, keyed=True) as place,
    ):
        place.start("run")
        place.start("beside")
        place.publishes(1)
        place.emit()
        place.kill("beside")
        place.publishes(1)
        services.kill("kafka-1")
        place.emit()
        services.up("kafka")
        place.publishes(2)
        place.start("beside")
        place.kill("run")
        place.publishes(2)
        place.stop()
        assert_nothing_lost_and_nothing_twice(place)
        assert place.posts("PostPublished") == set(place.accepted()), "and exactly once, as the network takes keys"


@pytest.mark.slow_crash
@pytest.mark.parametrize("keyed", [True, False])
def test_random_kills_a_freeze_and_a_lost_broker_lose_nothing_and_repeat_nothing(
    tmp_path: Path, postgres_url: str, keyed: bool
) -> None:
    """Seeded: five kills at random moments, a freeze that outlasts the session, and the broker killed once."""
    luck = random.Random(6 + keyed)
    with (
        own_services(tmp_path / "services", "kafka") as services,
        outgrown(tmp_path, postgres_url, services, keyed=keyed) as place,
    ):
        for name in ("run", "beside"):
            place.start(name)
        blows = ["kill"] * 5 + ["freeze", "broker"]
        luck.shuffle(blows)
        for blow in blows:
            place.grows(luck.randint(0, 25))
            place.emit()
            name = luck.choice(("run", "beside"))
            if blow == "kill":
                place.kill(name)
                if luck.random() < 0.5:
                    place.grows(luck.randint(1, 5))
                place.start(name)
            elif blow == "freeze":
                place.freeze(name, 9)
            else:
                services.kill("kafka-1")
                services.up("kafka")
        place.publishes(2)
        place.stop()
        assert_nothing_lost_and_nothing_twice(place)
        if keyed:
            assert place.posts("PostPublished") == set(place.accepted()), "exactly once, as the network takes keys"
