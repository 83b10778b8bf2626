"""What every network can be asked, and the ways in which it can refuse.

Invariants: a call either returns, or raises exactly one of the errors here. `OutcomeUnknown` is raised whenever a post
may have been accepted and `ProvenUnsent` only where it certainly was not: the effect ledger decides on nothing else
whether a post may be sent again. Counters are cumulative; one that the network did not give is absent, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from events.terms import Fact, PostTraits


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network allows and gives for one account.

    `takes_key`: publishing twice under one key yields one post. `read_lag`: how long after acceptance a post may still
    be invisible to `find`, as documented by the network.
    """

    takes_key: bool
    posts_per_day: int | None
    text_length: int | None
    formats: tuple[str, ...]
    counters: tuple[str, ...]
    read_lag: timedelta


@dataclass(frozen=True, slots=True)
class OutgoingPost:
    """One post as it will be sent. `fingerprint` is the hash of what people will see.

    `post` and `campaign` are Mowj's own ids, for links that lead outcomes back to the post (UTM parameters).
    `media` are files on this machine, checked and cleaned when they were offered; `alt_texts` says what each of them
    shows, "" where nobody did.
    """

    post: str
    campaign: str
    text: str
    fingerprint: str
    traits: PostTraits
    language: str = "en"
    link: str | None = None
    media: tuple[str, ...] = ()
    alt_texts: tuple[str, ...] = ()
    boost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """The network's own id of a post, and when it accepted it."""

    reference: str
    at: datetime
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters of a post or an account at one moment."""

    at: datetime
    counters: Mapping[str, int] = field(default_factory=dict)


class PlatformError(Exception):
    """Any refusal of a network."""


class RateLimited(PlatformError):
    """Nothing was sent; asking again makes sense from `retry_at`."""

    def __init__(self, retry_at: datetime, message: str = "rate limited") -> None:
        super().__init__(f"{message}; retry at {retry_at.isoformat()}")
        self.retry_at = retry_at


class Rejected(PlatformError):
    """The network read the request and will never accept it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AuthorizationExpired(PlatformError):
    """Nothing was sent: the account must be authorized anew by a person."""


class OutcomeUnknown(PlatformError):
    """The request may or may not have taken effect (a timeout, a reset, a server error after sending)."""


class ProvenUnsent(PlatformError):
    """The request certainly had no effect (connection refused, name not resolved); trying again is safe."""


@runtime_checkable
class Platform(Protocol):
    """One network. Calls block, and end within the HTTP deadline that the plug-in states for itself."""

    def limits(self, account: str) -> Limits: ...

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        """Send a post. Where `takes_key`, the same key returns the first call's post."""
        ...

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        """The post that was accepted under the key (or, without keys, shows this content) since a moment."""
        ...

    def read_post(self, account: str, reference: str) -> Reading:
        """The post's counters now. Raises Rejected for a post that the account does not have."""
        ...

    def read_account(self, account: str) -> Reading: ...

    def advance(self, to: datetime) -> None:
        """Let the time until `to` pass, and say what came of it outside of any call, such as conversions.

        Called at every step of the virtual clock and every little while under the others. What was not said because
        of an error, or whose `say` did not return, is said the next time. A network that only answers does nothing.
        """
        ...


class Clock(Protocol):
    """The one source of time."""

    def now(self) -> datetime: ...


Say = Callable[[Fact, str, str, datetime], None]
"""`say(fact, campaign, id, time)`: publish an outside fact such as a conversion; saying an id twice changes nothing."""


class PlatformFactory(Protocol):
    """A plug-in's entry point under `mowj.platforms`: options come from configuration, unvalidated."""

    def __call__(self, *, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Platform: ...
