"""The log as a table of a PostgreSQL database; it joins the transaction that a `Session` stands for.

Invariants: the stored text of an event is never rewritten, but by `drop`. A partition's end stands in a row of its own,
which whoever appends holds locked until the transaction ends: offsets are 1, 2, 3 … in the order of commits, whoever
writes. What is appended is written when the transaction ends, or when something is read in it; an id that was there
shows then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, LiteralString, cast

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import (
    BigInteger,
    Column,
    Executable,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.elements import ClauseElement

from events.envelope import Event
from events.log.protocol import DuplicateId, Mislabeled, Record, chained, hollow
from events.log.stored import RecordCache, event_text, records_of

WORD: Final = Text(collation="C")
"""Text that sorts as Python sorts it, whatever the database's language."""

TABLES: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""Every table of an installation; a store adds its own to those of the log."""

LOG: Final = Table(
    "log",
    TABLES,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("id", WORD, nullable=False, unique=True),
    Column("campaign", WORD, nullable=False),
    Column("name", WORD, nullable=False),
    Column("chain", WORD, nullable=False),
    Column("event", Text, nullable=False),
)
Index("log_by_campaign", LOG.c.campaign, LOG.c.partition, LOG.c.place)
Index("log_by_name", LOG.c.name, LOG.c.partition, LOG.c.place)

ENDS: Final = Table(
    "ends",
    TABLES,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Column("chain", WORD, nullable=False),
)

Values = Mapping[str, Any]
_PAGE: Final = 1000


def compiled(statement: Executable) -> LiteralString:
    """A statement's text for psycopg: what is executed thousands of times a second is not built each time.

    Its parameters are the `bindparam`s in it. Raises ValueError for a value that stands in it.
    """
    made = cast("ClauseElement", statement).compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    if any(value is not None for value in made.params.values()):
        raise ValueError(f"{made.string}: a value is no parameter, and would be left out: {made.params}")
    return made.string


class Session:
    """An open transaction: it is read from at once, and written to when something is read, or at its end.

    Writes under one key replace each other; else what is deleted goes first, and what is put by one statement goes in
    the order given. Rows that are only ever added come in bulk.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._writes: dict[Hashable, tuple[LiteralString, Values]] = {}
        self._added: dict[Table, list[Sequence[object]]] = {}
        self._before: list[Callable[[], None]] = []

    def rows(self, statement: LiteralString, **values: object) -> list[Any]:
        self.flush()
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: LiteralString, **values: object) -> Any:
        """The first row, if there is one."""
        self.flush()
        return self._connection.execute(statement, values).fetchone()

    def stored(self, statement: LiteralString, **values: object) -> list[Any]:
        """Rows as they stand, without what this transaction has yet to write: for who knows what that is."""
        return self._connection.execute(statement, values).fetchall()

    def pages(self, statement: LiteralString, **values: object) -> Iterator[Any]:
        """Row by row, without holding all of them in memory; for statements that only read."""
        self.flush()
        with self._connection.cursor("pages") as cursor:
            cursor.itersize = _PAGE
            yield from cursor.execute(statement, values)

    def one(self, statement: Composed) -> Any:
        """The one row of a statement that was put together for once."""
        self.flush()
        return self._connection.execute(statement).fetchone()

    def execute(self, statement: Composed) -> None:
        """Say at once what no row comes of."""
        self._connection.execute(statement)

    def put_end(self, partition: int, place: int, chain: str) -> None:
        """Where a log that was copied whole ends."""
        self.write(_PUT_END, {"partition": partition, "place": place, "chain": chain})

    def write(self, statement: LiteralString, values: Values, key: Hashable | None = None) -> None:
        self._writes[key if key is not None else object()] = (statement, values)

    def add(self, table: Table, row: Sequence[object]) -> None:
        self._added.setdefault(table, []).append(row)

    def before_flush(self, action: Callable[[], None]) -> None:
        """Have it called whenever what was written goes to the database; it may write more."""
        self._before.append(action)

    def flush(self) -> None:
        """Send what was written. Raises DuplicateId."""
        for action in self._before:
            action()
        if not self._writes and not self._added:
            return
        writes, self._writes = sorted(self._writes.values(), key=_order), {}
        added, self._added = self._added, {}
        try:
            with self._connection.cursor() as cursor:
                with self._connection.pipeline():
                    for statement, same in groupby(writes, key=lambda write: write[0]):
                        cursor.executemany(statement, [values for _, values in same])
                for table, rows in added.items():
                    with cursor.copy(_copy(table)) as copy:
                        copy.set_types([_COPIED[type(column.type)] for column in table.columns])
                        for row in rows:
                            copy.write_row(row)
        except UniqueViolation as error:
            raise DuplicateId(error.diag.message_detail or str(error)) from error


def _order(write: tuple[LiteralString, Values]) -> tuple[bool, str]:
    statement, _ = write
    return not statement.startswith("DELETE"), statement


_COPIED: Final = {Integer: "int4", BigInteger: "int8", Text: "text"}


def _copy(table: Table) -> Composed:
    return SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(Identifier(table.name))


