"""An embedded store's whole contents, copied into an empty PostgreSQL store and compared there before it is committed.

Invariants: everything is copied in one transaction of either side. The old file is left (`Left`) before the new store
is committed, and once it is, nobody works on the file again: at no moment can both publish. Whoever dies on the way can
do it again: what was not committed is copied again, what was is known by the move's own number. Claims stay behind: the
epoch is raised, and everybody claims anew.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from psycopg.sql import SQL, Identifier

from events.log.outbox import DUTIES, OutboxLog
from events.log.postgres import LOG, TABLES, Session
from events.log.protocol import chained_hash
from events.log.stored import event_of
from workers.runtime.store import postgres_statements as say
from workers.runtime.store.postgres import PostgresStore
from workers.runtime.store.postgres_rows import PostgresTransaction
from workers.runtime.store.postgres_tables import META, filed
from workers.runtime.store.protocol import StoreMismatch
from workers.runtime.store.rows import Left, Position
from workers.runtime.store.sqlite import SqliteStore
from workers.runtime.store.sqlite_rows import SqliteTransaction

MOVED_FROM: Final = "moved from"
"""Under which the new store keeps the move's number."""

_AT_ONCE: Final = 2000
_LOG: Final = "SELECT partition, place, id, campaign, name, chain, event FROM log ORDER BY partition, place"
_STATES: Final = "SELECT worker, campaign, version, now, parts, state FROM states ORDER BY worker, campaign"
_PARTS: Final = "SELECT worker, campaign, part, item, value FROM state_parts ORDER BY number"
_NEW_PARTS: Final = "SELECT worker, campaign, part, spelled, value FROM state_parts ORDER BY number"
_KEPT: Final = "SELECT account, name, id, event FROM kept ORDER BY number"

Reach = Callable[[str], None]
"""Called with the name of every step, as it begins; a test dies there."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Where readers, and the archiver of each partition (its place and lanes), begin behind another transport."""

    positions: Mapping[tuple[str, int], Position] = field(default_factory=dict)
    archived: Mapping[int, tuple[int, Mapping[str, tuple[int, str]]]] = field(default_factory=dict)


Carry = Callable[[SqliteTransaction], Carried]
"""Makes ready what carries events in the new place."""


class MoveFailed(Exception):
    """What arrived is not what was sent off, or there is no room for it: nothing has moved."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move has brought over; `already`: an earlier one had, and this one only closed the old store behind it."""

    events: int
    campaigns: int
    effects: int
    timers: int
    states: int
    epoch: int
    already: bool


def move(
    source: SqliteStore,
    target: PostgresStore,
    place: str,
    check: Callable[[SqliteTransaction], None],
    carry: Carry = lambda _: Carried(),
    reach: Reach = lambda _: None,
) -> Moved:
    """Move everything; `place` says where to, in words without a secret, and `check` refuses what is not whole.

    Raises MoveFailed, StoreMismatch; then nothing has moved, or, where the last commit was lost, doing it again tells.
    """
    with source.transaction() as old:
        left = old.left()
    if left is not None and left.place != place:
        raise StoreMismatch(left.in_words())
    with ExitStack() as closing:
        old = closing.enter_context(source.transaction())
        already = left is not None and _has(target, left.move)
        if not already:
            left = Left(secrets.randbits(62), place, done=False)
            check(old)
            with target.transaction() as new:
                _patient(new.session)
                _require_empty(new, target.namespace)
                reach("carry")
                carried = carry(old)
                reach("copy")
                _copy(old, new, carried)
                new.session.write(say.PUT_META, {"name": MOVED_FROM, "value": left.move})
                reach("compare")
                _compare(old, new, carried.positions)
                reach("leave")
                source.leave(left)
                closing.close()
                reach("commit")
        else:
            closing.close()
    assert left is not None
    reach("close")
    with source.transaction() as old:
        source.leave(replace(left, done=True))
    with target.view() as view:
        return Moved(
            events=sum(view.log.ends().values()),
            campaigns=len(view.campaigns()),
            effects=len(view.effects()),
            timers=len(view.timers()),
            states=len(view.states()),
            epoch=view.epoch(),
            already=already,
        )


def _has(target: PostgresStore, number: int) -> bool:
    """Whether the move was committed there."""
    with target.view() as view:
        row = view.session.row(say.META_VALUE, name=MOVED_FROM)
    return row is not None and row[0] == number


def _patient(session: Session) -> None:
    """Nobody else is there yet who would have to wait for a long transaction."""
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        session.execute(SQL("SET LOCAL {} = 0").format(Identifier(setting)))


def _require_empty(new: PostgresTransaction, namespace: str) -> None:
    for table in TABLES.sorted_tables:
        if table in (META, DUTIES):
            continue
        (found,) = new.session.one(SQL("SELECT EXISTS (SELECT 1 FROM {})").format(Identifier(table.name)))
        if found:
            raise StoreMismatch(
                f"schema {namespace!r} is not empty ({table.name}): an installation moves into a store that nobody has "
                "worked on; name another store.namespace"
            )


