"""What the runtime lets others see of itself: an observer that is told, and by default keeps silent.

Invariants: an observer is told after the fact it is told of has been committed; it decides nothing.
"""

from __future__ import annotations

from datetime import timedelta

from events.envelope import Event
from workers.runtime.store.rows import EffectRow, Halt


class Observer:
    """Told by the loop, intake and the ledger. Subclass it to count; seconds are machine time."""

    def appended(self, event: Event) -> None: ...

    def decided(self, worker: str, event: Event, seconds: float) -> None: ...

    def committed(self, worker: str, seconds: float) -> None: ...

    def lagging(self, worker: str, partition: int, records: int) -> None: ...

    def timer_fired(self, worker: str, late: timedelta) -> None: ...

    def settled(self, row: EffectRow) -> None: ...

    def halted(self, halt: Halt) -> None: ...

    def troubled(self, part: str, detail: str) -> None:
        """A part of the runtime that is tried again failed once."""

    def circuit(self, account: str, *, opened: bool, detail: str) -> None:
        """An account's network has said nothing for so long that only trials are made (opened); or it speaks again."""

    def connected(self, part: str, *, up: bool) -> None:
        """Whether what a part needs of others, such as its broker, answers now."""

    def queued(self, queue: str, messages: int) -> None:
        """So many messages wait in one of the broker's queues."""
