"""What an embedded log leaves to be read over Kafka: sent to the topic before anybody reads there.

Invariants: the topic holds nothing but what this log has said, or it is refused. What some worker has yet to read is
sent in the log's order, from the first such record on: a reader drops what it has read by its numbers, and counts the
rest on at the log's own offsets; the archiver drops all of it. So sending it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from events.catalogue import UnreadableEvent
from events.log.kafka import attributes_and_data, message_of, read_head
from events.log.protocol import Log, Record
from workers.decision import Worker
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.reading import heard_names, is_for
from workers.runtime.store.moving import Carried
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import Position

_PAGE: Final = 1000
_ACK_SECONDS: Final = 30.0
_READ_SECONDS: Final = 60.0

Lanes = dict[str, tuple[int, str]]


class ForeignTopic(Exception):
    """The topic holds what this log has not said, or could not be looked at: no installation can begin on it."""


class NotSent(Exception):
    """A broker did not take what is to be read."""


@dataclass(slots=True)
class _Reading:
    """How far one worker is, moved on over what is not for it."""

    worker: Worker[Any]
    position: Position
    stopped: bool = False
    lanes: Lanes = field(default_factory=dict)


def carry(view: View, brokers: Brokers, roster: Sequence[Worker[Any]]) -> Carried:
    """Send what is still to be read, and say where everybody begins. Raises ForeignTopic, NotSent, KafkaError."""
    begins = checked(view.log, brokers)
    positions: dict[tuple[str, int], Position] = {}
    archived: dict[int, tuple[int, Mapping[str, tuple[int, str]]]] = {}
    client = producer(brokers)
    try:
        for partition, begin in begins.items():
            readings = [_Reading(worker, view.position(worker.name, partition)) for worker in roster]
            lanes: Lanes = {}
            for record in records_behind(view.log, partition):
                lanes[record.event.writer] = (record.event.lane, record.event.id)
                for reading in readings:
                    _move_on(reading, record, lanes)
            for reading in readings:
                there = reading.position
                positions[reading.worker.name, partition] = Position(there.offset, there.lanes, begin)
            archived[partition] = (begin, lanes)
            first = min(reading.position.offset for reading in readings)
            send(client, brokers, partition, records_behind(view.log, partition, first))
    finally:
        client.close(timeout=_ACK_SECONDS)
    return Carried(positions, archived)


def _move_on(reading: _Reading, record: Record, lanes: Lanes) -> None:
    """Pass over what is not for the worker, up to the first record that is."""
    if reading.stopped or record.offset <= reading.position.offset:
        return
    if is_for(reading.worker, heard_names(reading.worker), record.event):
        reading.stopped = True
    else:
        reading.position = Position(record.offset, dict(lanes))


def records_behind(log: Log, partition: int, after: int = 0) -> Iterator[Record]:
    """A partition's records behind an offset."""
    while page := log.read(partition, after, _PAGE):
        yield from page
        after = page[-1].offset


def send(client: Any, brokers: Brokers, partition: int, records: Iterable[Record]) -> int:
    """Send them in their order, and wait for every acknowledgment; how many there were. Raises NotSent."""
    count = 0
    unread = iter(records)
    while page := list(islice(unread, _PAGE)):
        sent = []
        for record in page:
            message = message_of(*attributes_and_data(record.event))
            sent.append(
                client.send(
                    brokers.events,
                    message.value,
                    key=record.event.subject.encode(),
                    headers=message.headers,
                    partition=partition,
                )
            )
        client.flush(_ACK_SECONDS)
        if not all(future.succeeded() for future in sent):
            failed = next(future.exception for future in sent if not future.succeeded())
            raise NotSent(f"partition {partition} of {brokers.events} did not take what is to be read: {failed}")
        count += len(page)
    return count


def checked(log: Log, brokers: Brokers) -> dict[int, int]:
    """Where each partition of the topic begins. Raises ForeignTopic where it holds what this log has not said."""
    consumer = KafkaConsumer(
        **brokers.client("move"), group_id=None, enable_auto_commit=False, auto_offset_reset="none",
        allow_auto_create_topics=False, metrics_enabled=False,
    )  # fmt: skip
    try:
        places = [TopicPartition(brokers.events, number) for number in range(brokers.partitions)]
        consumer.assign(places)
        begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
        left = {where: end for where, end in ends.items() if begins[where] < end}
        for where in places:
            consumer.seek(where, begins[where])
        limit = monotonic() + _READ_SECONDS
        while left and monotonic() < limit:
            for where, records in consumer.poll(timeout_ms=200).items():
                for record in records:
                    _require_ours(log, brokers.events, where.partition, record)
                    if record.offset + 1 >= ends[where]:
                        left.pop(where, None)
        if left:
            raise ForeignTopic(
                f"{brokers.events} holds {sum(ends.values())} records, too many to be ours: name another"
            )
        return {where.partition: begins[where] for where in places}
    finally:
        consumer.close(autocommit=False)


def _require_ours(log: Log, topic: str, partition: int, record: Any) -> None:
    try:
        identity = read_head(record.headers, record.value).id
    except UnreadableEvent as error:
        identity = str(error)
    found = log.find(identity)
    if found is None or found.partition != partition:
        raise ForeignTopic(
            f"{topic} holds what this installation has not said (partition {partition}, {identity}): an installation "
            "begins on topics of its own; name others (transport.topics) and make them with `mowj topics apply`"
        )


def producer(brokers: Brokers) -> Any:
    """A client that has one request under way, so that what fails leaves no gap behind."""
    return KafkaProducer(
        **brokers.client("move"), acks="all", enable_idempotence=False, retries=0,
        max_in_flight_requests_per_connection=1, linger_ms=50, max_block_ms=int(_ACK_SECONDS * 1000),
        allow_auto_create_topics=False, metrics_enabled=False,
    )  # fmt: skip
