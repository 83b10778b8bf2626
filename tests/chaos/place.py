"""The installation that is hurt: services of its own, one network that counts, and the processes of five machines.

Invariants: nothing runs but what was started here, under the folder that is given; each process lives in a data
directory of its own, as on a machine of its own. A process that ends is started again, as a service manager would.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from tests.chaos.material import campaign_files, world
from tests.integration.running import ENVIRONMENT, command
from tests.services import OwnServices
from workers.roster import ROSTER

NAMESPACE: Final = "mowj_chaos"
PRODUCER: Final = "shops"
RUN: Final = "run"
EXECUTORS: Final = ("executor-1", "executor-2")
EVERYBODY: Final = tuple(worker.name for worker in ROSTER)
MACHINES: Final[dict[str, tuple[str, ...]]] = {
    RUN: ("run",),
    "beside": ("worker", *EVERYBODY),
    "thinkers": ("worker", "strategist", "planner", "evaluator", "reviser"),
    **dict.fromkeys(EXECUTORS, ("worker", "executor")),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large an installation is, and how its campaigns' time passes."""

    campaigns: int
    brokers: int
    partitions: int
    speed: float
    queue: str
    keyed: bool


@dataclass
class Machine:
    """One process and its directory. `down_until`, `frozen_until`: monotonic seconds; `ends` tells how it ended."""

    name: str
    words: Sequence[str]
    data: Path
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = None
    starts: int = 0
    down_until: float = 0.0
    frozen_until: float | None = None
    ends: list[str] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def runs(self) -> bool:
        """Whether it has come so far as to work."""
        if not self.lives or self.frozen_until is not None or self.log is None:
            return False
        return b'"running"' in self.log.read_bytes()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)


class Place:
    """Everything that a run hurts, and how it comes back."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.size = folder, size
        self.services = OwnServices(folder / "services")
        self.kinds: Final = ("postgres", "kafka", size.queue)
        self.anchor = datetime.now(UTC)
        self.machines = {name: Machine(name, words, folder / name) for name, words in MACHINES.items()}
        self._network: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        self._open: list[IO[bytes]] = []

    # -- services --

    def up(self) -> None:
        """Everything but Mowj's own processes; Kafka's topics, and the campaigns' files."""
        self.services.up(*self.kinds, brokers=self.size.brokers)
        world(self.folder / "world.yaml")
        self.start_network()
        self.mowj("topics", "apply", "--producer", PRODUCER)
        files = campaign_files(self.folder / "campaigns", self.size.campaigns)
        self.anchor = datetime.now(UTC)
        for machine in self.machines.values():
            machine.data.mkdir()
            # As if `mowj run --brief … --content …` had been typed once for each campaign, and stopped again.
            remembered = {
                "clock": {"kind": "compressed", "speed": self.size.speed, "anchor": self.anchor.isoformat()},
                "networks": {"platform": "simulated-remote", "url": self.network_url},
                "files": files if machine.name == RUN else {},
            }
            (machine.data / "run.json").write_text(json.dumps(remembered), encoding="utf-8")

    def mend(self) -> None:
        """Start again what was killed of the services."""
        self.services.up(*self.kinds, brokers=self.size.brokers)

    def close(self) -> None:
        """End everything that was started here; what is left are files."""
        for machine in self.machines.values():
            if machine.process is not None and machine.lives:
                machine.process.kill()
                machine.process.wait()
        self.kill_network()
        for file in self._open:
            file.close()
        self.services.down()

    @property
    def postgres(self) -> str:
        return self.services.addresses["postgres"]

    @property
    def kafka(self) -> str:
        return self.services.addresses["kafka"]

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MOWJ_STORE__KIND": "postgres",
            "MOWJ_STORE__URL": self.postgres,
            "MOWJ_STORE__NAMESPACE": NAMESPACE,
            "MOWJ_TRANSPORT__KIND": "kafka",
            "MOWJ_TRANSPORT__BOOTSTRAP_SERVERS": self.kafka,
            "MOWJ_TRANSPORT__TOPICS": NAMESPACE,
            "MOWJ_TRANSPORT__REPLICATION": str(self.size.brokers),
            "MOWJ_TRANSPORT__SESSION_SECONDS": "6",
            "MOWJ_EXECUTOR__KIND": self.size.queue,
            "MOWJ_EXECUTOR__URL": self.services.addresses[self.size.queue],
            "MOWJ_EXECUTOR__NAMESPACE": NAMESPACE,
            "MOWJ_RUNTIME__PARTITIONS": str(self.size.partitions),
            "MOWJ_PLATFORMS__SIMULATED__PLUGIN": "simulated-remote",
        }

    # -- the network --

    @property
    def network_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start_network(self) -> None:
        key = "--keyed" if self.size.keyed else "--no-keyed"
        words = ["--world", str(self.folder / "world.yaml"), "--seed", "1", "--port", str(self._port), key]
        self._network = subprocess.Popen(
            [
                *(sys.executable, "-m", "workers.platforms.simulated.server", *words),
                *("--file", str(self.folder / "network.sqlite")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=self._log_file(self.folder / "network.log"),
            env=os.environ,
        )

    def kill_network(self) -> None:
        if self._network is not None:
            self._network.kill()
            self._network.wait()

    def accepted(self) -> list[dict[str, Any]]:
        """What the network's own file holds, by its own word; waits until it answers."""
        end = monotonic() + 120
        while True:
            try:
                with urlopen(f"{self.network_url}/accepted", timeout=60) as answer:
                    return list(json.load(answer)["accepted"])
            except (URLError, OSError):
                if monotonic() > end:
                    raise

    # -- Mowj --

    def start(self, machine: Machine) -> None:
        machine.starts += 1
        machine.log = self.folder / f"{machine.name}-{machine.starts}.log"
        machine.process = subprocess.Popen(
            command(*machine.words, "--data", machine.data, "--json"),
            env={**ENVIRONMENT, **self.settings},
            stdout=subprocess.DEVNULL,
            stderr=self._log_file(machine.log),
        )

    def attempt(self, *words: str | Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """A command of an operator's, which may fail."""
        return subprocess.run(
            command(*words),
            env={**ENVIRONMENT, **self.settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def mowj(self, *words: str | Path) -> str:
        """One that must succeed."""
        done = self.attempt(*words)
        if done.returncode != 0:
            raise RuntimeError(f"mowj {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    @property
    def data(self) -> Path:
        return self.machines[RUN].data

    def campaign_now(self) -> datetime:
        return self.anchor + (datetime.now(UTC) - self.anchor) * self.size.speed

    def _log_file(self, path: Path) -> IO[bytes]:
        opened = path.open("ab")
        self._open.append(opened)
        return opened


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
