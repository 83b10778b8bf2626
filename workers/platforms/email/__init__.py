"""A newsletter by email, over SMTP. Needs the extra `mowj[email]`, which is imported when a network is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.problems import InputError, Problem
from workers.platforms.logins import Field, LoginPlugin
from workers.platforms.protocol import Clock, Platform, Say

FIELDS: Final = (
    Field("user", "User name at the mail server"),
    Field("password", "Its password, or an app password", secret=True),
)


def _make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Platform:
    """Raises config.problems.InputError for options that it does not know, and where a package is missing."""
    try:
        from workers.platforms.email.factories import make  # noqa: PLC0415  (an optional dependency)
    except ModuleNotFoundError as error:
        allowed = f"only where {error.name} is installed: pip install 'mowj[email]'"
        raise InputError([Problem("platforms", None, "plugin", "email", allowed)]) from error
    return make(clock=clock, seed=seed, say=say, options=options)


def given(options: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The logins that stand in the settings; what is wrong with them is said when the network is made."""
    accounts = options.get("accounts")
    found: dict[str, dict[str, str]] = {}
    for name, account in accounts.items() if isinstance(accounts, Mapping) else ():
        if isinstance(account, Mapping):
            said = {field: account.get(field) or options.get(field) for field in ("user", "password")}
            if all(said.values()):
                found[str(name)] = {field: str(value) for field, value in said.items()}
    return found


factory = LoginPlugin(
    _make, FIELDS, given, needs=("email_validator", "markdown_it", "regex"), extra="email", required=False
)
"""The plug-in `email`."""
