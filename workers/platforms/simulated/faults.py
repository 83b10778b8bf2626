"""What goes wrong: by the world's rates, drawn by what the call is about, or on demand, in tests.

Invariants: a fault on demand holds once (`next_…`) or until it is taken back (`outage`, `expired`, `missing`). Whether
a call fails by itself depends on the seed, the call's subject and how often it was tried: a retry has its own chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from workers.platforms.protocol import OutcomeUnknown, PlatformError, ProvenUnsent, RateLimited, Rejected
from workers.platforms.simulated import chance
from workers.platforms.simulated.world import FaultRates, OutageKind


class Fault(StrEnum):
    """How one call fails. After a timeout the caller cannot know whether the call had its effect."""

    TIMEOUT_AFTER_SUCCESS = "timeout after success"
    TIMEOUT_BEFORE = "timeout before"
    PROVEN_UNSENT = "proven unsent"
    RATE_LIMITED = "rate limited"
    REJECTED = "rejected"


RETRY_AFTER = timedelta(minutes=15)
"""How long a rate limit on demand lasts."""


@dataclass(slots=True)
class Faults:
    """Faults on demand. `expired` are accounts, `missing` counters."""

    next_publish: Fault | None = None
    next_find: Fault | None = None
    next_read: Fault | None = None
    outage: OutageKind | None = None
    expired: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def take(self, call: str) -> Fault | None:
        """The fault that was asked for this kind of call, once."""
        fault: Fault | None = getattr(self, f"next_{call}")
        setattr(self, f"next_{call}", None)
        return fault


class Trouble:
    """Both kinds of fault together. `midnight` is the first midnight of the network's time."""

    def __init__(self, rates: FaultRates, seed: int, midnight: datetime) -> None:
        self.demanded = Faults()
        self._rates, self._seed, self._midnight = rates, seed, midnight
        self._tries: Counter[str] = Counter()

    def check_outage(self, now: datetime) -> None:
        """Raise what an outage raises, if there is one."""
        kind = self.demanded.outage
        for outage in self._rates.outages:
            begins = self._midnight + timedelta(days=outage.day)
            if begins <= now < begins + timedelta(hours=outage.hours):
                kind = outage.kind
        if kind is OutageKind.REFUSED:
            raise ProvenUnsent("connection refused: the network is down")
        if kind is OutageKind.ERROR:
            raise OutcomeUnknown("server error: the network is down")

    def befalls(self, call: str, subject: str) -> Fault | None:
        """What befalls this call: `call` is publish, find or read."""
        demanded = self.demanded.take(call)
        if demanded is not None:
            return demanded
        self._tries[f"{call} {subject}"] += 1
        draw = chance.single(self._seed, call, subject, self._tries[f"{call} {subject}"])
        rates = [
            (Fault.PROVEN_UNSENT, self._rates.proven_unsent),
            (Fault.TIMEOUT_BEFORE, self._rates.timeout_before),
            (Fault.TIMEOUT_AFTER_SUCCESS, self._rates.timeout_after_success),
        ]
        for fault, rate in rates:
            if draw < rate:
                return fault
            draw -= rate
        return None

    def missing(self, subject: str, now: datetime) -> Collection[str]:
        """The counters that a reading lacks: the same ones when it is repeated within the hour."""
        draw = chance.single(self._seed, "missing", subject, int(now.timestamp() // 3600))
        return self.demanded.missing | (
            set(self._rates.missing_counters) if draw < self._rates.missing_share else set()
        )

    def never_given(self) -> Collection[str]:
        """The counters that no reading has."""
        return set(self._rates.missing_counters) if self._rates.missing_share == 1 else set()


def raise_early(fault: Fault | None, now: datetime) -> None:
    """Raise what a fault raises before the network did anything."""
    errors: dict[Fault, PlatformError] = {
        Fault.TIMEOUT_BEFORE: OutcomeUnknown("timed out"),
        Fault.PROVEN_UNSENT: ProvenUnsent("connection refused"),
        Fault.RATE_LIMITED: RateLimited(now + RETRY_AFTER),
        Fault.REJECTED: Rejected("against the network's rules"),
    }
    if fault in errors:
        raise errors[fault]


def raise_late(fault: Fault | None) -> None:
    """Raise what a fault raises once the network has done what it was asked."""
    if fault is Fault.TIMEOUT_AFTER_SUCCESS:
        raise OutcomeUnknown("timed out")
