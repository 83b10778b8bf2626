"""What a feed hands over: as much as there is room for, under the assignment that it came under."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("kafka")

from kafka import TopicPartition

from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.feed import Assignment, Feed
from workers.runtime.observing import Observer

WHERE = TopicPartition("mowj.events", 2)
FIRST = Assignment(1, frozenset({2}))


class OneBatch:
    """A consumer that has fetched three messages of its only partition."""

    _fetcher = SimpleNamespace(_next_partition_records=None)

    def assignment(self) -> set[TopicPartition]:
        return {WHERE}

    def paused(self) -> set[TopicPartition]:
        return set()

    def seek(self, where: TopicPartition, place: int) -> None: ...

    def pause(self, *where: TopicPartition) -> None: ...

    def resume(self, *where: TopicPartition) -> None: ...

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        return {WHERE: [SimpleNamespace(offset=place, headers=[], value=b"{}") for place in range(3)]}


@pytest.fixture
def feed() -> Feed:
    feed = Feed(Brokers("nowhere:1"), "planner", Observer(), lambda: None)
    feed._assigned(FIRST.generation, FIRST.partitions)
    feed.read_from(FIRST, {2: 0})
    feed._turn(OneBatch())
    return feed


def test_what_there_is_no_room_for_waits_and_its_partition_is_not_named(feed: Feed) -> None:
    assert feed.take(FIRST, lambda partition: 0) == {}
    assert [raw.place for raw in feed.take(FIRST, lambda partition: 2)[2]] == [0, 1]
    assert [raw.place for raw in feed.take(FIRST, lambda partition: 9)[2]] == [2]


def test_nothing_of_an_earlier_assignment_is_handed_over(feed: Feed) -> None:
    feed._assigned(2, FIRST.partitions)
    assert feed.take(FIRST, lambda partition: 9) == {}
    assert feed.take(Assignment(2, FIRST.partitions), lambda partition: 9) == {}
