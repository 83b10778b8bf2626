"""Strikes: does what a schedule says to an installation, and brings back what was hurt, at its time.

Invariants: processes are started again here alone, killed ones and those that gave up by themselves, as a service
manager would. Services are hurt and mended by one thread, one after the other: never two brokers of three at once.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event as Signal
from time import monotonic
from typing import Any, Final

from tests.chaos.place import EXECUTORS, NAMESPACE, Machine, Place
from tests.chaos.schedule import Blow, Kind

TRACEBACK: Final = b"Traceback (most recent call last)"
_PATIENCE: Final = 120.0
"""Seconds within which a process comes up, or ends."""
_VICTIM_SECONDS: Final = 10.0
"""How long a blow waits for its victim to be up; then it falls on the next that is."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A blow that fell, on what, and when (monotonic)."""

    kind: Kind
    victim: str
    at: float


class Blower:
    """One installation's misfortune."""

    def __init__(self, place: Place, tell: Callable[[str], None]) -> None:
        self._place, self._tell = place, tell
        self._services = ThreadPoolExecutor(max_workers=1, thread_name_prefix="services")
        self._mending: list[Future[None]] = []
        self._ended = Signal()
        self.struck: list[Struck] = []
        self.gave_up: Counter[str] = Counter()
        self.faults: list[str] = []

    def look(self) -> None:
        """Start again what is down and may come back, let go on what was frozen long enough."""
        for machine in self._place.machines.values():
            if machine.frozen_until is not None and monotonic() >= machine.frozen_until:
                machine.signal(signal.SIGCONT)
                machine.frozen_until = None
            if machine.process is not None and not machine.lives:
                self._ended_by_itself(machine)
            if machine.process is None and monotonic() >= machine.down_until:
                self._place.start(machine)
        for done in [one for one in self._mending if one.done()]:
            self._mending.remove(done)
            done.result()

    def strike(self, blow: Blow) -> None:
        """Deal a blow; one to a process waits until there is one that is up."""
        if blow.kind in {Kind.KILL, Kind.FREEZE, Kind.FREEZE_LEASE}:
            machine = self._victim(blow)
            self._tell(f"{blow.kind}: {machine.name}")
            self.struck.append(Struck(blow.kind, machine.name, monotonic()))
            if blow.kind is Kind.KILL:
                self._kill(machine, blow.lasts)
            else:
                machine.signal(signal.SIGSTOP)
                machine.frozen_until = monotonic() + blow.lasts
            return
        self._mending.append(self._services.submit(self._hurt, blow))

    def settle(self) -> None:
        """Wait until everything is mended and every process is up."""
        end = monotonic() + 4 * _PATIENCE
        while self._mending or not all(machine.runs() for machine in self._place.machines.values()):
            self.look()
            self._ended.wait(0.3)
            if monotonic() > end:
                down = [machine.name for machine in self._place.machines.values() if not machine.runs()]
                raise RuntimeError(f"not up again after {4 * _PATIENCE:g} seconds: {down}")

    def stop(self) -> None:
        """End every process by SIGTERM; one that does not end well is a fault."""
        self._services.shutdown(wait=True)
        for machine in self._place.machines.values():
            if machine.lives:
                machine.signal(signal.SIGTERM)
        for machine in self._place.machines.values():
            assert machine.process is not None
            code = machine.process.wait(_PATIENCE)
            if code != 0:
                self.faults.append(f"{machine.name} ended with {code} when it was asked to stop: {_last(machine)}")

    def _victim(self, blow: Blow) -> Machine:
        """Whom the schedule names, once it works; after a while another who does."""
        began = monotonic()
        wanted = self._place.machines[blow.victim]
        names = EXECUTORS if blow.kind is Kind.FREEZE_LEASE else tuple(self._place.machines)
        while True:
            self.look()
            if wanted.runs():
                return wanted
            others = [self._place.machines[name] for name in names if self._place.machines[name].runs()]
            if others and monotonic() - began > _VICTIM_SECONDS:
                return others[len(self.struck) % len(others)]
            if monotonic() - began > 5 * _PATIENCE:
                raise RuntimeError(f"{wanted.name} did not come up: {_last(wanted)}")
            self._ended.wait(0.2)

    def _kill(self, machine: Machine, lasts: float) -> None:
        assert machine.process is not None
        machine.process.kill()
        machine.process.wait()
        machine.process = None
        machine.down_until = monotonic() + lasts

    def _ended_by_itself(self, machine: Machine) -> None:
        """Giving up is a process's right where what it needs is away; a traceback is a fault."""
        assert machine.process is not None
        assert machine.log is not None
        last = _last(machine)
        self.gave_up[machine.name] += 1
        self._tell(f"{machine.name} ended by itself with {machine.process.returncode}: {last}")
        if TRACEBACK in machine.log.read_bytes():
            self.faults.append(f"{machine.name} ended with a traceback, see {machine.log}: {last}")
        machine.process = None
        machine.down_until = monotonic() + 1

    def _hurt(self, blow: Blow) -> None:
        place, victim = self._place, blow.victim
        self._tell(f"{blow.kind} {victim}".rstrip())
        self.struck.append(Struck(blow.kind, victim, monotonic()))
        if blow.kind is Kind.EMPTY:
            empty(place)
            return
        if blow.kind is Kind.NETWORK:
            place.kill_network()
            self._ended.wait(blow.lasts)
            place.start_network()
            return
        place.services.kill(_process_of(blow, place))
        self._ended.wait(blow.lasts)
        place.mend()


def empty(place: Place) -> None:
    """Drop whatever lies in the executors' queues: at RabbitMQ with the queues themselves, of Redis everything."""
    url = place.services.addresses[place.size.queue]
    if place.size.queue == "redis":
        import redis  # noqa: PLC0415 - optional, like the executor itself

        with redis.Redis.from_url(url) as client:
            client.flushall()
        return
    import pika  # noqa: PLC0415

    connection: Any = pika.BlockingConnection(pika.URLParameters(url))
    with connection:
        channel = connection.channel()
        for name in ("publish", "read"):
            channel.queue_delete(f"{NAMESPACE}.{name}")


def _process_of(blow: Blow, place: Place) -> str:
    match blow.kind:
        case Kind.BROKER:
            return blow.victim
        case Kind.DATABASE:
            return "postgres"
        case _:
            return place.size.queue


def _last(machine: Machine) -> str:
    """The end of what a process has written."""
    return machine.log.read_text(encoding="utf-8", errors="replace")[-300:].strip() if machine.log else "nothing"
