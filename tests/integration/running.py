"""`mowj run` and `mowj worker` as processes: started, watched until something is true, and stopped by a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Signal
from time import monotonic
from typing import Any, Final
from urllib.request import urlopen

SPEED: Final = 20_000
"""A campaign's day passes in about four seconds."""
PATIENCE: Final = 60.0
"""Seconds that a test waits for something that should be true within a few."""

ENVIRONMENT: Final = {
    **{name: value for name, value in os.environ.items() if name != "COLUMNS"},
    "MOWJ_TESTING": "1",
    "MOWJ_HTTP__PORT": "0",
    "MOWJ_LOG__FORMAT": "json",
}
"""Of a terminal that the tests themselves may run in, nothing is taken over."""


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "workers.command.main", *map(str, words)]


def mowj(*words: str | Path) -> str:
    """What another process prints; it must succeed."""
    done = subprocess.run(
        command(*words), env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Running:
    """A process with its data directory; `log` is what it writes to standard error."""

    process: subprocess.Popen[str]
    data: Path
    log: Path

    def url(self) -> str:
        """Where it listens, once it says so."""
        found = until(lambda: re.search(r'"url": ?"([^"]+)"', self.log.read_text(encoding="utf-8")), self)
        return str(found[1])

    def get(self, path: str) -> str:
        with urlopen(self.url() + path, timeout=10) as answer:
            return str(answer.read().decode())

    def published(self) -> float:
        """How many posts this process has published, as /metrics says."""
        found = re.search(r'mowj_events_total\{[^}]*type="PostPublished"\} ([0-9.]+)', self.get("/metrics"))
        return float(found[1]) if found else 0.0

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def until(look: Callable[[], Any], running: Running | None = None) -> Any:
    """What `look` finds, as soon as it finds anything; the process must live meanwhile."""
    pause, end = Signal(), monotonic() + PATIENCE
    while monotonic() < end:
        found = look()
        if found:
            return found
        if running is not None:
            assert running.process.poll() is None, running.log.read_text(encoding="utf-8")
        pause.wait(0.05)
    said = running.log.read_text(encoding="utf-8") if running is not None else ""
    raise AssertionError(f"not within {PATIENCE} seconds\n{said}")


@contextmanager
def started(data: Path, *words: str | Path, settings: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A process of `mowj`, with these variables too; killed at the end, if it still runs."""
    log = data.with_name(f"{data.name}-{len(list(data.parent.glob('*.log')))}.log")
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            command(*words, "--data", data, "--json"),
            env={**ENVIRONMENT, **(settings or {})},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Running(process, data, log)
        finally:
            process.kill()


def status(data: Path) -> dict[str, Any]:
    """The one campaign's status."""
    (campaign,) = json.loads(mowj("status", "--data", data, "--json"))["campaigns"]
    found: dict[str, Any] = campaign
    return found
