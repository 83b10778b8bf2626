"""An ended campaign, dropped from a PostgreSQL store: what its rows took is free again once autovacuum has been there.

Invariants: it joins the transaction that the session stands for. Effects of a campaign are found by reading all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import JSON, Text, bindparam, cast, delete, literal_column, select

from events.log.postgres import PostgresLog, Session, compiled
from workers.runtime.store.postgres_tables import EFFECTS, HOLDS, STATE_PARTS, STATES, TIMERS, filed
from workers.runtime.store.rows import CampaignRow, EffectRow

_EFFECT: Final = TypeAdapter(EffectRow)
_OF_CAMPAIGN: Final = compiled(
    select(EFFECTS.c.row)
    .where(cast(EFFECTS.c.row, JSON).op("->>")(literal_column("'campaign'", Text)) == bindparam("campaign", type_=Text))
    .order_by(EFFECTS.c.key)
)
_DROP_EFFECT: Final = compiled(delete(EFFECTS).where(EFFECTS.c.key == bindparam("key")))
_ONE_CAMPAIGN: Final = tuple(
    compiled(delete(table).where(table.c.campaign == bindparam("campaign"))) for table in (STATE_PARTS, STATES, TIMERS)
)
_DROP_HOLDS: Final = compiled(delete(HOLDS).where(HOLDS.c.subject == bindparam("campaign")))


class DropsInPostgres:
    """The part of a transaction that drops."""

    _session: Session
    log: PostgresLog

    def put_campaign(self, row: CampaignRow) -> None:
        raise NotImplementedError

    def effects_of(self, campaign: str) -> Sequence[EffectRow]:
        return [_EFFECT.validate_json(text) for (text,) in self._session.rows(_OF_CAMPAIGN, campaign=campaign)]

    def drop_campaign(self, row: CampaignRow) -> None:
        for statement in (*_ONE_CAMPAIGN, _DROP_HOLDS):
            self._session.write(statement, {"campaign": row.campaign})
        for effect in self.effects_of(row.campaign):
            if not effect.perhaps_out:
                self._session.write(_DROP_EFFECT, {"key": filed(effect.key)})
        self.log.drop(row.campaign)
        self.put_campaign(row)
