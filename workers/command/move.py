"""`mowj move`: take a stopped embedded installation, in its SQLite file, over into PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from config.settings import Settings
    from workers.runtime.store.moving import Carry, Moved
    from workers.runtime.store.postgres import PostgresStore
    from workers.runtime.store.sqlite_rows import SqliteTransaction


def register(app: typer.Typer) -> None:
    """Add `mowj move`."""
    app.command()(move)


def move(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The data directory of the stopped installation.")],
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Move an installation out of its SQLite file into the PostgreSQL store of these settings, all of it or nothing.

    What arrives is compared with what was sent. Nobody can work on the old file afterwards. A move that was killed may
    be run again. With Kafka, what some worker has yet to read is sent to the topics that `mowj topics apply` has made.
    """
    from workers.command.opening import place_of, read_settings
    from workers.command.output import hint, print_json, say

    settings = read_settings(config, data)
    moved = _moved(settings, source)
    if as_json:
        print_json(moved)
        return
    if moved.already:
        say(f"{source} had been moved to {place_of(settings)} already, and is closed now")
    else:
        say(
            f"moved {source} to {place_of(settings)}: {moved.events} events of {moved.campaigns} campaigns, "
            f"{moved.effects} effects, {moved.timers} timers, {moved.states} states, compared one by one"
        )
    hint(
        "go on with `mowj run` and the same settings; "
        f"{source / settings.store.path} is of no further use but as a copy of what was"
    )


def _moved(settings: Settings, source: Path) -> Moved:
    """Raises UserError, MachineError."""
    from config.settings import StoreKind
    from workers.command.errors import MachineError, UserError
    from workers.command.opening import open_store
    from workers.command.process import alone, is_worked_on
    from workers.runtime.store.protocol import StoreMismatch
    from workers.runtime.store.sqlite import SqliteStore

    file = source / settings.store.path
    if settings.store.kind is not StoreKind.POSTGRES:
        raise UserError(
            f"the settings keep everything in {settings.store.kind.value}: mowj moves to store.kind postgres"
        )
    if not file.exists():
        raise UserError(f"there is no {file}; name the data directory of the installation that is to move")
    if is_worked_on(source):
        raise UserError(f"a process works on {source}: stop every `mowj run` and `mowj worker` there first")
    from psycopg import Error as PostgresError

    from workers.runtime.store.moving import MoveFailed
    from workers.runtime.store.moving import move as move_store

    with alone(source / "run.lock"):
        target: PostgresStore = open_store(settings)  # type: ignore[assignment]
        try:
            old = SqliteStore(file, settings.runtime.partitions, moving=True)
            try:
                _bring_files(source, settings)
                _bring_logins(source, settings)
                return move_store(old, target, target.place, lambda tx: _require_whole(tx, settings), _carry(settings))
            finally:
                old.close()
        except StoreMismatch as error:
            raise UserError(f"{file}: {error}") from error
        except (MoveFailed, PostgresError) as error:
            raise MachineError(f"{file}: {error}") from error
        finally:
            target.close()


def _require_whole(old: SqliteTransaction, settings: Settings) -> None:
    """Raises UserError where the log, or what is stored beside it, is not whole: it is mended before it moves."""
    from events.catalogue import UnreadableEvent
    from workers.command.errors import UserError
    from workers.roster import ROSTER
    from workers.runtime.audit import audit_integrity
    from workers.runtime.consistency import audit_store
    from workers.runtime.operating import whole_log

    try:
        records = whole_log(old)
    except UnreadableEvent as error:
        raise UserError(f"the log cannot be read: {error}") from error
    failures = [*audit_integrity(records, settings.runtime.partitions).failures]
    failures += audit_store(old, records, ROSTER).failures
    if failures:
        first = failures[0]
        raise UserError(
            f"the installation is not whole: {first.kind} {first.event}: {first.detail}"
            + (f", and {len(failures) - 1} more" if len(failures) > 1 else "")
            + "; look with `mowj audit` and the settings that it ran with, mend it, then move"
        )


def _carry(settings: Settings) -> Carry:
    from config.settings import TransportKind
    from workers.runtime.store.moving import Carried

    if settings.transport.kind is TransportKind.STORE:
        return lambda _: Carried()

    def carried(old: SqliteTransaction) -> Carried:
        from workers.command.errors import UserError
        from workers.command.transporting import require_fit_topics
        from workers.roster import ROSTER
        from workers.runtime.kafka.backlog import ForeignTopic, NotSent, carry

        brokers = require_fit_topics(settings)
        try:
            return carry(old, brokers, ROSTER)
        except (ForeignTopic, NotSent) as error:
            raise UserError(str(error)) from error

    return carried


def _bring_files(source: Path, settings: Settings) -> None:
    """Copy what lies beside the store (media, what is remembered) into the data directory of the settings.

    Raises UserError where another installation has lived there.
    """
    from workers.command.errors import UserError
    from workers.command.opening import make_directory
    from workers.command.remembered import FILE, recall

    target = make_directory(settings)
    if target.resolve() == source.resolve():
        return
    known, ours = recall(target), recall(source)
    if known is not None and known != ours:
        raise UserError(f"{target / FILE} is of another installation; name an empty data directory: --data DIR")
    store = str(settings.store.path)
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_dir() or path.suffix == ".lock" or str(name) in {"identity", FILE} or str(name).startswith(store):
            continue
        _copy(path, target / name)
    if (source / FILE).exists():
        _copy(source / FILE, target / FILE)


def _bring_logins(source: Path, settings: Settings) -> None:
    """Put the logins that were kept, sealed as they are, to the new store. Raises CredentialsUnusable.

    Whoever was put there by a move that was killed is replaced: until it is done, the old ones go on being renewed.
    """
    from workers.command.logins import vault_of
    from workers.platforms.vault import FILE, SqliteVault

    target = vault_of(settings)
    for row in SqliteVault(source / FILE).rows():
        there = target.row(row.account)
        target.replace(row.account, row.channel, row.sealed, there.version if there is not None else 0)


def _copy(path: Path, to: Path) -> None:
    """Put a copy there, whole or not at all."""
    import shutil

    to.parent.mkdir(parents=True, exist_ok=True)
    fresh = to.with_name(f".new-{to.name}")
    shutil.copy2(path, fresh)
    fresh.replace(to)
