"""The words of the newsletter: a recipient's states, what an attempt came to, and a mailing as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict


class State(StrEnum):
    """Where one recipient of one mailing stands. `SENDING` is written before the message is handed over."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    UNCERTAIN = "uncertain"
    """The answer was lost after the message was sent: SMTP takes no key, so nobody sends it again."""
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"


class Reason(StrEnum):
    """Why an address is not written to."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    ERASED = "erased"
    BY_HAND = "by hand"


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"
    """The server certainly did not take it, and may yet."""
    REFUSED = "refused"
    """This message will never be taken for this address; the next may."""
    GONE = "gone"
    """There is no such mailbox: nothing is sent to it any more."""
    UNCERTAIN = "uncertain"
    UNSENT = "unsent"
    """The connection was lost before anything was handed over."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`detail` is codes alone: a server's words may hold the address."""

    outcome: Outcome
    detail: str


class Mailing(BaseModel):
    """What everybody gets, as it was when the post was accepted; `link` leads back to the post."""

    model_config = ConfigDict(frozen=True)

    campaign: str
    text: str
    language: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` such as `image/png`."""

    kind: str
    alt: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Errand:
    """One message to one person, which is being sent now."""

    job: int
    job_key: str
    subscriber: int
    attempts: int
    address: str
    name: str | None
    language: str | None
    mailing: Mailing


COUNTERS: Final = ("sent", "bounced", "unsubscribed", "uncertain", "followers", "unfollows")
"""A mail server tells nothing of who reads: there is no reach, and no tracking picture that would make one up."""
