"""The log that events are said on: one protocol, whatever carries it.

Invariants: a partition's offsets are 1, 2, 3 … in the order of appending and never change; a record, once appended,
is never removed, nor altered but by `drop`; an id occurs once. The log neither numbers lanes nor assigns sequences: an
event arrives placed. Each record carries its partition's chain, so that altering one contradicts all that follow. Of a
campaign that was dropped, every record keeps its place, numbers, hash and chain, and no content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from events.envelope import Event, type_name
from events.terms import Fact, Text


class Unread(Fact):
    """Stands for data that this code cannot read. `newer`: a known name in an unknown version, which stops a reader."""

    error: Text
    newer: bool


class Dropped(Fact):
    """Stands for what was said of a campaign that was dropped: of the event, place, numbers and hash are still true."""


def hollow(event: Event) -> Event:
    """What a log keeps of an event whose campaign is dropped: it is for no worker, and takes its place in its lane."""
    return Event(
        id=event.id,
        source=event.source,
        type=type_name(Dropped),
        subject=event.subject,
        tenant=event.tenant,
        time=event.recordedtime,
        recordedtime=event.recordedtime,
        data=Dropped(),
        correlationid=event.id,
        sequence=event.sequence,
        lane=event.lane,
        hash=event.hash,
    )


@dataclass(frozen=True, slots=True)
class Record:
    """One event at its place in a partition; `chain` is empty where the history was not read from a log."""

    partition: int
    offset: int
    event: Event
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Mislabeled:
    """A record that a log files under something else than its event says: it will be missed where it is looked for."""

    partition: int
    offset: int
    id: str
    label: str
    filed: str
    said: str


def chained(before: str, event: Event) -> str:
    """The chain's value at an event: SHA-256 of the value before it in the partition (at first: empty) and its hash."""
    return chained_hash(before, event.hash)


def chained_hash(before: str, digest: str) -> str:
    """As `chained`, of an event's hash alone."""
    return hashlib.sha256(f"{before}{digest}".encode()).hexdigest()


class DuplicateId(Exception):
    """An event with this id is on the log already."""


class Log(Protocol):
    """Append-only, partitioned, readable by place, by campaign and by id."""

    def append(self, partition: int, event: Event) -> Record:
        """Put a placed event at the partition's end. Raises DuplicateId."""
        ...

    def read(self, partition: int, after: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records with offsets beyond `after`, in order; data that cannot be read arrives as `Unread`.

        Raises UnreadableEvent for what is no event at all.
        """
        ...

    def ends(self) -> Mapping[int, int]:
        """The last offset of each partition that holds anything."""
        ...

    def campaign(self, campaign: str) -> Sequence[Record]:
        """All records of one campaign, in order."""
        ...

    def drop(self, campaign: str) -> None:
        """Keep of each of the campaign's records only what `hollow` does; all of them are on the log of record."""
        ...

    def find(self, event_id: str) -> Record | None: ...

    def named(self, name: str) -> Sequence[Record]:
        """All records whose event has this short name, by partition and offset."""
        ...

    def behind(self, partition: int, sources: Collection[str], offset: int) -> bool:
        """Whether anything up to the offset, or anything that these sources have said, is not on the log of record yet.

        Never where what is said stands on the log at once.
        """
        ...

    def mislabeled(self) -> Sequence[Mislabeled]:
        """Where the columns by which events are found contradict the events, by partition and offset."""
        ...
