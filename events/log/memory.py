"""The log in memory, for simulation and tests: events are immutable, so they are kept as they are.

Invariants: `forget_last` and `put_back` exist for the in-memory store alone, which takes back what a failed transaction
did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from events.envelope import Event
from events.log.protocol import DuplicateId, Mislabeled, Record, chained, hollow


class MemoryLog:
    """`Log` in lists; not synchronized: the store that owns it is."""

    def __init__(self) -> None:
        self._partitions: dict[int, list[Record]] = {}
        self._campaigns: dict[str, list[Record]] = {}
        self._ids: dict[str, Record] = {}
        self._ends: dict[int, int] = {}

    def append(self, partition: int, event: Event) -> Record:
        if event.id in self._ids:
            raise DuplicateId(event.id)
        records = self._partitions.setdefault(partition, [])
        record = Record(partition, len(records) + 1, event, chained(records[-1].chain if records else "", event))
        records.append(record)
        self._campaigns.setdefault(event.subject, []).append(record)
        self._ids[event.id] = record
        self._ends[partition] = record.offset
        return record

    def forget_last(self, record: Record) -> None:
        """Take back the latest append of the partition."""
        self._partitions[record.partition].pop()
        self._campaigns[record.event.subject].pop()
        del self._ids[record.event.id]
        if record.offset == 1:
            del self._ends[record.partition]
        else:
            self._ends[record.partition] = record.offset - 1

    def read(self, partition: int, after: int, limit: int) -> Sequence[Record]:
        return self._partitions.get(partition, [])[after : after + limit]

    def ends(self) -> Mapping[int, int]:
        return dict(self._ends)

    def campaign(self, campaign: str) -> Sequence[Record]:
        return tuple(self._campaigns.get(campaign, ()))

    def drop(self, campaign: str) -> None:
        self.put_back([replace(record, event=hollow(record.event)) for record in self._campaigns.get(campaign, ())])

    def put_back(self, records: Sequence[Record]) -> None:
        """Have these records of one campaign, all of them, stand at their places."""
        for record in records:
            self._partitions[record.partition][record.offset - 1] = record
            self._ids[record.event.id] = record
        if records:
            self._campaigns[records[0].event.subject] = list(records)

    def find(self, event_id: str) -> Record | None:
        return self._ids.get(event_id)

    def named(self, name: str) -> Sequence[Record]:
        return tuple(
            record
            for partition in sorted(self._partitions)
            for record in self._partitions[partition]
            if record.event.name == name
        )

    def behind(self, partition: int, sources: Collection[str], offset: int) -> bool:
        del partition, sources, offset
        return False

    def mislabeled(self) -> Sequence[Mislabeled]:
        """Nothing is filed here but under what the event itself says."""
        return ()
