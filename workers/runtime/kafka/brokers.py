"""Where Kafka is, how to reach it, and what Mowj's topics and groups are called there.

Invariants: nothing connects here. What reads or writes the topics asks this file for names and for the client's
options, so that security is set once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Brokers:
    """`prefix` is what topics and groups begin with; `security` goes to the client as it is."""

    servers: str
    prefix: str = "mowj"
    partitions: int = 64
    replication: int = 0
    retention: timedelta = timedelta(days=30)
    session: timedelta = timedelta(seconds=10)
    security: Mapping[str, Any] = field(default_factory=dict)

    @property
    def events(self) -> str:
        return f"{self.prefix}.events"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}.dead-letters"

    @property
    def intake_prefix(self) -> str:
        return f"{self.prefix}.intake."

    def intake(self, producer: str) -> str:
        return f"{self.intake_prefix}{producer}"

    def group(self, kind: str) -> str:
        """The consumer group of one kind of worker, or of intake."""
        return f"{self.prefix}.{kind}"

    def client(self, name: str) -> dict[str, Any]:
        """What every client is made with."""
        return {
            "bootstrap_servers": self.servers.split(","),
            "client_id": f"{self.prefix}-{name}",
            "reconnect_backoff_max_ms": 2000,
            **self.security,
        }
