"""The simulated network's server as a process that tests start, question and kill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from workers.platforms.simulated.wire import DemandedFaults


@dataclass(frozen=True)
class RunningServer:
    url: str
    process: subprocess.Popen[str]

    def demand(self, faults: DemandedFaults) -> None:
        """Put the network into trouble; it must have been told a time before."""
        request = Request(f"{self.url}/faults", data=faults.model_dump_json().encode(), method="POST")
        with urlopen(request, timeout=10) as answer:
            answer.read()

    def accepted(self) -> list[dict[str, Any]]:
        """What the network's own file holds."""
        with urlopen(f"{self.url}/accepted", timeout=10) as answer:
            return list(json.load(answer)["accepted"])


@contextmanager
def running_server(file: Path, *, world: str, seed: int = 1, keyed: bool | None = None) -> Iterator[RunningServer]:
    """A server that has printed its port; killed at the end, if it still runs."""
    key_option = {None: [], True: ["--keyed"], False: ["--no-keyed"]}[keyed]
    command = [sys.executable, "-m", "workers.platforms.simulated.server", "--world", world, "--seed", str(seed)]
    with subprocess.Popen([*command, "--file", str(file), *key_option], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, "the server ended before it was ready"
            yield RunningServer(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()
