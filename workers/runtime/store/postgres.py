"""The store in a schema of a PostgreSQL database, for as many processes on as many machines as there are.

Invariants: transactions of an installation are serialized by one advisory lock, which those `beside` others share; it
is taken before anything is read, so that nobody waits for anybody in a circle. A view is one snapshot. Whoever freezes
inside a transaction is thrown out of it by the server, and its step has not happened. Nothing but words is waited for
outside of a transaction: NOTIFY follows the commit, since PostgreSQL commits those that hold one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import QueuePool

from events.envelope import PARTITIONS
from events.log.postgres import Session
from events.log.stored import RecordCache
from workers.runtime.store.postgres_awaiting import awaiting
from workers.runtime.store.postgres_layout import LAYOUTS, layout, migrate, require_current
from workers.runtime.store.postgres_listening import Listener
from workers.runtime.store.postgres_rows import PostgresTransaction
from workers.runtime.store.protocol import NothingThere, StoreMismatch, StoreUnavailable

_FROZEN_SECONDS: Final = 20
"""How long a transaction may stand still before the server ends it: a frozen process holds up nobody for long."""

_SERVER: Final = {
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": f"{_FROZEN_SECONDS}s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_CLIENT: Final[dict[str, str | int]] = {
    "application_name": "mowj",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
ANSWER_SECONDS: Final = 120.0
"""After which the server gives a statement up."""
_LATER: Final = 5.0
"""Seconds behind that after which a connection is given up, on which no answer came at all."""
_KEPT_OPEN: Final = 5
_MOST_OPEN: Final = 80
"""More than an executor has threads."""


class PostgresStore:
    """`Store` in the schema `namespace` of the database at `url`, which is made and laid out at the first start.

    With an `outbox`, what is appended waits there for a relay, and an archiver fills the log: a store is made with one
    or without. Raises StoreMismatch where it was made with other partitions, with or without an outbox other than
    given, or in another layout; StoreUnavailable where nobody answers; without `make`, NothingThere before the first.
    No statement is awaited longer than `answer` seconds.
    """

    def __init__(
        self,
        url: str,
        namespace: str = "mowj",
        partitions: int = PARTITIONS,
        *,
        outbox: bool = False,
        make: bool = True,
        answer: float = ANSWER_SECONDS,
    ) -> None:
        self.url, self.namespace = url, namespace
        self._outbox = outbox
        self._conninfo = _conninfo(url, namespace, answer)
        self._connections = awaiting(answer + _LATER)
        self._lock = _number(namespace)
        self._cache = RecordCache()
        self._mine: set[int] = set()
        self._thread = local()
        self._pool = self._fresh_pool()
        self._pool_lock = Lock()
        self._listener = Listener(self._listening, self._mine)
        self._begin = _statement("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({})", self._lock)
        self._begin_beside = _statement(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock_shared({})", self._lock
        )
        self._commit = SQL("COMMIT; NOTIFY {}").format(Identifier(namespace))
        try:
            self._install(partitions, make=make)
        except psycopg.OperationalError as error:
            self.close()
            raise _unavailable(error) from error
        except BaseException:
            self.close()
            raise

    def _install(self, partitions: int, *, make: bool) -> None:
        with self._connect() as connection:
            found = layout(connection, self.namespace)
        if found is None and not make:
            raise NothingThere(f"there is no schema {self.namespace!r} with tables of Mowj's in the database")
        if found is None:
            fixed = {"partitions": partitions, "outbox": int(self._outbox)}
            migrate(self._connect_plain, self.namespace, self._lock, fixed)
        else:
            require_current(found)
        with self.view() as view:
            made, has_outbox = view.fixed("partitions"), bool(view.fixed("outbox"))
        if made != partitions:
            raise StoreMismatch(f"the database was installed with {made} partitions; given {partitions}")
        if has_outbox is not self._outbox:
            carried = ("by the store's own log", "over Kafka")
            raise StoreMismatch(
                f"the database was installed for events that go {carried[has_outbox]}, "
                f"and the settings say {carried[self._outbox]}: mend transport.kind, or name another store.namespace"
            )

    @contextmanager
    def transaction(self, *, beside: bool = False) -> Iterator[PostgresTransaction]:
        with self._alone_in_thread(), self._connection() as connection:
            _execute(connection, self._begin_beside if beside else self._begin)
            session = Session(connection)
            tx = PostgresTransaction(session, locks=True, outbox=self._outbox)
            yield tx
            session.flush()
            committed = _execute(connection, self._commit)
            if committed != "COMMIT":
                raise RuntimeError("an error inside the transaction was passed over: nothing was committed")
        for partition in tx.log.dropped:
            self._cache.forget(partition)
        self._listener.committed()

    @contextmanager
    def view(self) -> Iterator[PostgresTransaction]:
        with self._alone_in_thread(), self._connection() as connection:
            _execute(connection, _VIEW)
            yield PostgresTransaction(Session(connection), self._cache, outbox=self._outbox)
            _execute(connection, _END)

    @contextmanager
    def _alone_in_thread(self) -> Iterator[None]:
        if getattr(self._thread, "is_open", False):
            raise RuntimeError("transactions do not nest")
        self._thread.is_open = True
        try:
            yield
        finally:
            self._thread.is_open = False

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        """One from the pool; what fails inside is rolled back. A lost connection takes all idle ones along."""
        try:
            pooled = self._pool.connect()
        except (psycopg.OperationalError, NoConnection) as error:
            raise _unavailable(error) from error
        connection: Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        try:
            yield connection
        except BaseException as error:
            _roll_back(connection, error)
            if connection.closed:
                pooled.invalidate()
                self._renew_pool()
            # A session that the server has ended, as one that froze, is lost whatever kind of error says so.
            lost = isinstance(error, psycopg.Error) and connection.closed
            if lost or isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
                raise _unavailable(error) from error
            raise
        finally:
            pooled.close()

    def _renew_pool(self) -> None:
        with self._pool_lock:
            stale, self._pool = self._pool, self._fresh_pool()
        stale.dispose()

    def _fresh_pool(self) -> QueuePool:
        return QueuePool(
            self._connect,
            pool_size=_KEPT_OPEN,
            max_overflow=_MOST_OPEN - _KEPT_OPEN,
            timeout=30,
            reset_on_return=None,
            use_lifo=True,
        )

    def _connect(self) -> Any:
        connection = self._connect_plain(autocommit=True)
        self._mine.add(connection.info.backend_pid)
        return connection

    def _connect_plain(self, *, autocommit: bool = False) -> Connection[Any]:
        return self._connections.connect(self._conninfo, autocommit=autocommit)

    @property
    def place(self) -> str:
        """Where it is, in words without a secret, the same whoever asks."""
        given = conninfo_to_dict(self.url)
        where = f"{given.get('host', 'this machine')}:{given.get('port', 5432)}"
        return f"schema {self.namespace!r} of the PostgreSQL database {given.get('dbname', 'mowj')!r} at {where}"

    def wake(self) -> None:
        """Have whoever waits in this process look again, as after a commit."""
        self._listener.committed()

    def listening(self) -> Connection[Any]:
        """A connection of the caller's own, in autocommit mode, that hears of every commit."""
        return self._listening()

    def _listening(self) -> Connection[Any]:
        """A connection that hears of every commit."""
        connection = self._connect_plain(autocommit=True)
        connection.execute(SQL("LISTEN {}").format(Identifier(self.namespace)))
        return connection

    def wait(self, seen: int, seconds: float) -> int:
        return self._listener.wait(seen, seconds)

    def close(self) -> None:
        self._listener.close()
        self._pool.dispose()


