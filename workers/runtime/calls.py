"""One call to a network, and its answer as a value.

Invariants: whatever a plug-in returns or raises becomes exactly one answer, which an event can carry. Only `Unsent`,
`Limited` and `Unauthorized` say that nothing happened; an error that the protocol does not know counts as unknown.
Nothing here touches the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from events.runtime import EffectKind
from events.terms import COUNTER_NAMES
from workers.decision import Publish, ReadPost
from workers.platforms.protocol import (
    AuthorizationExpired,
    OutcomeUnknown,
    OutgoingPost,
    Platform,
    ProvenUnsent,
    Published,
    RateLimited,
    Rejected,
)
from workers.runtime.store.rows import LONGEST_REFERENCE, EffectRow

LONGEST_REASON: Final = 2000
"""A network may answer with a whole page of HTML; the log keeps its beginning."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The network has the post."""

    published: Published


@dataclass(frozen=True, slots=True)
class Missing:
    """The network was asked for the post and does not show it; for `read_lag` it may hide one that it accepted."""

    takes_key: bool
    read_lag: timedelta


@dataclass(frozen=True, slots=True)
class Counted:
    """The network gave these counters; those that nobody has defined are left out."""

    counters: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class Limited:
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Unsent:
    detail: str


@dataclass(frozen=True, slots=True)
class Unauthorized:
    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    detail: str


Answer = Accepted | Missing | Counted | Refused | Limited | Unsent | Unauthorized | Unknown


MediaAt = Callable[[str], str | None]
"""The file behind what an event calls a medium; None where it is not there."""


def send(platform: Platform, row: EffectRow, media_at: MediaAt = str) -> Answer:
    """Do what the row says: publish its payload under its key, or read."""
    return _answer(lambda: _send(platform, row, media_at))


def read_back(platform: Platform, row: EffectRow) -> Answer:
    """Ask whether the row's post is on the network."""
    return _answer(lambda: _read_back(platform, row))


def _send(platform: Platform, row: EffectRow, media_at: MediaAt) -> Answer:
    if row.kind is EffectKind.PUBLISH:
        return _accepted(platform.publish(row.account, outgoing(row, media_at), row.key))
    if row.kind is EffectKind.READ_POST:
        reading = platform.read_post(row.account, ReadPost.model_validate_json(row.payload).reference)
    else:
        reading = platform.read_account(row.account)
    known = {name: count for name, count in reading.counters.items() if name in COUNTER_NAMES and count >= 0}
    return Counted(known, _moment(reading.at))


def _read_back(platform: Platform, row: EffectRow) -> Answer:
    fingerprint = Publish.model_validate_json(row.payload).fingerprint
    found = platform.find(row.account, row.key, fingerprint, row.first_sent or row.due)
    if found is not None:
        return _accepted(found)
    limits = platform.limits(row.account)
    return Missing(limits.takes_key, limits.read_lag)


def _accepted(published: Published) -> Accepted:
    """Raises ValueError or OverflowError, which make the outcome unknown, where nothing could be said of the post."""
    if not 0 < len(published.reference) <= LONGEST_REFERENCE:
        raise ValueError(f"a reference has 1 to {LONGEST_REFERENCE} characters")
    url = published.url if published.url and len(published.url) <= LONGEST_REFERENCE else None
    return Accepted(replace(published, at=_moment(published.at), url=url))


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"the network's time {at.isoformat()} has no zone")
    return at.astimezone(UTC)


def outgoing(row: EffectRow, media_at: MediaAt) -> OutgoingPost:
    """The stored payload as the network gets it: the same at every attempt. Raises Rejected for media that are gone."""
    payload = Publish.model_validate_json(row.payload)
    media = payload.variant.media
    return OutgoingPost(
        post=payload.post,
        campaign=row.campaign,
        text=payload.variant.text,
        fingerprint=payload.fingerprint,
        traits=payload.traits,
        language=payload.variant.language,
        link=payload.variant.link,
        media=tuple(_found(one.path, media_at) for one in media),
        alt_texts=tuple(one.alt or "" for one in media),
        boost=payload.boost,
    )


def _found(reference: str, media_at: MediaAt) -> str:
    path = media_at(reference)
    if path is None:
        raise Rejected(f"not sent: {reference} is gone from the data directory; offer the content anew")
    return path


def _answer(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except RateLimited as error:
        return Limited(error.retry_at)
    except Rejected as error:
        return Refused(error.reason[:LONGEST_REASON])
    except AuthorizationExpired as error:
        return Unauthorized(str(error)[:LONGEST_REASON])
    except ProvenUnsent as error:
        return Unsent(str(error)[:LONGEST_REASON])
    except Exception as error:  # noqa: BLE001 - OutcomeUnknown, and what the protocol does not allow: it may be out
        # The words of an unforeseen error may hold a token or an address: the log keeps its kind alone.
        return Unknown(str(error)[:LONGEST_REASON] if isinstance(error, OutcomeUnknown) else type(error).__name__)
