"""The plug-in's options, and what a login on Bluesky is made of. Needs nothing of the extra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from config.document import Document
from config.validation import validate
from workers.platforms import logins

Address = Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")]
SERVICE: Final = "https://bsky.social"

FIELDS: Final = (
    logins.Field("identifier", "handle or DID, such as my-shop.bsky.social"),
    logins.Field("password", "app password (Settings, Privacy and security, App passwords)", secret=True),
    logins.Field("service", f"where to log in, instead of {SERVICE}", place=True, required=False),
    logins.Field("base_url", "asked for everything, whatever the account's data server is", place=True, required=False),
    logins.Field("proxy", "an HTTP proxy for every call of the account", place=True, required=False),
)


class Account(BaseModel):
    """A login: a handle or DID, and an app password; without them, one that was added by `mowj accounts add`.

    `base_url` is asked for everything, whatever the account's own data server is; `proxy` carries every call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identifier: str | None = None
    password: SecretStr | None = None
    service: Address | None = None
    base_url: Address | None = None
    proxy: str | None = None


class Options(BaseModel):
    """`accounts` by the name that a brief gives each; `password` is the app password of those without one of their own.
    `watch_seconds` is how often posts made by hand are looked for; 0 is never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    accounts: Mapping[str, Account] = {}
    password: SecretStr | None = None
    service: Address = SERVICE
    deadline_seconds: Annotated[float, Field(gt=0, le=10)] = 8.0
    watch_seconds: Annotated[float, Field(ge=0)] = 60.0
    channel: str = "bluesky"


def validated(options: Mapping[str, Any]) -> Options:
    """Raises config.problems.InputError."""
    return validate(Options, Document("options of the platform bluesky", options, {}))


def given(options: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What the options say of each account's login. Raises config.problems.InputError."""
    chosen = validated(options)
    found = {}
    for name, account in chosen.accounts.items():
        said = account.model_dump(exclude_none=True)
        password = account.password or (chosen.password if account.identifier is not None else None)
        if password is not None:
            said["password"] = password.get_secret_value()
        found[name] = {field: str(value) for field, value in said.items()}
    return found
