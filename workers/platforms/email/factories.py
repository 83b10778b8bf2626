"""The plug-in's options, and the network that they make."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from config.document import Document
from config.validation import validate
from workers.platforms.credentials import Credentials, GivenCredentials
from workers.platforms.email import given as logins_given
from workers.platforms.email.composing import Sender
from workers.platforms.email.connection import Server
from workers.platforms.email.draining import Held, Outlet
from workers.platforms.email.mailings import Retrying
from workers.platforms.email.network import EmailNetwork
from workers.platforms.email.reading import ascii_address
from workers.platforms.protocol import Clock, ProvenUnsent, Say

MailAddress = Annotated[str, AfterValidator(ascii_address)]
HTTPS: Final = r"^https://[^\s<>,]+$|^http://(127\.0\.0\.1|localhost)[^\s<>,]*$"
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


class Account(BaseModel):
    """A list: who writes to it, and over which server. What is not said of `port` follows from `security`.

    `footer` says who the sender is and where, as the law of most countries asks. `envelope` is where bounces go.
    `per_domain_per_minute` messages at most go to addresses of one domain; `give_up_hours` after a mailing began, who
    could not be reached by then has bounced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
    helo: str | None = None
    sender: Annotated[MailAddress, Field(alias="from")]
    sender_name: Annotated[str, Field(min_length=1, max_length=100)]
    footer: Annotated[str, Field(min_length=1, max_length=1000)]
    reply_to: MailAddress | None = None
    envelope: MailAddress | None = None
    unsubscribe_mailto: MailAddress | None = None
    unsubscribe_url: Annotated[str, Field(pattern=HTTPS)] | None = None
    per_domain_per_minute: Annotated[float, Field(gt=0, le=60_000)] = 120.0
    retry_first_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    give_up_hours: Annotated[float, Field(gt=0, le=720)] = 72.0
    deadline_seconds: Annotated[float, Field(gt=0, le=10)] = 8.0
    last_deadline_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0

    @model_validator(mode="after")
    def _fit(self) -> Account:
        if self.unsubscribe_mailto is None and self.unsubscribe_url is None:
            raise ValueError("a list needs a way out: unsubscribe_url, unsubscribe_mailto, or both")
        if self.security == "none" and not _is_here(self.host):
            raise ValueError("security may be none for a server on this machine only")
        return self


class Options(BaseModel):
    """`accounts` by the name that a brief gives each list; `user` and `password` are of those without their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accounts: Mapping[str, Account] = {}
    user: str | None = None
    password: str | None = None


def make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> EmailNetwork:
    """Raises config.problems.InputError."""
    del seed, say
    given = dict(options)
    directory = given.pop("directory", None)
    held: Held = given.pop("held", _never)
    stored: Credentials | None = given.pop("credentials", None)
    credentials = stored if stored is not None else GivenCredentials(logins_given(given))
    chosen = validate(Options, Document("options of the platform email", given, {}))
    outlets = {name: _outlet(name, one, credentials) for name, one in chosen.accounts.items()}
    return EmailNetwork(Path(directory) if directory else None, outlets, clock, held)


def _outlet(name: str, account: Account, credentials: Credentials) -> Outlet:
    sender = Sender(
        name, account.sender_name, account.sender, account.footer, account.reply_to,
        account.unsubscribe_mailto, account.unsubscribe_url,
    )  # fmt: skip
    most = account.retry_first_seconds * 48
    return Outlet(
        sender,
        partial(_server, name, account, credentials),
        timedelta(minutes=1) / account.per_domain_per_minute,
        Retrying(
            timedelta(seconds=account.retry_first_seconds), timedelta(seconds=most), _hours(account.give_up_hours)
        ),
    )


def _server(name: str, account: Account, credentials: Credentials) -> Server:
    """With the login as it is now; a server that wants none gets none. Raises ProvenUnsent."""
    try:
        login = credentials.get(name)
    except KeyError:
        login = {}
    except OSError as error:
        raise ProvenUnsent(f"the login cannot be read: {error}") from error
    return Server(
        account.host,
        account.port or PORTS[account.security],
        account.security,
        account.envelope or account.sender,
        login.get("user") or account.user,
        login.get("password"),
        account.ca_file,
        account.helo,
        account.deadline_seconds,
        account.last_deadline_seconds,
    )


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _never(campaign: str, account: str) -> bool:
    del campaign, account
    return False
