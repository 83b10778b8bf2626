"""An outgrown Mowj as processes: `mowj run` and `mowj worker` on Kafka and PostgreSQL, on a network that counts."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

import psycopg

from tests.contract.simulated_server import RunningServer, running_server
from tests.integration.running import ENVIRONMENT, PATIENCE, Running, command, started, until
from tests.services import OwnServices, own_name
from workers.roster import ROSTER

SPEED: Final = 6000
"""A campaign's day passes in about fifteen seconds."""
CAMPAIGN: Final = "roastery"
SHOP: Final = "/shops/roastery"
PARTITIONS: Final = 4
_SAID: Final = """
SELECT event::json FROM log UNION ALL
SELECT (left(attributes, -1) || ',"data":' || data || '}')::json FROM outbox
"""


@dataclass
class Place:
    """An installation: its services, its data directory, its network, and the processes that run on it.

    `address` is where they find the network; `more` are settings of theirs, over those that they would have.
    """

    folder: Path
    url: str
    servers: str
    network: RunningServer
    address: str
    processes: ExitStack
    more: Mapping[str, str] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    emitted: list[str] = field(default_factory=list)
    namespace: str = field(default_factory=own_name)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MOWJ_STORE__KIND": "postgres",
            "MOWJ_STORE__URL": self.url,
            "MOWJ_STORE__NAMESPACE": self.namespace,
            "MOWJ_TRANSPORT__KIND": "kafka",
            "MOWJ_TRANSPORT__BOOTSTRAP_SERVERS": self.servers,
            "MOWJ_TRANSPORT__TOPICS": self.namespace,
            "MOWJ_TRANSPORT__SESSION_SECONDS": "6",
            "MOWJ_RUNTIME__PARTITIONS": str(PARTITIONS),
            **self.more,
        }

    def mowj(self, *words: str | Path) -> str:
        environment = {**ENVIRONMENT, **self.settings}
        done = subprocess.run(
            command(*words), env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str) -> Running:
        """All workers, in `mowj run` or, under another name, in a `mowj worker` beside it."""
        network = ("--platform", "simulated-remote", "--platform-url", self.address)
        words: list[str | Path] = ["worker", *(worker.name for worker in ROSTER), *network]
        data = self.folder / name
        if name == "run":
            data, words = self.data, ["run", *network]
            if not self.data.exists():
                words += ["--brief", brief(self.folder), "--content", "config/content/steady", "--compress", str(SPEED)]
        elif not data.exists():
            # Another machine: what says how time passes is copied, as an operator's deployment would have it.
            data.mkdir()
            (data / "run.json").write_bytes((self.data / "run.json").read_bytes())
        process = self.processes.enter_context(started(data, *words, settings=self.settings))
        self.running[name] = process
        until(lambda: '"running"' in process.log.read_text(encoding="utf-8"), process)
        return process

    def kill(self, name: str) -> None:
        process = self.running.pop(name).process
        process.kill()
        process.wait()

    def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP for longer than a session lasts, then SIGCONT: what it held is somebody else's by then."""
        process = self.running[name].process
        process.send_signal(signal.SIGSTOP)
        end = monotonic() + seconds
        until(lambda: monotonic() > end)
        process.send_signal(signal.SIGCONT)

    def said(self) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, options=f"-c search_path={self.namespace}") as connection:
            return [event for (event,) in connection.execute(_SAID)]

    def posts(self, *names: str) -> set[str]:
        """Posts of which the log says one of these."""
        return {event["data"]["post"] for event in self.said() if event["type"].split(".")[1] in names}

    def publishes(self, more: int) -> None:
        """Wait until so many further posts are out."""
        wanted = len(self.posts("PostPublished")) + more
        until(lambda: len(self.posts("PostPublished")) >= wanted)

    def grows(self, more: int) -> None:
        """Wait until so many further events were said."""
        wanted = len(self.said()) + more
        until(lambda: len(self.said()) >= wanted)

    def emit(self) -> None:
        """Somebody outside says a fact; once the command has returned, it may not be lost."""
        own_id = f"order-{len(self.emitted)}"
        self.mowj(
            *("emit", "ConversionRecorded", "--campaign", CAMPAIGN, "--id", own_id, "--source", SHOP),
            *("--fact", '{"count": 1}', "--data", self.data),
        )
        self.emitted.append(own_id)

    def accepted(self) -> Counter[str]:
        """How often the network has each post, by its own file."""
        return Counter(post["post"] for post in self.network.accepted())

    def stop(self) -> None:
        for name in [*self.running]:
            process = self.running.pop(name)
            assert process.stop() == 0, process.log.read_text(encoding="utf-8")

    def audit(self) -> dict[str, Any]:
        environment = {**ENVIRONMENT, **self.settings}
        words = command("audit", "--data", self.data, "--json")
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
        report: dict[str, Any] = json.loads(done.stdout)
        return report


def brief(folder: Path) -> Path:
    """The steady brief with many posts, and with the time to publish one that was due while nobody was there."""
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    assert "posts_per_day: 2" in shipped
    path = folder / "brief.yaml"
    path.write_text(shipped.replace("posts_per_day: 2", "posts_per_day: 8\n  grace_minutes: 1440"), encoding="utf-8")
    return path


@contextmanager
def outgrown(folder: Path, url: str, services: OwnServices, *, keyed: bool) -> Iterator[Place]:
    """An installation on brokers of its own, with its topics made, and nothing running yet."""
    with installed(folder, url, services.addresses["kafka"], keyed=keyed) as place:
        yield place


@contextmanager
def installed(
    folder: Path,
    url: str,
    servers: str,
    *,
    keyed: bool,
    way: Callable[[str], str] = str,
    more: Mapping[str, str] = MappingProxyType({}),
    namespace: str | None = None,
) -> Iterator[Place]:
    """The same on any brokers; `way` says under which URL the processes find the network that is at this one."""
    with ExitStack() as stack:
        network = stack.enter_context(running_server(folder / "network.sqlite", world="steady", keyed=keyed))
        processes = stack.enter_context(ExitStack())
        place = Place(
            folder, url, servers, network, way(network.url), processes, more, namespace=namespace or own_name()
        )
        place.mowj("topics", "apply")
        yield place