_LOCKED_END: Final = compiled(
    select(ENDS.c.place, ENDS.c.chain).where(ENDS.c.partition == bindparam("partition")).with_for_update()
)
_FIRST_END: Final = compiled(
    insert(ENDS)
    .values(partition=bindparam("partition"), place=literal_column("0"), chain=literal_column("''"))
    .on_conflict_do_update(index_elements=["partition"], set_={"place": ENDS.c.place})
    .returning(ENDS.c.place, ENDS.c.chain)
)
_MOVE_END: Final = compiled(
    update(ENDS).where(ENDS.c.partition == bindparam("at")).values(place=bindparam("place"), chain=bindparam("chain"))
)
_PUT_END: Final = compiled(
    insert(ENDS).values(partition=bindparam("partition"), place=bindparam("place"), chain=bindparam("chain"))
)
_ENDS: Final = compiled(select(ENDS.c.partition, ENDS.c.place).where(ENDS.c.place > literal_column("0")))
_RECORDS: Final = select(LOG.c.partition, LOG.c.place, LOG.c.chain, LOG.c.event)
_READ: Final = compiled(
    _RECORDS.where(LOG.c.partition == bindparam("partition"), LOG.c.place > bindparam("after"))
    .order_by(LOG.c.place)
    .limit(bindparam("count", type_=Integer))
)
_IN_ORDER: Final = (LOG.c.partition, LOG.c.place)
_CAMPAIGN: Final = compiled(_RECORDS.where(LOG.c.campaign == bindparam("campaign")).order_by(*_IN_ORDER))
_DROP: Final = compiled(
    update(LOG)
    .where(LOG.c.partition == bindparam("in"), LOG.c.place == bindparam("at"))
    .values(name=bindparam("called"), event=bindparam("text"))
)
_FIND: Final = compiled(_RECORDS.where(LOG.c.id == bindparam("id")))
_NAMED: Final = compiled(_RECORDS.where(LOG.c.name == bindparam("name")).order_by(*_IN_ORDER))
_LABELS: Final = compiled(
    select(LOG.c.partition, LOG.c.place, LOG.c.id, LOG.c.campaign, LOG.c.name, LOG.c.event).order_by(*_IN_ORDER)
)


class PostgresLog:
    """`Log` in a transaction. What `read` gives is kept in the cache, if there is one: it is for committed data alone.

    `append` raises DuplicateId late: when the transaction ends, or something is read in it.
    """

    def __init__(self, session: Session, cache: RecordCache | None) -> None:
        self._session = session
        self._cache = cache
        self._ends: dict[int, tuple[int, str]] = {}
        self._moved: set[int] = set()
        self.dropped: set[int] = set()
        """Partitions of which others may keep what this transaction has dropped."""
        session.before_flush(self._move_ends)

    def append(self, partition: int, event: Event) -> Record:
        self.lock(partition)
        place, chain = self._ends[partition]
        record = Record(partition, place + 1, event, chained(chain, event))
        self._ends[partition] = record.offset, record.chain
        self._moved.add(partition)
        row = (partition, record.offset, event.id, event.subject, event.name, record.chain, event_text(event))
        self._session.add(LOG, row)
        return record

    def lock(self, partition: int) -> None:
        """Nobody else appends to the partition until the transaction ends."""
        if partition not in self._ends:
            found = self._session.stored(_LOCKED_END, partition=partition)
            ((place, chain),) = found or self._session.stored(_FIRST_END, partition=partition)
            self._ends[partition] = place, chain

    def _move_ends(self) -> None:
        for partition in self._moved:
            place, chain = self._ends[partition]
            self._session.write(_MOVE_END, {"at": partition, "place": place, "chain": chain})
        self._moved.clear()

    def read(self, partition: int, after: int, limit: int) -> Sequence[Record]:
        cached = self._cache.after(partition, after, limit) if self._cache is not None else []
        if len(cached) == limit:
            return cached
        count = limit - len(cached)
        read = records_of(self._session.rows(_READ, partition=partition, after=after + len(cached), count=count))
        if self._cache is not None:
            self._cache.keep(read)
        return [*cached, *read]

    def ends(self) -> Mapping[int, int]:
        return dict(self._session.rows(_ENDS))

    def campaign(self, campaign: str) -> Sequence[Record]:
        return records_of(self._session.rows(_CAMPAIGN, campaign=campaign))

    def drop(self, campaign: str) -> None:
        for record in self.campaign(campaign):
            left = hollow(record.event)
            values = {"in": record.partition, "at": record.offset, "called": left.name, "text": event_text(left)}
            self._session.write(_DROP, values)
            self.dropped.add(record.partition)

    def find(self, event_id: str) -> Record | None:
        return next(iter(records_of(self._session.rows(_FIND, id=event_id))), None)

    def named(self, name: str) -> Sequence[Record]:
        return records_of(self._session.rows(_NAMED, name=name))

    def behind(self, partition: int, sources: Collection[str], offset: int) -> bool:
        del partition, sources, offset
        return False

    def mislabeled(self) -> Sequence[Mislabeled]:
        found = []
        for partition, place, own, campaign, name, text in self._session.pages(_LABELS):
            event = json.loads(text)
            labels = (("id", own, event["id"]), ("campaign", campaign, event["subject"]))
            for label, filed, said in (*labels, ("name", name, event["type"].split(".")[1])):
                if filed != said:
                    found.append(Mislabeled(partition, place, own, label, filed, said))
        return found
