"""One event: a CloudEvents 1.0 envelope around a `Fact`, its deterministic id, its hash and its place in a lane.

Invariants: an envelope is immutable; `hash` covers everything but the places given at appending (`lane`, `sequence`).
Two decisions on the same cause by the same code give the same ids. CloudEvents: github.com/cloudevents/spec, v1.0.2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID, uuid5

from events.terms import Fact

NAMESPACE: Final = UUID("6f9a2c1e-4b57-5d0e-9a36-6d6f776a0001")
"""Root of every UUIDv5 that Mowj makes; changing it would make history unrecognizable."""

RESERVED_PREFIX: Final = "/mowj/"
INTAKE: Final = "/mowj/intake"
PARTITIONS: Final = 64
SEQUENCE_WIDTH: Final = 20


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, who said it, about which campaign, why, and where it stands.

    `recordedtime` is the appender's clock when the event entered; an emit carries its decision's *now*.
    `lane` is its number among its writer's events of the partition; 0 until it is appended.
    """

    id: str
    source: str
    type: str
    subject: str
    tenant: str
    time: datetime
    recordedtime: datetime
    data: Fact
    correlationid: str
    causationid: str | None = None
    recipient: str | None = None
    decidedby: str | None = None
    traceparent: str | None = None
    producersequence: str | None = None
    sequence: str = ""
    lane: int = 0
    hash: str = ""

    @property
    def name(self) -> str:
        """The short name: AudienceAnalyzed for mowj.AudienceAnalyzed.v1."""
        return self.type.split(".")[1]

    @property
    def writer(self) -> str:
        """Who numbers this event's lane: the source itself, or intake for everybody outside."""
        return self.source if self.source.startswith(RESERVED_PREFIX) else INTAKE

    def sealed(self) -> Event:
        """The same event with its content's hash."""
        return self.with_hash(content_hash(self))

    def with_hash(self, digest: str) -> Event:
        """The same event with this hash; `dataclasses.replace` is several times slower, and every event passes here."""
        return Event(*(*_CONTENT(self), self.sequence, self.lane, digest))

    def placed(self, lane: int, sequence: int) -> Event:
        """The same event at its place in its writer's lane."""
        return Event(*(*_CONTENT(self), str(sequence).zfill(SEQUENCE_WIDTH), lane, self.hash))


_PLACED: Final = ("sequence", "lane", "hash")
"""An event's place and hash: its last fields, in their order."""
_CONTENT: Final[Callable[[Event], tuple[Any, ...]]] = attrgetter(
    *(field.name for field in fields(Event)[: -len(_PLACED)])
)
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def type_name(fact: type[Fact]) -> str:
    return f"mowj.{fact.__name__}.v{fact.VERSION}"


def partition_of(campaign: str, partitions: int = PARTITIONS) -> int:
    """Our own stable hash of the campaign; never Python's, nor a client library's."""
    return int.from_bytes(hashlib.sha256(campaign.encode()).digest()[:8], "big") % partitions


def emit_id(source: str, cause: str, index: int) -> str:
    return str(uuid5(NAMESPACE, f"{source}\0{cause}\0{index}"))


def settlement_id(key: str, number: int) -> str:
    return str(uuid5(NAMESPACE, f"settled\0{key}\0{number}"))


def timer_id(campaign: str, worker: str, timer: str, due: datetime, set_by: str) -> str:
    return str(uuid5(NAMESPACE, f"timer\0{campaign}\0{worker}\0{timer}\0{_stamp(due)}\0{set_by}"))


def outside_id(source: str, own: str) -> str:
    """The id of an outside event from its producer's source and own id: saying it twice changes nothing."""
    return str(uuid5(NAMESPACE, f"outside\0{source}\0{own}"))


def copy_id(original: str, campaign: str) -> str:
    """The id of an account fact's copy to one campaign."""
    return str(uuid5(NAMESPACE, f"copy\0{original}\0{campaign}"))


def canonical_content(event: Event) -> bytes:
    """The canonical JSON of everything but the event's place and its hash: what is hashed, and what is measured."""
    content = to_json(event)
    for placed in _PLACED:
        content.pop(placed, None)
    return _CANONICAL(content).encode()


def content_hash(event: Event) -> str:
    """SHA-256 of `canonical_content`."""
    return hashlib.sha256(canonical_content(event)).hexdigest()


def to_json(event: Event) -> dict[str, Any]:
    """The structured-mode CloudEvents JSON object; absent attributes are left out."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "tenant": event.tenant,
        "time": _stamp(event.time),
        "recordedtime": _stamp(event.recordedtime),
        "correlationid": event.correlationid,
        "datacontenttype": "application/json",
        "data": event.data.model_dump(mode="json", exclude_none=True),
    }
    optional = {
        "causationid": event.causationid,
        "recipient": event.recipient,
        "decidedby": event.decidedby,
        "traceparent": event.traceparent,
        "producersequence": event.producersequence,
        "sequence": event.sequence,
        "lane": event.lane,
        "hash": event.hash,
    }
    attributes.update({name: value for name, value in optional.items() if value})
    return attributes


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
