"""A network with logins, for tests of `mowj accounts`: what it takes stands in OPEN, every password it saw in SEEN."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from workers.platforms.credentials import Credentials
from workers.platforms.logins import Allowance, Field, LoginPlugin, Standing
from workers.platforms.protocol import AuthorizationExpired, Clock, Limits, ProvenUnsent, Say

OPEN: set[str] = set()
"""The passwords that are good."""
SEEN: list[str] = []
DOWN: list[bool] = []
ENDS = datetime(2031, 1, 1, tzinfo=UTC)


class Lodge:
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def check(self, account: str) -> Standing:
        if DOWN:
            raise ProvenUnsent("no connection")
        known = self._credentials.get(account)
        new = self._credentials.renewed(account, known, self._newer)
        limits = (Allowance("posts an hour", 10, 7, ENDS),)
        return Standing(new["name"], ("post",), ("delete the account",), ENDS, None, limits, ("it is only a toy",))

    def _newer(self, known: Mapping[str, str]) -> Mapping[str, str]:
        SEEN.append(known["password"])
        if known["password"] not in OPEN:
            raise AuthorizationExpired("wrong password")
        return {**known, "token": f"token-{len(SEEN)}"}

    def limits(self, account: str) -> Limits:
        return Limits(True, None, None, (), (), timedelta(0))

    def publish(self, account: str, post: Any, key: str) -> Any:
        raise AssertionError("nothing is published here")

    find = read_post = read_account = publish

    def advance(self, to: datetime) -> None:
        """Nothing happens."""


def _make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Any:
    return Lodge(options["credentials"])


def _given(options: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = options.get("accounts", {})
    return found


FIELDS = (
    Field("name", "the name"),
    Field("password", "the password", secret=True),
    Field("base_url", "where it is", place=True, required=False),
    Field("proxy", "a proxy", place=True, required=False),
)
factory = LoginPlugin(_make, FIELDS, _given)
without_packages = LoginPlugin(_make, FIELDS, _given, needs=("no_such_package",), extra="lodge")
