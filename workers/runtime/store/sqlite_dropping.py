"""An ended campaign, dropped from a SQLite store: the file keeps its size, and fills what has become free.

Invariants: it joins the transaction that is open. Effects of a campaign are found by reading all of its partition's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from events.log.sqlite import SqliteLog
from workers.runtime.store.rows import CampaignRow, EffectRow

_EFFECT: Final = TypeAdapter(EffectRow)
_ONE_CAMPAIGN: Final = ("state_parts", "states", "timers")
"""Tables whose rows are a campaign's own."""


class DropsInSqlite:
    """The part of a transaction that drops."""

    _connection: sqlite3.Connection
    log: SqliteLog

    def put_campaign(self, row: CampaignRow) -> None:
        raise NotImplementedError

    def effects_of(self, campaign: str) -> Sequence[EffectRow]:
        rows = self._connection.execute(
            "SELECT row FROM effects WHERE json_extract(row, '$.campaign') = ? ORDER BY key", (campaign,)
        )
        return [_EFFECT.validate_json(row) for (row,) in rows]

    def drop_campaign(self, row: CampaignRow) -> None:
        for table in _ONE_CAMPAIGN:
            self._connection.execute(f"DELETE FROM {table} WHERE campaign = ?", (row.campaign,))  # noqa: S608
        for effect in self.effects_of(row.campaign):
            if not effect.perhaps_out:
                self._connection.execute("DELETE FROM effects WHERE key = ?", (effect.key,))
        self._connection.execute("DELETE FROM holds WHERE subject = ?", (row.campaign,))
        self.log.drop(row.campaign)
        self.put_campaign(row)
