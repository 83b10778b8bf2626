"""Kafka, PostgreSQL, RabbitMQ and Redis as plain processes of this folder's own, for developers, tests and CI.

A whole Bluesky network (`bluesky`) and a proxy that can be told to misbehave (`toxiproxy`) are started by name alone.

    python deploy/services.py up [postgres kafka rabbitmq redis bluesky] [--under .run/services] [--brokers 3]
    python deploy/services.py status | down | kill NAME | suspend NAME | resume NAME
    python deploy/services.py run [NAME ...] -- COMMAND ...

`up` writes `env` into the folder: where each service is found (MOWJ_TEST_...). `run` starts what MOWJ_TEST_... does not
name already, runs the command with all of them, and stops what it started. Everything listens on loopback, on ports
that were free, with a password of its own. What runs is left as it is, so `up` after `kill` starts the killed one again
with its port and its data. A process is stopped only where its id and start time are those that were written down when
it was started here: no other service is ever touched. Needs the standard library and the services' programs only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

from programs import ROOT, ServiceError, as_user, check_installed
from recipes import KINDS, NEEDS, ON_DEMAND, Process, answers, make, write_private

ALL = (*KINDS, *ON_DEMAND)

PATIENCE = 90.0
"""Seconds that a service may take to answer, or to end."""


class Services:
    """The services under one folder; what runs is written down there, so that any process can go on with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._file = self._folder / "services.json"
        known: dict[str, Any] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        self._secret: str = known.get("secret", secrets.token_hex(8))
        self._processes = {name: Process(**said) for name, said in known.get("processes", {}).items()}
        self._running: dict[str, list[Any]] = known.get("running", {})

    def up(
        self, kinds: Sequence[str], brokers: int, properties: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str, str]:
        """Start what does not run, and wait until it answers. `properties` are for brokers that are made now.

        :return: the variables of all services of this folder
        :raises ServiceError: a program is missing, or a service does not come up
        """
        kinds = _with_needs(kinds)
        for kind in kinds:
            check_installed(kind)
        self._folder.mkdir(parents=True, exist_ok=True)
        if (made := len(self._of("kafka"))) not in {0, brokers} and "kafka" in kinds:
            raise ServiceError(f"{made} brokers were made under {self._folder}, not {brokers}; stop them with down")
        for kind in kinds:
            if not self._of(kind):
                ports = {name: process.port for name, process in self._processes.items()}
                made_now = make(kind, self._folder, self._secret, brokers, ports, properties)
                self._processes |= {process.name: process for process in made_now}
            for process in self._of(kind):
                if not self._runs(process.name):
                    self._start(process)
        for kind in kinds:
            for process in self._of(kind):
                self._wait_for(process)
        found = self.variables()
        write_private(self._folder / "env", "".join(f"{name}={value}\n" for name, value in found.items()))
        return found

    def down(self) -> None:
        """Stop everything that was started here, and remove its data."""
        for name in reversed(self._processes):
            self._end(name, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        elsewhere = self._folder / "postgres"
        if elsewhere.is_symlink():
            shutil.rmtree(elsewhere.readlink().parent)
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def send(self, name: str, how: signal.Signals) -> None:
        """Kill a process as a crash would, stop it in its tracks, or let it go on.

        :raises ServiceError: it does not run
        """
        if not self._runs(name):
            running = ", ".join(filter(self._runs, self._processes)) or "none"
            raise ServiceError(f"{name} does not run under {self._folder} (running: {running})")
        if how == signal.SIGKILL:
            self._end(name, how)
        else:
            os.kill(self._running[name][0], how)

    def status(self) -> dict[str, str]:
        """Of each process: where it listens, and whether it runs and answers."""
        found = {}
        for name, process in self._processes.items():
            state = "does not run"
            if self._runs(name):
                heard = answers(process, len(self._of("kafka")))
                state = f"process {self._running[name][0]} {'answers' if heard else 'does not answer'}"
            found[name] = f"127.0.0.1:{process.port} {state}"
        return found

    def variables(self) -> dict[str, str]:
        """Where tests and settings find them."""
        ports = {name: process.port for name, process in self._processes.items()}
        found = {}
        if port := ports.get("postgres"):
            found["MOWJ_TEST_POSTGRES"] = f"postgresql://mowj:{self._secret}@127.0.0.1:{port}/mowj"
        if brokers := self._of("kafka"):
            found["MOWJ_TEST_KAFKA"] = ",".join(f"127.0.0.1:{broker.port}" for broker in brokers)
        if port := ports.get("rabbitmq"):
            found["MOWJ_TEST_RABBITMQ"] = f"amqp://mowj:{self._secret}@127.0.0.1:{port}/"
        if port := ports.get("redis"):
            found["MOWJ_TEST_REDIS"] = f"redis://:{self._secret}@127.0.0.1:{port}/0"
        if port := ports.get("toxiproxy"):
            found["MOWJ_TEST_TOXIPROXY"] = f"http://127.0.0.1:{port}"
        if port := ports.get("bluesky"):
            found["MOWJ_TEST_BLUESKY"] = f"http://127.0.0.1:{port}/"
        return found

    def _of(self, kind: str) -> list[Process]:
        return [process for process in self._processes.values() if process.kind == kind]

    def _start(self, process: Process) -> None:
        with (self._folder / f"{process.name}.log").open("ab") as log:
            started = subprocess.Popen(  # noqa: S603  (the commands are those of the recipes)
                process.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, **process.environment},
                start_new_session=True,
                **as_user(process.user),
            )
        self._running[process.name] = [started.pid, _start_time(started.pid)]
        said = {name: asdict(known) for name, known in self._processes.items()}
        whole = {"secret": self._secret, "processes": said, "running": self._running}
        write_private(self._file, json.dumps(whole, indent=1))

    def _wait_for(self, process: Process) -> None:
        deadline = time.monotonic() + PATIENCE
        while not answers(process, len(self._of("kafka"))):
            if time.monotonic() > deadline:
                log = self._folder / f"{process.name}.log"
                raise ServiceError(f"{process.name} does not answer on port {process.port}; {log} may say why")
            time.sleep(0.1)
            if not self._runs(process.name):
                time.sleep(0.5)  # what a killed one leaves behind (PostgreSQL's memory) takes a moment to go
                self._start(process)

    def _runs(self, name: str) -> bool:
        pid, start_time = self._running.get(name, (0, ""))
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid or -1, os.WNOHANG)  # a child of this very process would stay as a zombie
        return bool(pid) and _start_time(pid) == start_time

    def _end(self, name: str, how: signal.Signals) -> None:
        deadline = time.monotonic() + PATIENCE
        sent = False
        while self._runs(name):
            pid = self._running[name][0]
            if not sent:
                os.kill(pid, how)
                os.kill(pid, signal.SIGCONT)
                sent = True
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def _with_needs(kinds: Sequence[str]) -> list[str]:
    """Each after what it stands on, once."""
    ordered = [each for kind in kinds for each in (*NEEDS.get(kind, ()), kind)]
    return list(dict.fromkeys(ordered))


