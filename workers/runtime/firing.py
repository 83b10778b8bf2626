"""Due timers and settled effects, put into words: the events by which the shell tells a worker of them.

Invariants: both are facts of the shell, addressed to the one worker that asked; their ids follow from what they tell
of, so that telling twice is impossible. Pure functions over rows.
"""

from __future__ import annotations

from datetime import datetime

from events.envelope import Event, settlement_id, timer_id, type_name
from events.runtime import EffectSettled, Settlement, TimerFired
from workers.runtime.deciding import sealed
from workers.runtime.shell import runtime_source
from workers.runtime.store.rows import EffectRow, TimerRow


def timer_fired(row: TimerRow, now: datetime) -> Event:
    return sealed(
        Event(
            id=timer_id(row.campaign, row.worker, row.name, row.due, row.set_by),
            source=runtime_source(row.worker),
            type=type_name(TimerFired),
            subject=row.campaign,
            tenant=row.tenant,
            time=row.due,
            recordedtime=now,
            data=TimerFired(worker=row.worker, timer=row.name, due=row.due, fired=now, set_by=row.set_by),
            correlationid=row.correlationid,
            causationid=row.set_by,
            recipient=row.worker,
        )
    )


def effect_settled(row: EffectRow, now: datetime) -> Event:
    at = row.settled_at or now
    fact = EffectSettled(
        worker=row.worker,
        key=row.key,
        number=row.number,
        kind=row.kind,
        account=row.account,
        settlement=Settlement(row.state.value),
        at=at,
        attempts=row.attempts,
        reference=row.reference,
        url=row.url,
        counters=row.counters,
        detail=row.detail,
    )
    return sealed(
        Event(
            id=settlement_id(row.key, row.number),
            source=runtime_source(row.worker),
            type=type_name(EffectSettled),
            subject=row.campaign,
            tenant=row.tenant,
            time=at,
            recordedtime=now,
            data=fact,
            correlationid=row.correlationid,
            causationid=row.cause,
            recipient=row.worker,
        )
    )
