"""One process among others: alone on its part of a data directory, and stopped by signals.

Invariants: SIGTERM and Ctrl-C let calls under way end; a second one ends the process as it would have without us.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from threading import Event as Signal
from types import FrameType
from typing import Any, Final, TextIO

from workers.command.errors import UserError

MEMBERS: Final = ("run.lock", "worker-*.lock")
"""The lock files of those that decide and send."""
LOOKED_AT: Final = 0.1
"""Machine seconds after which whoever only looked at a lock file has let go of it."""


def is_worked_on(directory: Path) -> bool:
    """Whether a process plans and sends for the data directory now; a file that a dead one left says nothing."""
    for path in (path for pattern in MEMBERS for path in directory.glob(pattern)):
        with path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def identity(directory: Path) -> str:
    """What tells this data directory from every other, for its life."""
    path = directory / "identity"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(f"{token_hex(4)}\n")
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file, which says by whom; the kernel lets go of it when the process ends, however it does."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            _hold(file)
        except BlockingIOError as error:
            file.seek(0)
            number = file.read().strip()
            which = f"`mowj {path.stem.replace('-', ' ')}` (process {number})" if number else "another process"
            remedy = f"Ctrl-C or `kill {number}`" if number else "Ctrl-C"
            raise UserError(
                f"{which} works on {path.parent} already: stop it with {remedy}, or name another --data DIR"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _hold(file: TextIO) -> None:
    """Raises BlockingIOError where it is held by more than somebody's look."""
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    time.sleep(LOOKED_AT)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
