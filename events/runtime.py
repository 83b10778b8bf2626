"""What the shell says: timers that fired, effects that settled, states rebuilt, events set aside."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.terms import Count, Counters, Fact, Key, Moment, Name, Reference, Text, Verbatim


class TimerFired(Fact):
    """A timer that `worker` set is due. `set_by` is the event whose decision set it: a replaced one may still come."""

    worker: Name
    timer: Key
    due: Moment
    fired: Moment
    set_by: Name


class EffectKind(StrEnum):
    PUBLISH = "publish"
    READ_POST = "read_post"
    READ_ACCOUNT = "read_account"


class Settlement(StrEnum):
    """How an effect ended. `UNREACHABLE`: it certainly had no effect, and its time ran out."""

    DONE = "done"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"


class EffectSettled(Fact):
    """The ledger's answer to the worker that asked. A person may settle an uncertain effect again (`number` 2)."""

    worker: Name
    key: Key
    number: Annotated[int, Field(ge=1)]
    kind: EffectKind
    account: Name
    settlement: Settlement
    at: Moment
    attempts: Count
    reference: Reference | None = None
    url: Reference | None = None
    counters: Counters | None = None
    detail: Text = ""


class StateMigrated(Fact):
    """The worker's state for this campaign was rebuilt from the log; its timers are to be set anew."""

    worker: Name
    state_version: Annotated[int, Field(ge=1)]
    up_to: Count
    reason: Text


class EventSetAside(Fact):
    """A worker could not read or decide on an event; rebuild and audit skip it for that worker."""

    worker: Name
    event: Name
    event_type: Name
    error: Text


class EventReplayed(Fact):
    """An operator gives a set-aside event to its worker again: `original` is its full JSON, read in its place."""

    worker: Name
    event: Name
    original: Verbatim
