"""The plug-in's options, and the network that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from config.document import Document
from config.validation import validate
from workers.platforms.bluesky.handmade import Handmade
from workers.platforms.bluesky.network import BlueskyNetwork, counted
from workers.platforms.bluesky.sessions import Credentials, Sessions
from workers.platforms.protocol import Clock, Say

Address = Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")]
SERVICE: Final = "https://bsky.social"


class Account(BaseModel):
    """A login: a handle or DID, and an app password. `base_url` is asked for everything, whatever the account's own
    data server is; `proxy` carries every call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identifier: str
    password: str | None = None
    service: Address | None = None
    base_url: Address | None = None
    proxy: str | None = None


class Options(BaseModel):
    """`accounts` by the name that a brief gives each; `password` is the app password of those without one of their own.
    `watch_seconds` is how often posts made by hand are looked for; 0 is never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    accounts: Mapping[str, Account] = {}
    password: str | None = None
    service: Address = SERVICE
    deadline_seconds: Annotated[float, Field(gt=0, le=10)] = 8.0
    watch_seconds: Annotated[float, Field(ge=0)] = 60.0
    channel: str = "bluesky"


class GivenCredentials:
    """Logins that stand in the settings; tokens are forgotten with the process."""

    def __init__(self, options: Options) -> None:
        self._known: dict[str, dict[str, str]] = {}
        for name, account in options.accounts.items():
            said = {"password": options.password} | account.model_dump(exclude_none=True)
            self._known[name] = {field: str(value) for field, value in said.items() if value is not None}

    def get(self, account: str) -> Mapping[str, str]:
        return self._known[account]

    def replace(self, account: str, new: Mapping[str, str]) -> None:
        self._known[account] = dict(new)


def make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> BlueskyNetwork:
    """Raises config.problems.InputError."""
    del seed
    given = dict(options)
    stored: Credentials | None = given.pop("credentials", None)
    chosen = validate(Options, Document("options of the platform bluesky", given, {}))
    sessions = Sessions(stored or GivenCredentials(chosen), chosen.service, chosen.deadline_seconds, clock)
    watched = tuple(chosen.accounts) if chosen.watch_seconds else ()
    handmade = Handmade(sessions, say, watched, chosen.channel, chosen.watch_seconds, counted)
    return BlueskyNetwork(sessions, handmade, clock)
