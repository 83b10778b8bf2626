"""What of a topic's settings would endanger the log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.topics import dangers, wanted

BROKERS = Brokers("127.0.0.1:9092", partitions=64)
EVENTS = wanted(BROKERS, ())[0]
NO_LAG = timedelta(0)


def test_a_topic_that_is_made_is_fit_to_hold_the_log() -> None:
    for topic in wanted(BROKERS, ["shop"]):
        assert not list(dangers(topic, topic.partitions or 3, topic.configuration(), NO_LAG))


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("cleanup.policy", "compact,delete", "compaction keeps one event a campaign"),
        ("retention.ms", "604800000", "records may end before the archiver has them"),
        ("retention.bytes", "1000000000", "records may end before the archiver has them"),
        ("max.message.bytes", "1000", "the largest events would not fit"),
        ("unclean.leader.election.enable", "true", "what was acknowledged could be lost"),
    ],
)
def test_a_setting_that_endangers_the_log_is_refused(setting: str, value: str, said: str) -> None:
    (found,) = dangers(EVENTS, 64, {**EVENTS.configuration(), setting: value}, NO_LAG)
    assert said in found.found
    assert found.topic == "mowj.events"


def test_another_number_of_partitions_is_refused() -> None:
    (found,) = dangers(EVENTS, 12, EVENTS.configuration(), NO_LAG)
    assert found.found == "it has 12 partitions; this installation has 64"


def test_a_retention_that_the_archivers_lag_comes_near_is_refused() -> None:
    assert not list(dangers(EVENTS, 64, EVENTS.configuration(), timedelta(days=9)))
    (found,) = dangers(EVENTS, 64, EVENTS.configuration(), timedelta(days=11))
    assert "before the archiver has them" in found.found


def test_a_topic_that_keeps_everything_for_ever_is_fit() -> None:
    assert not list(dangers(EVENTS, 64, {**EVENTS.configuration(), "retention.ms": "-1"}, timedelta(days=99)))