def migrated(url: str, namespace: str, partitions: int, *, outbox: bool) -> tuple[str | None, str]:
    """Bring a schema's layout up to date, and say what it was and is.

    Raises StoreMismatch for one that is newer than this code, StoreUnavailable where nobody answers.
    """
    conninfo = _conninfo(url, namespace)
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            before = layout(connection, namespace)
        fixed = {"partitions": partitions, "outbox": int(outbox)}
        migrate(lambda: psycopg.connect(conninfo), namespace, _number(namespace), fixed)
    except psycopg.OperationalError as error:
        raise _unavailable(error) from error
    return before, LAYOUTS[-1]


# Nobody waits for who only looks: an audit may reckon for minutes between two pages, and so may a starved process.
_VIEW: Final = SQL(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = '1h'"
).format()
_END: Final = SQL("COMMIT").format()


def _conninfo(url: str, namespace: str, answer: float = ANSWER_SECONDS) -> str:
    try:
        given = str(conninfo_to_dict(url).get("options") or "")
    except psycopg.ProgrammingError:
        # What libpq says of it may hold the password.
        raise StoreMismatch("store.url is no address such as postgresql://USER:PASSWORD@HOST/DATABASE") from None
    limit = f"{int(answer * 1000)}ms"
    server: dict[str, str] = {**_SERVER, "statement_timeout": limit, "search_path": f'"{namespace}"'}
    options = " ".join([*(f"-c {name}={value}" for name, value in server.items()), given])
    return make_conninfo(url, **_CLIENT, options=options)


def _number(namespace: str) -> int:
    """The advisory lock of an installation; in every database, Mowj's schemas have numbers of their own."""
    return int.from_bytes(hashlib.sha256(f"mowj {namespace}".encode()).digest()[:8], signed=True)


def _statement(words: str, number: int) -> Composed:
    return SQL(words).format(number)


def _execute(connection: Connection[Any], words: Composed) -> str:
    """Say something in several statements; returns what the first one did."""
    cursor = connection.execute(words, prepare=False)
    return cursor.statusmessage or ""


def _roll_back(connection: Connection[Any], error: BaseException) -> None:
    if not connection.closed:
        try:
            _execute(connection, SQL("ROLLBACK").format())
        except psycopg.Error as failed:
            connection.close()
            error.add_note(f"nor could it be rolled back: {failed}")


def _unavailable(error: BaseException) -> StoreUnavailable:
    said = str(error).strip()
    return StoreUnavailable(f"PostgreSQL: {said.splitlines()[0] if said else repr(error)}")
