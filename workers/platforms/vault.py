"""Where sealed logins lie, a row an account: in a file of the data directory, or in a schema of PostgreSQL.

Invariants: each call is one statement, so it happens or not; a row is replaced only by who names the version that it
has. One holder at a time renews an account's login, until its lease ends. This is not the event store: a store that is
set back to a backup must not set back tokens that may be used once. Opens nothing that is sealed.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol
from weakref import finalize

from workers.platforms.sealing import CredentialsUnusable

FILE: Final = "credentials.sqlite"
_BUSY_SECONDS: Final = 10.0
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS credentials (account TEXT PRIMARY KEY, channel TEXT NOT NULL, sealed {blob} NOT NULL,
    version BIGINT NOT NULL, added DOUBLE PRECISION NOT NULL, changed DOUBLE PRECISION NOT NULL,
    refused TEXT NOT NULL DEFAULT '', refused_at DOUBLE PRECISION)""",
    """CREATE TABLE IF NOT EXISTS renewals (account TEXT PRIMARY KEY, holder TEXT NOT NULL,
    until DOUBLE PRECISION NOT NULL)""",
)
_ALL: Final = (
    "SELECT account, channel, sealed, version, added, changed, refused, refused_at FROM credentials ORDER BY account"
)
_ONE: Final = (
    "SELECT account, channel, sealed, version, added, changed, refused, refused_at FROM credentials "
    "WHERE account = :account"
)
_LEASE: Final = (
    "INSERT INTO renewals (account, holder, until) VALUES (:account, :holder, NOW + :seconds) "
    "ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    # A lease that ends much later than any could that was taken now is of a clock that has been set back. Much: this
    # one's NOW may be from before it waited for the file.
    "WHERE renewals.until < NOW OR renewals.until > NOW + :seconds + 60 RETURNING holder"
)


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of an account. Times are seconds since 1970; `refused`: why the network refused this login last."""

    account: str
    channel: str
    sealed: bytes = field(repr=False)
    version: int
    added: float
    changed: float
    refused: str = ""
    refused_at: float | None = None


class Vault(Protocol):
    """Safe for threads and several processes. Every call raises CredentialsUnusable where it cannot be carried out."""

    def rows(self) -> list[Row]: ...

    def row(self, account: str) -> Row | None: ...

    def replace(self, account: str, channel: str, sealed: bytes, version: int) -> bool:
        """Put the account's next version where it has `version` (0: none), and forget any refusal."""
        ...

    def refuse(self, account: str, version: int, why: str) -> None:
        """Note that the network refused what this version says; nothing of it is changed."""
        ...

    def forgive(self, account: str) -> None: ...

    def remove(self, account: str) -> bool: ...

    def lease(self, account: str, holder: str, seconds: float) -> bool:
        """Whether `holder` alone may renew the account's login, for so long at most."""
        ...

    def release(self, account: str, holder: str) -> None: ...


