"""An event as a store's table keeps it: one JSON text, and the records that a process keeps parsed.

Invariants: the stored text of an event is never rewritten, but when its campaign is dropped. A record that was read
once may be kept all the same: only what nobody has yet to read is dropped. The cache holds committed records alone.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any, Final

from events.catalogue import UnknownVersion, UnreadableEvent, from_json
from events.envelope import Event, to_json, type_name
from events.log.protocol import Dropped, Record, Unread

_CACHED: Final = 4096
"""Records kept parsed, so that several workers in one process parse each once."""


_DROPPED: Final = type_name(Dropped)
_LEFT: Final = ("id", "source", "type", "subject", "tenant", "time", "sequence", "lane", "hash")
"""The attributes that a dropped event has."""


def event_text(event: Event) -> str:
    value = to_json(event)
    if isinstance(event.data, Dropped):
        value = {name: value[name] for name in _LEFT if name in value}
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def event_of(text: str) -> Event:
    """The stored event; data that cannot be read arrives as `Unread`. Raises UnreadableEvent for the envelope."""
    value: dict[str, Any] = json.loads(text)
    if value["type"] == _DROPPED:
        return from_json(value, Dropped())
    try:
        return from_json(value)
    except UnknownVersion as error:
        return from_json(value, Unread(error=str(error), newer=True))
    except UnreadableEvent as error:
        return from_json(value, Unread(error=str(error), newer=False))


def records_of(rows: Iterable[tuple[int, int, str, str]]) -> list[Record]:
    """Rows of (partition, place, chain, text). Raises UnreadableEvent for what is no event at all."""
    return [Record(partition, place, _event(partition, place, text), chain) for partition, place, chain, text in rows]


def _event(partition: int, place: int, text: str) -> Event:
    try:
        return event_of(text)
    except ValueError as error:
        raise UnreadableEvent(f"what stands at {place} in partition {partition} is not an event: {error}") from error


class RecordCache:
    """The latest records that were read. Safe for threads."""

    def __init__(self) -> None:
        self._records: OrderedDict[tuple[int, int], Record] = OrderedDict()
        self._lock = Lock()

    def after(self, partition: int, after: int, limit: int) -> list[Record]:
        """Those behind an offset without a gap."""
        found: list[Record] = []
        while len(found) < limit and (record := self._records.get((partition, after + len(found) + 1))) is not None:
            found.append(record)
        return found

    def forget(self, partition: int) -> None:
        """Have this partition's records read again."""
        with self._lock:
            for place in [place for place in self._records if place[0] == partition]:
                del self._records[place]

    def keep(self, records: Iterable[Record]) -> None:
        with self._lock:
            for record in records:
                self._records[record.partition, record.offset] = record
            while len(self._records) > _CACHED:
                self._records.popitem(last=False)
