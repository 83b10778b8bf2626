"""The three clocks. Campaigns live on `now`; leases, HTTP deadlines and read lags live on `machine`.

Invariants: nothing else in the runtime reads a clock. The virtual clock moves only by `advance`, and its machine time
is its campaign time. The compressed clock is refused outside tests: a real network does not live faster.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final, Protocol

TESTING: Final = "MOWJ_TESTING"
"""The environment variable that must be 1 where time is to be compressed."""


class Clock(Protocol):
    """Both times, aware and in UTC."""

    def now(self) -> datetime:
        """Campaign time."""
        ...

    def machine(self) -> datetime:
        """The machine's own time."""
        ...

    def seconds_until(self, moment: datetime) -> float:
        """Machine seconds until the campaign reaches `moment`; negative once it has passed."""
        ...


class RealClock:
    """Both times are the machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def machine(self) -> datetime:
        return datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds()


class VirtualClock:
    """Stands still until it is advanced."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def machine(self) -> datetime:
        return self._now

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self._now).total_seconds()

    def advance(self, to: datetime) -> None:
        """Move on. Raises ValueError for a move backwards."""
        if to < self._now:
            raise ValueError(f"time does not go back from {self._now.isoformat()} to {to.isoformat()}")
        self._now = to.astimezone(UTC)


class CompressedClock:
    """Campaign time runs `speed` times as fast as the machine's, and met it at `anchor`.

    A restart with the same anchor and speed goes on in the same time. Raises RuntimeError unless MOWJ_TESTING=1.
    """

    def __init__(self, anchor: datetime, speed: float) -> None:
        if os.environ.get(TESTING) != "1":
            raise RuntimeError(f"campaign time is compressed in tests only; set {TESTING}=1 if this is one")
        if anchor.tzinfo is None or speed < 1:
            raise ValueError("a compressed clock needs an aware anchor and a speed of at least 1")
        self._anchor = anchor.astimezone(UTC)
        self._speed = speed

    def now(self) -> datetime:
        return self._anchor + (self.machine() - self._anchor) * self._speed

    def machine(self) -> datetime:
        return datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds() / self._speed
