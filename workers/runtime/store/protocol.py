"""The store: one transaction protocol that every backend offers, in the same terms.

Invariants: what happens in a transaction happens wholly or not at all, and is durable when the block ends;
transactions are serialized. A transaction sees its own writes; an id that was said before shows at its end at the
latest. `append` gives an event its numbers and puts it out:
embedded, onto the log in the same transaction; with a broker, into the outbox.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from events.envelope import Event
from events.log.protocol import Log, Record
from workers.decision import State
from workers.runtime.store.rows import CampaignRow, Claim, EffectRow, Gate, Halt, Hold, Position, StateRow, TimerRow


class StoreMismatch(Exception):
    """The store was installed with other settings, which are fixed for its life."""


class StoreMoved(StoreMismatch, LookupError):
    """What was in the store is in another one now; nobody may work on this one again."""


class NothingThere(Exception):
    """Nobody has made a store there yet."""


class StoreUnavailable(ConnectionError):
    """The store does not answer, or has no room: what was under way has not happened, or nobody knows whether it has.

    It may be tried again: by whoever forgets what they knew of the store, and asks it anew.
    """


class View(Protocol):
    """What can be read at one moment."""

    @property
    def log(self) -> Log: ...

    def epoch(self) -> int: ...
    def claim(self, worker: str, partition: int) -> Claim | None: ...
    def position(self, worker: str, partition: int) -> Position: ...
    def positions(self) -> Mapping[tuple[str, int], Position]:
        """Every stored position, by worker and partition."""
        ...

    def lanes(self) -> Mapping[tuple[str, int], int]:
        """The last number given out, by writer and partition."""
        ...

    def sequences(self) -> Mapping[tuple[str, str], int]:
        """The last number given out, by campaign and source."""
        ...

    def expect_states(self, worker: str, campaigns: Collection[str]) -> None:
        """These are about to be read: a server is asked for all of them at once."""
        ...

    def state_version(self, worker: str, campaign: str) -> int | None: ...
    def state(self, worker: str, campaign: str, model: type[State]) -> StateRow | None: ...

    def states(self) -> Sequence[tuple[str, str]]:
        """Of whom there is a state: (worker, campaign), sorted."""
        ...

    def timers(self) -> Sequence[TimerRow]: ...
    def timers_of(self, worker: str, campaign: str) -> Sequence[TimerRow]:
        """Those of one worker for one campaign."""
        ...

    def due_timers(self, now: datetime, places: Collection[tuple[str, int]], limit: int) -> Sequence[TimerRow]:
        """Timers of these (worker, partition) due by `now`, by due, campaign, worker and name."""
        ...

    def next_timer(self, workers: Collection[str]) -> datetime | None: ...
    def effect(self, key: str) -> EffectRow | None: ...

    def effects(self) -> Sequence[EffectRow]:
        """Every effect, by key."""
        ...

    def effects_of(self, campaign: str) -> Sequence[EffectRow]:
        """Every effect of one campaign, by key; read without an index, so not for the running loop."""
        ...

    def open_effects(self) -> Sequence[EffectRow]:
        """Effects that are not settled, or whose settlement is not on the log yet; by key."""
        ...

    def waking_effects(self, workers: Collection[str], now: datetime, machine: datetime) -> Sequence[EffectRow]:
        """Unsettled effects of these workers that somebody may have to see to, in no order.

        Planned ones that start by `now` (campaign time), and taken ones that resume by `machine`.
        """
        ...

    def next_waking(
        self, workers: Collection[str], now: datetime, machine: datetime
    ) -> tuple[datetime | None, datetime | None]:
        """When the next of their planned effects starts after `now`, and the next taken one resumes after `machine`."""
        ...

    def untold_effects(self, places: Collection[tuple[str, int]], limit: int) -> Sequence[EffectRow]:
        """Settled effects of these (worker, partition) whose settlement is not on the log yet, by (time, key)."""
        ...

    def posts_since(self, account: str, since: datetime) -> Sequence[EffectRow]:
        """Posts that are or may be on the account, sent after `since` (campaign time); by (sent, key)."""
        ...

    def posts_showing(self, account: str, shows: str) -> Sequence[EffectRow]:
        """Posts that are or may be on the account and show that content; by (sent, key)."""
        ...

    def posts_known_as(self, account: str, reference: str) -> Sequence[EffectRow]:
        """Posts of the account that the network knows under this reference; by key."""
        ...

    def campaign(self, campaign: str) -> CampaignRow | None: ...
    def campaigns(self) -> Sequence[CampaignRow]: ...
    def campaigns_on(self, account: str) -> Sequence[CampaignRow]:
        """The live campaigns that use the account, by name."""
        ...

    def kept(self, account: str) -> Sequence[Event]: ...
    def last_kept(self, account: str, name: str) -> Event | None:
        """The latest kept fact of that name about the account."""
        ...

    def kept_fact(self, event_id: str) -> Event | None: ...
    def holds(self) -> frozenset[Hold]: ...
    def holds_on(self, subjects: Collection[str]) -> frozenset[Hold]:
        """Those on any of these subjects."""
        ...

    def halts(self) -> Sequence[Halt]: ...
    def gate(self, account: str) -> Gate: ...
    def gates(self) -> Sequence[Gate]:
        """Every account's that was ever called, by account."""
        ...


