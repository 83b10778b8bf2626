"""One commit: everything that a worker's partition changes at once, conditional on the claim to it.

Invariants: `apply` is the only way by which states, positions, timers and a worker's part of the ledger change. A
commit under an older claim than the stored one raises `ClaimLost` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from events.envelope import Event
from events.log.protocol import Record
from workers.runtime.ledger import cancel_planned, tell
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import Transaction, View
from workers.runtime.store.rows import Claim, EffectRow, Hold, Position, StateRow, TimerRow


class ClaimLost(Exception):
    """Somebody else has claimed the partition since."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What changes. `position` None leaves it; `dropped` are timers by (campaign, name), `told` settled effects.

    `rows` are the worker's, and `earlier` has what is stored of each campaign's state under this claim.
    """

    worker: str
    partition: int
    claim: Claim
    position: Position | None = None
    states: tuple[StateRow, ...] = ()
    rows: frozenset[str] = frozenset()
    earlier: Mapping[str, StateRow] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    effects: tuple[EffectRow, ...] = ()
    cancels: tuple[str, ...] = ()
    timers: tuple[TimerRow, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    released: tuple[Hold, ...] = ()


def acquire(
    tx: Transaction, shell: Shell, worker: str, partition: int, lease: timedelta, *, takeover: bool
) -> Claim | None:
    """A new claim, above all earlier ones; None while another member's is alive. One of an older epoch is not.

    `takeover`: this member has just started, so that a claim in its name belongs to its dead former self.
    """
    held, machine, epoch = tx.claim(worker, partition), shell.clock.machine(), tx.epoch()
    if held is not None and held.epoch != epoch:
        held = None
    if held is not None and held.expires > machine and not (takeover and held.member == shell.member):
        return None
    generation = held.generation + 1 if held is not None else 1
    claim = Claim(epoch, generation, shell.member, machine + lease)
    tx.put_claim(worker, partition, claim)
    return claim


def fence(tx: Transaction, shell: Shell, worker: str, partition: int) -> None:
    """End whoever holds the partition: what they still commit fails, and anybody may claim it at once."""
    held = tx.claim(worker, partition)
    if held is not None:
        tx.put_claim(worker, partition, replace(held, generation=held.generation + 1, expires=shell.clock.machine()))


def is_held(view: View, worker: str, partition: int, claim: Claim) -> bool:
    """Whether the stored claim is this one, in the present epoch; that it has expired matters once it is taken."""
    held = view.claim(worker, partition)
    if held is None or view.epoch() != claim.epoch:
        return False
    return (held.epoch, held.generation) == (claim.epoch, claim.generation)


def require(view: View, worker: str, partition: int, claim: Claim) -> None:
    """Raise ClaimLost unless the claim is held."""
    if not is_held(view, worker, partition, claim):
        raise ClaimLost(f"{worker} no longer holds partition {partition}: {claim} is not the stored claim")


def apply(tx: Transaction, shell: Shell, commit: Commit) -> list[Record]:
    """Do all of it in this transaction; returns what was appended. Raises ClaimLost."""
    require(tx, commit.worker, commit.partition, commit.claim)
    looked_at = (*(effect.key for effect in commit.effects), *commit.cancels, *commit.told)
    tx.expect(commit.partition, commit.states, commit.events, looked_at)
    for state in commit.states:
        tx.put_state(state, commit.rows, commit.earlier.get(state.campaign))
    for campaign, name in commit.dropped:
        tx.drop_timer(commit.worker, campaign, name)
    for timer in commit.timers:
        tx.put_timer(timer)
    for effect in commit.effects:
        if tx.effect(effect.key) is None:
            tx.put_effect(effect)
    for key in commit.cancels:
        cancel_planned(tx, key, commit.worker, shell.now())
    for key in commit.told:
        tell(tx, key)
    for hold in commit.holds:
        tx.put_hold(hold)
    for hold in commit.released:
        tx.drop_hold(hold)
    if commit.position is not None:
        tx.put_position(commit.worker, commit.partition, commit.position)
    return [shell.append(tx, event) for event in commit.events]
