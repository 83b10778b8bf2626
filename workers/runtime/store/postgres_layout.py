"""The layout of a PostgreSQL store's tables: made at the first start, brought up to date on demand, else refused.

Invariants: whoever changes the layout is alone with the installation, and changes all of it or nothing. A layout that
is older or newer than this code's is never worked on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from workers.runtime.store.protocol import StoreMismatch

LAYOUTS: Final = ("0001",)
"""The names of the migrations, oldest first."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_NAMED: Final = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
_TABLE: Final = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s"


def layout(connection: Connection[Any], namespace: str) -> str | None:
    """The name of the layout that is there; None where nothing is."""
    if connection.execute(_TABLE, (namespace, "alembic_version")).fetchone() is None:
        if connection.execute(_TABLE, (namespace, "log")).fetchone() is not None:
            raise StoreMismatch(f"schema {namespace!r} holds tables of somebody else's; name another: store.namespace")
        return None
    statement = SQL("SELECT version_num FROM {}").format(Identifier(namespace, "alembic_version"))
    row = connection.execute(statement).fetchone()
    return None if row is None else str(row[0])


def require_current(found: str | None) -> None:
    """Raise StoreMismatch for a layout that this code does not work on."""
    if found == LAYOUTS[-1]:
        return
    if found in LAYOUTS:
        raise StoreMismatch(
            f"the database has the older layout {found}; this code works on {LAYOUTS[-1]}: stop every `mowj` on it, "
            "make a backup, then run `mowj store migrate`"
        )
    raise StoreMismatch(
        f"the database has layout {found}, which this code ({LAYOUTS[-1]}) does not know: newer code has been there; "
        "start that"
    )


def migrate(connect: Callable[[], Connection[Any]], namespace: str, lock: int, fixed: Mapping[str, int]) -> None:
    """Bring the layout up to date, all at once; whoever comes meanwhile waits, and finds it done.

    `fixed` is what is settled for the installation's life. Raises StoreMismatch for a layout that no migration leads on
    from.
    """
    # Here: it is needed once in the life of an installation, and takes as long to import as the rest.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine, text  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        driver = cast("Connection[Any]", connection.connection.driver_connection)
        found = layout(driver, namespace)
        if found == LAYOUTS[-1]:
            return
        if found is not None and found not in LAYOUTS:
            require_current(found)
        if driver.execute(_NAMED, (namespace,)).fetchone() is None:
            driver.execute(SQL("CREATE SCHEMA {}").format(Identifier(namespace)))
        config = Config(attributes={"namespace": namespace, "connection": connection})
        config.set_main_option("script_location", str(_MIGRATIONS))
        command.upgrade(config, "head")
        for name, value in {**fixed, "epoch": 1}.items():
            driver.execute("INSERT INTO meta VALUES (%s, %s) ON CONFLICT DO NOTHING", (name, value))
