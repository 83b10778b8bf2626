"""Outside facts: written straight into an intake topic by a producer, and said by commands, while everything breaks.

Invariants: a fact counts as answered only after the broker's acknowledgment, or the command's success. What was not
answered is said again under the same id, as any careful producer would, so that in the end everything is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from events.campaign import ConversionRecorded, SpendRecorded
from events.envelope import outside_id, type_name
from tests.chaos.place import NAMESPACE, PRODUCER, Place

SOURCE: Final = f"/{PRODUCER}"
BY_COMMAND: Final = "/people/till"
_ACK_SECONDS: Final = 30.0
_TURN: Final = 0.5
_SALE: Final = (type_name(ConversionRecorded), b'{"count": 1}')
_FEE: Final = (
    type_name(SpendRecorded),
    b'{"amount": {"amount": "0.05", "currency": "EUR"}, "purpose": "fee"}',
)
_FEE_EVERY: Final = 5


class Answered:
    """Event ids of facts whose producer was answered, with the moment (monotonic). Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at: dict[str, float] = {}

    def add(self, source: str, own: str) -> None:
        with self._lock:
            self._at.setdefault(outside_id(source, own), monotonic())

    def all(self) -> dict[str, float]:
        with self._lock:
            return dict(self._at)

    def __len__(self) -> int:
        return len(self._at)


class Pouring(Thread):
    """Writes `count` facts, to all campaigns in turn. `again` counts what was sent again.

    `share` says how much of the run is over, and so how many of the facts are to be said by now.
    """

    def __init__(
        self, place: Place, campaigns: list[str], count: int, share: Callable[[], float], answered: Answered
    ) -> None:
        super().__init__(name="pouring", daemon=True)
        self._place, self._campaigns, self._count, self._share = place, campaigns, count, share
        self._answered = answered
        self.again = 0
        self.ended = Signal()

    def run(self) -> None:
        producer: Any = None
        said = 0
        unanswered: list[int] = []
        pause = Signal()
        while said < self._count or unanswered:
            pause.wait(_TURN)
            due = list(range(said, int(self._count * min(1.0, self._share()))))
            said += len(due)
            self.again += len(unanswered)
            try:
                producer = producer or self._made()
                unanswered = self._send(producer, [*unanswered, *due])
            except KafkaError:
                unanswered = [*unanswered, *due]
        producer.close()
        self.ended.set()

    def _send(self, producer: Any, numbers: list[int]) -> list[int]:
        """Those that were not acknowledged."""
        sent = [(number, self._put(producer, number)) for number in numbers]
        left = []
        for number, future in sent:
            try:
                future.get(_ACK_SECONDS)
            except KafkaError:
                left.append(number)
            else:
                self._answered.add(SOURCE, f"sale-{number}")
        return left

    def _put(self, producer: Any, number: int) -> Any:
        campaign = self._campaigns[number % len(self._campaigns)]
        kind, data = _SALE if number % _FEE_EVERY else _FEE
        attributes = {
            "specversion": "1.0",
            "id": f"sale-{number}",
            "source": SOURCE,
            "type": kind,
            "subject": campaign,
            "time": self._place.campaign_now().isoformat(),
        }
        headers = [("content-type", b"application/json")]
        headers += [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        topic = f"{NAMESPACE}.intake.{PRODUCER}"
        return producer.send(topic, data, key=campaign.encode(), headers=headers)

    def _made(self) -> Any:
        return KafkaProducer(
            bootstrap_servers=self._place.kafka.split(","),
            acks="all",
            linger_ms=50,
            max_block_ms=10_000,
            request_timeout_ms=8_000,
            delivery_timeout_ms=20_000,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )


class Commands:
    """`mowj emit`, each time by a process of its own, one after the other; said again until it succeeds."""

    def __init__(self, place: Place, campaigns: list[str], answered: Answered, tell: Callable[[str], None]) -> None:
        self._place, self._campaigns, self._answered, self._tell = place, campaigns, answered, tell
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="emit")
        self.said = 0
        self.again = 0

    def say(self) -> None:
        number, self.said = self.said, self.said + 1
        self._pool.submit(self._until_answered, number)

    def close(self) -> None:
        """Wait until every one was answered."""
        self._pool.shutdown(wait=True)

    def _until_answered(self, number: int) -> None:
        campaign = self._campaigns[number % len(self._campaigns)]
        own = f"till-{number}"
        for _ in range(60):
            done = self._place.attempt(
                *("emit", "ConversionRecorded", "--campaign", campaign, "--id", own, "--source", BY_COMMAND),
                *("--fact", '{"count": 1}', "--data", self._place.data),
            )
            if done.returncode == 0:
                self._answered.add(BY_COMMAND, own)
                return
            self.again += 1
        self._tell(f"`mowj emit` {own} was never answered: {done.stderr[-300:]}")
