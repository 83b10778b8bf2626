"""What this process holds: its claims, the reader behind each, and the states it may cache because of them.

Invariants: a state is cached only while the claim is held. A partition whose claim was lost is taken again only when
its new holder has fallen silent; one that halted stays halted until the process starts anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from workers.decision import Worker
from workers.runtime.commit import ClaimLost, acquire, is_held, require
from workers.runtime.reading import Reader
from workers.runtime.shell import Shell
from workers.runtime.state_cache import StateCache
from workers.runtime.store.rows import Halt

UNSAVED: Final = 1000
"""How many records a reader may have passed over before its place is saved without a decision."""


class Holdings:
    """The readers of a roster, by partition and worker. One thread."""

    def __init__(self, shell: Shell, roster: Sequence[Worker[Any]]) -> None:
        self.states = StateCache()
        self._shell = shell
        self._roster = tuple(enumerate(roster))
        self._readers: dict[tuple[str, int], Reader] = {}
        self._by_partition: dict[int, list[Reader]] = {}
        self._tried: dict[tuple[str, int], datetime] = {}
        self._halted: set[tuple[str, int]] = set()
        self._caught_up: dict[int, int] = {}
        self._renewed = shell.clock.machine()

    def reader(self, worker: str, partition: int) -> Reader | None:
        return self._readers.get((worker, partition))

    def places(self) -> Collection[tuple[str, int]]:
        """The (worker, partition) that are held here."""
        return self._readers.keys()

    def catch_up(self) -> None:
        """Claim what nobody holds, and read what is new on the log."""
        store = self._shell.store
        with store.view() as view:
            ends = view.log.ends()
        if ends == self._caught_up:
            return
        behind = [(partition, end) for partition, end in ends.items() if self._caught_up.get(partition) != end]
        for partition, _ in behind:
            if len(self._by_partition.get(partition, ())) < len(self._roster):
                self._claim(partition)
        with store.view() as view:
            for partition, end in behind:
                readers = self._by_partition.get(partition, [])
                for reader in readers:
                    if reader.read_to < end:
                        reader.read(view.log)
                    self._shell.observer.lagging(
                        reader.worker.name, partition, end - reader.read_to + len(reader.waiting)
                    )
                if len(readers) == len(self._roster) and all(reader.read_to >= end for reader in readers):
                    self._caught_up[partition] = end

    def first_waiting(self) -> Reader | None:
        waiting = (reader for reader in self._readers.values() if reader.waiting)
        return min(waiting, key=lambda reader: reader.order, default=None)

    def troubled(self) -> Reader | None:
        """A reader that cannot read on, once everything before its trouble has been decided."""
        for reader in self._readers.values():
            if reader.trouble is not None and not reader.waiting:
                return reader
        return None

    def halt(self, reader: Reader, reason: str) -> None:
        """Stop reading this partition for this worker, where everybody can see it."""
        key = (reader.worker.name, reader.partition)
        halt = Halt(*key, reason, self._shell.clock.machine())
        with self._shell.transaction("halt") as tx:
            require(tx, *key, reader.claim)
            tx.put_halt(halt)
        self._halted.add(key)
        self._drop(*key)
        self._shell.observer.halted(halt)

    def save_places(self) -> bool:
        """Save the place of a reader that has passed over many records without anything to decide."""
        for reader in self._readers.values():
            if not reader.waiting and reader.read_to - reader.stored.offset >= UNSAVED:
                position = reader.position()
                with self._shell.transaction("place", beside=True) as tx:
                    require(tx, reader.worker.name, reader.partition, reader.claim)
                    tx.put_position(reader.worker.name, reader.partition, position)
                reader.committed(position)
                return True
        return False

    def renew(self) -> None:
        """Show that this member is alive, when a third of its claims' lease has passed."""
        machine, lease = self._shell.clock.machine(), self._shell.patience.claim
        if machine - self._renewed < lease / 3:
            return
        try:
            with self._shell.transaction("renew") as tx:
                for (worker, partition), reader in self._readers.items():
                    require(tx, worker, partition, reader.claim)
                    tx.put_claim(worker, partition, replace(reader.claim, expires=machine + lease))
        except ClaimLost:
            self.forget_lost()
        self._renewed = machine
        self._caught_up.clear()

    def release(self) -> None:
        """Let go of everything on a clean stop, so that nobody has to wait for this member's silence."""
        machine = self._shell.clock.machine()
        with self._shell.transaction("release") as tx:
            for (worker, partition), reader in self._readers.items():
                if is_held(tx, worker, partition, reader.claim):
                    tx.put_claim(worker, partition, replace(reader.claim, expires=machine))
        self._readers.clear()
        self.states.clear()

    def forget_lost(self) -> None:
        """Drop every reader whose claim somebody else has taken, with the states cached under it."""
        with self._shell.store.view() as view:
            lost = [place for place, reader in self._readers.items() if not is_held(view, *place, reader.claim)]
        self._caught_up.clear()
        for worker, partition in lost:
            self._drop(worker, partition)
            self._tried[worker, partition] = self._shell.clock.machine()
            self._forget_states(worker, partition)

    def forget_all(self) -> None:
        """Forget what was known of the store, which may have changed: all is claimed and read anew, as by a start."""
        for worker, partition in list(self._readers):
            self._drop(worker, partition)
        self.states.clear()
        self._tried.clear()
        self._caught_up.clear()

    def _claim(self, partition: int) -> None:
        machine, patience = self._shell.clock.machine(), self._shell.patience
        for rank, worker in self._roster:
            key = (worker.name, partition)
            tried = self._tried.get(key)
            if key in self._readers or key in self._halted:
                continue
            if tried is not None and machine - tried < patience.claim / 3:
                continue
            self._tried[key] = machine
            with self._shell.transaction("claim") as tx:
                claim = acquire(tx, self._shell, *key, patience.claim, takeover=tried is None)
                if claim is not None:
                    tx.drop_halt(*key)
                position = tx.position(*key)
            if claim is not None:
                reader = Reader(worker, rank, partition, claim, position)
                self._readers[key] = reader
                self._by_partition.setdefault(partition, []).append(reader)

    def _forget_states(self, worker: str, partition: int) -> None:
        self.states.forget(lambda name, campaign: name == worker and self._shell.partition(campaign) == partition)

    def _drop(self, worker: str, partition: int) -> None:
        self._by_partition[partition].remove(self._readers.pop((worker, partition)))
