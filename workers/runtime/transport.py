"""What carries events from process to process, where that is not the store's own log table.

Invariants: a transport decides who holds what (its `Holdings`), and carries only what the store has committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from workers.decision import Worker
from workers.runtime.holding import Holdings
from workers.runtime.intake import Intake
from workers.runtime.shell import Shell


class Transport(Protocol):
    """Made before a runtime, and given to it."""

    def holdings(self, shell: Shell, roster: Sequence[Worker[Any]]) -> Holdings:
        """What this process holds of the roster's work, as the transport assigns it."""
        ...

    def running(self, shell: Shell, intake: Intake) -> AbstractContextManager[None]:
        """Carry events while the block lasts."""
        ...
