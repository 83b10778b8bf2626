"""The states that a process keeps at hand because of its claims: the latest ones, within a bound.

Invariants: what is not here is in the store, so that forgetting costs a reading and changes nothing. What is kept has
at most `most` bytes of JSON in all, but for a single state that is larger.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from workers.runtime.store.rows import StateRow

MOST: Final = 12_000_000
"""Bytes of JSON. In memory a state takes four to seven times as much: some 80 MB in all."""


@dataclass(slots=True)
class _Kept:
    row: StateRow
    changes: int
    size: int


class StateCache:
    """States by worker and campaign; the one that was asked for or put longest ago is forgotten first. One thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, worker: str, campaign: str) -> StateRow | None:
        kept = self._kept.get((worker, campaign))
        if kept is None:
            return None
        self._kept.move_to_end((worker, campaign))
        return kept.row

    def put(self, row: StateRow) -> None:
        """Keep what is stored now. A state is weighed anew when it has changed twice as often: weighing is dear."""
        place = row.worker, row.campaign
        kept = self._kept.get(place)
        if kept is None:
            kept = self._kept[place] = _Kept(row, 0, 0)
        kept.row, kept.changes = row, kept.changes + 1
        if kept.changes & (kept.changes - 1) == 0:
            size = len(row.state.model_dump_json())
            self._size += size - kept.size
            kept.size = size
        self._kept.move_to_end(place)
        while self._size > self._most and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size

    def forget(self, which: Callable[[str, str], bool]) -> None:
        """Forget the states of these (worker, campaign)."""
        for place in [place for place in self._kept if which(*place)]:
            self._size -= self._kept.pop(place).size

    def clear(self) -> None:
        self._kept.clear()
        self._size = 0
