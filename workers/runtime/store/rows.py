"""What the runtime remembers, one immutable row a thing.

Invariants: times are aware; `due` and `not_after` are campaign time, `expires` and `until` machine time. A row is never
changed in place: it is replaced, in a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from events.runtime import EffectKind, Settlement
from workers.decision import State


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """Who may commit for a worker's partition. A higher (epoch, generation) fences every lower one."""

    epoch: int
    generation: int
    member: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """How far a worker has read a partition, and the last (number, id) it saw of each writer's lane.

    `place` is a broker's own offset, from which to resume reading so that nothing that is held back is lost; a store
    whose log table is the transport has none.
    """

    offset: int = 0
    lanes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    place: int = 0


@dataclass(frozen=True, slots=True)
class StateRow:
    """A worker's knowledge of one campaign; `now` is the greatest recordedtime that it was delivered there."""

    worker: str
    campaign: str
    version: int
    now: datetime
    state: State


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A timer that waits. `set_by` is the event whose decision set it, `correlationid` that event's brief."""

    worker: str
    campaign: str
    name: str
    due: datetime
    partition: int
    tenant: str
    set_by: str
    correlationid: str


class EffectState(StrEnum):
    """Where an effect stands; the seven last are settled, and named as the settlement is."""

    PLANNED = "planned"
    SENDING = "sending"
    ASKING = "asking"
    DONE = Settlement.DONE.value
    REJECTED = Settlement.REJECTED.value
    UNCERTAIN = Settlement.UNCERTAIN.value
    EXPIRED = Settlement.EXPIRED.value
    CANCELLED = Settlement.CANCELLED.value
    UNAUTHORIZED = Settlement.UNAUTHORIZED.value
    UNREACHABLE = Settlement.UNREACHABLE.value


EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for any time."""

UNSETTLED: Final = frozenset({EffectState.PLANNED, EffectState.SENDING, EffectState.ASKING})
LONGEST_REFERENCE: Final = 500
"""What an event can carry of a network's own id or address of a post."""

OUT: Final = frozenset({EffectState.SENDING, EffectState.ASKING, EffectState.DONE, EffectState.UNCERTAIN})
"""Where a post that was sent may be on the network."""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect's line in the ledger.

    `payload` is canonical JSON and `fingerprint` its SHA-256; `shows` is what people will see of a post, by its
    content's fingerprint. `attempts` counts the takings of the row and fences: whoever took it earlier may not settle
    it. `until`: machine time before which nobody else may touch it. `deadline`: machine time by which the last call has
    certainly ended. `first_sent` and `sent`: campaign times of the first and the latest call; once the network has said
    when it took the post, `sent` is that. `doubtful`: some call may have been accepted. `late_as` is how it settles if
    its time runs out now. `number` counts settlements; `told` is the last one that was put on the log.
    """

    key: str
    worker: str
    campaign: str
    tenant: str
    partition: int
    account: str
    kind: EffectKind
    payload: str
    fingerprint: str
    not_after: datetime
    cause: str
    correlationid: str
    due: datetime
    state: EffectState = EffectState.PLANNED
    attempts: int = 0
    until: datetime | None = None
    deadline: datetime | None = None
    shows: str = ""
    first_sent: datetime | None = None
    sent: datetime | None = None
    doubtful: bool = False
    late_as: EffectState = EffectState.EXPIRED
    number: int = 0
    told: int = 0
    settled_at: datetime | None = None
    reference: str | None = None
    url: str | None = None
    counters: Mapping[str, int] | None = None
    detail: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do: to settle it, or to put its settlement on the log."""
        return self.state in UNSETTLED or self.told < self.number

    @property
    def starts(self) -> datetime | None:
        """The campaign time from which somebody may have to see to it while it is planned."""
        return min(self.due, self.not_after) if self.state is EffectState.PLANNED else None

    @property
    def resumes(self) -> datetime | None:
        """The machine time from which somebody may have to see to it once it was taken."""
        taken = self.state in (EffectState.SENDING, EffectState.ASKING)
        return (self.until or EARLIEST) if taken else None

    @property
    def untold(self) -> datetime | None:
        """When it was settled, until that is on the log."""
        is_untold = self.state not in UNSETTLED and self.told < self.number
        return (self.settled_at or EARLIEST) if is_untold else None

    @property
    def perhaps_out(self) -> bool:
        """Whether it is a post that is on the network, on its way there, or perhaps there."""
        if self.kind is not EffectKind.PUBLISH or self.sent is None:
            return False
        return self.state in OUT or (self.state is EffectState.PLANNED and self.doubtful)


@dataclass(frozen=True, slots=True)
class AccountUse:
    """An account as one campaign's brief names it."""

    account: str
    channel: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is known of a dropped campaign: how many events it had, and the SHA-256 of their hashes in the log's order.

    `at` is the campaign time of the dropping, `ended` that of its end.
    """

    at: datetime
    ended: datetime
    events: int
    digest: str


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign that was briefed; `brief` is the id of its first CampaignBriefed. A `dropped` one is never live."""

    campaign: str
    tenant: str
    brief: str
    accounts: tuple[AccountUse, ...]
    live: bool
    dropped: Tombstone | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """How calls to one account's network stand, whoever makes them.

    `under_way`: by effect, the machine time at which its call has been given up at the latest. `failures`: the latest
    calls of which the network said nothing, one after the other, and `last` what was heard of the last. `opens`: the
    campaign time before which nothing is called because of them; `retry_at`: the one that the network asked for.
    `paced_to`: the campaign time that the account's calls have used up at its network's rate.
    """

    account: str
    under_way: Mapping[str, datetime] = field(default_factory=dict)
    failures: int = 0
    last: str = ""
    opens: datetime | None = None
    retry_at: datetime | None = None
    paced_to: datetime | None = None


class HoldKind(StrEnum):
    """Why nothing may be published. `SET_ASIDE`: an event that steers the campaign could not be decided on."""

    STOP = "emergency stop"
    CAMPAIGN = "campaign paused"
    SET_ASIDE = "event set aside"
    ACCOUNT = "account paused"
    AUTHORIZATION = "authorization expired"


@dataclass(frozen=True, slots=True, order=True)
class Hold:
    """A standing refusal to publish. `subject` is the campaign, the account, or `*` for everything.

    `cause` tells apart what holds the same subject more than once: the worker and event that were set aside.
    """

    kind: HoldKind
    subject: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Halt:
    """A worker's partition that stopped because reading on would skip or corrupt something."""

    worker: str
    partition: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Stands in a store that was left for another one: `move` is the move's own number, `place` where all of it went.

    Until it is `done`, the move may be taken up again.
    """

    move: int
    place: str
    done: bool

    def in_words(self) -> str:
        if self.done:
            return f"this installation has moved to {self.place}; work on it with the settings that name that store"
        return f"this installation is moving to {self.place}; run `mowj move` again with the same settings to finish it"
