"""Who runs effects: one protocol, for the loop's own thread and for a broker's.

Invariants: an executor passes on keys and nothing else; the ledger says what is behind them when one is performed.
Offering an effect twice, or losing it, changes nothing but delay: the loop offers everything that is due again and
again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from workers.runtime.store.rows import EffectRow


class Executor(Protocol):
    def start(self, perform: Callable[[str], None]) -> None:
        """Begin; `perform` brings the effect behind a key one step further, and is safe to call at any time."""
        ...

    def offer(self, due: Sequence[EffectRow]) -> bool:
        """These effects are due, most urgent first; whether one was performed before returning."""
        ...

    def trouble(self) -> str | None:
        """Why nothing can be performed now, if so."""
        ...

    def stop(self) -> None:
        """Let what is being performed end, and begin nothing more."""
        ...