class _Statements:
    """What both kinds of vault say."""

    _now = ":now"

    def _run(self, statement: str, said: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement returns."""
        raise NotImplementedError

    def rows(self) -> list[Row]:
        return [_row(found) for found in self._run(_ALL, {})]

    def row(self, account: str) -> Row | None:
        found = self._run(_ONE, {"account": account})
        return _row(found[0]) if found else None

    def replace(self, account: str, channel: str, sealed: bytes, version: int) -> bool:
        said = {"account": account, "channel": channel, "sealed": sealed, "version": version, "now": time.time()}
        put = (
            "INSERT INTO credentials (account, channel, sealed, version, added, changed) "
            "VALUES (:account, :channel, :sealed, 1, :now, :now) ON CONFLICT DO NOTHING RETURNING version"
            if version == 0
            else "UPDATE credentials SET channel = :channel, sealed = :sealed, version = version + 1, changed = :now, "
            "refused = '', refused_at = NULL WHERE account = :account AND version = :version RETURNING version"
        )
        return bool(self._run(put, said))

    def refuse(self, account: str, version: int, why: str) -> None:
        self._run(
            "UPDATE credentials SET refused = :why, refused_at = :now WHERE account = :account AND version = :version "
            "RETURNING version",
            {"account": account, "version": version, "why": why, "now": time.time()},
        )

    def forgive(self, account: str) -> None:
        self._run(
            "UPDATE credentials SET refused = '', refused_at = NULL WHERE account = :account RETURNING version",
            {"account": account},
        )

    def remove(self, account: str) -> bool:
        return bool(
            self._run("DELETE FROM credentials WHERE account = :account RETURNING version", {"account": account})
        )

    def lease(self, account: str, holder: str, seconds: float) -> bool:
        said = {"account": account, "holder": holder, "seconds": seconds, "now": time.time()}
        return bool(self._run(_LEASE.replace("NOW", self._now), said))

    def release(self, account: str, holder: str) -> None:
        self._run(
            "DELETE FROM renewals WHERE account = :account AND holder = :holder RETURNING holder",
            {"account": account, "holder": holder},
        )


class SqliteVault(_Statements):
    """For the processes of one machine. The file is made with the first login, for this user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _run(self, statement: str, said: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            if not statement.startswith("INSERT"):
                return []
            self._make()
        try:
            with self._connected() as connection:
                return connection.execute(statement, said).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise CredentialsUnusable(f"{self._path}: {error}") from error

    def _make(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError as error:
            raise CredentialsUnusable(f"{self._path}: {error.strerror}") from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            for table in _TABLES:
                connection.execute(table.format(blob="BLOB"))
            yield connection
        finally:
            connection.close()


class PostgresVault(_Statements):
    """For processes on many machines: a schema beside the store's, made with the first login. Its clock ends leases."""

    _now = "extract(epoch FROM clock_timestamp())::double precision"

    def __init__(self, url: str, namespace: str) -> None:
        self._url, self._schema = url, schema_beside(namespace)
        self._open: list[Any] = []
        self._guard = Lock()
        finalize(self, _close, self._open)

    def _run(self, statement: str, said: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            import psycopg  # noqa: PLC0415  (an optional dependency)
        except ModuleNotFoundError as error:
            raise CredentialsUnusable("store.kind is postgres: pip install 'mowj[outgrown]'") from error
        if not self._url:
            raise CredentialsUnusable("store.kind is postgres, and store.url is missing")
        words = re.sub(r"(?<!:):([a-z]+)", r"%(\1)s", statement)
        with self._guard:
            try:
                return self._asked(words, said, make=statement.startswith("INSERT"))
            except psycopg.errors.UndefinedTable:
                return []
            except psycopg.Error as error:
                _close(self._open)
                said_first = str(error).strip().splitlines() or [type(error).__name__]
                raise CredentialsUnusable(f"the logins that PostgreSQL keeps: {said_first[0]}") from error

    def _asked(self, words: str, said: Mapping[str, Any], *, make: bool) -> list[tuple[Any, ...]]:
        import psycopg  # noqa: PLC0415  (an optional dependency)

        if not self._open or self._open[0].closed:
            self._open[:] = [psycopg.connect(self._url, autocommit=True, connect_timeout=10)]
            self._open[0].execute(f'SET search_path TO "{self._schema}"')
        connection = self._open[0]
        try:
            found: list[tuple[Any, ...]] = connection.execute(words, said).fetchall()
        except psycopg.errors.UndefinedTable:
            if not make:
                raise
            self._make(connection)
            found = connection.execute(words, said).fetchall()
        return found

    def _make(self, connection: Any) -> None:
        with connection.transaction():
            # Two that make it at once would fail at each other's rows of the catalog.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (self._schema,))
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
            for table in _TABLES:
                connection.execute(table.format(blob="BYTEA"))


def schema_beside(namespace: str) -> str:
    """The schema of an installation's logins, within the 63 bytes that a name may have."""
    short = namespace if len(namespace) <= 50 else f"{namespace[:41]}_{sha256(namespace.encode()).hexdigest()[:8]}"
    return f"{short}_credentials"


def _close(connections: list[Any]) -> None:
    while connections:
        connections.pop().close()


def _row(found: tuple[Any, ...]) -> Row:
    account, channel, sealed, version, added, changed, refused, refused_at = found
    return Row(account, channel, bytes(sealed), int(version), added, changed, refused, refused_at)