def _start_time(pid: int) -> str:
    """When the kernel started it, which tells a process from a later one with its id; empty where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _run(kinds: Sequence[str], brokers: int, command: Sequence[str]) -> int:
    """Run a command with the services that it needs; those of the environment are used as they are."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    missing = [kind for kind in kinds if not os.environ.get(f"MOWJ_TEST_{kind.upper()}")]
    (ROOT / ".run").mkdir(exist_ok=True)
    services = Services(Path(tempfile.mkdtemp(prefix="services-", dir=ROOT / ".run")))
    try:
        found = services.up(missing, brokers)
        return subprocess.run(command, check=False, env={**os.environ, **found}).returncode  # noqa: S603
    finally:
        services.down()


def main() -> int:
    words, separator, command = list(sys.argv[1:]), "--" in sys.argv, []
    if separator:
        at = words.index("--")
        words, command = words[:at], words[at + 1 :]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("what", choices=["up", "down", "status", "env", "kill", "suspend", "resume", "run"])
    parser.add_argument("names", nargs="*", help=f"services ({', '.join(ALL)}), or processes (see status)")
    parser.add_argument("--under", type=Path, default=ROOT / ".run" / "services", help="the folder of their data")
    parser.add_argument("--property", action="append", default=[], help="NAME=VALUE of Kafka's, where it is made now")
    parser.add_argument("--brokers", type=int, default=1, help="how many of Kafka (one, or three)")
    said = parser.parse_args(words)
    if (said.what == "run") != bool(command):
        parser.error("a command stands after --, and only `run` takes one")
    if said.what in {"up", "run"} and (unknown := set(said.names) - set(ALL)):
        parser.error(f"no such service: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    try:
        if said.what == "run":
            return _run(said.names or KINDS, said.brokers, command)
        return _say(Services(said.under), said)
    except ServiceError as error:
        print(f"services: {error}", file=sys.stderr)
        return 1


def _say(services: Services, said: argparse.Namespace) -> int:
    match said.what:
        case "up":
            found = services.up(said.names or KINDS, said.brokers, dict(each.split("=", 1) for each in said.property))
        case "down":
            services.down()
            return 0
        case "status":
            for name, state in services.status().items():
                print(f"{name:10} {state}")
            return 0
        case "env":
            found = services.variables()
        case _:
            how = {"kill": signal.SIGKILL, "suspend": signal.SIGSTOP, "resume": signal.SIGCONT}[said.what]
            for name in said.names:
                services.send(name, how)
            return 0
    for name, value in found.items():
        print(f"{name}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
