"""What a member of a consumer group holds: claims that only go up, and readers from the stored places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

pytest.importorskip("kafka")

from events.campaign import ConversionRecorded
from events.envelope import Event, partition_of, type_name
from events.log.kafka import attributes_and_data, message_of
from tests.unit.runtime.toys import CAMPAIGN, EVALUATOR, START, EvaluatorState
from workers.runtime.clock import VirtualClock
from workers.runtime.commit import ClaimLost
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.kafka.feed import Assignment, Raw
from workers.runtime.kafka.grouping import FENCES, GroupHoldings
from workers.runtime.loop import Loop
from workers.runtime.observing import Observer
from workers.runtime.operating import Operator
from workers.runtime.shell import Shell
from workers.runtime.store.memory import MemoryStore

PARTITION = partition_of(CAMPAIGN)


@dataclass
class Topic:
    """One partition of a topic, as a broker has it."""

    messages: list[Raw] = field(default_factory=list)

    def write(self, *events: Event) -> None:
        for event in events:
            message = message_of(*attributes_and_data(event))
            self.messages.append(Raw(len(self.messages), message.headers, message.value))


@dataclass
class FakeFeed:
    """A feed without a broker: hands over what stands on the topic behind where it is to be read from."""

    topic: Topic
    given: Assignment | None = None
    places: dict[int, int] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)

    def assign(self, generation: int) -> None:
        self.given, self.places = Assignment(generation, frozenset({PARTITION})), {}

    def assignment(self) -> Assignment | None:
        return self.given

    def read_from(self, assignment: Assignment, places: Mapping[int, int]) -> None:
        self.places.update(places)

    def take(self, assignment: Assignment, room: Callable[[int], int]) -> dict[int, list[Raw]]:
        if PARTITION not in self.places or assignment != self.given:
            return {}
        start = self.places[PARTITION]
        found = self.topic.messages[start : start + room(PARTITION)]
        self.places[PARTITION] += len(found)
        return {PARTITION: found} if found else {}

    def lost(self) -> Mapping[int, str]:
        return self.gone

    def done(self, partition: int, place: int) -> None:
        self.told[partition] = place

    def close(self) -> None: ...


@dataclass
class Troubles(Observer):
    said: list[str] = field(default_factory=list)

    def troubled(self, part: str, detail: str) -> None:
        self.said.append(detail)


@dataclass
class Member:
    """One process of a group."""

    store: MemoryStore
    topic: Topic
    name: str
    observer: Troubles = field(default_factory=Troubles)

    def __post_init__(self) -> None:
        self.feed = FakeFeed(self.topic)
        self.shell = Shell(self.store, VirtualClock(START), "tests", member=self.name, observer=self.observer)
        feeds: Any = {EVALUATOR.name: self.feed}
        self.holdings = GroupHoldings(self.shell, [EVALUATOR], feeds, lambda: None)
        self.loop = Loop(self.shell, [EVALUATOR], InlineExecutor(), self.holdings)

    def run(self) -> None:
        while self.loop.step():
            pass


def conversion(number: int) -> Event:
    event = Event(
        id=f"c{number}", source="/shops/x", type=type_name(ConversionRecorded), subject=CAMPAIGN, tenant="default",
        time=START, recordedtime=START, data=ConversionRecorded(), correlationid="brief",
    )  # fmt: skip
    return event.sealed().placed(number, number)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def counted(store: MemoryStore) -> int:
    with store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
        if row is None:
            return 0
        assert isinstance(row.state, EvaluatorState)
        return row.state.conversions


def generation(store: MemoryStore) -> int:
    with store.view() as view:
        claim = view.claim("evaluator", PARTITION)
    assert claim is not None
    return claim.generation >> FENCES


def test_what_is_assigned_is_read_from_the_stored_place_and_decided_on_once(store: MemoryStore) -> None:
    topic = Topic()
    one, two = Member(store, topic, "one"), Member(store, topic, "two")
    topic.write(conversion(1), conversion(2))
    one.feed.assign(1)
    one.run()
    assert (counted(store), one.feed.told) == (2, {PARTITION: 2})
    topic.write(conversion(2), conversion(3))
    one.feed.given = None
    two.feed.assign(2)
    two.run()
    assert (counted(store), generation(store)) == (3, 2)


def test_a_frozen_member_cannot_commit_what_the_group_has_given_to_another(store: MemoryStore) -> None:
    topic = Topic()
    frozen, other = Member(store, topic, "frozen"), Member(store, topic, "other")
    topic.write(conversion(1))
    frozen.feed.assign(1)
    frozen.holdings.catch_up()
    other.feed.assign(2)
    other.run()
    with pytest.raises(ClaimLost):
        frozen.loop._decide()
    frozen.run()
    assert (counted(store), generation(store)) == (1, 2)
    assert not frozen.holdings.places()
    assert "a higher generation than 1 has 1 partitions" in frozen.observer.said[0]


def test_a_partition_that_comes_back_is_held_under_the_new_generation(store: MemoryStore) -> None:
    topic = Topic()
    one, late = Member(store, topic, "one"), Member(store, topic, "late")
    one.feed.assign(1)
    one.run()
    late.feed.assign(2)
    one.feed.assign(3)
    one.run()
    late.run()
    topic.write(conversion(1))
    one.run()
    assert (counted(store), generation(store)) == (1, 3)


def test_a_group_that_was_lost_holds_nothing_until_the_claims_are_renewed(store: MemoryStore) -> None:
    topic = Topic()
    one = Member(store, topic, "one")
    topic.write(conversion(1))
    one.feed.assign(40)
    one.run()
    again = Member(store, topic, "again")
    again.feed.assign(1)
    again.run()
    assert not again.holdings.places()
    assert "mowj claims renew" in again.observer.said[0]
    assert Operator(again.shell).renew_claims() == 2
    again.feed.assign(2)
    topic.write(conversion(2))
    again.run()
    assert counted(store) == 2


def test_an_operators_fence_makes_a_member_read_again_what_is_stored(store: MemoryStore) -> None:
    topic = Topic()
    one = Member(store, topic, "one")
    topic.write(conversion(1))
    one.feed.assign(1)
    one.run()
    with store.transaction() as tx:
        tx.append(PARTITION, replace(conversion(1), lane=0, sequence=""))
    Operator(one.shell).rebuild(EVALUATOR, CAMPAIGN, "asked for")
    topic.write(conversion(2))
    one.run()
    assert (counted(store), generation(store)) == (2, 1)


def test_a_partition_whose_next_records_are_gone_halts_in_words(store: MemoryStore) -> None:
    one = Member(store, Topic(), "one")
    one.feed.assign(1)
    one.run()
    one.feed.gone[PARTITION] = "dropped before it was read"
    one.run()
    with store.view() as view:
        assert [halt.reason for halt in view.halts()] == ["dropped before it was read"]
    assert not one.holdings.places()


def test_a_message_that_is_no_event_halts_the_partition_behind_what_can_be_read(store: MemoryStore) -> None:
    topic = Topic()
    one = Member(store, topic, "one")
    topic.write(conversion(1))
    topic.messages.append(Raw(1, [], b"garbage"))
    topic.write(conversion(2))
    one.feed.assign(1)
    one.run()
    assert counted(store) == 1
    with store.view() as view:
        (halt,) = view.halts()
        assert "not a CloudEvent" in halt.reason
        assert view.position("evaluator", PARTITION).place == 1
