"""What a worker may be told, and what it may answer. Nothing else passes between a worker and the world.

Invariants: everything here is an immutable value. `evolve` and `decide` get *now*, chance and configuration only
through a `Delivery`; they hold no clock, no I/O and no global randomness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Generic, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from events.execution import Pacing, Variant
from events.runtime import EffectKind
from events.terms import Fact, Name, PostTraits, Reference

StateT = TypeVar("StateT", bound="State")


class State(BaseModel):
    """What one worker knows of one campaign. Frozen, JSON, small.

    Defaults are validated: a number's `0` is the `0.0` that it will be when the state is read back, and prints alike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as a worker reads it. `now` is the greatest recordedtime read for the campaign so far."""

    id: str
    worker: str
    campaign: str
    tenant: str
    data: Fact
    time: datetime
    now: datetime

    def chance(self, purpose: str) -> np.random.Generator:
        """Randomness that a retry, a rebuild and an audit draw alike: seeded by worker, event and purpose."""
        digest = hashlib.sha256(f"{self.worker}\0{self.id}\0{purpose}".encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


class Publish(BaseModel):
    """Payload of a publish effect: what will be sent, whole."""

    model_config = ConfigDict(frozen=True)

    post: Name
    variant: Variant
    fingerprint: Name
    traits: PostTraits
    boost: Decimal | None = None
    pacing: Pacing | None = None


class ReadPost(BaseModel):
    model_config = ConfigDict(frozen=True)

    reference: Reference


class ReadAccount(BaseModel):
    model_config = ConfigDict(frozen=True)


Payload = Publish | ReadPost | ReadAccount


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to do in the world, once, under `key`, unless `not_after` has passed."""

    key: str
    kind: EffectKind
    account: str
    payload: Payload
    not_after: datetime


@dataclass(frozen=True, slots=True)
class CancelEffect:
    """Do not do it; holds only while the effect has not reached `sending`, and settles it as cancelled."""

    key: str


@dataclass(frozen=True, slots=True)
class Timer:
    """Wake this worker for this campaign at `due`; a timer of the same name is replaced; due None cancels it."""

    name: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one event."""

    emits: tuple[Fact, ...] = ()
    effects: tuple[Effect | CancelEffect, ...] = ()
    timers: tuple[Timer, ...] = ()


NOTHING = Decision()


@dataclass(frozen=True, slots=True)
class Worker(Generic[StateT]):
    """A worker as the shell sees it: a name, what it hears, and two pure functions over one kind of state.

    `hears` includes neither TimerFired, EffectSettled nor StateMigrated: those reach their `recipient` anyway.
    `state_version` only rises: with every change to the state's shape or to `evolve`. `rows` names fields of the state
    that are stored in rows of their own, written when changed: a Mapping one row per key, anything else one row;
    `inventory.pieces` is the field `pieces` of the State in `inventory`. Raises AttributeError for a field not there.
    """

    name: str
    hears: frozenset[type[Fact]]
    says: frozenset[type[Fact]]
    state: type[StateT]
    state_version: int
    evolve: Callable[[StateT, Delivery], StateT]
    decide: Callable[[StateT, Delivery], Decision]
    rows: frozenset[str] = frozenset()
    source: str = field(init=False)

    def __post_init__(self) -> None:
        first = self.state()
        for path in self.rows:
            attrgetter(path)(first)
        object.__setattr__(self, "source", f"/mowj/workers/{self.name}")
