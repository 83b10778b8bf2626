"""The programs that the services are made of: which are there, what is fetched or compiled once, how one is run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".run" / "kafka"
"""Kafka's jars, fetched once for all folders of services."""
TOXIPROXY = ROOT / ".run" / "toxiproxy"
"""Toxiproxy's program, compiled once likewise."""
TOXIPROXY_MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0"
NODE_MODULES = ROOT / ".run" / "bluesky"
"""The Bluesky network's packages, installed once likewise."""
PACKAGES = {"postgres": "postgresql", "rabbitmq": "rabbitmq-server", "redis": "redis-server"}
"""Debian's packages. Where they start a service of the system, it is not ours and is not used."""


class ServiceError(RuntimeError):
    """A service could not be started, or is not there; the message says what to do."""


def as_user(user: str | None) -> dict[str, Any]:
    """Arguments of subprocess that make a program another user's."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def check_installed(kind: str) -> None:
    """:raises ServiceError: a program of the service is missing; says what to install"""
    if kind == "kafka":
        jars = os.environ.get("MOWJ_TEST_KAFKA_JARS")
        if not shutil.which("java") or (not jars and not _has_jars() and not shutil.which("mvn")):
            raise ServiceError("kafka needs Java 17 and Maven: apt-get install default-jre-headless maven")
        return
    if kind == "bluesky":
        if not shutil.which("node") or not (_has_network() or shutil.which("npm")):
            raise ServiceError(
                "bluesky needs Node 20 and npm: apt-get install nodejs npm, where that is Node 20 or newer"
            )
        return
    if kind == "toxiproxy":
        if not (_has_toxiproxy() or shutil.which("go")):
            raise ServiceError("toxiproxy is compiled by Go 1.18 or newer: apt-get install golang-go")
        return
    if not PROGRAMS[kind]():
        raise ServiceError(f"{kind} is not installed: apt-get install {PACKAGES[kind]}")


def postgres_program(program: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(program)
    if not found:
        raise ServiceError(f"PostgreSQL's {program} is not installed: apt-get install {PACKAGES['postgres']}")
    return found


def rabbitmq_server() -> Path | None:
    """The server itself: Debian's wrapper in sbin would change to another user."""
    wrapped = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    on_path = shutil.which("rabbitmq-server")
    return wrapped if wrapped.exists() else Path(on_path) if on_path else None


PROGRAMS: dict[str, Callable[[], object]] = {
    "postgres": lambda: list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb"),
    "rabbitmq": lambda: rabbitmq_server() and shutil.which("epmd"),
    "redis": lambda: shutil.which("redis-server"),
}


def _has_jars() -> bool:
    return (JARS / "complete").exists()


def class_path(folder: Path) -> str:
    """Kafka's class path; the jars are fetched by Maven where there are none yet (about 30 s, 54 MB)."""
    if named := os.environ.get("MOWJ_TEST_KAFKA_JARS"):
        return f"{named}/*"
    if not _has_jars():
        JARS.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="kafka-", dir=JARS.parent))
        fetch = ["mvn", "-q", "-B", "-f", str(ROOT / "deploy" / "kafka" / "pom.xml"), "dependency:copy-dependencies"]
        run_program([*fetch, f"-DoutputDirectory={beside}"], folder / "kafka.log")
        (beside / "complete").touch()
        shutil.rmtree(JARS, ignore_errors=True)
        beside.rename(JARS)
    return f"{JARS}/*"


def _has_toxiproxy() -> bool:
    return "MOWJ_TEST_TOXIPROXY_PROGRAM" in os.environ or (TOXIPROXY / "server").exists()


def toxiproxy_program(folder: Path) -> str:
    """The proxy's program, compiled where there is none yet (about 20 s)."""
    if named := os.environ.get("MOWJ_TEST_TOXIPROXY_PROGRAM"):
        return named
    if not _has_toxiproxy():
        TOXIPROXY.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="toxiproxy-", dir=TOXIPROXY.parent))
        run_program(["env", f"GOBIN={beside}", "go", "install", TOXIPROXY_MODULE], folder / "toxiproxy.log")
        shutil.rmtree(TOXIPROXY, ignore_errors=True)
        beside.rename(TOXIPROXY)
    return str(TOXIPROXY / "server")


def _has_network() -> bool:
    return "MOWJ_BLUESKY_MODULES" in os.environ or (NODE_MODULES / "complete").exists()


def bluesky_network(folder: Path) -> Path:
    """The folder of the network's script beside its packages, installed where they are not (362 MB, minutes)."""
    ours = ROOT / "deploy" / "bluesky"
    beside = Path(os.environ.get("MOWJ_BLUESKY_MODULES", NODE_MODULES))
    if not _has_network():
        beside.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", ".npmrc"):
            shutil.copy(ours / name, beside)
        run_program(["npm", "install", "--prefix", str(beside), "--omit=dev"], folder / "bluesky.log")
        (beside / "complete").touch()
    shutil.copy(ours / "network.mjs", beside)
    return beside


def run_program(command: Sequence[str], log: Path, user: str | None = None, said: str = "") -> str:
    with log.open("ab") as errors:
        done = subprocess.run(  # noqa: S603  (the commands are those of this file)
            command,
            input=said.encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd="/",
            check=False,
            **as_user(user),
        )
        errors.write(done.stdout)
    if done.returncode:
        raise ServiceError(f"{command[0]} failed ({done.returncode}); it wrote why into {log}")
    return done.stdout.decode()