def _copy(old: SqliteTransaction, new: PostgresTransaction, carried: Carried) -> None:
    session = new.session
    new.put_epoch(old.epoch() + 1)
    _copy_log(old, session)
    for (worker, partition), position in {**old.positions(), **carried.positions}.items():
        new.put_position(worker, partition, position)
    for partition, (resume, lanes) in carried.archived.items():
        if not isinstance(new.log, OutboxLog):
            raise StoreMismatch("the new store was made without an outbox")
        new.log.begin_archive(partition, resume, lanes)
    for (writer, partition), last in old.lanes().items():
        session.write(say.PUT_LANE, {"writer": writer, "partition": partition, "last": last})
    for (campaign, name), last in old.sequences().items():
        row = {"campaign": campaign, "source": filed(name), "spelled": json.dumps([campaign, name]), "last": last}
        session.write(say.PUT_SEQUENCE, row)
    _copy_states(old, session)
    _copy_rows(old, new)
    session.flush()


def _copy_rows(old: SqliteTransaction, new: PostgresTransaction) -> None:
    for timer in old.timers():
        new.put_timer(timer)
    for effect in old.effects():
        new.put_effect(effect)
    for campaign_row in old.campaigns():
        new.put_campaign(campaign_row)
    for account, _, _, text in old.rows(_KEPT):
        new.keep(account, event_of(text))
    for hold in old.holds():
        new.put_hold(hold)
    for gate in old.gates():
        new.put_gate(gate)
    for halt in old.halts():
        new.put_halt(halt)


def _copy_log(old: SqliteTransaction, session: Session) -> None:
    """Text by text, each partition's chain followed on the way. Raises MoveFailed where it breaks."""
    ends: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(old.rows(_LOG), 1):
        partition, place, own, _, _, chain, text = row
        end, before = ends.get(partition, (0, ""))
        if place != end + 1 or chain != chained_hash(before, str(json.loads(text).get("hash", ""))):
            raise MoveFailed(f"the log's chain breaks at {place} in partition {partition}, event {own}: `mowj audit`")
        ends[partition] = place, chain
        session.add(LOG, row)
        if number % _AT_ONCE == 0:
            session.flush()
    session.flush()
    for partition, (place, chain) in ends.items():
        session.put_end(partition, place, chain)


def _copy_states(old: SqliteTransaction, session: Session) -> None:
    for number, (worker, campaign, version, now, parts, state) in enumerate(old.rows(_STATES), 1):
        row = {"worker": worker, "campaign": campaign, "version": version, "parts": parts, "state": state}
        session.write(say.PUT_STATE, {**row, "now": datetime.fromisoformat(now)})
        if number % _AT_ONCE == 0:
            session.flush()
    session.flush()
    for number, (worker, campaign, part, item, value) in enumerate(old.rows(_PARTS), 1):
        row = {"worker": worker, "campaign": campaign, "part": part, "item": filed(item)}
        session.write(say.PUT_PART, {**row, "spelled": item, "value": value})
        if number % _AT_ONCE == 0:
            session.flush()
    session.flush()


def _compare(old: SqliteTransaction, new: PostgresTransaction, positions: Mapping[tuple[str, int], Position]) -> None:
    """Read everything back, and compare. Raises MoveFailed."""
    session = new.session
    _same("log", old.rows(_LOG), session.pages(_LOG))
    _same("states", map(_dated, old.rows(_STATES)), session.pages(_STATES))
    _same("state_parts", old.rows(_PARTS), session.pages(_NEW_PARTS))
    _same("kept", old.rows(_KEPT), session.pages(_KEPT))
    expected: dict[str, tuple[Any, Any]] = {
        "positions": ({**old.positions(), **positions}, new.positions()),
        "lanes": (old.lanes(), new.lanes()),
        "sequences": (old.sequences(), new.sequences()),
        "timers": (list(old.timers()), list(new.timers())),
        "effects": (list(old.effects()), list(new.effects())),
        "campaigns": (list(old.campaigns()), list(new.campaigns())),
        "holds": (old.holds(), new.holds()),
        "gates": (list(old.gates()), list(new.gates())),
        "halts": (list(old.halts()), list(new.halts())),
        "epoch": (old.epoch() + 1, new.epoch()),
    }
    for what, (sent, arrived) in expected.items():
        if sent != arrived:
            raise MoveFailed(f"{what}: what arrived is not what was sent; nothing has moved")


def _dated(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:3], datetime.fromisoformat(row[3]), *row[4:])


def _same(what: str, sent: Iterator[Any], arrived: Iterator[Any]) -> None:
    for number, (one, other) in enumerate(zip_longest(sent, arrived), 1):
        if one is None or other is None or tuple(one) != tuple(other):
            raise MoveFailed(f"{what}: row {number} is not what was sent; nothing has moved")
