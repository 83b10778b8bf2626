"""The rows of a SQLite store: the statements that read and write its tables.

Invariants: moments are stored as UTC text of one width, so that they sort; a state and a ledger row are stored as JSON
with the columns that are searched beside them. Nothing here begins or ends a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from events.envelope import Event
from events.log.protocol import DuplicateId, Record
from events.log.sqlite import SqliteLog
from events.log.stored import event_of, event_text
from workers.decision import State
from workers.runtime.store.parts import changed, joined, main_row
from workers.runtime.store.rows import (
    CampaignRow,
    Claim,
    EffectRow,
    Gate,
    Halt,
    Hold,
    HoldKind,
    Left,
    Position,
    StateRow,
    TimerRow,
)
from workers.runtime.store.sqlite_dropping import DropsInSqlite

_EFFECT: Final = TypeAdapter(EffectRow)
_CAMPAIGN: Final = TypeAdapter(CampaignRow)
_GATE: Final = TypeAdapter(Gate)


class SqliteTransaction(DropsInSqlite):
    """`Transaction` over a connection on which one is open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.log = SqliteLog(connection)

    def _one(self, statement: str, *values: object) -> Any:
        return self._connection.execute(statement, values).fetchone()

    def _all(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def _do(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)

    def rows(self, statement: str) -> Iterator[Any]:
        """What is stored, as it is stored, row by row."""
        yield from self._connection.execute(statement)

    def left(self) -> Left | None:
        """Where the contents went; None in a file that lives."""
        if self._one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'left_for'") is None:
            return None
        move, place, done = self._one("SELECT move, place, done FROM left_for")
        return Left(move, place, bool(done))

    def put_left(self, left: Left) -> None:
        self._do(
            "CREATE TABLE IF NOT EXISTS left_for (move INTEGER NOT NULL, place TEXT NOT NULL, done INTEGER NOT NULL)"
        )
        self._do("DELETE FROM left_for")
        self._do("INSERT INTO left_for VALUES (?, ?, ?)", left.move, left.place, left.done)

    def epoch(self) -> int:
        return int(self._one("SELECT value FROM meta WHERE name = 'epoch'")[0])

    def put_epoch(self, epoch: int) -> None:
        self._do("UPDATE meta SET value = ? WHERE name = 'epoch'", epoch)

    def claim(self, worker: str, partition: int) -> Claim | None:
        row = self._one(
            "SELECT epoch, generation, member, expires FROM claims WHERE worker = ? AND partition = ?",
            worker,
            partition,
        )
        return None if row is None else Claim(row[0], row[1], row[2], _moment(row[3]))

    def put_claim(self, worker: str, partition: int, claim: Claim) -> None:
        self._do(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?)",
            *(worker, partition, claim.epoch, claim.generation, claim.member, _text(claim.expires)),
        )

    def position(self, worker: str, partition: int) -> Position:
        row = self._one("SELECT place, lanes FROM positions WHERE worker = ? AND partition = ?", worker, partition)
        return Position() if row is None else _position(*row)

    def positions(self) -> Mapping[tuple[str, int], Position]:
        rows = self._all("SELECT worker, partition, place, lanes FROM positions")
        return {(worker, partition): _position(place, lanes) for worker, partition, place, lanes in rows}

    def lanes(self) -> Mapping[tuple[str, int], int]:
        return {(writer, partition): last for writer, partition, last in self._all("SELECT * FROM lanes")}

    def sequences(self) -> Mapping[tuple[str, str], int]:
        return {(campaign, source): last for campaign, source, last in self._all("SELECT * FROM sequences")}

    def states(self) -> Sequence[tuple[str, str]]:
        return self._all("SELECT worker, campaign FROM states ORDER BY worker, campaign")

    def put_position(self, worker: str, partition: int, position: Position) -> None:
        lanes = json.dumps(position.lanes)
        self._do("INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)", worker, partition, position.offset, lanes)

    def expect_states(self, worker: str, campaigns: object) -> None:
        """Asking costs nothing here."""

    def state_version(self, worker: str, campaign: str) -> int | None:
        row = self._one("SELECT version FROM states WHERE worker = ? AND campaign = ?", worker, campaign)
        return None if row is None else int(row[0])

    def state(self, worker: str, campaign: str, model: type[State]) -> StateRow | None:
        row = self._one("SELECT version, now, state FROM states WHERE worker = ? AND campaign = ?", worker, campaign)
        if row is None:
            return None
        parts = self._all(
            "SELECT part, item, value FROM state_parts WHERE worker = ? AND campaign = ? ORDER BY number",
            *(worker, campaign),
        )
        return StateRow(worker, campaign, row[0], _moment(row[1]), joined(model, row[2], parts))

    def put_state(self, row: StateRow, rows: frozenset[str] = frozenset(), earlier: StateRow | None = None) -> None:
        place, names = (row.worker, row.campaign), " ".join(sorted(rows))
        stored = self._one("SELECT parts FROM states WHERE worker = ? AND campaign = ?", *place)
        # Other code may have stored other fields in rows: then there is nothing to compare with.
        known = earlier.state if earlier is not None and stored == (names,) else None
        if known is None:
            self._do("DELETE FROM state_parts WHERE worker = ? AND campaign = ?", *place)
        changes = changed(row.state, known, rows)
        for part, item in changes.gone:
            self._do(
                "DELETE FROM state_parts WHERE worker = ? AND campaign = ? AND part = ? AND item = ?",
                *(*place, part, item),
            )
        for (part, item), value in changes.written.items():
            self._do(
                "INSERT INTO state_parts (worker, campaign, part, item, value) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (worker, campaign, part, item) DO UPDATE SET value = excluded.value",
                *(*place, part, item, value),
            )
        self._do(
            "INSERT INTO states VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (worker, campaign) DO UPDATE SET"
            " version = excluded.version, now = excluded.now, parts = excluded.parts, state = excluded.state",
            *(*place, row.version, _text(row.now), names, main_row(row.state, rows)),
        )

    def expect(self, partition: int, states: object, events: object, effects: object = ()) -> None:
        """Asking costs nothing here."""

    def append(self, partition: int, event: Event) -> Record:
        number = self._next("lanes", "writer", "partition", event.writer, partition)
        place = self._next("sequences", "campaign", "source", event.subject, event.source)
        return self.log.append(partition, event.placed(number, place))

    def _next(self, table: str, first: str, second: str, *key: object) -> int:
        return int(
            self._one(
                f"INSERT INTO {table} VALUES (?, ?, 1)"  # noqa: S608 - the names are this file's own
                f" ON CONFLICT ({first}, {second}) DO UPDATE SET last = last + 1 RETURNING last",
                *key,
            )[0]
        )

    def timers(self) -> Sequence[TimerRow]:
        return [_timer(row) for row in self._all("SELECT * FROM timers ORDER BY due, campaign, worker, name")]

    def timers_of(self, worker: str, campaign: str) -> Sequence[TimerRow]:
        rows = self._all("SELECT * FROM timers WHERE worker = ? AND campaign = ? ORDER BY due, name", worker, campaign)
        return [_timer(row) for row in rows]

    def due_timers(self, now: datetime, places: Collection[tuple[str, int]], limit: int) -> Sequence[TimerRow]:
        if not places:
            return ()
        held = ", ".join(["(?, ?)"] * len(places))
        rows = self._all(
            f"SELECT * FROM timers WHERE due <= ? AND (worker, partition) IN (VALUES {held})"  # noqa: S608
            " ORDER BY due, campaign, worker, name LIMIT ?",
            *(_text(now), *(part for place in sorted(places) for part in place), limit),
        )
        return [_timer(row) for row in rows]

    def next_timer(self, workers: Collection[str]) -> datetime | None:
        (due,) = self._one(
            f"SELECT min(due) FROM timers WHERE worker IN ({_marks(workers)})",  # noqa: S608
            *sorted(workers),
        )
        return None if due is None else _moment(due)

    def put_timer(self, row: TimerRow) -> None:
        self._do(
            "INSERT OR REPLACE INTO timers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(row.worker, row.campaign, row.name, _text(row.due), row.partition, row.tenant),
            *(row.set_by, row.correlationid),
        )

    def drop_timer(self, worker: str, campaign: str, name: str) -> None:
        self._do("DELETE FROM timers WHERE worker = ? AND campaign = ? AND name = ?", worker, campaign, name)

    def effect(self, key: str) -> EffectRow | None:
        row = self._one("SELECT row FROM effects WHERE key = ?", key)
        return None if row is None else _EFFECT.validate_json(row[0])

    def effects(self) -> Sequence[EffectRow]:
        return self._effects("true ORDER BY key")

    def open_effects(self) -> Sequence[EffectRow]:
        return self._effects("starts IS NOT NULL OR resumes IS NOT NULL OR untold IS NOT NULL ORDER BY key")

    def waking_effects(self, workers: Collection[str], now: datetime, machine: datetime) -> Sequence[EffectRow]:
        mine = f"worker IN ({_marks(workers)})"
        return [
            *self._effects(f"starts <= ? AND {mine}", _text(now), *workers),
            *self._effects(f"resumes <= ? AND {mine}", _text(machine), *workers),
        ]

    def next_waking(
        self, workers: Collection[str], now: datetime, machine: datetime
    ) -> tuple[datetime | None, datetime | None]:
        return self._next_moment("starts", now, workers), self._next_moment("resumes", machine, workers)

    def _next_moment(self, column: str, after: datetime, workers: Collection[str]) -> datetime | None:
        row = self._one(
            f"SELECT {column} FROM effects WHERE {column} > ? AND worker IN ({_marks(workers)})"  # noqa: S608
            f" ORDER BY {column} LIMIT 1",
            *(_text(after), *workers),
        )
        return None if row is None else _moment(row[0])

    def untold_effects(self, places: Collection[tuple[str, int]], limit: int) -> Sequence[EffectRow]:
        if not places:
            return ()
        held = ", ".join(["(?, ?)"] * len(places))
        return self._effects(
            f"untold IS NOT NULL AND (worker, partition) IN (VALUES {held}) ORDER BY untold, key LIMIT ?",
            *(part for place in places for part in place),
            limit,
        )

    def _effects(self, which: str, *values: object) -> Sequence[EffectRow]:
        rows = self._all(f"SELECT row FROM effects WHERE {which}", *values)  # noqa: S608 - this file's own words
        return [_EFFECT.validate_json(row) for (row,) in rows]

    def put_effect(self, row: EffectRow) -> None:
        sent = _text(row.sent) if row.perhaps_out and row.sent is not None else None
        self._do(
            "INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " starts = excluded.starts, resumes = excluded.resumes, untold = excluded.untold,"
            " account = excluded.account, sent = excluded.sent, shows = excluded.shows,"
            " reference = excluded.reference, row = excluded.row",
            *(
                row.key,
                row.worker,
                row.partition,
                *map(_perhaps, (row.starts, row.resumes, row.untold)),
                row.account,
                sent,
                row.shows,
                row.reference,
                _EFFECT.dump_json(row).decode(),
            ),
        )

    def posts_since(self, account: str, since: datetime) -> Sequence[EffectRow]:
        return self._effects("account = ? AND sent > ? ORDER BY sent, key", account, _text(since))

    def posts_showing(self, account: str, shows: str) -> Sequence[EffectRow]:
        return self._effects("account = ? AND shows = ? AND sent IS NOT NULL ORDER BY sent, key", account, shows)

    def posts_known_as(self, account: str, reference: str) -> Sequence[EffectRow]:
        return self._effects("account = ? AND reference = ? ORDER BY key", account, reference)

    def campaign(self, campaign: str) -> CampaignRow | None:
        row = self._one("SELECT row FROM campaigns WHERE campaign = ?", campaign)
        return None if row is None else _CAMPAIGN.validate_json(row[0])

    def campaigns(self) -> Sequence[CampaignRow]:
        return [_CAMPAIGN.validate_json(row) for (row,) in self._all("SELECT row FROM campaigns ORDER BY campaign")]

    def put_campaign(self, row: CampaignRow) -> None:
        self._do("INSERT OR REPLACE INTO campaigns VALUES (?, ?)", row.campaign, _CAMPAIGN.dump_json(row).decode())
        self._do("DELETE FROM on_accounts WHERE campaign = ?", row.campaign)
        for account in sorted({use.account for use in row.accounts} if row.live else ()):
            self._do("INSERT INTO on_accounts VALUES (?, ?)", account, row.campaign)

    def campaigns_on(self, account: str) -> Sequence[CampaignRow]:
        rows = self._all(
            "SELECT row FROM campaigns WHERE campaign IN (SELECT campaign FROM on_accounts WHERE account = ?)"
            " ORDER BY campaign",
            account,
        )
        return [_CAMPAIGN.validate_json(row) for (row,) in rows]

    def kept(self, account: str) -> Sequence[Event]:
        return [
            event_of(text) for (text,) in self._all("SELECT event FROM kept WHERE account = ? ORDER BY number", account)
        ]

    def last_kept(self, account: str, name: str) -> Event | None:
        row = self._one(
            "SELECT event FROM kept WHERE account = ? AND name = ? ORDER BY number DESC LIMIT 1", account, name
        )
        return None if row is None else event_of(row[0])

    def kept_fact(self, event_id: str) -> Event | None:
        row = self._one("SELECT event FROM kept WHERE id = ?", event_id)
        return None if row is None else event_of(row[0])

    def keep(self, account: str, event: Event) -> None:
        try:
            self._do(
                "INSERT INTO kept (account, name, id, event) VALUES (?, ?, ?, ?)",
                *(account, event.name, event.id, event_text(event)),
            )
        except sqlite3.IntegrityError as error:
            raise DuplicateId(event.id) from error

    def holds(self) -> frozenset[Hold]:
        return frozenset(
            Hold(HoldKind(kind), subject, cause) for kind, subject, cause in self._all("SELECT * FROM holds")
        )

    def holds_on(self, subjects: Collection[str]) -> frozenset[Hold]:
        asked = "SELECT kind, subject, cause FROM holds WHERE subject IN (SELECT value FROM json_each(?))"
        rows = self._all(asked, json.dumps(list(subjects)))
        return frozenset(Hold(HoldKind(kind), subject, cause) for kind, subject, cause in rows)

    def put_hold(self, hold: Hold) -> None:
        self._do("INSERT OR IGNORE INTO holds VALUES (?, ?, ?)", hold.kind.value, hold.subject, hold.cause)

    def drop_hold(self, hold: Hold) -> None:
        self._do(
            "DELETE FROM holds WHERE kind = ? AND subject = ? AND cause = ?", hold.kind.value, hold.subject, hold.cause
        )

    def halts(self) -> Sequence[Halt]:
        rows = self._all("SELECT worker, partition, reason, at FROM halts ORDER BY worker, partition")
        return [Halt(worker, partition, reason, _moment(at)) for worker, partition, reason, at in rows]

    def put_halt(self, halt: Halt) -> None:
        self._do(
            "INSERT OR REPLACE INTO halts VALUES (?, ?, ?, ?)", halt.worker, halt.partition, halt.reason, _text(halt.at)
        )

    def drop_halt(self, worker: str, partition: int) -> None:
        self._do("DELETE FROM halts WHERE worker = ? AND partition = ?", worker, partition)

    def gate(self, account: str) -> Gate:
        rows = self._all("SELECT row FROM gates WHERE account = ?", account)
        return _GATE.validate_json(rows[0][0]) if rows else Gate(account)

    def gates(self) -> Sequence[Gate]:
        return [_GATE.validate_json(text) for (text,) in self._all("SELECT row FROM gates ORDER BY account")]

    def put_gate(self, gate: Gate) -> None:
        text = _GATE.dump_json(gate).decode()
        self._do("INSERT INTO gates VALUES (?, ?) ON CONFLICT DO UPDATE SET row = excluded.row", gate.account, text)


def _position(place: int, lanes: str) -> Position:
    return Position(place, {writer: (number, last) for writer, (number, last) in json.loads(lanes).items()})


def _timer(row: tuple[str, str, str, str, int, str, str, str]) -> TimerRow:
    worker, campaign, name, due, partition, tenant, set_by, correlationid = row
    return TimerRow(worker, campaign, name, _moment(due), partition, tenant, set_by, correlationid)


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" for _ in values)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _perhaps(moment: datetime | None) -> str | None:
    return None if moment is None else _text(moment)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
