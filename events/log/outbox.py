"""What was said and is on its way to the log of record: rows that a relay sends and an archiver takes away.

Invariants: an event is in the outbox or on the log of record, never in both, never in neither: it enters here in its
writer's transaction, and leaves in the one that puts it on the log. A partition's rows are numbered 1, 2, 3 … in the
order of commits, whoever writes. Read as a `Log`, what is still here follows what is archived, in that order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, LiteralString

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from events.envelope import Event
from events.log.kafka import attributes_and_data, structured_text
from events.log.postgres import ENDS, LOG, TABLES, WORD, PostgresLog, Session, compiled
from events.log.protocol import DuplicateId, Record, chained
from events.log.stored import RecordCache, event_of

OUTBOX: Final = Table(
    "outbox",
    TABLES,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", WORD, nullable=False, unique=True),
    Column("campaign", WORD, nullable=False),
    Column("name", WORD, nullable=False),
    Column("source", WORD, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("outbox_by_source", OUTBOX.c.partition, OUTBOX.c.source)
Index("outbox_by_campaign", OUTBOX.c.campaign)
Index("outbox_by_name", OUTBOX.c.name)

NUMBERS: Final = Table(
    "outbox_numbers",
    TABLES,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

ARCHIVED: Final = Table(
    "archived",
    TABLES,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("resume", BigInteger, nullable=False),
    Column("lanes", Text, nullable=False),
)
"""How far the archiver has read each partition of the topic; where the log ends says how much it has released."""

DUTIES: Final = Table(
    "duties",
    TABLES,
    Column("name", WORD, primary_key=True),
    Column("beat", DateTime(timezone=True), nullable=False),
)
"""When whoever has a duty was last seen doing it."""

_LOCKED_LAST: Final = compiled(
    select(NUMBERS.c.last).where(NUMBERS.c.partition == bindparam("partition")).with_for_update()
)
_FIRST: Final = compiled(
    insert(NUMBERS)
    .values(partition=bindparam("partition"), last=literal_column("0"))
    .on_conflict_do_update(index_elements=["partition"], set_={"last": NUMBERS.c.last})
    .returning(NUMBERS.c.last)
)
_MOVE: Final = compiled(update(NUMBERS).where(NUMBERS.c.partition == bindparam("at")).values(last=bindparam("last")))
_ADD: Final = compiled(
    insert(OUTBOX).values(
        {
            name: bindparam(name)
            for name in ("partition", "number", "id", "campaign", "name", "source", "attributes", "data")
        }
    )
)
_ARCHIVED_IDS: Final = compiled(
    select(LOG.c.id).where(LOG.c.id == func.any(bindparam("ids", type_=ARRAY(Text)))).limit(literal_column("1"))
)
_PENDING: Final = compiled(
    select(OUTBOX.c.attributes, OUTBOX.c.data)
    .where(OUTBOX.c.partition == bindparam("partition"))
    .order_by(OUTBOX.c.number)
    .limit(bindparam("count", type_=Integer))
)
_COUNTS: Final = compiled(select(OUTBOX.c.partition, func.count()).group_by(OUTBOX.c.partition))
_OF_CAMPAIGN: Final = compiled(select(OUTBOX.c.partition).where(OUTBOX.c.campaign == bindparam("value")).distinct())
_OF_NAME: Final = compiled(select(OUTBOX.c.partition).where(OUTBOX.c.name == bindparam("value")).distinct())
_OF_ID: Final = compiled(select(OUTBOX.c.partition).where(OUTBOX.c.id == bindparam("value")))
_OF_SOURCES: Final = compiled(
    select(OUTBOX.c.number)
    .where(
        OUTBOX.c.partition == bindparam("partition"),
        OUTBOX.c.source == func.any(bindparam("sources", type_=ARRAY(Text))),
    )
    .limit(literal_column("1"))
)
_END: Final = compiled(select(ENDS.c.place, ENDS.c.chain).where(ENDS.c.partition == bindparam("partition")))
_ARCHIVED_TO: Final = compiled(
    select(ARCHIVED.c.resume, ARCHIVED.c.lanes).where(ARCHIVED.c.partition == bindparam("partition")).with_for_update()
)
_FIRST_ARCHIVED: Final = compiled(
    insert(ARCHIVED)
    .values(partition=bindparam("partition"), resume=literal_column("0"), lanes=literal_column("'{}'"))
    .on_conflict_do_update(index_elements=["partition"], set_={"resume": ARCHIVED.c.resume})
    .returning(ARCHIVED.c.resume, ARCHIVED.c.lanes)
)
_MOVE_ARCHIVED: Final = compiled(
    update(ARCHIVED)
    .where(ARCHIVED.c.partition == bindparam("at"))
    .values(resume=bindparam("resume"), lanes=bindparam("lanes"))
)
_MOVE_END: Final = compiled(
    insert(ENDS)
    .values(partition=bindparam("at"), place=bindparam("place"), chain=bindparam("chain"))
    .on_conflict_do_update(
        index_elements=["partition"], set_={"place": bindparam("place"), "chain": bindparam("chain")}
    )
)
_DROP: Final = compiled(delete(OUTBOX).where(OUTBOX.c.id == func.any(bindparam("ids", type_=ARRAY(Text)))))
_WAITING: Final = compiled(select(func.count(), func.extract("epoch", func.now() - func.min(OUTBOX.c.since))))
_EVERYTHING: Final = 2**31 - 1


class ArchivedByOthers(Exception):
    """The log of record was moved on by another process."""


@dataclass(frozen=True, slots=True)
class Archived:
    """How far a partition is on the log of record, and from where in its topic to read on."""

    offset: int
    lanes: Mapping[str, tuple[int, str]]
    resume: int
    chain: str


@dataclass(frozen=True, slots=True)
class Archivable:
    """One released event as the log of record keeps it."""

    place: int
    id: str
    campaign: str
    name: str
    chain: str
    event: str


class OutboxLog(PostgresLog):
    """`Log` whose `append` goes to the outbox; what it gives back has no offset yet, but the outbox's number."""

    def __init__(self, session: Session, cache: RecordCache | None) -> None:
        super().__init__(session, cache)
        self._given: dict[int, int] = {}
        self._unmoved: set[int] = set()
        self._unchecked: list[str] = []
        session.before_flush(self._write_numbers)

    def append(self, partition: int, event: Event) -> Record:
        self.lock(partition)
        number = self._given[partition] + 1
        self._given[partition] = number
        self._unmoved.add(partition)
        self._unchecked.append(event.id)
        attributes, data = attributes_and_data(event)
        row = {
            "partition": partition, "number": number, "id": event.id, "campaign": event.subject, "name": event.name,
            "source": event.source, "attributes": attributes, "data": data,
        }  # fmt: skip
        self._session.write(_ADD, row)
        return Record(partition, number, event)

    def lock(self, partition: int) -> None:
        if partition not in self._given:
            found = self._session.row(_LOCKED_LAST, partition=partition)
            (last,) = found if found is not None else self._session.row(_FIRST, partition=partition)
            self._given[partition] = last

    def _write_numbers(self) -> None:
        for partition in self._unmoved:
            self._session.write(_MOVE, {"at": partition, "last": self._given[partition]})
        self._unmoved.clear()
        ids, self._unchecked = self._unchecked, []
        if ids:
            found = self._session.row(_ARCHIVED_IDS, ids=ids)
            if found is not None:
                raise DuplicateId(found[0])

    def read(self, partition: int, after: int, limit: int) -> Sequence[Record]:
        archived = super().read(partition, after, limit)
        if len(archived) == limit:
            return archived
        pending = self._pending(partition, limit - len(archived) + max(0, after - self._archived(partition)[0]))
        return [*archived, *(record for record in pending if record.offset > after)]

    def ends(self) -> Mapping[int, int]:
        ends = dict(super().ends())
        for partition, count in self._session.rows(_COUNTS):
            ends[partition] = ends.get(partition, 0) + count
        return ends

    def campaign(self, campaign: str) -> Sequence[Record]:
        pending = self._among(_OF_CAMPAIGN, campaign, lambda event: event.subject == campaign)
        return [*super().campaign(campaign), *pending]

    def find(self, event_id: str) -> Record | None:
        pending = self._among(_OF_ID, event_id, lambda event: event.id == event_id)
        return pending[0] if pending else super().find(event_id)

    def named(self, name: str) -> Sequence[Record]:
        pending = self._among(_OF_NAME, name, lambda event: event.name == name)
        return sorted([*super().named(name), *pending], key=lambda record: (record.partition, record.offset))

    def behind(self, partition: int, sources: Collection[str], offset: int) -> bool:
        """Whether the log of record lacks anything up to the offset, or anything that these sources have said."""
        if self._archived(partition)[0] < offset:
            return True
        return self._session.row(_OF_SOURCES, partition=partition, sources=sorted(sources)) is not None

    def waiting(self) -> tuple[int, timedelta]:
        """How many events wait in the outbox, and how long the first of them has."""
        count, seconds = self._session.row(_WAITING)
        return count, timedelta(seconds=float(seconds or 0))

    def archived_to(self, partition: int) -> Archived:
        """How far the archiver is, locked until the transaction ends."""
        found = self._session.row(_ARCHIVED_TO, partition=partition)
        resume, lanes = found if found is not None else self._session.row(_FIRST_ARCHIVED, partition=partition)
        end, chain = self._archived(partition)
        return Archived(end, {w: (number, last) for w, (number, last) in json.loads(lanes).items()}, resume, chain)

    def archived_end(self, partition: int) -> int:
        """The offset of the last archived record; 0 where there is none."""
        return self._archived(partition)[0]

    def begin_archive(self, partition: int, resume: int, lanes: Mapping[str, tuple[int, str]]) -> None:
        """Have the archiver read from there, behind a log of record that was filled by other means."""
        self.archived_to(partition)
        self._session.write(_MOVE_ARCHIVED, {"at": partition, "resume": resume, "lanes": json.dumps(lanes)})

    def archive(self, partition: int, before: Archived, rows: Sequence[Archivable], after: Archived) -> None:
        """Put what was released on the log of record, and take it out of the outbox.

        Raises ArchivedByOthers where the archive is not as it was `before`.
        """
        if self.archived_to(partition) != before:
            raise ArchivedByOthers(f"partition {partition} was archived by somebody else")
        for row in rows:
            self._session.add(LOG, (partition, row.place, row.id, row.campaign, row.name, row.chain, row.event))
        self._session.write(_MOVE_ARCHIVED, {"at": partition, "resume": after.resume, "lanes": json.dumps(after.lanes)})
        self._session.write(_MOVE_END, {"at": partition, "place": after.offset, "chain": after.chain})
        self._session.write(_DROP, {"ids": [row.id for row in rows]})

    def _archived(self, partition: int) -> tuple[int, str]:
        """Where the log of record ends, and its chain there."""
        found = self._session.row(_END, partition=partition)
        return (0, "") if found is None else (found[0], found[1])

    def _among(self, statement: LiteralString, value: str, wanted: Callable[[Event], bool]) -> list[Record]:
        partitions = sorted(partition for (partition,) in self._session.rows(statement, value=value))
        return [record for partition in partitions for record in self._pending(partition) if wanted(record.event)]

    def _pending(self, partition: int, count: int = _EVERYTHING) -> list[Record]:
        """What is on its way, at the offsets and with the chain that it will have."""
        rows = self._session.rows(_PENDING, partition=partition, count=count)
        end, chain = self._archived(partition)
        found = []
        for attributes, data in rows:
            event = event_of(structured_text(attributes, data))
            end, chain = end + 1, chained(chain, event)
            found.append(Record(partition, end, event, chain))
        return found
