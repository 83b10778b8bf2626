"""The topics that other systems write: each fact goes through intake as if it had been said at the door.

Invariants: an offset is committed after what stood there was stored, or set among the dead letters with the reason;
what is read twice changes nothing, since intake knows it by source and id. Some facts enter together, so that a busy
producer costs everybody else little; where one of them is refused, each enters alone. Kafka's ACLs say who may write a
topic, and so whose facts they are: an event's source is /PRODUCER, or under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from events.catalogue import UnknownVersion, UnreadableEvent, from_json
from events.log.kafka import read_data, read_head
from workers.runtime.intake import Intake, Offered, Refused
from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.observing import Observer
from workers.runtime.store.protocol import StoreUnavailable

REASON: Final = "mowj_reason"
TOPIC: Final = "mowj_topic"
CUT: Final = "mowj_cut"
LONGEST_REASON: Final = 2000
MOST_KEPT: Final = 900_000
"""Bytes of a record beyond which only its beginning is set aside: a producer's limit is a megabyte with all headers."""
MOST_HEADERS: Final = 50
BEGINNING: Final = 65_536
ACK_SECONDS: Final = 10.0
TOGETHER: Final = 50
"""Facts in one transaction, during which nobody else's intake or taking of an effect goes on."""
_REFUSED: Final = (Refused, UnreadableEvent, UnknownVersion)
_POLL_MS: Final = 200
_CLOSE_MS: Final = 2000
_LOOK_FOR_TOPICS_MS: Final = 10_000


def dead_letter(record: Any, reason: str) -> tuple[bytes | None, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of what is set aside of a record: all of it, or as much as a topic takes for certain.

    Whoever may write one intake topic can put anything there: what is refused must never fail to be set aside.
    """
    headers = [(name, content or b"") for name, content in record.headers]
    ours = [
        (REASON, reason.encode(errors="replace")[:LONGEST_REASON]),
        (TOPIC, f"{record.topic}/{record.partition}/{record.offset}".encode()),
    ]
    key, value = record.key, record.value or b""
    if sum(len(name.encode()) + len(content) for name, content in headers) + len(key or b"") + len(value) > MOST_KEPT:
        headers = [(name, content[:LONGEST_REASON]) for name, content in headers[:MOST_HEADERS] if len(name) < 100]
        key, value = key and key[:LONGEST_REASON], value[:BEGINNING]
        ours.append((CUT, b"the beginning is kept; the whole stands where mowj_topic says"))
    return key, value, [*headers, *ours]


class OutsideTopics(Background):
    """Takes in what outside producers write. Several processes share the work as one consumer group."""

    def __init__(self, intake: Intake, brokers: Brokers, observer: Observer) -> None:
        super().__init__("outside topics", observer, (KafkaError, StoreUnavailable))
        self._intake = intake
        self._brokers = brokers

    def attempt(self) -> None:
        with self._clients() as (consumer, refuse):
            while not self.stopped:
                self._turn(consumer, refuse)
                self.goes_well()

    @contextmanager
    def _clients(self) -> Iterator[tuple[Any, Callable[[Any, str], None]]]:
        consumer = KafkaConsumer(
            **self._brokers.client("outside"),
            group_id=self._brokers.group("intake"),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            metrics_enabled=False,
            metadata_max_age_ms=_LOOK_FOR_TOPICS_MS,
            session_timeout_ms=int(self._brokers.session.total_seconds() * 1000),
            heartbeat_interval_ms=min(3000, int(self._brokers.session.total_seconds() * 1000) // 3),
        )
        producer = None
        try:
            producer = KafkaProducer(**self._brokers.client("dead-letters"), metrics_enabled=False)
            consumer.subscribe(pattern=f"^{re.escape(self._brokers.intake_prefix)}.+$")

            def refuse(record: Any, reason: str) -> None:
                key, value, headers = dead_letter(record, reason)
                producer.send(self._brokers.dead_letters, value, key=key, headers=headers).get(ACK_SECONDS)

            yield consumer, refuse
        finally:
            consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)
            if producer is not None:
                producer.close(timeout=ACK_SECONDS)

    def _turn(self, consumer: Any, refuse: Callable[[Any, str], None]) -> None:
        batches = consumer.poll(timeout_ms=_POLL_MS)
        for records in batches.values():
            for first in range(0, len(records), TOGETHER):
                self._take(records[first : first + TOGETHER], refuse)
        if batches:
            consumer.commit()

    def _take(self, records: Sequence[Any], refuse: Callable[[Any, str], None]) -> None:
        try:
            self._intake.accept_all([self._offered(record) for record in records])
        except _REFUSED as error:
            if len(records) == 1:
                refuse(records[0], str(error))
                self._observer.troubled("outside topics", f"{records[0].topic}: {error}")
            else:
                for record in records:
                    self._take([record], refuse)

    def _offered(self, record: Any) -> Offered:
        """Raises Refused, UnreadableEvent, UnknownVersion."""
        head = read_head(record.headers, record.value)
        own = f"/{record.topic.removeprefix(self._brokers.intake_prefix)}"
        if head.source != own and not head.source.startswith(f"{own}/"):
            raise Refused(
                f"source {head.source!r}: what is written to {record.topic} comes from {own!r}, or from under it"
            )
        fact = read_data(head, record.headers, record.value)
        event = from_json(head.attributes, fact)
        tenant = head.attributes.get("tenant")
        return Offered(fact, event.subject, tenant, event.source, event.id, event.time, event.sequence or None)
