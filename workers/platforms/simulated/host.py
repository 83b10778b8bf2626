"""The network that a server holds: born at the first time that it is told, and raised up again from its file.

Invariants: its time is the greatest that it was told, and no time passes before it is told one. Conversions are written
to the file before they are handed out, and handed out until they are acknowledged.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from events.terms import Fact
from workers.platforms.simulated import wire
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.record import Record
from workers.platforms.simulated.world import World


class Untold(ValueError):
    """The network has not been told any time yet."""


class Host:
    """One network and its file. `name` is the world's, as the file keeps it."""

    def __init__(self, name: str, world: World, seed: int, record: Record) -> None:
        self._name, self._world, self._seed, self._record = name, world, seed, record
        self._lock = Lock()
        self._told: datetime | None = None
        self._network: SimulatedNetwork | None = None
        born = record.born(name, seed)
        if born is not None:
            self._told = max([born, *(each.at for each in record.accepted())])
            self._network = self._raised(born)

    def now(self) -> datetime:
        """The network's clock. Raises Untold."""
        if self._told is None:
            raise Untold(f"the network lives by {wire.TIME_HEADER}, and was told none yet")
        return self._told

    def network(self, told: datetime | None) -> SimulatedNetwork:
        """The network, at the time told or later. Raises Untold."""
        with self._lock:
            if told is not None:
                self._told = told if self._told is None else max(self._told, told)
            if self._network is None:
                born = self.now()
                self._record.begin(self._name, self._seed, born)
                self._network = self._raised(born)
            return self._network

    def conversions(self) -> wire.Conversions:
        return wire.Conversions(conversions=tuple(self._record.unacknowledged()))

    def acknowledge(self, ids: tuple[str, ...]) -> None:
        self._record.acknowledge(ids)

    def accepted(self) -> wire.AcceptedPosts:
        """What the file holds, so that what is counted is what was kept."""
        return wire.AcceptedPosts(
            accepted=tuple(
                wire.AcceptedPost(
                    reference=each.reference,
                    account=each.account,
                    key=each.key,
                    post=each.post.post,
                    fingerprint=each.post.fingerprint,
                    at=each.at,
                )
                for each in self._record.accepted()
            )
        )

    def _raised(self, born: datetime) -> SimulatedNetwork:
        return SimulatedNetwork(
            self._world,
            seed=self._seed,
            clock=self,
            say=self._say,
            born=born,
            history=self._record.accepted(),
            keep=self._record.keep,
        )

    def _say(self, fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        self._record.convert(wire.bought(fact, campaign, own_id, at))
