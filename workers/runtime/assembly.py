"""The composition root: a roster, a store, platforms, a clock and an executor become a running Mowj.

Invariants: everything is made here and handed down; nothing is made at import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from time import sleep
from types import MappingProxyType
from typing import Any

from events.envelope import PARTITIONS
from workers.decision import Worker
from workers.platforms.protocol import Platform, Say
from workers.runtime.clock import Clock, VirtualClock
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.executors.protocol import Executor
from workers.runtime.gates import CallLimits
from workers.runtime.intake import Intake
from workers.runtime.loop import Loop
from workers.runtime.media import MediaStore
from workers.runtime.observing import Observer
from workers.runtime.performing import Performer
from workers.runtime.running import Runtime
from workers.runtime.shell import FaultPoint, Patience, Shell
from workers.runtime.store.protocol import Store
from workers.runtime.transport import Transport

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
    media: MediaStore | None = None,
    transport: Transport | None = None,
    limits: Mapping[str, CallLimits] = MappingProxyType({}),
) -> Runtime:
    """Put a runtime together. `platforms` by channel; the executor is inline unless another is given.

    `media` is where pictures and films were kept when they were offered; without it they are sent as they are named.
    `transport` carries events where the store's own log does not. `limits` says by channel what one account bears.
    """
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
    pause = None if isinstance(clock, VirtualClock) else sleep
    media_at = media.file if media is not None else str
    runner.start(Performer(shell, networks, pause, media_at, limits).perform)
    holdings = transport.holdings(shell, roster) if transport is not None else None
    return Runtime(shell, tuple(roster), intake, Loop(shell, roster, runner, holdings), networks, runner, transport)
