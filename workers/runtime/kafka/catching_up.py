"""A store beside its topic before anybody works on it: does the topic know more, and all of it onto the log of record.

Invariants: nothing is decided or sent here. Looking is over where the topic ended when it began. What the store has
never numbered cannot be in its topic, unless the store is older than what was said: a backup that was restored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from events.catalogue import UnreadableEvent
from events.log.kafka import read_head
from events.log.straightening import LaneTrouble
from workers.runtime.kafka.archiver import ArchivingPartition, TopicTrouble
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.feed import Raw
from workers.runtime.kafka.transport import StoreArchive
from workers.runtime.restoring import unknown_numbers
from workers.runtime.store.protocol import Store

_SILENT_SECONDS: Final = 60.0


def behind(store: Store, brokers: Brokers) -> list[str]:
    """In words, of whom the topic knows more than the store; nothing where the store is no older than its topic.

    Raises TopicTrouble, KafkaError.
    """
    archived = StoreArchive(store, brokers.partitions).archived()
    # What is archived counts too: a restore may have been killed between the archive and the rest.
    found = {(writer, number): last for number, at in archived.items() for writer, (last, _) in at.lanes.items()}
    for partition, raws in _read(brokers, {number: at.resume for number, at in archived.items()}):
        for raw in raws:
            try:
                head = read_head(raw.headers, raw.value)
            except UnreadableEvent as error:
                raise TopicTrouble(f"partition {partition}, {raw.place}: {error}") from error
            found[head.writer, partition] = max(head.lane, found.get((head.writer, partition), 0))
    # Numbers are given out before they can be read, so those that are known now are at least what was read.
    with store.view() as view:
        return unknown_numbers(view.lanes(), found)


def catch_up(store: Store, brokers: Brokers) -> int:
    """Put everything that the topic has onto the log of record; returns how many events came. Raises TopicTrouble."""
    archive = StoreArchive(store, brokers.partitions)
    partitions = {number: ArchivingPartition(number, place) for number, place in archive.archived().items()}
    count = 0
    try:
        for number, raws in _read(brokers, {number: part.before.resume for number, part in partitions.items()}):
            for raw in raws:
                partitions[number].take(raw)
            move = partitions[number].move()
            archive.archive([move])
            count += len(move[2])
            partitions[number].moved(move[3])
    except (LaneTrouble, UnreadableEvent) as error:
        raise TopicTrouble(str(error)) from error
    missing = [text for partition in partitions.values() for text in partition.missing()]
    if missing:
        raise TopicTrouble(f"the topic lacks what comes before its end: {'; '.join(missing)}")
    return count


def _read(brokers: Brokers, places: Mapping[int, int]) -> Iterator[tuple[int, list[Raw]]]:
    """Each partition's messages from its place to where the topic ends now. Raises TopicTrouble."""
    with _consumer(brokers) as consumer:
        wanted = {TopicPartition(brokers.events, number): place for number, place in places.items()}
        consumer.assign(list(wanted))
        ends = consumer.end_offsets(list(wanted))
        left = {where for where, place in wanted.items() if place < ends[where]}
        for where, place in wanted.items():
            consumer.seek(where, place)
            if where not in left:
                consumer.pause(where)
        heard = monotonic()
        while left:
            try:
                batches = consumer.poll(timeout_ms=200)
            except OffsetOutOfRangeError as error:
                raise TopicTrouble(f"the topic has lost what was not archived yet: {error}") from error
            for where, records in batches.items():
                heard = monotonic()
                yield where.partition, [Raw(record.offset, record.headers, record.value) for record in records]
            for where in list(left):
                if consumer.position(where) >= ends[where]:
                    left.discard(where)
                    consumer.pause(where)
            if monotonic() - heard > _SILENT_SECONDS:
                raise TopicTrouble(f"{brokers.events} cannot be read to its end: the brokers are silent")


@contextmanager
def _consumer(brokers: Brokers) -> Iterator[Any]:
    consumer = KafkaConsumer(
        **brokers.client("catching-up"), group_id=None, enable_auto_commit=False, auto_offset_reset="none",
        allow_auto_create_topics=False, metrics_enabled=False, max_poll_records=2000,
    )  # fmt: skip
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)
