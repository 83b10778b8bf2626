"""`mowj doctor`: is this installation fit to run, and what to do where it is not?

Invariants: a check changes nothing but a file that it removes again; it says what it found and, where that is bad, how
to mend it. Exit code 1 where anything is bad.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from workers.command.errors import FINDINGS
from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from config.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 35, 0)
"""The first with everything that the store says to it (RETURNING among it)."""
PACKAGES: Final = ("events", "workers", "config")


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found. `mend` says what to do; None where all is well."""

    name: str
    found: str
    mend: str | None = None


def register(app: typer.Typer) -> None:
    """Add `mowj doctor`."""
    app.command()(doctor)


def doctor(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Check what Mowj stands on, from Python to the clock, and say how to mend what is bad."""
    from workers.command.opening import read_settings
    from workers.command.output import print_json, print_table, say

    settings = read_settings(config, data)
    checks = list(examined(settings))
    if as_json:
        print_json(checks)
    else:
        rows = [("bad" if check.mend else "ok", check.name, check.found) for check in checks]
        print_table("", ("", "what", "found"), rows, "")
        for check in checks:
            if check.mend:
                say(f"{check.name}: {check.mend}")
    if any(check.mend for check in checks):
        raise typer.Exit(FINDINGS)


def examined(settings: Settings) -> Iterator[Check]:
    """Every check, in order."""
    from config.settings import TransportKind

    looks: tuple[Callable[[], Check], ...] = (
        python,
        packages,
        lambda: data_directory(settings),
        lambda: store(settings),
        *((lambda: kafka(settings),) if settings.transport.kind is TransportKind.KAFKA else ()),
        lambda: executor(settings),
        lambda: platforms(settings),
        lambda: accounts(settings),
        interfaces,
        time_zones,
        lambda: clock(settings),
    )
    for look in looks:
        yield look()


def kafka(settings: Settings) -> Check:
    from workers.command import doctor_kafka

    return doctor_kafka.kafka(settings)


def python() -> Check:
    import platform
    import sys

    good = sys.version_info[:2] >= OLDEST_PYTHON
    return Check(
        "python", f"{platform.python_version()} at {sys.executable}", None if good else "install 3.11 or newer"
    )


def packages() -> Check:
    """Import names are folder names: a folder called `events` on the path could stand in front of ours."""
    from importlib.util import find_spec

    homes: dict[str, Path | None] = {}
    for name in PACKAGES:
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec is not None else []
        homes[name] = Path(places[0]).resolve().parent if places else None
    ours = Path(__file__).resolve().parents[2]
    found = ", ".join(f"{name} from {home or 'nowhere'}" for name, home in homes.items())
    if all(home == ours for home in homes.values()):
        return Check("packages", f"all three from {ours}")
    mend = f"all three must come from {ours}: use an environment of its own, without other folders of these names"
    return Check("packages", found, mend)


def data_directory(settings: Settings) -> Check:
    """Writable, or makeable: the nearest folder that exists decides."""
    from tempfile import TemporaryFile

    directory = settings.data.directory
    existing = next(folder for folder in (directory, *directory.resolve().parents) if folder.exists())
    try:
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Check("data directory", f"{directory}: {error.strerror}", "name one that you may write: --data DIR")
    return Check("data directory", f"{directory} {'can be written' if directory.exists() else 'can be made'}")


def store(settings: Settings) -> Check:
    from config.settings import StoreKind

    if settings.store.kind is StoreKind.POSTGRES:
        from workers.command.doctor_store import postgres

        return postgres(settings)
    return sqlite(settings)


def sqlite(settings: Settings) -> Check:
    """The version, and that a store which exists is kept in WAL mode."""
    import sqlite3

    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return Check("sqlite", version, f"a Python with SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer")
    path = settings.store_path
    if not path.exists():
        return Check("sqlite", f"{version}; no store yet at {path}")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            (whole,) = connection.execute("PRAGMA quick_check").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return Check("sqlite", f"{path}: {error}", "restore the store from a backup, or name another --data")
    if (mode, whole) != ("wal", "ok"):
        return Check("sqlite", f"{version}; {path}: journal {mode}, {whole}", "restore the store from a backup")
    return Check("sqlite", f"{version}; {path} is whole, journal in WAL mode")


def executor(settings: Settings) -> Check:
    """Who carries effects out, and whether it can."""
    from workers.command import doctor_executor

    return doctor_executor.executor(settings)


def platforms(settings: Settings) -> Check:
    """Every plug-in that is installed or set can be loaded, and has the packages that it needs where it is used."""
    from config.problems import listed
    from workers.command.doctor_accounts import lacking
    from workers.command.networks import plugin_of
    from workers.command.remembered import NetworkChoice
    from workers.platforms import registry

    names = {*registry.names(), *(plugin_of(channel, settings, NetworkChoice()) for channel in settings.platforms)}
    bad = []
    for name in sorted(names):
        try:
            registry.load(name)
        except Exception as error:  # noqa: BLE001 - whatever a plug-in raises while it is imported is what is looked for
            bad.append(f"{name}: {error}")
    if bad or not names:
        return Check(
            "platforms", "; ".join(bad) or "none", "install the plug-in anew, or mend [platforms] in mowj.toml"
        )
    used, unused = lacking(settings, names)
    found = listed(f"{name} (not installed: {unused[name]})" if name in unused else name for name in names)
    return Check("platforms", found, "; ".join(f"{name}: {how}" for name, how in used.items()) or None)


def accounts(settings: Settings) -> Check:
    """Every account of a live campaign can log in."""
    from workers.command import doctor_accounts

    return doctor_accounts.accounts(settings)


def interfaces() -> Check:
    """No network is about to switch off what Mowj is written against."""
    from workers.command import doctor_accounts

    return doctor_accounts.interfaces(datetime.now(UTC).date())


def time_zones() -> Check:
    from importlib.metadata import PackageNotFoundError, version
    from zoneinfo import available_timezones

    count = len(available_timezones())
    try:
        package = f"tzdata {version('tzdata')}"
    except PackageNotFoundError:
        package = "no tzdata package"
    mend = None if count > 400 else "pip install tzdata"
    return Check("time zones", f"{count} zones, {package}", mend)


def clock(settings: Settings) -> Check:
    """A clock behind the log would put new events before old ones."""
    from config.settings import ClockKind
    from workers.command.errors import UserError
    from workers.command.opening import existing_store, log_end
    from workers.command.remembered import recall
    from workers.runtime.store.protocol import StoreUnavailable

    now = datetime.now(UTC)
    released = datetime(2026, 1, 1, tzinfo=UTC)
    if now < released:
        return Check("clock", f"it says {now:%Y-%m-%d %H:%M} UTC", "set the machine's clock, and keep it with NTP")
    remembered = recall(settings.data.directory)
    real = remembered is None or remembered.clock.kind is ClockKind.REAL
    try:
        store = existing_store(settings) if real else None
    except (UserError, StoreUnavailable):
        # The look at the store says so.
        store = None
    if store is not None:
        try:
            end = log_end(store)
        finally:
            store.close()
        if end is not None and end > now:
            found = f"it says {now:%Y-%m-%d %H:%M} UTC, but the log ends at {end:%Y-%m-%d %H:%M}"
            return Check("clock", found, "set the machine's clock, and keep it with NTP")
    return Check("clock", f"{now:%Y-%m-%d %H:%M} UTC")
