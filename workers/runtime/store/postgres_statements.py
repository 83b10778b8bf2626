"""What a PostgreSQL store says to its database: every statement, made once from the tables.

Invariants: a search of the running loop follows an index; an order that must be an index's own names its columns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, LiteralString

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from events.log.postgres import compiled
from workers.runtime.store.postgres_tables import (
    CAMPAIGNS,
    CLAIMS,
    EFFECTS,
    GATES,
    HALTS,
    HOLDS,
    KEPT,
    LANES,
    META,
    ON_ACCOUNTS,
    POSITIONS,
    SEQUENCES,
    STATE_PARTS,
    STATES,
    TIMERS,
)

_WORDS: Final = ARRAY(Text)
_COUNT: Final = bindparam("count", type_=Integer)
_NOW: Final = bindparam("by", type_=DateTime(timezone=True))


def _is(table: Table, *names: str) -> ColumnElement[bool]:
    """Where these columns are what the parameters of their names say."""
    return and_(*(table.c[name] == bindparam(name) for name in names))


def _of_campaigns(table: Table) -> ColumnElement[bool]:
    """What a worker has of any of these campaigns."""
    return and_(_is(table, "worker"), table.c.campaign == func.any(bindparam("campaigns", type_=_WORDS)))


def _put(table: Table) -> LiteralString:
    """Insert a whole row, or replace what stands under its key."""
    made = insert(table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: made.excluded[column.name] for column in table.columns if column.name not in keys}
    if others:
        return compiled(made.on_conflict_do_update(index_elements=keys, set_=others))
    return compiled(made.on_conflict_do_nothing())


def _drop(table: Table) -> LiteralString:
    return compiled(delete(table).where(_is(table, *(column.name for column in table.primary_key))))


META_VALUE: Final = compiled(select(META.c.value).where(_is(META, "name")))
PUT_META: Final = _put(META)

_CLAIM: Final = select(CLAIMS.c.epoch, CLAIMS.c.generation, CLAIMS.c.member, CLAIMS.c.expires)
CLAIM: Final = compiled(_CLAIM.where(_is(CLAIMS, "worker", "partition")))
LOCKED_CLAIM: Final = compiled(_CLAIM.where(_is(CLAIMS, "worker", "partition")).with_for_update(key_share=True))
PUT_CLAIM: Final = _put(CLAIMS)

_POSITION: Final = (POSITIONS.c.place, POSITIONS.c.lanes, POSITIONS.c.broker_place)
POSITION: Final = compiled(select(*_POSITION).where(_is(POSITIONS, "worker", "partition")))
ALL_POSITIONS: Final = compiled(select(POSITIONS.c.worker, POSITIONS.c.partition, *_POSITION))
PUT_POSITION: Final = _put(POSITIONS)

ALL_LANES: Final = compiled(select(LANES.c.writer, LANES.c.partition, LANES.c.last))
LAST_LANE: Final = compiled(select(LANES.c.last).where(_is(LANES, "writer", "partition")))
PUT_LANE: Final = _put(LANES)
ALL_SEQUENCES: Final = compiled(select(SEQUENCES.c.spelled, SEQUENCES.c.last))
LAST_SEQUENCE: Final = compiled(select(SEQUENCES.c.last).where(_is(SEQUENCES, "campaign", "source")))
_ASKED: Final = (
    func.unnest(bindparam("campaigns", type_=_WORDS), bindparam("sources", type_=_WORDS))
    .table_valued("campaign", "source")
    .render_derived()
)
SEQUENCES_OF: Final = compiled(
    select(SEQUENCES.c.campaign, SEQUENCES.c.source, SEQUENCES.c.last).where(
        tuple_(SEQUENCES.c.campaign, SEQUENCES.c.source).in_(select(_ASKED.c.campaign, _ASKED.c.source))
    )
)
PUT_SEQUENCE: Final = _put(SEQUENCES)

STATES_OF: Final = compiled(
    select(STATES.c.campaign, STATES.c.version, STATES.c.now, STATES.c.state, STATES.c.parts).where(
        _of_campaigns(STATES)
    )
)
PARTS_OF: Final = compiled(
    select(STATE_PARTS.c.campaign, STATE_PARTS.c.part, STATE_PARTS.c.spelled, STATE_PARTS.c.value)
    .where(_of_campaigns(STATE_PARTS))
    .order_by(STATE_PARTS.c.number)
)
PART_NAMES: Final = compiled(select(STATES.c.campaign, STATES.c.parts).where(_of_campaigns(STATES)))
ALL_STATES: Final = compiled(select(STATES.c.worker, STATES.c.campaign).order_by(STATES.c.worker, STATES.c.campaign))
PUT_STATE: Final = _put(STATES)
_PART: Final = (
    insert(STATE_PARTS)
    .inline()
    .values({name: bindparam(name) for name in ("worker", "campaign", "part", "item", "spelled", "value")})
)
PUT_PART: Final = compiled(
    _PART.on_conflict_do_update(
        index_elements=["worker", "campaign", "part", "item"], set_={"value": _PART.excluded.value}
    )
)
DROP_PART: Final = compiled(delete(STATE_PARTS).where(_is(STATE_PARTS, "worker", "campaign", "part", "item")))
DROP_PARTS: Final = compiled(delete(STATE_PARTS).where(_is(STATE_PARTS, "worker", "campaign")))

_TIMER_ORDER: Final = (TIMERS.c.due, TIMERS.c.campaign, TIMERS.c.worker, TIMERS.c.name)
ALL_TIMERS: Final = compiled(select(TIMERS.c.row).order_by(*_TIMER_ORDER))


def _of_places(table: Table) -> ColumnElement[bool]:
    """Of the places whose workers and partitions two parameters list."""
    lists = bindparam("workers", type_=_WORDS), bindparam("partitions", type_=ARRAY(Integer))
    places = func.unnest(*lists).table_valued("worker", "partition").render_derived()
    return tuple_(table.c.worker, table.c.partition).in_(select(places.c.worker, places.c.partition))


DUE_TIMERS: Final = compiled(
    select(TIMERS.c.row).where(TIMERS.c.due <= _NOW, _of_places(TIMERS)).order_by(*_TIMER_ORDER).limit(_COUNT)
)
_WORKERS: Final = func.unnest(bindparam("workers", type_=_WORDS)).table_valued("name").render_derived()
_FIRST: Final = (
    select(TIMERS.c.due).where(TIMERS.c.worker == _WORKERS.c.name).order_by(TIMERS.c.due).limit(_COUNT).lateral("first")
)
NEXT_TIMER: Final = compiled(select(func.min(_FIRST.c.due)).select_from(_WORKERS).join(_FIRST, true()))
TIMERS_OF: Final = compiled(select(TIMERS.c.row).where(_is(TIMERS, "worker", "campaign")).order_by(*_TIMER_ORDER))
PUT_TIMER: Final = _put(TIMERS)
DROP_TIMER: Final = _drop(TIMERS)


def _effects(*which: ColumnElement[bool]) -> Select[tuple[str]]:
    return select(EFFECTS.c.row).where(*which)


_IS_OPEN: Final = EFFECTS.c.starts.is_not(None) | EFFECTS.c.resumes.is_not(None) | EFFECTS.c.untold.is_not(None)
_BY_SENT: Final = (EFFECTS.c.sent, EFFECTS.c.key)
EFFECT: Final = compiled(_effects(_is(EFFECTS, "key")))
EFFECTS_AT: Final = compiled(
    select(EFFECTS.c.key, EFFECTS.c.row).where(EFFECTS.c.key == func.any(bindparam("keys", type_=_WORDS)))
)
ALL_EFFECTS: Final = compiled(_effects().order_by(EFFECTS.c.key))
OPEN_EFFECTS: Final = compiled(_effects(_IS_OPEN).order_by(EFFECTS.c.key))
_MINE: Final = EFFECTS.c.worker == func.any(bindparam("workers", type_=_WORDS))
WAKING: Final = compiled(
    union_all(
        _effects(EFFECTS.c.starts <= _NOW, _MINE),
        _effects(EFFECTS.c.resumes <= bindparam("machine", type_=DateTime(timezone=True)), _MINE),
    )
)


def _next(column: ColumnElement[datetime]) -> LiteralString:
    return compiled(select(column).where(column > _NOW, _MINE).order_by(column).limit(_COUNT))


NEXT_START: Final = _next(EFFECTS.c.starts)
NEXT_RESUMING: Final = _next(EFFECTS.c.resumes)
UNTOLD: Final = compiled(
    _effects(EFFECTS.c.untold.is_not(None), _of_places(EFFECTS)).order_by(EFFECTS.c.untold, EFFECTS.c.key).limit(_COUNT)
)
POSTS_SINCE: Final = compiled(
    _effects(_is(EFFECTS, "account"), EFFECTS.c.sent > bindparam("since")).order_by(*_BY_SENT)
)
POSTS_SHOWING: Final = compiled(
    _effects(_is(EFFECTS, "account", "shows"), EFFECTS.c.sent.is_not(None)).order_by(*_BY_SENT)
)
POSTS_KNOWN_AS: Final = compiled(_effects(_is(EFFECTS, "account", "reference")).order_by(EFFECTS.c.key))
PUT_EFFECT: Final = _put(EFFECTS)

CAMPAIGN: Final = compiled(select(CAMPAIGNS.c.row).where(_is(CAMPAIGNS, "campaign")))
ALL_CAMPAIGNS: Final = compiled(select(CAMPAIGNS.c.row).order_by(CAMPAIGNS.c.campaign))
CAMPAIGNS_ON: Final = compiled(
    select(CAMPAIGNS.c.row)
    .join(ON_ACCOUNTS, ON_ACCOUNTS.c.campaign == CAMPAIGNS.c.campaign)
    .where(_is(ON_ACCOUNTS, "account"))
    .order_by(CAMPAIGNS.c.campaign)
)
PUT_CAMPAIGN: Final = _put(CAMPAIGNS)
LEAVE_ACCOUNTS: Final = compiled(delete(ON_ACCOUNTS).where(_is(ON_ACCOUNTS, "campaign")))
JOIN_ACCOUNT: Final = _put(ON_ACCOUNTS)

KEPT_OF: Final = compiled(select(KEPT.c.event).where(_is(KEPT, "account")).order_by(KEPT.c.number))
LAST_KEPT: Final = compiled(
    select(KEPT.c.event).where(_is(KEPT, "account", "name")).order_by(KEPT.c.number.desc()).limit(_COUNT)
)
KEPT_FACT: Final = compiled(select(KEPT.c.event).where(_is(KEPT, "id")))
KEEP: Final = compiled(
    insert(KEPT).inline().values({name: bindparam(name) for name in ("account", "name", "id", "event")})
)

ALL_HOLDS: Final = compiled(select(HOLDS.c.kind, HOLDS.c.subject, HOLDS.c.cause))
HOLDS_ON: Final = compiled(
    select(HOLDS.c.kind, HOLDS.c.subject, HOLDS.c.cause).where(
        HOLDS.c.subject == func.any(bindparam("subjects", type_=_WORDS))
    )
)
PUT_HOLD: Final = _put(HOLDS)
DROP_HOLD: Final = _drop(HOLDS)
ALL_HALTS: Final = compiled(
    select(HALTS.c.worker, HALTS.c.partition, HALTS.c.reason, HALTS.c.at).order_by(HALTS.c.worker, HALTS.c.partition)
)
PUT_HALT: Final = _put(HALTS)
DROP_HALT: Final = _drop(HALTS)

GATE: Final = compiled(select(GATES.c.row).where(_is(GATES, "account")))
ALL_GATES: Final = compiled(select(GATES.c.row).order_by(GATES.c.account))
PUT_GATE: Final = _put(GATES)
