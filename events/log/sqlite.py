"""The log as a table of a SQLite file; it joins the transaction that is open on its connection.

Invariants: the stored text of an event is never rewritten, but by `drop`. What was read is cached, see `stored`; the
cache is filled by `read` alone, which the store calls on committed data only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from events.envelope import Event
from events.log.protocol import DuplicateId, Mislabeled, Record, chained, hollow
from events.log.stored import RecordCache, event_text, records_of

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


# From one partition to the next by the index: the whole log is not read for where it ends.
_ENDS: Final = """
WITH RECURSIVE held (partition) AS (
    SELECT min(partition) FROM log
    UNION ALL
    SELECT (SELECT min(partition) FROM log WHERE partition > held.partition) FROM held WHERE partition IS NOT NULL
)
SELECT partition, (SELECT max(place) FROM log WHERE log.partition = held.partition) FROM held
WHERE partition IS NOT NULL
"""


class SqliteLog:
    """`Log` over a connection that somebody else owns, serializes, and ends transactions on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cache = RecordCache()

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
        cached = self._cache.after(partition, after, limit)
        rows = self._connection.execute(
            "SELECT partition, place, chain, event FROM log WHERE partition = ? AND place > ? ORDER BY place LIMIT ?",
            (partition, after + len(cached), limit - len(cached)),
        )
        read = records_of(rows)
        self._cache.keep(read)
        return [*cached, *read]

    def ends(self) -> Mapping[int, int]:
        return dict(self._connection.execute(_ENDS))

    def campaign(self, campaign: str) -> Sequence[Record]:
        return records_of(
            self._connection.execute(
                "SELECT partition, place, chain, event FROM log WHERE campaign = ? ORDER BY partition, place",
                (campaign,),
            )
        )

    def drop(self, campaign: str) -> None:
        for record in self.campaign(campaign):
            left = hollow(record.event)
            self._connection.execute(
                "UPDATE log SET name = ?, event = ? WHERE partition = ? AND place = ?",
                (left.name, event_text(left), record.partition, record.offset),
            )
            self._cache.forget(record.partition)

    def find(self, event_id: str) -> Record | None:
        rows = self._connection.execute("SELECT partition, place, chain, event FROM log WHERE id = ?", (event_id,))
        return next(iter(records_of(rows)), None)

    def named(self, name: str) -> Sequence[Record]:
        return records_of(
            self._connection.execute(
                "SELECT partition, place, chain, event FROM log WHERE name = ? ORDER BY partition, place", (name,)
            )
        )

    def behind(self, partition: int, sources: Collection[str], offset: int) -> bool:
        del partition, sources, offset
        return False

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
