"""An ended campaign, dropped from a store in memory.

Invariants: as every write there, each one is undone where the transaction fails.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from workers.runtime.store.memory_tables import Tables
from workers.runtime.store.rows import CampaignRow, EffectRow

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class DropsInMemory:
    """The part of a transaction that drops."""

    _tables: Tables
    _journal: list[Callable[[], object]]

    def _drop(self, table: dict[Key, Value], key: Key) -> None:
        raise NotImplementedError

    def put_campaign(self, row: CampaignRow) -> None:
        raise NotImplementedError

    def drop_timer(self, worker: str, campaign: str, name: str) -> None:
        raise NotImplementedError

    def effects_of(self, campaign: str) -> Sequence[EffectRow]:
        return sorted(
            (row for row in self._tables.effects.values() if row.campaign == campaign), key=lambda row: row.key
        )

    def drop_campaign(self, row: CampaignRow) -> None:
        for worker, campaign in [place for place in self._tables.states if place[1] == row.campaign]:
            self._drop(self._tables.states, (worker, campaign))
        for worker, campaign, name in [place for place in self._tables.timers if place[1] == row.campaign]:
            self.drop_timer(worker, campaign, name)
        for effect in self.effects_of(row.campaign):
            if not effect.perhaps_out:
                self._drop(self._tables.effects, effect.key)
        for hold in [hold for hold in self._tables.holds if hold.subject == row.campaign]:
            self._drop(self._tables.holds, hold)
        before = self._tables.log.campaign(row.campaign)
        self._journal.append(lambda: self._tables.log.put_back(before))
        self._tables.log.drop(row.campaign)
        self.put_campaign(row)
