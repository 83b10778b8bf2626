"""The composition root: a roster, a store, platforms, a clock and an executor become a running Mowj.

Invariants: everything is made here and handed down; nothing is made at import. Under the virtual clock the whole runtime is
one thread, and platforms live through every moment before anybody reads at it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from events.envelope import PARTITIONS, Event
from workers.decision import Worker
from workers.platforms.protocol import Platform, Say
from workers.runtime.clock import Clock, VirtualClock
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.executors.protocol import Executor
from workers.runtime.intake import Intake
from workers.runtime.ledger import wakes
from workers.runtime.loop import Loop
from workers.runtime.observing import Observer
from workers.runtime.performing import Performer
from workers.runtime.shell import FaultPoint, Patience, Shell
from workers.runtime.store.protocol import Store

PULSE: Final = timedelta(hours=1)
"""How often platforms live on under the virtual clock when nothing else is due."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

PlatformMaker = Callable[[Clock, Say], Platform]
"""Makes a network's plug-in, given the clock and its way to publish outside events."""


def running_version() -> str:
    """What decides: the versions of Mowj, Python, numpy and the time-zone data."""
    parts = [f"python/{sys.version_info.major}.{sys.version_info.minor}"]
    for package in ("mowj", "numpy", "tzdata"):
        try:
            parts.append(f"{package}/{version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package}/none")
    return " ".join(sorted(parts))


@dataclass(frozen=True, slots=True)
class Runtime:
    """A running Mowj. `advance_to` is for virtual clocks, `run_forever` for the others."""

    shell: Shell
    roster: tuple[Worker[Any], ...]
    intake: Intake
    loop: Loop
    platforms: Mapping[str, Platform]
    executor: Executor

    def connect(self, account: str, channel: str, tenant: str = "default") -> None:
        """Ask the network for the account's limits and say AccountConnected. Raises KeyError for an unknown channel."""
        self.intake.connect(account, channel, self.platforms[channel].limits(account), tenant)

    def run_until_idle(self) -> int:
        """Do everything that can be done without time passing; returns the number of steps."""
        steps = 0
        while self.loop.step():
            steps += 1
        return steps

    def advance_to(self, moment: datetime) -> None:
        """Live through the time until `moment` under the virtual clock, stopping wherever something is due."""
        clock = self.shell.clock
        if not isinstance(clock, VirtualClock):
            raise TypeError("only a virtual clock can be advanced")
        while True:
            self._live(clock.now())
            self.run_until_idle()
            if clock.now() >= moment:
                return
            clock.advance(min(moment, self._next(clock.now())))

    def history(self, campaign: str) -> list[Event]:
        """Everything that was said of a campaign, in order."""
        with self.shell.store.view() as view:
            return [record.event for record in view.log.campaign(campaign)]

    def next_due(self) -> datetime | None:
        """The next moment at which a timer or an effect is due, as far as machine and campaign time are the same."""
        names = frozenset(worker.name for worker in self.roster)
        with self.shell.store.view() as view:
            timer = view.next_timer(names)
            moments = [wake.order[0] for wake in wakes(view, names)]
        if timer is not None:
            moments.append(timer)
        return min(moments, default=None)

    def _next(self, now: datetime) -> datetime:
        pulse = _EPOCH + PULSE * ((now - _EPOCH) // PULSE + 1)
        due = self.next_due()
        return pulse if due is None or due <= now else min(pulse, due)

    def _live(self, now: datetime) -> None:
        for channel in sorted(self.platforms):
            self.platforms[channel].advance(now)


def assemble(
    roster: Sequence[Worker[Any]],
    store: Store,
    clock: Clock,
    *,
    platforms: Mapping[str, PlatformMaker] | None = None,
    executor: Executor | None = None,
    observer: Observer | None = None,
    member: str = "mowj",
    partitions: int = PARTITIONS,
    patience: Patience | None = None,
    decidedby: str | None = None,
    fault: FaultPoint | None = None,
) -> Runtime:
    """Put a runtime together. `platforms` by channel; the executor is inline unless another is given."""
    shell = Shell(
        store=store,
        clock=clock,
        decidedby=decidedby or running_version(),
        member=member,
        partitions=partitions,
        patience=patience or Patience(),
        observer=observer or Observer(),
        fault=fault,
    )
    intake = Intake(shell)
    networks = {channel: make(clock, intake.say(channel)) for channel, make in (platforms or {}).items()}
    runner = executor or InlineExecutor()
    runner.start(Performer(shell, networks).perform)
    return Runtime(shell, tuple(roster), intake, Loop(shell, roster, runner), networks, runner)
