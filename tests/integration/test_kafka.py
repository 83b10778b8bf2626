"""Mowj over Kafka and PostgreSQL: what is carried, shared, repeated, lost and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from events.campaign import ConversionRecorded
from events.envelope import partition_of, type_name
from events.log.kafka import attributes_and_data, message_of
from tests.contract.stores import postgres_schema
from tests.unit.runtime.toys import CAMPAIGN, EDITOR, EVALUATOR, ROSTER, START, EvaluatorState

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from tests.integration.kafka_nodes import (  # noqa: E402
    PARTITIONS,
    Installation,
    Node,
    briefed,
    held,
    installed,
    wait_for,
)
from workers.runtime.clock import CompressedClock  # noqa: E402
from workers.runtime.intake import Intake  # noqa: E402
from workers.runtime.kafka import feed  # noqa: E402
from workers.runtime.kafka.duty import Duty  # noqa: E402
from workers.runtime.kafka.grouping import GroupReader  # noqa: E402
from workers.runtime.observing import Observer  # noqa: E402
from workers.runtime.operating import Operator  # noqa: E402
from workers.runtime.shell import Shell  # noqa: E402

SPEED = 1200
"""A post of the toys may be two hours late: six seconds, which a busy machine may need."""
PARTITION = partition_of(CAMPAIGN, PARTITIONS)


@pytest.fixture
def installation(kafka_servers: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    clock = CompressedClock(datetime.now(UTC), SPEED)
    with (
        postgres_schema() as (url, namespace),
        installed(url, namespace, kafka_servers, topic_prefix, clock) as made,
    ):
        yield made


def conversions(node: Node) -> int:
    with node.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    if row is None:
        return 0
    assert isinstance(row.state, EvaluatorState)
    return row.state.conversions


def convert(node: Node, name: str) -> None:
    node.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", name, START)


def test_a_campaign_lives_over_kafka_and_its_log_of_record_is_clean(installation: Installation) -> None:
    with installation.node("one") as node:
        briefed(node)
        wait_for(lambda: len(installation.network.accepted) >= 2)
        wait_for(lambda: conversions(node) >= 1)
    keys = [key for key, _, _ in installation.network.accepted]
    assert len(keys) == len(set(keys))
    report = installation.audit()
    assert report.clean, report.failures
    assert report.decisions >= 8


def test_members_share_the_partitions_of_a_worker_and_take_over_from_one_that_leaves(
    installation: Installation,
) -> None:
    everything = {worker.name: set(range(PARTITIONS)) for worker in ROSTER}
    with installation.node("one") as one:
        briefed(one)
        wait_for(lambda: held(one) == everything)
        with installation.node("two") as two:
            wait_for(lambda: all(len(held(two).get(w.name, ())) == PARTITIONS // 2 for w in ROSTER))
            wait_for(lambda: all(not held(one).get(w.name, set()) & held(two).get(w.name, set()) for w in ROSTER))
            for number in range(20):
                convert(two, f"c{number}")
            wait_for(lambda: conversions(one) >= 20)
        wait_for(lambda: held(one) == everything)
        convert(one, "last")
        wait_for(lambda: conversions(one) >= 21)
    report = installation.audit()
    assert report.clean, report.failures


def test_workers_in_processes_of_their_own_make_one_loop(installation: Installation) -> None:
    with installation.node("editor", [EDITOR]) as editor, installation.node("rest", ROSTER[1:]):
        briefed(editor)
        wait_for(lambda: len(installation.network.accepted) >= 1)
    report = installation.audit()
    assert report.clean, report.failures


def test_a_topic_that_repeats_and_reorders_changes_nothing(installation: Installation) -> None:
    with installation.node("one") as node:
        briefed(node)
        for number in range(10):
            convert(node, f"c{number}")
        wait_for(lambda: conversions(node) >= 10)
        said = [event for event in installation.archived() if event.name == "ConversionRecorded"]
        again = [message_of(*attributes_and_data(event)) for event in [*said[::-1], *said]]
        topic = installation.brokers.events
        installation.send([(topic, message.value, message.headers, PARTITION) for message in again])
        before = conversions(node)
        convert(node, "after")
        wait_for(lambda: conversions(node) > before)
    report = installation.audit()
    assert report.clean, report.failures
    names = [event.id for event in installation.archived()]
    assert len(names) == len(set(names))


def test_what_comes_before_its_turn_is_held_across_a_restart_until_the_gap_is_filled(
    installation: Installation,
) -> None:
    """A relay that failed is imitated: the second of two events comes first, and the first after a restart."""
    with installation.node("one") as node:
        briefed(node)
        installation.archived()
    store = installation.store()
    intake = Intake(Shell(store, installation.clock, "", partitions=PARTITIONS))
    events = [
        intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", name, START)
        for name in ("first", "second")
    ]
    first, second = (message_of(*attributes_and_data(event)) for event in events)
    topic = installation.brokers.events
    with store.listening() as connection:
        relay = Duty(connection, "relay")
        wait_for(relay.mine)
        installation.send([(topic, second.value, second.headers, PARTITION)])
        with installation.node("two") as node:
            wait_for(lambda: is_waiting(node))
            assert conversions(node) == 0
        relay.beat()
        with installation.node("three") as node:
            wait_for(lambda: is_waiting(node))
            installation.send([(topic, first.value, first.headers, PARTITION)])
            wait_for(lambda: conversions(node) == 2)
    store.close()
    with installation.node("four"):
        installation.archived()
    report = installation.audit()
    assert report.clean, report.failures


def is_waiting(node: Node) -> bool:
    reader = node.runtime.loop.holdings.reader("evaluator", PARTITION)
    assert reader is None or isinstance(reader, GroupReader)
    return reader is not None and bool(reader.missing())


def test_a_partition_that_had_no_room_is_read_on_to_its_end(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST", 10)
    monkeypatch.setattr(feed, "_AT_ONCE", 10)
    installation.send([(installation.brokers.events, b"{}", [], PARTITION)] * 100)
    reader = feed.Feed(installation.brokers, "someone", Observer(), lambda: None)
    reader.start()
    try:
        wait_for(lambda: reader.assignment() is not None)
        assignment = reader.assignment()
        assert assignment is not None
        reader.read_from(assignment, dict.fromkeys(assignment.partitions, 0))
        places: list[int] = []

        def read_on() -> bool:
            places.extend(raw.place for raw in reader.take(assignment, lambda _: 4).get(PARTITION, []))
            return len(places) >= 100

        wait_for(read_on)
        assert places == list(range(100))
    finally:
        reader.close()


def test_a_topic_that_has_lost_what_is_next_halts_the_partition_in_words(installation: Installation) -> None:
    from kafka import TopicPartition  # noqa: PLC0415
    from kafka.admin import KafkaAdminClient  # noqa: PLC0415

    with installation.node("one", ROSTER[:3]) as node:
        briefed(node)
        for number in range(5):
            convert(node, f"c{number}")
        assert installation.archived()
    admin = KafkaAdminClient(**installation.brokers.client("test"))
    admin.delete_records({TopicPartition(installation.brokers.events, PARTITION): -1})
    admin.close()
    with installation.node("two", [EVALUATOR]) as node:

        def reasons() -> list[str]:
            with node.store.view() as view:
                return [halt.reason for halt in view.halts()]

        wait_for(lambda: bool(reasons()))
        assert f"no longer has what follows 0 in partition {PARTITION}" in reasons()[0]
        assert conversions(node) == 0


def test_what_a_producer_writes_goes_through_intake_once_or_among_the_dead_letters(
    installation: Installation,
) -> None:
    def message(own: str, **changes: str) -> tuple[str, bytes, list[tuple[str, bytes]], None]:
        attributes = {
            "specversion": "1.0", "id": own, "source": "/shop", "type": type_name(ConversionRecorded),
            "subject": CAMPAIGN, "time": "2026-03-02T09:00:00Z", **changes,
        }  # fmt: skip
        headers = [("content-type", b"application/json")]
        headers += [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        return installation.brokers.intake("shop"), json.dumps({"count": 3}).encode(), headers, None

    with installation.node("one") as node:
        briefed(node)
        installation.send(
            [
                message("a"), message("a"), message("b", source="/people/olivia"), message("c", subject="unknown"),
                message("d", type="mowj.CampaignEnded.v1"), message("e", type="mowj.ConversionRecorded.v9"),
                message("f", time="yesterday"), message("g", source="/shop/till"),
            ]
        )  # fmt: skip
        wait_for(lambda: len(dead_letters(installation)) == 5)
        wait_for(lambda: conversions(node) >= 6)
    reasons = dead_letters(installation)
    for said in ("comes from '/shop'", "no campaign 'unknown'", "CampaignEnded", "v9", "yesterday"):
        assert any(said in reason for reason in reasons), (said, reasons)
    own = [event for event in installation.archived() if event.source.startswith("/shop")]
    assert sorted(event.source for event in own) == ["/shop", "/shop/till"]


def dead_letters(installation: Installation) -> list[str]:
    from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415

    consumer = KafkaConsumer(**installation.brokers.client("test"), group_id=None, metrics_enabled=False)
    where = TopicPartition(installation.brokers.dead_letters, 0)
    consumer.assign([where])
    consumer.seek(where, 0)
    found: list[str] = []
    end = consumer.end_offsets([where])[where]
    while len(found) < end:
        for records in consumer.poll(timeout_ms=200).values():
            found += [dict(record.headers)["mowj_reason"].decode() for record in records]
    consumer.close()
    return found


def test_a_state_is_rebuilt_from_the_log_of_record_while_the_loop_runs(installation: Installation) -> None:
    with installation.node("one") as node:
        briefed(node)
        for number in range(10):
            convert(node, f"c{number}")
        wait_for(lambda: conversions(node) >= 10)
        Operator(node.runtime.shell).rebuild(EVALUATOR, CAMPAIGN, "asked for")
        convert(node, "after")
        wait_for(lambda: conversions(node) >= 11)
    report = installation.audit()
    assert report.clean, report.failures


def test_what_a_worker_said_is_read_by_others_within_moments(installation: Installation) -> None:
    with installation.node("one") as node:
        briefed(node)
        wait_for(lambda: len(installation.network.accepted) >= 1)
        began = datetime.now(UTC)
        before = conversions(node)
        convert(node, "now")
        wait_for(lambda: conversions(node) > before)
        assert datetime.now(UTC) - began < timedelta(seconds=5)
