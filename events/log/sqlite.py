"""The log as a table of a SQLite file; it joins the transaction that is open on its connection.

Invariants: the stored text of an event is never rewritten. What was read is cached, as records never change; the
cache is filled by `read` alone, which the store calls on committed data only.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from events.catalogue import UnknownVersion, UnreadableEvent, from_json
from events.envelope import Event, to_json
from events.log.protocol import DuplicateId, Mislabeled, Record, Unread, chained

SCHEMA: Final = """
CREATE TABLE log (
    partition INTEGER NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    campaign TEXT NOT NULL,
    name TEXT NOT NULL,
    chain TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (partition, place)
) WITHOUT ROWID;
CREATE INDEX log_by_campaign ON log (campaign, partition, place);
CREATE INDEX log_by_name ON log (name, partition, place);
"""

_CACHED: Final = 4096
"""Records kept parsed, so that several workers in one process parse each once."""


def event_text(event: Event) -> str:
    return json.dumps(to_json(event), separators=(",", ":"), ensure_ascii=False)


def event_of(text: str) -> Event:
    """The stored event; data that cannot be read arrives as `Unread`. Raises UnreadableEvent for the envelope."""
    value: dict[str, Any] = json.loads(text)
    try:
        return from_json(value)
    except UnknownVersion as error:
        return from_json(value, Unread(error=str(error), newer=True))
    except UnreadableEvent as error:
        return from_json(value, Unread(error=str(error), newer=False))


class SqliteLog:
    """`Log` over a connection that somebody else owns, serializes, and ends transactions on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cache: OrderedDict[tuple[int, int], Record] = OrderedDict()

    def append(self, partition: int, event: Event) -> Record:
        last = self._connection.execute(
            "SELECT place, chain FROM log WHERE partition = ? ORDER BY place DESC LIMIT 1", (partition,)
        ).fetchone()
        end, chain = last if last is not None else (0, "")
        record = Record(partition, end + 1, event, chained(chain, event))
        row = (partition, record.offset, event.id, event.subject, event.name, record.chain, event_text(event))
        try:
            self._connection.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise DuplicateId(event.id) from error
        return record

    def read(self, partition: int, after: int, limit: int) -> Sequence[Record]:
        cached = self._cached(partition, after, limit)
        rows = self._connection.execute(
            "SELECT partition, place, chain, event FROM log WHERE partition = ? AND place > ? ORDER BY place LIMIT ?",
            (partition, after + len(cached), limit - len(cached)),
        )
        read = _records(rows)
        for record in read:
            self._cache[record.partition, record.offset] = record
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return [*cached, *read]

    def _cached(self, partition: int, after: int, limit: int) -> list[Record]:
        found: list[Record] = []
        while len(found) < limit and (record := self._cache.get((partition, after + len(found) + 1))) is not None:
            found.append(record)
        return found

    def ends(self) -> Mapping[int, int]:
        return dict(self._connection.execute("SELECT partition, max(place) FROM log GROUP BY partition"))

    def campaign(self, campaign: str) -> Sequence[Record]:
        return _records(
            self._connection.execute(
                "SELECT partition, place, chain, event FROM log WHERE campaign = ? ORDER BY partition, place",
                (campaign,),
            )
        )

    def find(self, event_id: str) -> Record | None:
        rows = self._connection.execute("SELECT partition, place, chain, event FROM log WHERE id = ?", (event_id,))
        return next(iter(_records(rows)), None)

    def named(self, name: str) -> Sequence[Record]:
        return _records(
            self._connection.execute(
                "SELECT partition, place, chain, event FROM log WHERE name = ? ORDER BY partition, place", (name,)
            )
        )

    def mislabeled(self) -> Sequence[Mislabeled]:
        rows = self._connection.execute(
            "SELECT partition, place, id, campaign, name, json_extract(event, '$.id'),"
            " json_extract(event, '$.subject'), json_extract(event, '$.type') FROM log ORDER BY partition, place"
        )
        return [
            Mislabeled(partition, place, own, label, filed, said)
            for partition, place, own, campaign, name, said_id, subject, said_type in rows
            for label, filed, said in (
                ("id", own, said_id),
                ("campaign", campaign, subject),
                ("name", name, said_type.split(".")[1]),
            )
            if filed != said
        ]


def _records(rows: Iterable[tuple[int, int, str, str]]) -> list[Record]:
    return [Record(partition, place, _event(partition, place, text), chain) for partition, place, chain, text in rows]


def _event(partition: int, place: int, text: str) -> Event:
    try:
        return event_of(text)
    except ValueError as error:
        raise UnreadableEvent(f"what stands at {place} in partition {partition} is not an event: {error}") from error
