"""What `mowj doctor` says of a PostgreSQL store: whether it answers, is laid out for this code, and keeps its word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workers.command.doctor import Check

if TYPE_CHECKING:
    from config.settings import Settings

OLDEST_POSTGRES: Final = 130000
"""The oldest that its own makers still mended when this was written."""
_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
_FURTHEST: Final = 5.0
"""Seconds by which clocks may differ: claims run out by the clock of whoever looks."""


def postgres(settings: Settings) -> Check:
    """Look without making or changing anything."""
    from datetime import UTC, datetime

    from workers.command.errors import UserError
    from workers.command.opening import open_store
    from workers.runtime.store.protocol import NothingThere, StoreUnavailable

    name = "postgres"
    url = settings.store.url
    try:
        open_store(settings, make=False).close()
        found = "laid out"
    except NothingThere:
        found = "no tables yet; the first start makes them"
    except UserError as error:
        return Check(name, "cannot be used", str(error))
    except StoreUnavailable as error:
        return Check(name, str(error), "start PostgreSQL, or mend store.url and the rights of its user")

    import psycopg

    with psycopg.connect(url.get_secret_value() if url is not None else "", connect_timeout=10) as connection:
        asked = datetime.now(UTC)
        (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or (asked,)
        apart = abs((now - asked).total_seconds())
        rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (list(_DURABLE),))
        off = sorted(setting for setting, value in rows if value == "off")
        version = connection.info.server_version
    found = f"{version // 10000}.{version % 10000}, schema {settings.store.namespace}: {found}"
    if version < OLDEST_POSTGRES:
        return Check(name, found, f"PostgreSQL {OLDEST_POSTGRES // 10000} or newer")
    if off:
        return Check(name, f"{found}; {', '.join(off)} off", "set them on: else what was accepted is lost in a crash")
    if apart > _FURTHEST:
        return Check(name, f"{found}; its clock is {apart:.0f} s away", "keep all machines' clocks together with NTP")
    return Check(name, found)
