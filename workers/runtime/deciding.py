"""One event through one worker: evolve, decide, evolve over its own emits. No store, no clock: a pure function.

Invariants: the same worker, state, event and *now* give the same outcome, bit for bit: floats in emits are rounded to
9 significant digits and moments put in UTC before anybody sees them. What fails here fails always: it is `Poison`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final

from events.catalogue import UnknownVersion, UnreadableEvent, from_json
from events.envelope import Event, canonical_content, emit_id, type_name
from events.log.protocol import Unread
from events.runtime import EffectKind, EventReplayed
from events.terms import Fact, Part
from workers.decision import (
    CancelEffect,
    Decision,
    Delivery,
    Effect,
    Publish,
    ReadAccount,
    ReadPost,
    State,
    Timer,
    Worker,
)

MOST_BYTES: Final = 1_000_000
"""The size of an event's canonical JSON beyond which it is refused before it is committed."""

PAYLOADS: Final[Mapping[EffectKind, type[Publish | ReadPost | ReadAccount]]] = {
    EffectKind.PUBLISH: Publish,
    EffectKind.READ_POST: ReadPost,
    EffectKind.READ_ACCOUNT: ReadAccount,
}


_PLAIN: Final = (str, int, NoneType)
_REMADE: Final = (float, dict)
"""What rounding makes anew even where nothing is to be rounded."""


class Poison(Exception):
    """A deterministic failure in reading or deciding on an event: it would fail again for ever."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one event led to; `emits` are sealed, `state` has evolved over them."""

    state: State
    emits: tuple[Event, ...]
    effects: tuple[Effect | CancelEffect, ...]
    timers: tuple[Timer, ...]


def delivery_of(worker: str, event: Event, now: datetime) -> Delivery:
    """The event as the worker reads it; a replayed one stands in its original's place. Raises UnreadableEvent."""
    read = event
    if isinstance(event.data, EventReplayed):
        read = from_json(event.data.original)
    if isinstance(read.data, Unread):
        raise UnreadableEvent(read.data.error)
    return Delivery(read.id, worker, event.subject, event.tenant, read.data, read.time, now)


def own_delivery(worker: str, emit: Event) -> Delivery:
    """A worker's own emit as its `evolve` sees it: *now* is the decision's, which is its recordedtime."""
    return Delivery(emit.id, worker, emit.subject, emit.tenant, emit.data, emit.time, emit.recordedtime)


def consider(worker: Worker[Any], state: State, event: Event, now: datetime, decidedby: str) -> Outcome:
    """Everything that follows from one event. Raises Poison; errors of the machine (memory, files) pass through."""
    try:
        delivery = delivery_of(worker.name, event, now)
        known = worker.evolve(state, delivery)
        decision: Decision = worker.decide(known, delivery)
        emits = tuple(emit_of(worker, event, index, fact, now, decidedby) for index, fact in enumerate(decision.emits))
        for effect in decision.effects:
            _require_payload(effect)
        for emit in emits:
            known = worker.evolve(known, own_delivery(worker.name, emit))
    except (MemoryError, OSError, Poison):
        raise
    except (Exception, UnknownVersion) as error:
        raise Poison(f"{type(error).__name__}: {error}") from error
    return Outcome(known, emits, decision.effects, decision.timers)


def _require_payload(effect: Effect | CancelEffect) -> None:
    if isinstance(effect, Effect) and not isinstance(effect.payload, PAYLOADS[effect.kind]):
        raise Poison(f"effect {effect.key!r}: {effect.kind} does not take a {type(effect.payload).__name__}")


def emit_of(worker: Worker[Any], cause: Event, index: int, fact: Fact, now: datetime, decidedby: str) -> Event:
    """A worker's fact as a sealed event. Raises Poison for one that it may not say, or that is too large."""
    if type(fact) not in worker.says:
        raise Poison(f"{worker.name} does not say {type(fact).__name__}")
    return sealed(
        Event(
            id=emit_id(worker.source, cause.id, index),
            source=worker.source,
            type=type_name(type(fact)),
            subject=cause.subject,
            tenant=cause.tenant,
            time=now,
            recordedtime=now,
            data=exact(fact),
            correlationid=cause.correlationid,
            causationid=cause.id,
            decidedby=decidedby,
            traceparent=cause.traceparent,
        )
    )


def sealed(event: Event) -> Event:
    """The event with its hash. Raises Poison where it is larger than `MOST_BYTES`."""
    content = canonical_content(event)
    if len(content) > MOST_BYTES:
        raise Poison(f"{event.name} has {len(content)} bytes; at most {MOST_BYTES} are accepted")
    return event.with_hash(hashlib.sha256(content).hexdigest())


def exact(fact: Fact) -> Fact:
    """The fact with floats rounded to 9 significant digits and moments in UTC; Decimals are left alone.

    What changes is validated anew. Raises ValueError for a float that is not finite.
    """
    return _exact(fact)  # type: ignore[no-any-return]


def _exact(value: Any) -> Any:
    # Most of what is said is words and counts, and this is called for each of them: the cheap question comes first.
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that can be said")
        return float(f"{value:.9g}")
    if isinstance(value, Part):
        return _exact_part(value)
    if isinstance(value, tuple):
        rounded = tuple(_exact(item) for item in value)
        return value if all(map(_same, rounded, value)) else rounded
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, datetime) and value.tzinfo is not UTC:
        return value.astimezone(UTC)
    return value


def _exact_part(part: Part) -> Part:
    fields = part.__dict__
    rounded = {name: _exact(item) for name, item in fields.items()}
    if all(_same(rounded[name], fields[name]) for name in fields):
        return part
    said = part.model_fields_set
    return type(part)(**{name: item for name, item in rounded.items() if name in said})


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, _REMADE) and one == other)
