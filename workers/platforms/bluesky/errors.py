"""What Bluesky's refusals mean, by the error names that its lexicons and the XRPC specification document.

Invariant: where a name is not known, only what the status proves is concluded. A 4xx that names an XRPC error was read
and refused; anything else may have taken effect. Sources: atproto.com/specs/xrpc, the lexicons of com.atproto.server
and com.atproto.repo, docs.bsky.app/docs/advanced-guides/rate-limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import httpx
from atproto_client.exceptions import RequestErrorBase
from atproto_client.models.common import XrpcError

from workers.platforms.protocol import (
    AuthorizationExpired,
    OutcomeUnknown,
    PlatformError,
    ProvenUnsent,
    RateLimited,
    Rejected,
)


class Meaning(StrEnum):
    REJECTED = "rejected"
    AUTHORIZATION = "authorization"
    STALE = "the token is no longer good; another may be"
    LIMITED = "limited"
    UNKNOWN = "unknown"


BY_NAME: Final[Mapping[str, Meaning]] = {
    "ExpiredToken": Meaning.STALE,
    "InvalidToken": Meaning.STALE,
    "BadJwt": Meaning.STALE,
    "AuthMissing": Meaning.AUTHORIZATION,
    "AuthRequired": Meaning.AUTHORIZATION,
    "AuthenticationRequired": Meaning.AUTHORIZATION,
    "AuthFactorTokenRequired": Meaning.AUTHORIZATION,
    "AccountTakedown": Meaning.AUTHORIZATION,
    "AccountSuspended": Meaning.AUTHORIZATION,
    "AccountDeactivated": Meaning.AUTHORIZATION,
    "AccountNotFound": Meaning.AUTHORIZATION,
    "RepoTakendown": Meaning.AUTHORIZATION,
    "RepoSuspended": Meaning.AUTHORIZATION,
    "RepoDeactivated": Meaning.AUTHORIZATION,
    "RateLimitExceeded": Meaning.LIMITED,
    "InvalidRequest": Meaning.REJECTED,
    "InvalidRecord": Meaning.REJECTED,
    "InvalidSwap": Meaning.REJECTED,
    "BlobNotFound": Meaning.REJECTED,
    "BlobTooLarge": Meaning.REJECTED,
    "InvalidMimeType": Meaning.REJECTED,
    "PayloadTooLarge": Meaning.REJECTED,
    "RecordNotFound": Meaning.REJECTED,
    "RepoNotFound": Meaning.REJECTED,
    "Forbidden": Meaning.REJECTED,
    "InvalidResponse": Meaning.UNKNOWN,
    "InternalServerError": Meaning.UNKNOWN,
    "UpstreamFailure": Meaning.UNKNOWN,
    "UpstreamTimeout": Meaning.UNKNOWN,
    "NotEnoughResources": Meaning.UNKNOWN,
}

BY_STATUS: Final[Mapping[int, Meaning]] = {
    401: Meaning.AUTHORIZATION,
    413: Meaning.REJECTED,
    429: Meaning.LIMITED,
}
"""What a status alone proves, where no known name is given."""

UNSTATED_WAIT: Final = timedelta(minutes=5)
"""The window of Bluesky's limits per address; taken where an answer does not say when to come back."""


class TokenStale(Exception):
    """Nothing was done: the call is to be made again with a fresh access token."""


def meaning(status: int, name: str | None) -> Meaning:
    """What an answer that is no success says."""
    known = BY_NAME.get(name or "") or BY_STATUS.get(status)
    if known is not None:
        return known
    return Meaning.REJECTED if name and 400 <= status < 500 else Meaning.UNKNOWN


def translated(error: Exception, what: str, now: datetime) -> PlatformError | TokenStale:
    """The protocol's error for what a call raised; `now` is the campaign's, from which a wait is counted."""
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        cause = error.__cause__ if isinstance(error, RequestErrorBase) else error
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.PoolTimeout):
            return ProvenUnsent(f"{what}: no connection ({type(cause).__name__})")
        return OutcomeUnknown(f"{what}: no answer ({type(cause).__name__})")
    said = response.content if isinstance(response.content, XrpcError) else None
    detail = f"{what}: {response.status_code}" + (f" {said.error}: {said.message}" if said else "")
    match meaning(response.status_code, said.error if said else None):
        case Meaning.STALE:
            return TokenStale(detail)
        case Meaning.AUTHORIZATION:
            return AuthorizationExpired(detail)
        case Meaning.LIMITED:
            return RateLimited(now + wait(response.headers, datetime.now(UTC)), detail)
        case Meaning.REJECTED:
            return Rejected(detail)
        case Meaning.UNKNOWN:
            return OutcomeUnknown(detail)


def wait(headers: Mapping[str, str], machine: datetime) -> timedelta:
    """How long to wait, by Retry-After (seconds) or RateLimit-Reset (seconds since 1970); never less than a second."""
    for name, start in (("retry-after", 0.0), ("ratelimit-reset", machine.timestamp())):
        said = headers.get(name, "")
        if said.isdigit():
            return timedelta(seconds=max(float(said) - start, 1.0))
    return UNSTATED_WAIT
