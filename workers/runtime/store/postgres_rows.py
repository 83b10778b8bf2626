"""The rows of a PostgreSQL store, as one transaction reads and writes them.

Invariants: numbers of lanes and sequences are read after their partition's end was locked, so that they are the last
ones whoever else commits. What is written goes to the database when something is read, or when the transaction ends.
Nothing here begins or ends a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from pydantic import TypeAdapter

from events.envelope import Event
from events.log.outbox import OutboxLog
from events.log.postgres import PostgresLog, Session
from events.log.protocol import Record
from events.log.stored import RecordCache, event_of, event_text
from workers.decision import State
from workers.runtime.store import postgres_statements as say
from workers.runtime.store.parts import changed, joined, main_row
from workers.runtime.store.postgres_dropping import DropsInPostgres
from workers.runtime.store.postgres_tables import filed
from workers.runtime.store.rows import (
    CampaignRow,
    Claim,
    EffectRow,
    Gate,
    Halt,
    Hold,
    HoldKind,
    Position,
    StateRow,
    TimerRow,
)

_EFFECT: Final = TypeAdapter(EffectRow)
_CAMPAIGN: Final = TypeAdapter(CampaignRow)
_GATE: Final = TypeAdapter(Gate)
_TIMER: Final = TypeAdapter(TimerRow)


class PostgresTransaction(DropsInPostgres):
    """`Transaction` in a session. `cache` keeps records that were read, and is for views: they read what is committed.

    `locks`: what a claim says is to hold until the end. `outbox`: what is appended waits there for a relay.
    """

    def __init__(
        self, session: Session, cache: RecordCache | None = None, *, locks: bool = False, outbox: bool = False
    ) -> None:
        self.session = self._session = session
        self._claim: LiteralString = say.LOCKED_CLAIM if locks else say.CLAIM
        self._counted: dict[tuple[str, str, int | str], int] = {}
        self._parts: dict[tuple[str, str], str] = {}
        self._effects_at: dict[str, str | None] = {}
        self._states_read: dict[tuple[str, str], tuple[Any, list[Any]]] = {}
        self._states_put: set[tuple[str, str]] = set()
        self.log = OutboxLog(session, cache) if outbox else PostgresLog(session, cache)

    def _texts(self, statement: LiteralString, **values: object) -> list[str]:
        return [text for (text,) in self._session.rows(statement, **values)]

    def _value(self, statement: LiteralString, **values: object) -> Any:
        """The first column of the first row; None where there is none."""
        row = self._session.row(statement, **values)
        return None if row is None else row[0]

    def _put(self, statement: LiteralString, **values: object) -> None:
        self._session.write(statement, values)

    def fixed(self, name: str) -> int:
        """What was settled when the store was made."""
        return int(self._value(say.META_VALUE, name=name))

    def epoch(self) -> int:
        return self.fixed("epoch")

    def put_epoch(self, epoch: int) -> None:
        self._put(say.PUT_META, name="epoch", value=epoch)

    def claim(self, worker: str, partition: int) -> Claim | None:
        row = self._session.row(self._claim, worker=worker, partition=partition)
        return None if row is None else Claim(*row)

    def put_claim(self, worker: str, partition: int, claim: Claim) -> None:
        self._put(
            say.PUT_CLAIM,
            worker=worker,
            partition=partition,
            epoch=claim.epoch,
            generation=claim.generation,
            member=claim.member,
            expires=claim.expires,
        )

    def position(self, worker: str, partition: int) -> Position:
        row = self._session.row(say.POSITION, worker=worker, partition=partition)
        return Position() if row is None else _position(*row)

    def positions(self) -> Mapping[tuple[str, int], Position]:
        rows = self._session.rows(say.ALL_POSITIONS)
        return {(worker, partition): _position(*position) for worker, partition, *position in rows}

    def put_position(self, worker: str, partition: int, position: Position) -> None:
        self._put(
            say.PUT_POSITION,
            worker=worker,
            partition=partition,
            place=position.offset,
            lanes=json.dumps(position.lanes),
            broker_place=position.place,
        )

    def lanes(self) -> Mapping[tuple[str, int], int]:
        return {(writer, partition): last for writer, partition, last in self._session.rows(say.ALL_LANES)}

    def sequences(self) -> Mapping[tuple[str, str], int]:
        rows = self._session.rows(say.ALL_SEQUENCES)
        return {
            (campaign, source): last for (campaign, source), last in ((json.loads(key), last) for key, last in rows)
        }

    def states(self) -> Sequence[tuple[str, str]]:
        return self._session.rows(say.ALL_STATES)

    def expect_states(self, worker: str, campaigns: Collection[str]) -> None:
        rows = {row[0]: row[1:] for row in self._session.rows(say.STATES_OF, worker=worker, campaigns=list(campaigns))}
        parts: dict[str, list[Any]] = {campaign: [] for campaign in campaigns}
        in_parts = [campaign for campaign, (*_, names) in rows.items() if names]
        if in_parts:
            for campaign, *part in self._session.rows(say.PARTS_OF, worker=worker, campaigns=in_parts):
                parts[campaign].append(part)
        self._states_read |= {(worker, campaign): (rows.get(campaign), parts[campaign]) for campaign in campaigns}

    def state_version(self, worker: str, campaign: str) -> int | None:
        if (worker, campaign) not in self._states_read:
            self.expect_states(worker, [campaign])
        row, _ = self._states_read[worker, campaign]
        return None if row is None else int(row[0])

    def state(self, worker: str, campaign: str, model: type[State]) -> StateRow | None:
        if (worker, campaign) not in self._states_read:
            self.expect_states(worker, [campaign])
        row, parts = self._states_read.pop((worker, campaign))
        if row is None:
            return None
        version, now, main, _ = row
        return StateRow(worker, campaign, version, now, joined(model, main, parts))

    def put_state(self, row: StateRow, rows: frozenset[str] = frozenset(), earlier: StateRow | None = None) -> None:
        self._states_read.pop((row.worker, row.campaign), None)
        place, names = {"worker": row.worker, "campaign": row.campaign}, " ".join(sorted(rows))
        if (row.worker, row.campaign) in self._states_put:
            # What is deleted goes first: it must not meet what was put before it.
            self._session.flush()
        self._states_put.add((row.worker, row.campaign))
        known = earlier.state if earlier is not None else None
        stored = self._in_rows(row.worker, row.campaign)
        # Other code may have stored other fields in rows: then there is nothing to compare with.
        if known is None or stored != names:
            known = None
            if stored:
                self._put(say.DROP_PARTS, **place)
        changes = changed(row.state, known, rows)
        for part, item in changes.gone:
            self._put(say.DROP_PART, **place, part=part, item=filed(item))
        for (part, item), value in changes.written.items():
            self._put(say.PUT_PART, **place, part=part, item=filed(item), spelled=item, value=value)
        self._parts[row.worker, row.campaign] = names
        main = main_row(row.state, rows)
        self._put(say.PUT_STATE, **place, version=row.version, now=row.now, parts=names, state=main)

    def _in_rows(self, worker: str, campaign: str) -> str:
        """The names of the fields that are stored in rows of their own."""
        if (worker, campaign) not in self._parts:
            self._ask_for_parts(worker, [campaign])
        return self._parts[worker, campaign]

    def _ask_for_parts(self, worker: str, campaigns: list[str]) -> None:
        found = dict(self._session.stored(say.PART_NAMES, worker=worker, campaigns=campaigns))
        self._parts |= {(worker, campaign): found.get(campaign, "") for campaign in campaigns}

    def expect(
        self, partition: int, states: Sequence[StateRow], events: Sequence[Event], effects: Collection[str] = ()
    ) -> None:
        if effects:
            found = dict(self._session.stored(say.EFFECTS_AT, keys=[filed(key) for key in effects]))
            self._effects_at |= {key: found.get(filed(key)) for key in effects}
        campaigns: dict[str, list[str]] = {}
        for row in states:
            campaigns.setdefault(row.worker, []).append(row.campaign)
        for worker, names in campaigns.items():
            self._ask_for_parts(worker, [name for name in names if (worker, name) not in self._parts])
        if not events:
            return
        self.log.lock(partition)
        places = {(event.subject, filed(event.source)) for event in events}
        wanted = [place for place in places if ("sequence", *place) not in self._counted]
        asked = {"campaigns": [campaign for campaign, _ in wanted], "sources": [source for _, source in wanted]}
        self._counted |= {("sequence", *place): 0 for place in wanted}
        for campaign, source, last in self._session.stored(say.SEQUENCES_OF, **asked):
            self._counted["sequence", campaign, source] = last

    def append(self, partition: int, event: Event) -> Record:
        self.log.lock(partition)
        writer, campaign, source = event.writer, event.subject, event.source
        number = self._next(("lane", writer, partition), say.LAST_LANE, writer=writer, partition=partition)
        filed_as = {"campaign": campaign, "source": filed(source)}
        place = self._next(("sequence", campaign, filed(source)), say.LAST_SEQUENCE, **filed_as)
        self._session.write(
            say.PUT_LANE, {"writer": writer, "partition": partition, "last": number}, ("lane", writer, partition)
        )
        spelled = json.dumps([campaign, source])
        self._session.write(
            say.PUT_SEQUENCE, {**filed_as, "spelled": spelled, "last": place}, ("sequence", campaign, source)
        )
        return self.log.append(partition, event.placed(number, place))

    def _next(self, counter: tuple[str, str, int | str], last: LiteralString, **key: object) -> int:
        if counter not in self._counted:
            self._counted[counter] = sum(number for (number,) in self._session.stored(last, **key))
        self._counted[counter] += 1
        return self._counted[counter]

    def count_on(self, partition: int, lanes: Mapping[str, int], sequences: Mapping[tuple[str, str], int]) -> None:
        """Have numbers go on behind these, by writer, and by campaign and source."""
        for writer, last in lanes.items():
            self._put(say.PUT_LANE, writer=writer, partition=partition, last=last)
        for (campaign, source), last in sequences.items():
            spelled = json.dumps([campaign, source])
            self._put(say.PUT_SEQUENCE, campaign=campaign, source=filed(source), spelled=spelled, last=last)

    def timers(self) -> Sequence[TimerRow]:
        return _timers(self._texts(say.ALL_TIMERS))

    def due_timers(self, now: datetime, places: Collection[tuple[str, int]], limit: int) -> Sequence[TimerRow]:
        return _timers(self._texts(say.DUE_TIMERS, **_lists(places), by=now, count=limit))

    def timers_of(self, worker: str, campaign: str) -> Sequence[TimerRow]:
        return _timers(self._texts(say.TIMERS_OF, worker=worker, campaign=campaign))

    def next_timer(self, workers: Collection[str]) -> datetime | None:
        due: datetime | None = self._value(say.NEXT_TIMER, workers=list(workers), count=1)
        return due

    def put_timer(self, row: TimerRow) -> None:
        values = {
            "worker": row.worker,
            "campaign": row.campaign,
            "name": filed(row.name),
            "due": row.due,
            "partition": row.partition,
            "row": _TIMER.dump_json(row).decode(),
        }
        self._session.write(say.PUT_TIMER, values, ("timer", row.worker, row.campaign, row.name))

    def drop_timer(self, worker: str, campaign: str, name: str) -> None:
        values = {"worker": worker, "campaign": campaign, "name": filed(name)}
        self._session.write(say.DROP_TIMER, values, ("timer", worker, campaign, name))

    def effect(self, key: str) -> EffectRow | None:
        text = self._effects_at[key] if key in self._effects_at else self._value(say.EFFECT, key=filed(key))
        return None if text is None else _EFFECT.validate_json(text)

    def effects(self) -> Sequence[EffectRow]:
        return self._effects(say.ALL_EFFECTS)

    def open_effects(self) -> Sequence[EffectRow]:
        return self._effects(say.OPEN_EFFECTS)

    def waking_effects(self, workers: Collection[str], now: datetime, machine: datetime) -> Sequence[EffectRow]:
        return self._effects(say.WAKING, workers=list(workers), by=now, machine=machine)

    def next_waking(
        self, workers: Collection[str], now: datetime, machine: datetime
    ) -> tuple[datetime | None, datetime | None]:
        names = list(workers)
        return (
            self._value(say.NEXT_START, workers=names, by=now, count=1),
            self._value(say.NEXT_RESUMING, workers=names, by=machine, count=1),
        )

    def untold_effects(self, places: Collection[tuple[str, int]], limit: int) -> Sequence[EffectRow]:
        return self._effects(say.UNTOLD, **_lists(places), count=limit)

    def _effects(self, statement: LiteralString, **values: object) -> Sequence[EffectRow]:
        return [_EFFECT.validate_json(text) for text in self._texts(statement, **values)]

    def put_effect(self, row: EffectRow) -> None:
        text = self._effects_at[row.key] = _EFFECT.dump_json(row).decode()
        self._put(
            say.PUT_EFFECT,
            key=filed(row.key),
            worker=row.worker,
            partition=row.partition,
            starts=row.starts,
            resumes=row.resumes,
            untold=row.untold,
            account=row.account,
            sent=row.sent if row.perhaps_out else None,
            shows=row.shows,
            reference=None if row.reference is None else filed(row.reference),
            row=text,
        )

    def posts_since(self, account: str, since: datetime) -> Sequence[EffectRow]:
        return self._effects(say.POSTS_SINCE, account=account, since=since)

    def posts_showing(self, account: str, shows: str) -> Sequence[EffectRow]:
        return self._effects(say.POSTS_SHOWING, account=account, shows=shows)

    def posts_known_as(self, account: str, reference: str) -> Sequence[EffectRow]:
        return self._effects(say.POSTS_KNOWN_AS, account=account, reference=filed(reference))

    def campaign(self, campaign: str) -> CampaignRow | None:
        text = self._value(say.CAMPAIGN, campaign=campaign)
        return None if text is None else _CAMPAIGN.validate_json(text)

    def campaigns(self) -> Sequence[CampaignRow]:
        return [_CAMPAIGN.validate_json(text) for text in self._texts(say.ALL_CAMPAIGNS)]

    def campaigns_on(self, account: str) -> Sequence[CampaignRow]:
        return [_CAMPAIGN.validate_json(text) for text in self._texts(say.CAMPAIGNS_ON, account=account)]

    def put_campaign(self, row: CampaignRow) -> None:
        self._session.flush()
        self._put(say.PUT_CAMPAIGN, campaign=row.campaign, row=_CAMPAIGN.dump_json(row).decode())
        self._put(say.LEAVE_ACCOUNTS, campaign=row.campaign)
        if row.live:
            for account in sorted({use.account for use in row.accounts}):
                self._put(say.JOIN_ACCOUNT, account=account, campaign=row.campaign)

    def kept(self, account: str) -> Sequence[Event]:
        return [event_of(text) for text in self._texts(say.KEPT_OF, account=account)]

    def last_kept(self, account: str, name: str) -> Event | None:
        text = self._value(say.LAST_KEPT, account=account, name=name, count=1)
        return None if text is None else event_of(text)

    def kept_fact(self, event_id: str) -> Event | None:
        text = self._value(say.KEPT_FACT, id=event_id)
        return None if text is None else event_of(text)

    def keep(self, account: str, event: Event) -> None:
        self._put(say.KEEP, account=account, name=event.name, id=event.id, event=event_text(event))

    def holds(self) -> frozenset[Hold]:
        rows = self._session.rows(say.ALL_HOLDS)
        return frozenset(Hold(HoldKind(kind), subject, cause) for kind, subject, cause in rows)

    def holds_on(self, subjects: Collection[str]) -> frozenset[Hold]:
        rows = self._session.rows(say.HOLDS_ON, subjects=list(subjects))
        return frozenset(Hold(HoldKind(kind), subject, cause) for kind, subject, cause in rows)

    def put_hold(self, hold: Hold) -> None:
        self._session.write(say.PUT_HOLD, _hold(hold), hold)

    def drop_hold(self, hold: Hold) -> None:
        self._session.write(say.DROP_HOLD, _hold(hold), hold)

    def halts(self) -> Sequence[Halt]:
        return [Halt(*row) for row in self._session.rows(say.ALL_HALTS)]

    def put_halt(self, halt: Halt) -> None:
        values = {"worker": halt.worker, "partition": halt.partition, "reason": halt.reason, "at": halt.at}
        self._session.write(say.PUT_HALT, values, ("halt", halt.worker, halt.partition))

    def drop_halt(self, worker: str, partition: int) -> None:
        self._session.write(say.DROP_HALT, {"worker": worker, "partition": partition}, ("halt", worker, partition))

    def gate(self, account: str) -> Gate:
        text = self._value(say.GATE, account=account)
        return Gate(account) if text is None else _GATE.validate_json(text)

    def gates(self) -> Sequence[Gate]:
        return [_GATE.validate_json(text) for text in self._texts(say.ALL_GATES)]

    def put_gate(self, gate: Gate) -> None:
        self._put(say.PUT_GATE, account=gate.account, row=_GATE.dump_json(gate).decode())


def _hold(hold: Hold) -> dict[str, str]:
    return {"kind": hold.kind.value, "subject": hold.subject, "cause": hold.cause}


def _position(offset: int, lanes: str, place: int) -> Position:
    seen = {writer: (number, last) for writer, (number, last) in json.loads(lanes).items()}
    return Position(offset, seen, place)


def _lists(places: Collection[tuple[str, int]]) -> dict[str, list[Any]]:
    return {"workers": [worker for worker, _ in places], "partitions": [partition for _, partition in places]}


def _timers(texts: Sequence[str]) -> list[TimerRow]:
    return [_TIMER.validate_json(text) for text in texts]
