"""What a process holds where Kafka decides who reads what: claims that carry the group's generation, and their readers.

Invariants: a claim only ever goes up. It is put in the store at each assignment, whoever held the partition before, so
that a member which the group has given up cannot commit any more; under a generation that is not above the stored one
nothing is held. What a reader delivers follows from its stored position and the topic's order alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from events.catalogue import UnreadableEvent
from events.envelope import Event
from events.log.kafka import Head, read_event, read_head
from events.log.protocol import Record, Unread
from events.log.straightening import LaneTrouble, Straightener
from workers.decision import Worker
from workers.runtime.commit import is_held
from workers.runtime.holding import Holdings
from workers.runtime.kafka.feed import Assignment, Feed, Raw
from workers.runtime.reading import BATCH, Reader, is_for
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import Transaction
from workers.runtime.store.rows import Claim, Position

UnderstoodT = TypeVar("UnderstoodT")
_PARSED: Final = 4096
FENCES: Final = 20
"""The lowest bits of a claim's generation, above which the group's own stands: they count an operator's fences."""

_AGAIN: Final = timedelta(seconds=2)
"""How long a partition is left alone of which a higher generation has a claim."""


class Parsed:
    """The latest messages as they were understood, so that several workers in one process parse each once."""

    def __init__(self) -> None:
        self._heads: OrderedDict[tuple[int, int], Head] = OrderedDict()
        self._events: OrderedDict[tuple[int, int], Event] = OrderedDict()

    def head(self, partition: int, raw: Raw) -> Head:
        """Raises UnreadableEvent."""
        return _kept(self._heads, (partition, raw.place), lambda: read_head(raw.headers, raw.value))

    def event(self, partition: int, raw: Raw, head: Head) -> Event:
        """Raises UnreadableEvent."""
        return _kept(self._events, (partition, raw.place), lambda: read_event(head, raw.headers, raw.value))


def _kept(
    cache: OrderedDict[tuple[int, int], UnderstoodT], key: tuple[int, int], make: Callable[[], UnderstoodT]
) -> UnderstoodT:
    found = cache.get(key)
    if found is None:
        found = cache[key] = make()
        if len(cache) > _PARSED:
            cache.popitem(last=False)
    return found


class GroupReader(Reader):
    """A reader that is given messages in the topic's order, and holds back those that come before their turn."""

    __slots__ = ("_done", "_last", "_parsed", "_straightener")

    def __init__(
        self, worker: Worker[Any], rank: int, partition: int, claim: Claim, stored: Position, parsed: Parsed, feed: Feed
    ) -> None:
        super().__init__(worker, rank, partition, claim, stored)
        self._parsed = parsed
        self._done = feed.done
        self._last: Position | None = None
        self._straightener: Straightener[tuple[Head, Raw]] = Straightener(stored.offset, stored.lanes, stored.place)

    def take(self, raw: Raw) -> bool:
        """Take the next message; False, with its `trouble`, where it cannot be read on."""
        try:
            head = self._parsed.head(self.partition, raw)
            return self._straightener.take(raw.place, head.writer, head.lane, head.id, (head, raw), self._release)
        except (LaneTrouble, UnreadableEvent) as trouble:
            self.trouble = f"{self.partition}/{raw.place}: {trouble}"
            return False

    def _release(self, offset: int, item: tuple[Head, Raw]) -> bool:
        head, raw = item
        if is_for(self.worker, self.hears, head):
            event = self._parsed.event(self.partition, raw, head)
            if isinstance(event.data, Unread) and event.data.newer:
                self.trouble = f"event {event.id}: {event.data.error}"
                return False
            self.waiting.append(Record(self.partition, offset, event))
        self.read_to = offset
        return True

    def missing(self) -> list[str]:
        """What is waited for before more can be read of a lane, in words."""
        return self._straightener.missing()

    def position(self) -> Position:
        straightener = self._straightener
        return Position(straightener.offset, straightener.lanes, straightener.place)

    def committed(self, position: Position) -> None:
        super().committed(position)
        self._done(self.partition, position.place)


