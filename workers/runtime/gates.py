"""The gate before each account's network: how many calls at once, how many a minute, and when to call no more.

Invariants: a gate is one row of the store, changed only in the transactions that take an effect and write its answer,
so all processes share it. What is let through is let through before the call, and counted once. Reading back a post
whose outcome is in doubt is counted and never held up: it rests by itself, and its answer is what safety needs. After
enough calls of which nothing was heard (circuit breaking) one call at a time tries, at growing distances; any answer of
the network, even a refusal, lets everything through again. Pure functions over rows; only campaign time waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from workers.runtime import calls
from workers.runtime.store.rows import EffectState, Gate

FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(minutes=30)
"""How long a silent network is left alone; doubling with every trial that fails."""

TRIAL: Final = timedelta(minutes=1)
"""How long everybody else waits for the answer of a trial; whoever made it may have died."""

LONGEST_RETRY: Final = timedelta(hours=24)
"""No Retry-After holds an account for longer."""

LOOK_AGAIN: Final = timedelta(seconds=5)
"""When to look again where others are calling; twice that for the last, so that they do not all come back at once."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one account of a network bears, in calls of all processes together; `failures` until nothing is called.

    Without `at_once` the executors' threads alone limit it: calls of a process that died count until their lease ends.
    """

    at_once: int | None = None
    per_minute: float | None = None
    failures: int = 5


DEFAULT: Final = CallLimits()


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: look again at `until`, which is after now. `late_as`: how it settles if its time runs out."""

    until: datetime
    why: str
    late_as: EffectState


def is_silent(gate: Gate, limits: CallLimits = DEFAULT) -> bool:
    """Whether so many calls in a row came to nothing that only trials are made."""
    return gate.failures >= limits.failures


def wait(gate: Gate, key: str, now: datetime, machine: datetime, limits: CallLimits = DEFAULT) -> Wait | None:
    """What keeps this effect's call from being made now."""
    if is_silent(gate, limits) and gate.opens is not None and gate.opens > now:
        why = f"the network says nothing ({gate.failures} calls in a row: {gate.last}); tried again later"
        return Wait(gate.opens, why, EffectState.UNREACHABLE)
    if gate.retry_at is not None and gate.retry_at > now:
        return Wait(gate.retry_at, "rate limited", EffectState.EXPIRED)
    others = sum(until > machine for other, until in gate.under_way.items() if other != key)
    if limits.at_once is not None and others >= limits.at_once:
        spread = 1 + hashlib.sha256(key.encode()).digest()[0] / 256
        return Wait(now + LOOK_AGAIN * spread, f"{others} calls to the account are under way", EffectState.EXPIRED)
    ready = _ready(gate, limits)
    if ready is not None and ready > now:
        return Wait(ready, f"the account is called {limits.per_minute:g} times a minute", EffectState.EXPIRED)
    return None


def begun(gate: Gate, key: str, now: datetime, machine: datetime, until: datetime, limits: CallLimits) -> Gate:
    """The gate once a call is about to be made, which is given up at `until` (machine time) at the latest."""
    under_way = {other: ends for other, ends in gate.under_way.items() if ends > machine and other != key}
    return replace(
        gate,
        under_way={**under_way, key: until},
        opens=now + TRIAL if is_silent(gate, limits) else gate.opens,
        retry_at=gate.retry_at if gate.retry_at is not None and gate.retry_at > now else None,
        paced_to=max(gate.paced_to or now, now) + _distance(limits) if limits.per_minute else None,
    )


def ended(gate: Gate, key: str, answer: calls.Answer | None, now: datetime, limits: CallLimits = DEFAULT) -> Gate:
    """The gate once a call's answer is known; None: nothing was called after all."""
    gate = replace(gate, under_way={other: until for other, until in gate.under_way.items() if other != key})
    match answer:
        case None:
            return gate
        case calls.Unsent(detail) | calls.Unknown(detail):
            failures = gate.failures + 1
            trials = max(failures - limits.failures, 0)
            rest = min(FIRST_REST * (1 << min(trials, 10)), LONGEST_REST)
            return replace(gate, failures=failures, last=detail, opens=now + rest)
        case calls.Limited(retry_at):
            latest = max(min(retry_at, now + LONGEST_RETRY), gate.retry_at or now)
            return replace(gate, failures=0, last="", opens=None, retry_at=latest)
        case _:
            return replace(gate, failures=0, last="", opens=None)


def _distance(limits: CallLimits) -> timedelta:
    return timedelta(minutes=1 / limits.per_minute) if limits.per_minute else timedelta(0)


def _ready(gate: Gate, limits: CallLimits) -> datetime | None:
    """When the next call keeps the rate; as many as may be made at once may be made at once after a rest."""
    if gate.paced_to is None or not limits.per_minute:
        return None
    return gate.paced_to - _distance(limits) * ((limits.at_once or 1) - 1)


def by_channel(limits: Mapping[str, CallLimits], channel: str | None) -> CallLimits:
    return limits.get(channel, DEFAULT) if channel is not None else DEFAULT
