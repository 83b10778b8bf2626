"""Looks into the store while it is hurt: how much was said, and when each outside fact had been decided on.

Invariants: reads only, on a connection of its own; where PostgreSQL does not answer, it looks again later.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event as Signal
from threading import Thread
from time import monotonic
from typing import Any, Final

import psycopg

from events.campaign import ConversionRecorded, SpendRecorded
from tests.chaos.place import NAMESPACE, Place
from workers.roster import ROSTER

POURED: Final = (ConversionRecorded, SpendRecorded)
HEARERS: Final = {fact.__name__: tuple(worker.name for worker in ROSTER if fact in worker.hears) for fact in POURED}
EVERY: Final = 0.5
"""Seconds between two looks, and so the precision of every moment that is seen."""

_NEW: Final = "SELECT place, id, name FROM log WHERE name = ANY(%s) AND partition = %s AND place > %s ORDER BY place"
_SAID: Final = "SELECT (SELECT coalesce(sum(place), 0) FROM ends), (SELECT count(*) FROM outbox)"
_STATES: Final = "SELECT row::json->>'kind', row::json->>'state', count(*) FROM effects GROUP BY 1, 2"


def connected(place: Place) -> psycopg.Connection[Any]:
    options = f"-c search_path={NAMESPACE}"
    return psycopg.connect(place.postgres, options=options, autocommit=True, connect_timeout=5)


@dataclass
class _Waiting:
    """Of one partition: how far its log was looked at, and the facts that not every hearer has decided on."""

    looked_to: int = 0
    facts: list[tuple[int, str, str]] = field(default_factory=list)


class Watching(Thread):
    """`seen`: monotonic moment at which a fact was on the log of record and decided on by all who hear it."""

    def __init__(self, place: Place) -> None:
        super().__init__(name="watching", daemon=True)
        self._place = place
        self._ended = Signal()
        self._partitions = [_Waiting() for _ in range(place.size.partitions)]
        self.seen: dict[str, float] = {}
        self.archived = 0
        self.outbox = 0

    @property
    def events(self) -> int:
        return self.archived + self.outbox

    def run(self) -> None:
        while not self._ended.is_set():
            with suppress(psycopg.Error), connected(self._place) as connection:
                while not self._ended.wait(EVERY):
                    self._look(connection)
            self._ended.wait(EVERY)

    def close(self) -> None:
        self._ended.set()
        self.join()

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        said = connection.execute(_SAID).fetchone()
        assert said is not None
        self.archived, self.outbox = int(said[0]), int(said[1])
        positions = {
            (worker, number): place
            for worker, number, place in connection.execute("SELECT worker, partition, place FROM positions")
        }
        for number, waiting in enumerate(self._partitions):
            new = connection.execute(_NEW, (list(HEARERS), number, waiting.looked_to)).fetchall()
            if new:
                waiting.facts += new
                waiting.looked_to = new[-1][0]
            if waiting.facts:
                self._decide(number, waiting, positions)

    def _decide(self, number: int, waiting: _Waiting, positions: dict[tuple[str, int], int]) -> None:
        reached = {
            name: min((positions.get((worker, number), 0) for worker in workers), default=0)
            for name, workers in HEARERS.items()
        }
        now, left = monotonic(), []
        for place, own, name in waiting.facts:
            if place <= reached[name]:
                self.seen.setdefault(own, now)
            else:
                left.append((place, own, name))
        waiting.facts = left


def effects(place: Place) -> dict[tuple[str, str], int]:
    """How many effects of each kind stand in each state."""
    with connected(place) as connection:
        return {(kind, state): count for kind, state, count in connection.execute(_STATES)}


def spans(
    answered: dict[str, float], seen: dict[str, float], only: Iterable[str] | None = None
) -> list[tuple[float, float]]:
    """(answered, decided on) of the facts of which both are known."""
    return [(answered[one], seen[one]) for one in (only or answered) if one in seen and one in answered]