class GroupHoldings(Holdings):
    """The readers of a roster, each kind of worker in a group of its own. One thread."""

    def __init__(
        self, shell: Shell, roster: Sequence[Worker[Any]], feeds: Mapping[str, Feed], check: Callable[[], None]
    ) -> None:
        super().__init__(shell, roster)
        self._check = check
        self._feeds = feeds
        self._known: dict[str, Assignment | None] = {worker.name: None for worker in roster}
        self._refused: dict[tuple[str, int], datetime] = {}
        self._parsed = Parsed()

    def catch_up(self) -> None:
        """Follow what the groups have decided, and take what has come. Raises what ended a part of the transport."""
        self._check()
        for rank, worker in self._roster:
            feed = self._feeds[worker.name]
            assignment = feed.assignment()
            if assignment != self._known[worker.name]:
                self._let_go(worker.name)
                self._known[worker.name] = assignment
                if assignment is not None:
                    self._hold(rank, worker, feed, assignment, assignment.partitions)
            elif assignment is not None and self._refused:
                self._hold(rank, worker, feed, assignment, self._to_try(worker.name))
            if assignment is not None:
                self._read(worker.name, feed, assignment)

    def _read(self, worker: str, feed: Feed, assignment: Assignment) -> None:
        for partition, raws in feed.take(assignment, lambda partition: self._room(worker, partition)).items():
            reader = self._readers[worker, partition]
            assert isinstance(reader, GroupReader)
            for raw in raws:
                if not reader.take(raw):
                    break
            self._shell.observer.lagging(worker, partition, len(reader.waiting))
        for partition, trouble in feed.lost().items():
            behind = self._readers.get((worker, partition))
            if behind is not None:
                behind.trouble = trouble

    def _room(self, worker: str, partition: int) -> int:
        reader = self._readers.get((worker, partition))
        return 0 if reader is None or reader.trouble is not None else max(0, BATCH - len(reader.waiting))

    def _hold(
        self,
        rank: int,
        worker: Worker[Any],
        feed: Feed,
        assignment: Assignment,
        partitions: Sequence[int] | frozenset[int],
    ) -> None:
        """Raise the claims to the assignment's generation, and read on from the stored places."""
        wanted = [number for number in sorted(partitions) if (worker.name, number) not in self._halted]
        if not wanted:
            return
        held: list[tuple[int, Claim, Position]] = []
        with self._shell.transaction("claim") as tx:
            for partition in wanted:
                claim = self._raised(tx, worker.name, partition, assignment.generation)
                if claim is not None:
                    tx.drop_halt(worker.name, partition)
                    held.append((partition, claim, tx.position(worker.name, partition)))
        for partition in wanted:
            self._refused[worker.name, partition] = self._shell.clock.machine()
        for partition, claim, position in held:
            del self._refused[worker.name, partition]
            reader = GroupReader(worker, rank, partition, claim, position, self._parsed, feed)
            self._readers[worker.name, partition] = reader
            self._by_partition.setdefault(partition, []).append(reader)
        feed.read_from(assignment, {partition: position.place for partition, _, position in held})
        if len(held) < len(wanted):
            self._shell.observer.troubled(
                "claims",
                f"{worker.name}: a higher generation than {assignment.generation} has {len(wanted) - len(held)} "
                "partitions; if the consumer group was deleted, `mowj claims renew`",
            )

    def _raised(self, tx: Transaction, worker: str, partition: int, generation: int) -> Claim | None:
        """A claim under the group's generation; None where the store knows another member's, or a higher one."""
        held, epoch, mine = tx.claim(worker, partition), tx.epoch(), generation << FENCES
        if held is not None and held.epoch == epoch and held.generation >= mine:
            if held.generation >> FENCES != generation or held.member != self._shell.member:
                return None
            # An operator has fenced what this member held: it reads again what is stored now.
            mine = held.generation + 1
        claim = Claim(epoch, mine, self._shell.member, self._shell.clock.machine() + self._shell.patience.claim)
        tx.put_claim(worker, partition, claim)
        return claim

    def _to_try(self, worker: str) -> Sequence[int]:
        machine = self._shell.clock.machine()
        return [number for (who, number), at in self._refused.items() if who == worker and machine - at >= _AGAIN]

    def _let_go(self, worker: str) -> None:
        """Forget a worker's readers, and what was cached under their claims."""
        for place in [place for place in self._readers if place[0] == worker]:
            self._drop(*place)
        for place in [place for place in self._refused if place[0] == worker]:
            del self._refused[place]
        self.states.forget(lambda name, _: name == worker)

    def renew(self) -> None:
        """The group knows who is alive."""

    def release(self) -> None:
        """Leave the groups, and let go of the claims."""
        for feed in self._feeds.values():
            feed.close()
        super().release()

    def forget_lost(self) -> None:
        """Drop what somebody else has claimed since; what the group still gives to this member is claimed anew."""
        with self._shell.store.view() as view:
            lost = {
                worker
                for (worker, number), reader in self._readers.items()
                if not is_held(view, worker, number, reader.claim)
            }
        for worker in lost:
            self._let_go(worker)
            self._known[worker] = None

    def forget_all(self) -> None:
        for worker in self._known:
            self._let_go(worker)
            self._known[worker] = None
