"""The relay: what stands in the outbox is sent to its topic, each partition's rows in their order.

Invariants: a row is sent again until it is acknowledged, and a later one of its partition never before: what is sent at
once is one batch a partition, and any failure or stalled acknowledgment discards the producer and begins again at the
lowest unacknowledged row. Where it begins after a restart is the outbox itself, so that some rows are sent twice:
readers drop those by their numbers. Nothing is removed here: the archiver does that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError
from psycopg import Connection, Error

from events.log.kafka import message_of
from workers.runtime.kafka.background import Background
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.duty import Duty
from workers.runtime.observing import Observer

MOST_ROWS: Final = 500
"""Of one partition at once."""
MOST_BYTES: Final = 800_000
"""Of one partition at once, beyond its first row: less than the batch of a producer, so that it is one batch."""
ACK_SECONDS: Final = 10.0

_BATCH_BYTES: Final = 1_000_000
_REQUEST_BYTES: Final = 1_048_576
_IDLE_SECONDS: Final = 0.5

_UNSENT: Final = """
SELECT n.partition, n.last, o.number, o.campaign, o.attributes, o.data
FROM outbox_numbers n
LEFT JOIN unnest(%(partitions)s::int[], %(sent)s::bigint[]) AS s (partition, number) ON s.partition = n.partition
LEFT JOIN LATERAL (
    SELECT number, campaign, attributes, data FROM outbox
    WHERE partition = n.partition AND number > coalesce(s.number, 0) ORDER BY number LIMIT %(most)s
) o ON true
WHERE n.last > coalesce(s.number, 0)
ORDER BY n.partition, o.number
"""


class NotAcknowledged(Exception):
    """A broker did not take what was sent, or did not say so in time."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event that waits to be sent."""

    partition: int
    number: int
    campaign: str
    attributes: str
    data: str


class Relay(Background):
    """Sends while it has the duty; a thread. `connect` gives a connection in autocommit mode that hears commits."""

    def __init__(self, connect: Callable[[], Connection[Any]], brokers: Brokers, observer: Observer) -> None:
        super().__init__("relay", observer, (Error, KafkaError, NotAcknowledged))
        self._connect = connect
        self._brokers = brokers
        self._sent: dict[int, int] = {}
        self._producer: Any = None

    def attempt(self) -> None:
        with self._connect() as connection:
            duty = Duty(connection, "relay")
            while not self.stopped:
                if duty.mine():
                    self._turn(connection, duty)
                    self.goes_well()
                else:
                    self.rest(_IDLE_SECONDS)

    def failed(self) -> None:
        self._discard()

    def close(self) -> None:
        super().close()
        self._discard()

    def _turn(self, connection: Connection[Any], duty: Duty) -> None:
        rows, ends = self._unsent(connection)
        if rows:
            self._send(rows)
        for partition, end in ends.items():
            self._sent[partition] = max(end, self._sent.get(partition, 0))
        duty.beat()
        if not rows:
            for _ in connection.notifies(timeout=_IDLE_SECONDS, stop_after=1):
                break

    def _unsent(self, connection: Connection[Any]) -> tuple[list[Row], dict[int, int]]:
        """What is to be sent now, and where partitions end of which nothing is left in the outbox behind that."""
        given = {"partitions": list(self._sent), "sent": list(self._sent.values()), "most": MOST_ROWS}
        rows: list[Row] = []
        sizes: dict[int, int] = {}
        ends: dict[int, int] = {}
        for partition, last, number, campaign, attributes, data in connection.execute(_UNSENT, given):
            if number is None:
                ends[partition] = last
                continue
            size = sizes.get(partition, 0) + len(attributes.encode()) + len(data.encode())
            if sizes.get(partition, 0) and size > MOST_BYTES:
                sizes[partition] = _REQUEST_BYTES
                continue
            sizes[partition] = size
            rows.append(Row(partition, number, campaign, attributes, data))
        return rows, ends

    def _send(self, rows: Sequence[Row]) -> None:
        """Send, and wait for every acknowledgment. Raises NotAcknowledged, KafkaError."""
        if self._producer is None:
            self._producer = self._made()
        sent = []
        for row in rows:
            message = message_of(row.attributes, row.data)
            future = self._producer.send(
                self._brokers.events,
                message.value,
                key=row.campaign.encode(),
                headers=message.headers,
                partition=row.partition,
            )
            sent.append((row, future))
        self._producer.flush(ACK_SECONDS)
        failed: dict[int, Any] = {}
        for row, future in sent:
            if row.partition not in failed and future.succeeded():
                self._sent[row.partition] = row.number
            else:
                failed.setdefault(row.partition, future.exception)
        if failed:
            partition, error = next(iter(failed.items()))
            raise NotAcknowledged(f"partition {partition} ({len(failed)} in all) was not acknowledged: {error}")

    def _made(self) -> Any:
        # Nothing is sent before flush asks for it: `linger_ms` is longer than any filling of a batch. Retries are the
        # relay's own, from the outbox, in order.
        return KafkaProducer(
            **self._brokers.client("relay"),
            acks="all",
            enable_idempotence=False,
            retries=0,
            max_in_flight_requests_per_connection=1,
            batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            linger_ms=20_000,
            request_timeout_ms=int(ACK_SECONDS * 800),
            delivery_timeout_ms=60_000,
            max_block_ms=int(ACK_SECONDS * 1000),
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def _discard(self) -> None:
        """Let go of the producer with whatever it has not sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # Its own close waits for what can no longer be sent, and raises where that takes too long.
            producer._sender.force_close()  # noqa: SLF001
            producer._sender.wakeup()  # noqa: SLF001
            producer._sender.join(ACK_SECONDS)  # noqa: SLF001
            producer.close(timeout=0)
