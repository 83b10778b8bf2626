"""The archiver: puts the whole topic straight, and moves what is released from the outbox to the log of record.

Invariants: the log of record has a partition's events in the order in which every reader is given them, at the same
offsets, each with the chain behind the one before. What is moved, and how far the topic was read, is one transaction,
conditional on the archive being where this archiver left it; one that finds it moved on begins anew from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, Final, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from psycopg import Connection, Error

from events.catalogue import UnreadableEvent
from events.log.kafka import Head, read_head, stored_text
from events.log.outbox import Archivable, Archived, ArchivedByOthers
from events.log.protocol import chained_hash
from events.log.straightening import LaneTrouble, Straightener
from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.duty import Duty
from workers.runtime.kafka.feed import Raw
from workers.runtime.observing import Observer
from workers.runtime.store.protocol import StoreUnavailable

AT_ONCE: Final = 2000
_POLL_MS: Final = 200
_CLOSE_MS: Final = 2000
_IDLE_SECONDS: Final = 0.5
_TELL_SECONDS: Final = 5.0


class Archive(Protocol):
    """The log of record, in transactions of its own."""

    def archived(self) -> Mapping[int, Archived]:
        """How far each of the installation's partitions is."""
        ...

    def waiting(self) -> tuple[int, timedelta]:
        """How many events are not archived yet, and for how long the first of them has not been."""
        ...

    def archive(self, moves: Sequence[Move]) -> None:
        """All of it, or nothing. Raises ArchivedByOthers."""
        ...


Move = tuple[int, Archived, Sequence[Archivable], Archived]
"""A partition, where it stood, what was released, and where it stands then."""


class TopicTrouble(Exception):
    """The topic cannot be archived on: it lost records, or holds what is none of ours. Nothing is skipped."""


class Archiver(Background):
    """Archives while it has the duty; a thread."""

    def __init__(
        self, connect: Callable[[], Connection[Any]], archive: Archive, brokers: Brokers, observer: Observer
    ) -> None:
        super().__init__("archiver", observer, (Error, StoreUnavailable, KafkaError, ArchivedByOthers, TopicTrouble))
        self._connect = connect
        self._archive = archive
        self._brokers = brokers
        self._told = 0.0

    def attempt(self) -> None:
        with self._connect() as connection:
            duty = Duty(connection, "archiver")
            while not self.stopped and not duty.mine():
                self.rest(_IDLE_SECONDS)
            if not self.stopped:
                self._serve(duty)

    def _serve(self, duty: Duty) -> None:
        consumer = KafkaConsumer(
            **self._brokers.client("archiver"),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            metrics_enabled=False,
            max_poll_records=AT_ONCE,
        )
        try:
            partitions = {
                partition: ArchivingPartition(partition, place) for partition, place in self._archive.archived().items()
            }
            places = {number: TopicPartition(self._brokers.events, number) for number in partitions}
            consumer.assign(list(places.values()))
            for number, partition in partitions.items():
                consumer.seek(places[number], partition.before.resume)
            while not self.stopped:
                self._turn(consumer, partitions)
                self._count_waiting()
                self.goes_well()
                duty.beat()
        except OffsetOutOfRangeError as error:
            raise TopicTrouble(f"the topic has ended before it was archived: {error}") from error
        except (LaneTrouble, UnreadableEvent) as error:
            raise TopicTrouble(str(error)) from error
        finally:
            consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)

    def _count_waiting(self) -> None:
        if monotonic() - self._told > _TELL_SECONDS:
            self._told = monotonic()
            self._observer.queued("outbox", self._archive.waiting()[0])

    def _turn(self, consumer: Any, partitions: Mapping[int, ArchivingPartition]) -> None:
        batches = consumer.poll(timeout_ms=_POLL_MS)
        moves = []
        for where, records in batches.items():
            partition = partitions[where.partition]
            for record in records:
                partition.take(Raw(record.offset, record.headers, record.value))
            moves.append(partition.move())
        if moves:
            self._archive.archive(moves)
            for number, _, _, after in moves:
                partitions[number].moved(after)


class ArchivingPartition:
    """One partition between two transactions."""

    def __init__(self, number: int, before: Archived) -> None:
        self.before = before
        self._number = number
        self._chain = before.chain
        self._straightener: Straightener[tuple[Head, Raw]] = Straightener(before.offset, before.lanes, before.resume)
        self._released: list[Archivable] = []

    def take(self, raw: Raw) -> None:
        head = read_head(raw.headers, raw.value)
        self._straightener.take(raw.place, head.writer, head.lane, head.id, (head, raw), self._release)

    def _release(self, offset: int, item: tuple[Head, Raw]) -> bool:
        head, raw = item
        self._chain = chained_hash(self._chain, head.attributes.get("hash", ""))
        text = stored_text(head, raw.headers, raw.value)
        self._released.append(Archivable(offset, head.id, head.subject, head.name, self._chain, text))
        return True

    def move(self) -> Move:
        straightener = self._straightener
        after = Archived(straightener.offset, straightener.lanes, straightener.place, self._chain)
        return self._number, self.before, tuple(self._released), after

    def missing(self) -> list[str]:
        """What is waited for, in words."""
        return self._straightener.missing()

    def moved(self, after: Archived) -> None:
        self.before = after
        self._released.clear()
