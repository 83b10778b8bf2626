"""Outgrown, and really killed: a process in the middle of a campaign, and the broker under it."""

from __future__ import annotations

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
