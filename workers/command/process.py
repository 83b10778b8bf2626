"""One process among others: alone on its part of a data directory, and stopped by signals.

Invariants: SIGTERM and Ctrl-C let calls under way end; a second one ends the process as it would have without us.
"""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from types import FrameType
from typing import Any

from workers.command.errors import UserError


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file; the kernel lets go of it when the process ends, however it does."""
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"{path} is held: the same is running on this data directory already; stop it first"
            ) from error
        yield


@contextmanager
def stopping() -> Iterator[Signal]:
    """A signal that SIGTERM and Ctrl-C set, once; the earlier handlers are back after the first of them."""
    stop = Signal()
    earlier: dict[int, Any] = {}

    def asked(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        signal.signal(number, earlier[number])

    for expected in (signal.SIGTERM, signal.SIGINT):
        earlier[expected] = signal.signal(expected, asked)
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
