"""The ledger of effects: what may become of one, who may take it, and how it settles.

Invariants: `TRANSITIONS` is the only table of an effect's life, and `move` the only way along it. A row that has been
`sending` never returns to a state from which it could be sent again unless the network takes a key, or certainly did
not accept it. Nobody settles a row that somebody else has taken since. Nothing here calls a network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from events.envelope import Event
from events.runtime import EffectKind
from workers.decision import Effect, Publish
from workers.runtime import gates
from workers.runtime.pacing import NoRoom, Repeated, obstacle
from workers.runtime.store.protocol import Transaction, View
from workers.runtime.store.rows import LONGEST_REFERENCE, UNSETTLED, EffectRow, EffectState, Gate, Hold, HoldKind

_S = EffectState

TRANSITIONS: Final[Mapping[EffectState, Mapping[EffectState, str]]] = MappingProxyType(
    {
        _S.PLANNED: {
            _S.SENDING: "taken: in time, not held, campaign live, room on the account",
            _S.PLANNED: "no room on its account yet, or its network is left alone: again later",
            _S.REJECTED: "its account shows the same already",
            _S.CANCELLED: "cancelled, or its campaign has ended",
            _S.EXPIRED: "its time ran out",
            _S.UNAUTHORIZED: "its time ran out without a login",
            _S.UNREACHABLE: "its time ran out with nothing sent",
            _S.ASKING: "its time ran out, and an earlier call is doubtful",
            _S.DONE: "a sender that had lost its lease was answered after all",
        },
        _S.SENDING: {
            _S.SENDING: "lease expired on a reading: read again",
            _S.DONE: "the network answered",
            _S.REJECTED: "the network refused it for good",
            _S.PLANNED: "certainly had no effect: again later",
            _S.ASKING: "outcome unknown, or lease expired on a post",
        },
        _S.ASKING: {
            _S.ASKING: "not found yet, or could not ask: ask later",
            _S.DONE: "found on the network, or its sender was answered after all",
            _S.PLANNED: "not found, and the network takes a key: again under the same key",
            _S.UNCERTAIN: "not found after the deadline and the read lag",
        },
        _S.UNCERTAIN: {
            _S.DONE: "a person found it, or its sender was answered after all",
            _S.UNREACHABLE: "a person is sure that it is not there",
        },
    }
)


BY_OPERATOR: Final = "cancelled by an operator"


def diagram() -> str:
    """`TRANSITIONS` as a Mermaid state diagram, for the documentation."""
    arrows = [f"    {start} --> {to}: {why}" for start, moves in TRANSITIONS.items() for to, why in moves.items()]
    ends = [f"    {state} --> [*]" for state in EffectState if state not in TRANSITIONS]
    return "\n".join(["stateDiagram-v2", "    [*] --> planned", *arrows, *ends])


class ForbiddenMove(Exception):
    """The effect cannot go there from where it stands."""


def move(row: EffectRow, to: EffectState, **changes: Any) -> EffectRow:
    """The row in its next state. Raises ForbiddenMove for one that `TRANSITIONS` does not have."""
    if to not in TRANSITIONS.get(row.state, {}):
        raise ForbiddenMove(f"effect {row.key!r} does not go from {row.state} to {to}")
    return replace(row, state=to, **changes)


def settle(row: EffectRow, to: EffectState, at: datetime, **changes: Any) -> EffectRow:
    """The row settled, one number higher than before."""
    return move(row, to, settled_at=at, number=row.number + 1, until=None, **changes)


def planned(effect: Effect, worker: str, cause: Event, partition: int, now: datetime) -> EffectRow:
    """The row of a new effect, whose payload is stored whole before anybody sends it."""
    payload = json.dumps(effect.payload.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return EffectRow(
        key=effect.key,
        worker=worker,
        campaign=cause.subject,
        tenant=cause.tenant,
        partition=partition,
        account=effect.account,
        kind=effect.kind,
        payload=payload,
        fingerprint=hashlib.sha256(payload.encode()).hexdigest(),
        not_after=effect.not_after,
        cause=cause.id,
        correlationid=cause.correlationid,
        due=now,
        shows=effect.payload.fingerprint if isinstance(effect.payload, Publish) else "",
    )


def cancel_planned(tx: Transaction, key: str, worker: str | None, at: datetime) -> bool:
    """Settle as cancelled what has never reached `sending`; whether it did. `worker` None: an operator asks.

    What may be out already is still read back, but its time is over now: it is never sent again.
    """
    row = tx.effect(key)
    if row is None or worker not in (None, row.worker):
        return False
    if row.doubtful and row.state in (_S.PLANNED, _S.ASKING):
        tx.put_effect(replace(row, not_after=min(row.not_after, at)))
        return False
    if row.state is not _S.PLANNED or row.doubtful:
        return False
    tx.put_effect(settle(row, _S.CANCELLED, at, detail=row.detail if worker is not None else BY_OPERATOR))
    return True


def tell(tx: Transaction, key: str) -> None:
    """Its latest settlement is on the log now."""
    row = tx.effect(key)
    if row is not None:
        tx.put_effect(replace(row, told=row.number))


def resolve(tx: Transaction, key: str, found: str | None, at: datetime) -> EffectRow:
    """A person answers for an uncertain effect: its reference, or None where it is certainly not on the network.

    Raises KeyError for an unknown key, ForbiddenMove for an effect that is not uncertain and for an empty reference.
    """
    row = tx.effect(key)
    if row is None:
        raise KeyError(key)
    if row.state is not _S.UNCERTAIN:
        raise ForbiddenMove(f"effect {key!r} is {row.state}; only an uncertain one is resolved")
    if found is not None and not 0 < len(found.strip()) <= LONGEST_REFERENCE:
        raise ForbiddenMove(f"effect {key!r}: the network's id of a post has 1 to {LONGEST_REFERENCE} characters")
    if found is not None:
        # When the network took it, only the network knows: no later than its call, and surely not as late as now.
        row = settle(row, _S.DONE, row.sent or at, reference=found, detail="found by a person")
    else:
        row = settle(row, _S.UNREACHABLE, at, detail="a person is sure that it is not there")
    tx.put_effect(row)
    return row


def _subjects(row: EffectRow) -> tuple[str, str, str]:
    return "*", row.campaign, row.account


def holds_of(view: View, row: EffectRow) -> frozenset[Hold]:
    """The holds that may bear on the effect."""
    return view.holds_on(_subjects(row))


def is_held(row: EffectRow, holds: Collection[Hold]) -> bool:
    """Whether it may not be sent now: posts wait for every hold, readings for a lost login alone."""
    return _is_held(row, {(hold.kind, hold.subject) for hold in holds})


def _is_held(row: EffectRow, holds: Collection[tuple[HoldKind, str]]) -> bool:
    """By the kind and subject of every hold: looked up, since there may be as many as there are rows to ask for."""
    if (HoldKind.AUTHORIZATION, row.account) in holds:
        return True
    return row.kind is EffectKind.PUBLISH and any(hold in holds for hold in _bearing(row.campaign, row.account))


def _bearing(campaign: str, account: str) -> tuple[tuple[HoldKind, str], ...]:
    """The holds for which every post of a campaign on an account waits, but for that of a lost login."""
    return (
        (HoldKind.STOP, "*"),
        (HoldKind.CAMPAIGN, campaign),
        (HoldKind.SET_ASIDE, campaign),
        (HoldKind.ACCOUNT, account),
    )


def holds_posts(view: View, campaign: str, account: str) -> bool:
    """Whether nothing of the campaign may go out on the account now."""
    holds = {(hold.kind, hold.subject) for hold in view.holds_on(("*", campaign, account))}
    return any(hold in holds for hold in (*_bearing(campaign, account), (HoldKind.AUTHORIZATION, account)))


@dataclass(frozen=True, slots=True)
class Wake:
    """When an effect next needs somebody: in campaign time while it is planned, in machine time once it was taken."""

    row: EffectRow
    campaign: datetime | None = None
    machine: datetime | None = None

    def is_due(self, now: datetime, machine: datetime) -> bool:
        if self.campaign is not None:
            return self.campaign <= now
        return self.machine is None or self.machine <= machine

    @property
    def order(self) -> tuple[datetime, str]:
        return self.campaign or self.machine or self.row.due, self.row.key


def wakes(view: View, now: datetime, machine: datetime, workers: Collection[str]) -> Iterator[Wake]:
    """When each effect of these workers next needs somebody, of those whose time has come."""
    rows = view.waking_effects(workers, now, machine)
    found = view.holds_on({subject for row in rows for subject in _subjects(row)}) if rows else frozenset()
    holds = {(hold.kind, hold.subject) for hold in found}
    for row in rows:
        if row.state is not _S.PLANNED:
            yield Wake(row, machine=row.until)
        elif not is_live(view, row):
            yield Wake(row, campaign=row.due)
        elif _is_held(row, holds):
            yield Wake(row, campaign=row.not_after)
        else:
            yield Wake(row, campaign=min(row.due, row.not_after))


def due_effects(view: View, now: datetime, machine: datetime, workers: Collection[str]) -> list[EffectRow]:
    """The effects that somebody should take now, by (time, key)."""
    due = [wake for wake in wakes(view, now, machine, workers) if wake.is_due(now, machine)]
    return [wake.row for wake in sorted(due, key=lambda wake: wake.order)]


def is_late(row: EffectRow, now: datetime) -> bool:
    return now >= row.not_after


def is_live(view: View, row: EffectRow) -> bool:
    campaign = view.campaign(row.campaign)
    return campaign is not None and campaign.live


def backoff(key: str, attempts: int, first: timedelta, most: timedelta) -> timedelta:
    """Doubling with each attempt up to `most`, shortened by up to a quarter: spread by key, and the same every time."""
    span: timedelta = min(first * (1 << min(attempts - 1, 20)), most)
    spread = hashlib.sha256(f"{key}\0{attempts}".encode()).digest()[0] / 1024
    return span * (1 - spread)


def take(
    tx: Transaction,
    key: str,
    now: datetime,
    machine: datetime,
    lease: timedelta,
    deadline: timedelta,
    limits: Callable[[EffectRow], gates.CallLimits] = lambda _row: gates.DEFAULT,
) -> EffectRow | None:
    """Take a due effect: the row as taken (`sending`, or `asking` to read back), or None where nobody is to be called.

    This is the transaction that commits `sending`: campaign, holds, time and room on the account are checked here. What
    it finds settled by time alone, or by what the account shows already, it settles.
    """
    row = tx.effect(key)
    if row is None or row.state not in UNSETTLED:
        return None
    gate, bears = tx.gate(row.account), limits(row)
    taken: dict[str, Any] = {"attempts": row.attempts + 1, "until": machine + lease}
    if row.state is not _S.PLANNED:
        if row.until is not None and row.until > machine:
            return None
        if row.kind is EffectKind.PUBLISH:
            row = move(row, _S.ASKING, doubtful=True, **taken)
        else:
            row = move(row, _S.SENDING, deadline=machine + deadline, **taken)
        return _taken(tx, row, gate, now, machine, bears)
    ended = _ended(tx, row, now)
    if ended is not None:
        tx.put_effect(ended)
        return None
    if is_late(row, now) or not is_live(tx, row):
        row = move(row, _S.ASKING, **taken)
    elif row.due > now or is_held(row, holds_of(tx, row)):
        return None
    elif (wait := gates.wait(gate, key, now, machine, bears)) is not None:
        due = min(wait.until, row.not_after)
        tx.put_effect(move(row, _S.PLANNED, due=due, late_as=wait.late_as, detail=wait.why))
        return None
    elif (waits := _without_room(tx, row, now)) is not None:
        tx.put_effect(waits)
        return None
    else:
        row = move(row, _S.SENDING, deadline=machine + deadline, first_sent=row.first_sent or now, sent=now, **taken)
    return _taken(tx, row, gate, now, machine, bears)


def _taken(
    tx: Transaction, row: EffectRow, gate: Gate, now: datetime, machine: datetime, limits: gates.CallLimits
) -> EffectRow:
    tx.put_effect(row)
    tx.put_gate(gates.begun(gate, row.key, now, machine, row.until or machine, limits))
    return row


def _without_room(tx: Transaction, row: EffectRow, now: datetime) -> EffectRow | None:
    """The post as it waits or settles because of what else is on its account; None where it may be sent."""
    if row.kind is not EffectKind.PUBLISH:
        return None
    match obstacle(tx, row, now):
        case NoRoom(until, why):
            return move(row, _S.PLANNED, due=min(until, row.not_after), late_as=_S.EXPIRED, detail=why)
        case Repeated(why) if row.doubtful:
            # It may be out itself, so nobody can say that it was rejected: it is looked for, and not sent again.
            return move(row, _S.PLANNED, not_after=now, detail=why)
        case Repeated(why):
            return settle(row, _S.REJECTED, now, detail=why)
    return None


def _ended(tx: Transaction, row: EffectRow, now: datetime) -> EffectRow | None:
    """The row settled because its campaign or its time is over, unless it is doubtful or may still be sent."""
    if row.doubtful:
        return None
    if not is_live(tx, row):
        return settle(row, _S.CANCELLED, now, detail="the campaign has ended")
    if not is_late(row, now):
        return None
    late_as = row.late_as
    if Hold(HoldKind.AUTHORIZATION, row.account) in holds_of(tx, row):
        late_as = _S.UNAUTHORIZED
    return settle(row, late_as, now)
