"""One kind of worker's membership in its consumer group: which partitions it was given, and the messages on them.

Invariants: the client is used by this feed's own thread alone, which decides nothing: it hands over what it was
assigned, reads a partition only once the loop has said from where, and keeps a bounded number of messages. What
came under an earlier assignment is never handed over under a later one. Offsets committed to Kafka are for looking at
lag: nothing ever starts from them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.observing import Observer

MOST: Final = 1000
"""Messages of one partition that may wait; behind it the partition is not read."""
MOST_IN_ALL: Final = 8000
"""Messages that may wait; behind it only partitions of which none waits are read."""

_POLL_MS: Final = 100
_AT_ONCE: Final = 1000
_LAG_SECONDS: Final = 5
_CLOSE_MS: Final = 2000
_METADATA_MS: Final = 10_000
_JOIN_MS: Final = 2000
_JOIN_SECONDS: Final = 20.0
_REJOIN_MS: Final = 30_000
"""How long the group waits for a member that does not answer, beyond what its session allows."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One message as it came; `place` is the broker's offset."""

    place: int
    headers: list[tuple[str, bytes]]
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the group has given to this member, and in which of its generations."""

    generation: int
    partitions: frozenset[int]


class NotAssigned(Exception):
    """The group takes too long to decide who holds what."""


class Feed(Background):
    """A member of a worker's group. `wake` is called whenever there is something new to look at."""

    def __init__(self, brokers: Brokers, kind: str, observer: Observer, wake: Callable[[], None]) -> None:
        super().__init__(f"feed of {kind}", observer, (KafkaError, NotAssigned))
        self._brokers = brokers
        self._kind = kind
        self._wake = wake
        self._lock = Lock()
        self._assignment: Assignment | None = None
        self._buffers: dict[int, deque[Raw]] = {}
        self._starts: dict[int, int] = {}
        self._lost: dict[int, str] = {}
        self._done: dict[int, int] = {}
        self._told = 0.0

    def assignment(self) -> Assignment | None:
        """What this member holds now; None while the group is deciding. Raises what ended the feed."""
        self.check()
        return self._assignment

    def read_from(self, assignment: Assignment, places: Mapping[int, int]) -> None:
        """Begin to read these partitions at these offsets, unless the assignment has changed since."""
        with self._lock:
            if self._assignment == assignment:
                # What has come from where it was read before must not stand in front of what is asked for.
                for partition in places:
                    self._buffers.pop(partition, None)
                self._starts.update(places)

    def take(self, assignment: Assignment, room: Callable[[int], int]) -> dict[int, list[Raw]]:
        """The messages that wait, by partition, as many as there is room for; nothing of another assignment.

        A partition without room is left out: its reader may be gone, under an assignment that still stands.
        """
        with self._lock:
            if self._assignment != assignment:
                return {}
            return {
                partition: [buffer.popleft() for _ in range(most)]
                for partition, buffer in self._buffers.items()
                if (most := min(len(buffer), room(partition))) > 0
            }

    def lost(self) -> Mapping[int, str]:
        """Partitions that cannot be read on, since what was to be read next is no longer there."""
        with self._lock:
            return dict(self._lost)

    def done(self, partition: int, place: int) -> None:
        """What is in front of `place` has been decided on."""
        with self._lock:
            self._done[partition] = place

    def attempt(self) -> None:
        with self._member() as consumer:
            held = monotonic()
            while not self.stopped:
                if self._assignment is None:
                    self._join(consumer, monotonic() - held)
                else:
                    held = monotonic()
                self._turn(consumer)
                self.goes_well()

    def failed(self) -> None:
        self._revoked()

    @contextmanager
    def _member(self) -> Iterator[Any]:
        session = int(self._brokers.session.total_seconds() * 1000)
        consumer = KafkaConsumer(
            **self._brokers.client(self._kind),
            group_id=self._brokers.group(self._kind),
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            metrics_enabled=False,
            session_timeout_ms=session,
            heartbeat_interval_ms=min(3000, session // 3),
            max_poll_records=_AT_ONCE,
            max_poll_interval_ms=max(_REJOIN_MS, session),
            metadata_max_age_ms=_METADATA_MS,
        )
        try:
            consumer.subscribe([self._brokers.events], listener=_Listener(consumer, self._assigned, self._revoked))
            # A member that joins before it has heard of the topic gives out none of it if it leads, and joins again
            # when it hears, which may hang (seen with 3.0.12). Asking for topics makes it hear first.
            consumer.topics()
            yield consumer
        finally:
            consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)

    def _join(self, consumer: Any, seconds: float) -> None:
        """Wait until the group has decided. Raises NotAssigned where that takes too long: another member may do better.

        kafka-python's own poll begins another joining where one ends between two polls, and so disturbs the group.
        """
        if seconds > _JOIN_SECONDS:
            raise NotAssigned(f"the group has given this member nothing for {seconds:.0f} seconds")
        consumer._coordinator.poll(timeout_ms=_JOIN_MS)  # noqa: SLF001

    def _turn(self, consumer: Any) -> None:
        self._obey(consumer)
        _make_room_in_line(consumer)
        try:
            batches = consumer.poll(timeout_ms=_POLL_MS)
        except OffsetOutOfRangeError as error:
            self._out_of_range(consumer, error)
            return
        if not batches:
            return
        with self._lock:
            for where, records in batches.items():
                buffer = self._buffers.get(where.partition)
                if buffer is not None:
                    buffer.extend(Raw(record.offset, record.headers, record.value) for record in records)
        self._wake()

    def _obey(self, consumer: Any) -> None:
        """Start what the loop wants read, pause what is full, resume what has room, and say how far we are."""
        with self._lock:
            starts, self._starts = self._starts, {}
            mine = {where.partition: where for where in consumer.assignment()}
            paused = {where.partition for where in consumer.paused()}
            for partition, place in starts.items():
                if partition in mine:
                    self._buffers[partition] = deque()
                    consumer.seek(mine[partition], place)
            most = MOST if sum(map(len, self._buffers.values())) < MOST_IN_ALL else 1
            full = {partition for partition, buffer in self._buffers.items() if len(buffer) >= most}
            started = set(self._buffers) - set(self._lost)
            done = self._lag_to_tell()
        consumer.pause(*(mine[partition] for partition in (full & set(mine)) - paused))
        consumer.resume(*(mine[partition] for partition in ((started - full) & paused) & set(mine)))
        offsets = {mine[p]: OffsetAndMetadata(place, "", -1) for p, place in done.items() if p in mine}
        if offsets:
            consumer.commit_async(offsets)

    def _lag_to_tell(self) -> dict[int, int]:
        now = monotonic()
        if now - self._told < _LAG_SECONDS:
            return {}
        self._told = now
        done, self._done = self._done, {}
        return done

    def _out_of_range(self, consumer: Any, error: OffsetOutOfRangeError) -> None:
        ends = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        with self._lock:
            for where, place in ends.items():
                consumer.pause(where)
                consumer.seek(where, 0)
                self._lost[where.partition] = (
                    f"{where.topic} no longer has what follows {place} in partition {where.partition}: "
                    "it was dropped from the topic before it was read"
                )
        self._wake()

    def _assigned(self, generation: int, partitions: frozenset[int]) -> None:
        with self._lock:
            self._clear()
            self._assignment = Assignment(generation, partitions)
        self._wake()

    def _revoked(self) -> None:
        with self._lock:
            self._clear()
            self._assignment = None
        self._wake()

    def _clear(self) -> None:
        for kept in (self._buffers, self._starts, self._lost, self._done):
            kept.clear()


def _make_room_in_line(consumer: Any) -> None:
    """Have what was kept of a partition while it was paused read on.

    kafka-python 3.0.12 takes it up again where nothing is in line, and leaves in line what it has read to its end: a
    partition that was paused in the middle of what was fetched would never be read again.
    """
    fetcher = consumer._fetcher  # noqa: SLF001
    if not fetcher._next_partition_records:  # noqa: SLF001
        fetcher._next_partition_records = None  # noqa: SLF001


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the feed what the group decides. What is newly assigned is not read before the loop says from where."""

    def __init__(
        self, consumer: Any, assigned: Callable[[int, frozenset[int]], None], revoked: Callable[[], None]
    ) -> None:
        self._consumer = consumer
        self._assigned = assigned
        self._revoked = revoked

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        del revoked
        self._revoked()

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        for where in assigned:
            self._consumer.seek(where, 0)
            self._consumer.pause(where)
        generation = self._consumer.group_metadata().generation_id
        self._assigned(generation, frozenset(where.partition for where in assigned))
