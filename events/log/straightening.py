"""A partition's records put straight: what a broker repeats is dropped, what comes too early is held until its turn.

Invariants: pure. Each writer's events form a lane, numbered 1, 2, 3 …; a lane's records are released in that order and
once; two events with one number are trouble, never a choice. What is released, and in which order, follows from the
topic's order alone: readers that stop anywhere and resume at `place` release what one that never stopped does. So the
count of released records is a partition's offset, the same for everybody, and the broker's own offset only a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from enum import Enum, auto
from typing import Final, Generic, TypeVar

ItemT = TypeVar("ItemT")
Lanes = Mapping[str, tuple[int, str]]
"""The last (number, id) seen of each writer's lane."""

MOST_HELD: Final = 10_000
"""How many records of a partition may wait for one that is missing, before that is trouble."""


class LaneTrouble(Exception):
    """A lane that cannot be read on: a gap, or two events with one number."""


class Turn(Enum):
    """Whether a record is the next of its lane, was read before, or comes before its turn."""

    NEXT = auto()
    OLD = auto()
    AHEAD = auto()


def turn_of(lanes: Lanes, writer: str, number: int, identity: str) -> Turn:
    """Where a record stands in its lane. Raises LaneTrouble for another id under the last number."""
    last, last_id = lanes.get(writer, (0, ""))
    if number == last + 1:
        return Turn.NEXT
    if number > last:
        return Turn.AHEAD
    if number == last and identity != last_id:
        raise LaneTrouble(f"lane {writer}: number {number} is both {last_id} and {identity}")
    return Turn.OLD


def follow(lanes: MutableMapping[str, tuple[int, str]], writer: str, number: int, identity: str) -> bool:
    """Move a lane on that is in order already; False for an old number. Raises LaneTrouble for a gap, too."""
    turn = turn_of(lanes, writer, number, identity)
    if turn is Turn.AHEAD:
        raise LaneTrouble(f"lane {writer}: {lanes.get(writer, (0, ''))[0] + 1} is missing before {number} ({identity})")
    if turn is Turn.NEXT:
        lanes[writer] = (number, identity)
    return turn is Turn.NEXT


class Straightener(Generic[ItemT]):
    """One reader's place in one partition of a topic, and what it holds back. `place` counts as the broker does."""

    def __init__(self, offset: int = 0, lanes: Lanes | None = None, place: int = 0) -> None:
        self.offset = offset
        self._lanes = dict(lanes or {})
        self._next = place
        self._held: dict[str, dict[int, tuple[int, str, ItemT]]] = {}

    @property
    def lanes(self) -> dict[str, tuple[int, str]]:
        return dict(self._lanes)

    @property
    def place(self) -> int:
        """Where to resume reading so that nothing that is held is lost."""
        return min((place for place, _, _ in self._waiting()), default=self._next)

    @property
    def read_to(self) -> int:
        """The broker's offset behind the last record that was taken."""
        return self._next

    def missing(self) -> list[str]:
        """What is waited for, in words."""
        return [
            f"lane {writer}: {self._lanes.get(writer, (0, ''))[0] + 1} is missing, {len(held)} wait behind it"
            for writer, held in sorted(self._held.items())
            if held
        ]

    def take(
        self, place: int, writer: str, number: int, identity: str, item: ItemT, release: Callable[[int, ItemT], bool]
    ) -> bool:
        """Take the record at `place`; `release` is called with the offset and item of each whose turn has come.

        Where `release` answers False reading stops there, as if that record had not been read; so does this, with
        False. Raises LaneTrouble, and then has not taken the record; ValueError for a place behind the last one.
        """
        if place < self._next:
            raise ValueError(f"the record at {place} comes after those up to {self._next}")
        if number < 1:
            raise LaneTrouble(f"lane {writer}: {identity} has no number")
        turn = turn_of(self._lanes, writer, number, identity)
        if turn is Turn.AHEAD:
            self._hold(place, writer, number, identity, item)
        elif turn is Turn.NEXT:
            if not self._release(writer, number, identity, item, release):
                return False
            self._next = place + 1
            return self._release_held(writer, release)
        self._next = place + 1
        return True

    def _hold(self, place: int, writer: str, number: int, identity: str, item: ItemT) -> None:
        held = self._held.setdefault(writer, {})
        known = held.get(number)
        if known is not None:
            if known[1] != identity:
                raise LaneTrouble(f"lane {writer}: number {number} is both {known[1]} and {identity}")
            return
        if sum(map(len, self._held.values())) >= MOST_HELD:
            raise LaneTrouble(f"{'; '.join(self.missing())}: more cannot be held")
        held[number] = (place, identity, item)

    def _release_held(self, writer: str, release: Callable[[int, ItemT], bool]) -> bool:
        held = self._held.get(writer, {})
        while (number := self._lanes[writer][0] + 1) in held:
            _, identity, item = held[number]
            if not self._release(writer, number, identity, item, release):
                return False
            del held[number]
        if not held:
            self._held.pop(writer, None)
        return True

    def _release(
        self, writer: str, number: int, identity: str, item: ItemT, release: Callable[[int, ItemT], bool]
    ) -> bool:
        if not release(self.offset + 1, item):
            return False
        self.offset += 1
        self._lanes[writer] = (number, identity)
        return True

    def _waiting(self) -> Iterator[tuple[int, str, ItemT]]:
        for held in self._held.values():
            yield from held.values()