class Transaction(View, Protocol):
    """What can be written, all of it or nothing."""

    def put_epoch(self, epoch: int) -> None: ...
    def put_claim(self, worker: str, partition: int, claim: Claim) -> None: ...
    def put_position(self, worker: str, partition: int, position: Position) -> None: ...

    def put_state(self, row: StateRow, rows: frozenset[str] = frozenset(), earlier: StateRow | None = None) -> None:
        """Replace a state. `rows` as in Worker; of those only what differs from `earlier` is written.

        `earlier` is what is stored now, as whoever holds the claim has read or put it; None writes everything.
        """
        ...

    def expect(
        self, partition: int, states: Sequence[StateRow], events: Sequence[Event], effects: Collection[str] = ()
    ) -> None:
        """These are about to be put, appended and looked at: a server is asked once for all that is needed for it."""
        ...

    def append(self, partition: int, event: Event) -> Record:
        """Number the sealed event in its lane and its source's sequence, and put it out.

        Raises DuplicateId; a server, which is told of many events at once, when the transaction ends.
        """
        ...

    def put_timer(self, row: TimerRow) -> None: ...
    def drop_timer(self, worker: str, campaign: str, name: str) -> None: ...
    def put_effect(self, row: EffectRow) -> None: ...
    def put_campaign(self, row: CampaignRow) -> None: ...

    def drop_campaign(self, row: CampaignRow) -> None:
        """Leave of an ended campaign this row, its records as the log's `drop` does, and its posts that are out.

        Those concern whoever posts on their accounts: what an account shows is not shown again too soon. Numbers that
        were given out stay, since the records that bear them do.
        """
        ...

    def keep(self, account: str, event: Event) -> None:
        """Keep an account fact, after those kept before. Raises DuplicateId as `append` does."""
        ...

    def put_hold(self, hold: Hold) -> None: ...
    def drop_hold(self, hold: Hold) -> None: ...
    def put_halt(self, halt: Halt) -> None: ...
    def put_gate(self, gate: Gate) -> None: ...
    def drop_halt(self, worker: str, partition: int) -> None: ...


class Store(Protocol):
    """A backend. Safe for threads; several processes may share one where the backend is a file or a server."""

    def transaction(self, *, beside: bool = False) -> AbstractContextManager[Transaction]:
        """A transaction; `beside`: it changes nothing but what its claim on one worker's partition is for.

        Such ones may commit beside each other, where the backend can tell them apart.
        """
        ...

    def view(self) -> AbstractContextManager[View]: ...

    def wait(self, seen: int, seconds: float) -> int:
        """Wait until something was committed after version `seen`, or the time is over; returns the version now."""
        ...

    def close(self) -> None: ...
