"""What the simulated network's server and its client say to each other, in HTTP and JSON.

Invariants: every refusal of a platform has one status; an outcome that nobody knows has none: the server closes the
connection without an answer, as a network does that has died.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from events.campaign import ConversionRecorded
from events.terms import Fact
from workers.platforms.protocol import (
    AuthorizationExpired,
    Limits,
    OutcomeUnknown,
    OutgoingPost,
    PlatformError,
    ProvenUnsent,
    Published,
    RateLimited,
    Reading,
    Rejected,
)
from workers.platforms.simulated.faults import Fault, Faults
from workers.platforms.simulated.world import OutageKind

TIME_HEADER: Final = "Mowj-Time"
"""The campaign's time, RFC 3339, with every request: the server lives up to the greatest that it was told."""

LIMITS: Final = TypeAdapter(Limits)
PUBLISHED: Final = TypeAdapter(Published)
FOUND: Final = TypeAdapter(Published | None)
READING: Final = TypeAdapter(Reading)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublishRequest(_Part):
    account: str
    key: str
    post: OutgoingPost


class Advance(_Part):
    """Live until `to`."""

    to: datetime


class Bought(_Part):
    """A conversion that the client has not acknowledged."""

    id: str
    at: datetime
    campaign: str
    post: str | None
    account: str | None


class Conversions(_Part):
    conversions: tuple[Bought, ...]


class Acknowledged(_Part):
    ids: tuple[str, ...]


class AcceptedPost(_Part):
    """One acceptance, as `GET /accepted` lists them."""

    reference: str
    account: str
    key: str
    post: str
    fingerprint: str
    at: datetime


class AcceptedPosts(_Part):
    accepted: tuple[AcceptedPost, ...]


class DemandedFaults(_Part):
    """Faults on demand, all of them: what is left out is taken back."""

    next_publish: Fault | None = None
    next_find: Fault | None = None
    next_read: Fault | None = None
    outage: OutageKind | None = None
    expired: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    def apply(self, faults: Faults) -> None:
        for name in DemandedFaults.model_fields:
            value = getattr(self, name)
            setattr(faults, name, set(value) if isinstance(value, frozenset) else value)


def bought(fact: Fact, campaign: str, own_id: str, at: datetime) -> Bought:
    """The conversion that a network said. Raises pydantic's ValidationError for any other fact."""
    conversion = ConversionRecorded.model_validate(fact.model_dump())
    return Bought(id=own_id, at=at, campaign=campaign, post=conversion.post, account=conversion.account)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and its JSON."""

    status: HTTPStatus
    body: bytes


def refusal(error: PlatformError) -> Answer | None:
    """How the server says a refusal; None: not at all."""
    if isinstance(error, RateLimited):
        return answer(HTTPStatus.TOO_MANY_REQUESTS, {"retry_at": error.retry_at.isoformat()})
    statuses: Mapping[type[PlatformError], HTTPStatus] = {
        Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
        AuthorizationExpired: HTTPStatus.UNAUTHORIZED,
        ProvenUnsent: HTTPStatus.SERVICE_UNAVAILABLE,
    }
    status = statuses.get(type(error))
    return None if status is None else answer(status, {"reason": str(error)})


def answer(status: HTTPStatus, content: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(content).encode())


def read_answer(status: int, body: bytes) -> bytes:
    """The body of a good answer. Raises the PlatformError that any other one stands for."""
    if status == HTTPStatus.OK:
        return body
    try:
        said = dict(json.loads(body))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(datetime.fromisoformat(str(said["retry_at"])))
        reason = str(said["reason"])
    except (ValueError, TypeError, KeyError) as error:
        raise OutcomeUnknown(f"status {status} without a readable reason") from error
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise ProvenUnsent(reason)
    if status == HTTPStatus.UNAUTHORIZED:
        raise AuthorizationExpired(reason)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise OutcomeUnknown(f"server error {status}: {reason}")
    raise Rejected(reason)
