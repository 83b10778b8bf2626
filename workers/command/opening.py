"""From settings to a store, a clock, and the shell that every operator's command works through.

Invariants: a store is made by `run` and `worker` alone; every other command asks for one that exists. A data directory
lives on one clock, whoever opens it: an operator's word is dated by the campaign's time, not by the machine's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from config.settings import ClockKind, DataSettings, Settings, StoreKind, TransportKind, load_settings
from workers.command.errors import UserError
from workers.command.remembered import Remembered, RememberedClock, recall
from workers.runtime.assembly import running_version
from workers.runtime.clock import Clock, CompressedClock, RealClock, VirtualClock
from workers.runtime.intake import Intake
from workers.runtime.operating import Operator
from workers.runtime.shell import Shell
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.protocol import NothingThere, Store, StoreMismatch
from workers.runtime.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Opened:
    """A store as an operator works on it."""

    settings: Settings
    remembered: Remembered | None
    shell: Shell
    intake: Intake
    operator: Operator

    @property
    def store(self) -> Store:
        return self.shell.store


def read_settings(config: Path | None, data: Path | None) -> Settings:
    """The settings, with the data directory of the command line if it names one. Raises InputError."""
    settings = load_settings(config, os.environ)
    return settings if data is None else settings.model_copy(update={"data": DataSettings(directory=data)})


@contextmanager
def opened(config: Path | None, data: Path | None) -> Iterator[Opened]:
    """The store that a `mowj run` has made, whether that still runs or not. Raises UserError, InputError."""
    settings = read_settings(config, data)
    if settings.store.kind is StoreKind.MEMORY:
        raise UserError(
            "the settings keep everything in the memory of `mowj run`; set store.kind to sqlite to look at it"
        )
    remembered = recall(settings.data.directory)
    store = existing_store(settings)
    if store is None:
        raise UserError(
            f"there is nothing at {place_of(settings)}; start with `mowj run`, or name its --data directory"
        )
    try:
        shell = Shell(store, clock_of(remembered, store), running_version(), partitions=settings.runtime.partitions)
        yield Opened(settings, remembered, shell, Intake(shell), Operator(shell))
    finally:
        store.close()


def make_directory(settings: Settings) -> Path:
    """The data directory, made if need be. Raises UserError."""
    directory = settings.data.directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{directory}: {error.strerror}; name a directory that you may write: --data DIR") from error
    return directory


def place_of(settings: Settings) -> str:
    """Where the store is, in words that hold no secret."""
    if settings.store.kind is StoreKind.POSTGRES:
        return f"schema {settings.store.namespace!r} of the database in store.url"
    return str(settings.store_path)


def existing_store(settings: Settings) -> Store | None:
    """The store of these settings, if somebody has made it. Raises UserError, StoreUnavailable."""
    if settings.store.kind is StoreKind.MEMORY:
        return None
    if settings.store.kind is StoreKind.SQLITE and not settings.store_path.exists():
        return None
    try:
        return open_store(settings, make=False)
    except NothingThere:
        return None


def open_store(settings: Settings, *, make: bool = True) -> Store:
    """The store of these settings; where there is none, it is made, or NothingThere is raised.

    Raises UserError where the settings do not fit it, StoreUnavailable where its server does not answer.
    """
    if settings.store.kind is StoreKind.MEMORY:
        return MemoryStore()
    if settings.store.kind is StoreKind.POSTGRES:
        return _postgres(settings, make=make)
    try:
        settings.store_path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteStore(settings.store_path, settings.runtime.partitions)
    except (OSError, StoreMismatch) as error:
        raise UserError(f"{settings.store_path}: {error}") from error


def migrate_store(settings: Settings) -> tuple[str | None, str]:
    """Bring the tables of a PostgreSQL store up to date: their layouts before and after. Raises UserError."""
    if settings.store.kind is not StoreKind.POSTGRES:
        raise UserError(f"store.kind is {settings.store.kind.value}, which has nothing to migrate; postgres has")
    url = _postgres_url(settings)
    from workers.runtime.store.postgres import migrated

    outbox = settings.transport.kind is TransportKind.KAFKA
    try:
        return migrated(url, settings.store.namespace, settings.runtime.partitions, outbox=outbox)
    except StoreMismatch as error:
        raise UserError(f"{place_of(settings)}: {error}") from error


def _postgres_url(settings: Settings) -> str:
    """Raises UserError where it is missing, or what it needs is."""
    if settings.store.url is None:
        raise UserError(
            "store.kind is postgres, and store.url is missing: give postgresql://USER:PASSWORD@HOST/DATABASE "
            "in mowj.toml, or as MOWJ_STORE__URL"
        )
    for package in ("psycopg", "sqlalchemy", "alembic"):
        if find_spec(package) is None:
            raise UserError(f"store.kind is postgres, and {package} is missing: pip install 'mowj[outgrown]'")
    return settings.store.url.get_secret_value()


def _postgres(settings: Settings, *, make: bool) -> Store:
    url, namespace = _postgres_url(settings), settings.store.namespace
    # What it needs is an optional dependency.
    from workers.runtime.store.postgres import PostgresStore

    outbox, answer = settings.transport.kind is TransportKind.KAFKA, settings.store.answer_seconds
    try:
        return PostgresStore(url, namespace, settings.runtime.partitions, outbox=outbox, make=make, answer=answer)
    except StoreMismatch as error:
        raise UserError(f"{place_of(settings)}: {error}") from error


def clock_of(remembered: Remembered | None, store: Store) -> Clock:
    """The clock that the directory lives on; a virtual one stands where the log ends. Raises UserError."""
    return make_clock(remembered.clock if remembered else RememberedClock(kind=ClockKind.REAL), log_end(store))


def make_clock(kept: RememberedClock, start: datetime | None) -> Clock:
    """Raises UserError for a compressed clock outside tests."""
    if kept.kind is ClockKind.REAL:
        return RealClock()
    if kept.kind is ClockKind.VIRTUAL:
        return VirtualClock(start or datetime.now(UTC))
    try:
        return CompressedClock(kept.anchor or datetime.now(UTC), kept.speed)
    except (RuntimeError, ValueError) as error:
        raise UserError(str(error)) from error


def log_end(store: Store) -> datetime | None:
    """The greatest recorded time on the log; None for an empty one."""
    with store.view() as view:
        last = [record for partition, end in view.log.ends().items() for record in view.log.read(partition, end - 1, 1)]
    return max((record.event.recordedtime for record in last), default=None)
