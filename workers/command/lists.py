"""The newsletter's lists, as the settings name them and the data directory keeps them.

Invariant: nothing is opened or made before it is asked for, and no error repeats an address.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings
    from workers.platforms.email.reading import Consent
    from workers.platforms.email.store import EmailStore


def require_extra() -> None:
    """Raises UserError where the packages that read addresses are missing."""
    from importlib.util import find_spec

    from workers.command.errors import UserError

    if find_spec("email_validator") is None:
        raise UserError("reading addresses needs email_validator: pip install 'mowj[email]'")


def settings_of(config: Path | None, data: Path | None) -> Settings:
    from workers.command.opening import read_settings

    return read_settings(config, data)


def list_of(settings: Settings, account: str | None) -> str:
    """The list that is meant. Raises UserError."""
    from config.problems import listed
    from workers.command.errors import UserError
    from workers.command.networks import EMAIL

    networks = [one for channel, one in settings.platforms.items() if (one.plugin or channel) == EMAIL]
    names = sorted({name for one in networks for name in one.options.get("accounts", {})})
    if account is None and len(names) == 1:
        return str(names[0])
    if account is None or account not in names:
        known = (
            f"; the settings know {listed(names)}"
            if names
            else ": [platforms.email.options.accounts.NAME] in mowj.toml"
        )
        raise UserError(
            f"--account {account or 'is missing'}{known if account is None or names else ' is not set up' + known}"
        )
    return account


def consent_of(source: str | None, at: str | None, now: datetime) -> Consent:
    """Raises ValueError."""
    from workers.platforms.email.reading import Consent, consented

    return Consent(source, consented(at, now) if at is not None else None)


def address_of(given: str) -> str:
    """Raises UserError, which does not repeat it."""
    from workers.command.errors import UserError

    require_extra()
    from workers.platforms.email.reading import NoAddress, ascii_address

    try:
        return ascii_address(sys.stdin.readline() if given == "-" else given)
    except NoAddress as error:
        raise UserError(f"ADDRESS: {error}") from error


@contextmanager
def subscribers_store(settings: Settings, *, make: bool = False) -> Iterator[EmailStore]:
    """The data directory's. Raises UserError where there is none, or its key does not fit."""
    from workers.command.errors import UserError
    from workers.command.opening import make_directory
    from workers.platforms.email.signing import KeyUnsafe
    from workers.platforms.email.store import OtherKey, open_email_store

    try:
        store = open_email_store(make_directory(settings) if make else settings.data.directory, make=make)
    except (KeyUnsafe, OtherKey) as error:
        raise UserError(str(error)) from error
    if store is None:
        raise UserError(f"nobody has subscribed to anything in {settings.data.directory} yet: mowj subscribers import")
    try:
        yield store
    finally:
        store.close()
