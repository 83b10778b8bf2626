"""How each service that `services.py` starts is made and asked whether it answers; nothing here keeps a process.

Every port is on loopback and was free; every data folder lies under the folder that is given.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("postgres", "kafka", "rabbitmq", "redis")
"""What is started where nobody says what."""
ON_DEMAND = ("bluesky",)
"""What is started by name alone."""
NEEDS = {"bluesky": ("postgres",)}
"""What a service stands on; it is started before."""
ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".run" / "kafka"
"""Kafka's jars, fetched once for all folders of services."""
NODE_MODULES = ROOT / ".run" / "bluesky"
"""The Bluesky network's packages, installed once likewise."""
PACKAGES = {"postgres": "postgresql", "rabbitmq": "rabbitmq-server", "redis": "redis-server"}
"""Debian's packages. Where they start a service of the system, it is not ours and is not used."""


class ServiceError(RuntimeError):
    """A service could not be started, or is not there; the message says what to do."""


@dataclass(frozen=True)
class Process:
    """One process of a service, as it is started and started again."""

    name: str
    kind: str
    port: int
    command: list[str]
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


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
    if not PROGRAMS[kind]():
        raise ServiceError(f"{kind} is not installed: apt-get install {PACKAGES[kind]}")


def make(kind: str, folder: Path, secret: str, brokers: int, ports: Mapping[str, int]) -> list[Process]:
    """Prepare a new service's data and settings; `ports` are those of the services that are there already.

    :raises ServiceError: a program failed; says where it wrote why
    """
    if kind == "bluesky":
        return _make_bluesky(folder, secret, ports["postgres"])
    return MAKERS[kind](folder, secret, brokers)


def answers(process: Process, brokers: int) -> bool:
    """Whether it answers in its own protocol; for a broker, whether it sees all of them."""
    request, is_answer = QUESTIONS.get(process.name.partition("-")[0], (b"", None))
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", process.port), 2) as client:
        if is_answer is None:
            return True
        client.settimeout(5)
        client.sendall(request)
        return is_answer(client.recv(64), brokers)
    return False


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, for its owner's eyes only."""
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)


def as_user(user: str | None) -> dict[str, Any]:
    """Arguments of subprocess that make a program another user's."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


# -- each service --


def _make_postgres(folder: Path, secret: str, _: int) -> list[Process]:
    user, home = None, folder
    if os.getuid() == 0:  # PostgreSQL refuses root, and its own user may not be able to reach this folder
        user = "postgres"
        if not _reaches(user, folder):
            home = Path(tempfile.mkdtemp(prefix="mowj-postgres-"))
            home.chmod(0o711)
            (folder / "postgres").symlink_to(home / "postgres")
    data, password = home / "postgres", home / "postgres-password"
    data.mkdir(mode=0o700)
    write_private(password, secret)
    if user:
        for path in (data, password):
            shutil.chown(path, user, user)
    cluster = ["-D", str(data), "-U", "mowj", "--pwfile", str(password), "-A", "scram-sha-256", "-E", "UTF8"]
    _run([_postgres("initdb"), *cluster, "--locale=C"], folder / "postgres.log", user)
    password.unlink()
    _run(
        [_postgres("postgres"), "--single", "-D", str(data), "postgres"],
        folder / "postgres.log",
        user,
        "CREATE DATABASE mowj;",
    )
    port = _free_port()
    said = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200}
    options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
    return [Process("postgres", "postgres", port, [_postgres("postgres"), "-D", str(data), *options], user)]


def _make_kafka(folder: Path, _: str, brokers: int) -> list[Process]:
    jars = _jars(folder)
    ports = [(_free_port(), _free_port()) for _ in range(brokers)]
    voters = ",".join(f"{number}@127.0.0.1:{inner}" for number, (_, inner) in enumerate(ports, 1))
    tool = ["java", "-cp", jars, "kafka.tools.StorageTool"]
    cluster = _run([*tool, "random-uuid"], folder / "kafka.log").split()[-1]
    made = []
    for number, (port, inner) in enumerate(ports, 1):
        properties = folder / f"kafka-{number}.properties"
        said = _broker_settings(number, port, inner, brokers) | {"controller.quorum.voters": voters}
        said["log.dirs"] = str(folder / f"kafka-{number}")
        properties.write_text("".join(f"{name}={value}\n" for name, value in said.items()), "utf-8")
        _run([*tool, "format", "-t", cluster, "-c", str(properties)], folder / "kafka.log")
        heap = "-Xmx512m" if brokers > 1 else "-Xmx768m"
        made.append(
            Process(f"kafka-{number}", "kafka", port, ["java", heap, "-cp", jars, "kafka.Kafka", str(properties)])
        )
    return made


def _broker_settings(number: int, port: int, inner: int, brokers: int) -> dict[str, str]:
    copies = min(3, brokers)
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{inner}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(copies),
        "min.insync.replicas": str(max(1, copies - 1)),
        "offsets.topic.replication.factor": str(copies),
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": str(max(1, copies - 1)),
        "group.initial.rebalance.delay.ms": "0",
    }


def _make_rabbitmq(folder: Path, secret: str, _: int) -> list[Process]:
    home = folder / "rabbitmq"
    home.mkdir()
    port, names_port = _free_port(), _free_port()
    said = {"listeners.tcp.local": f"127.0.0.1:{port}", "default_user": "mowj", "default_pass": secret}
    write_private(home / "rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in said.items()))
    (home / "enabled_plugins").write_text("[].\n", "utf-8")
    # Erlang's register of names is a child of ours: started by the node it would outlive it, and on the usual port.
    names = {"ERL_EPMD_PORT": str(names_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    register = ["epmd", "-port", str(names_port), "-address", "127.0.0.1"]
    environment = names | {
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"mowj-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(_free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "logs"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RUNNING_UNDER_SYSTEMD": "true",  # the node is then the very process that is started, no shell before it
    }
    return [
        Process("epmd", "rabbitmq", names_port, register),
        Process("rabbitmq", "rabbitmq", port, [str(_rabbitmq())], environment=environment),
    ]


def _make_redis(folder: Path, secret: str, _: int) -> list[Process]:
    home, port = folder / "redis", _free_port()
    home.mkdir()
    said = {"bind": "127.0.0.1", "port": port, "dir": home, "requirepass": secret, "appendonly": "yes"}
    write_private(home / "redis.conf", "".join(f"{name} {value}\n" for name, value in said.items()))
    return [Process("redis", "redis", port, ["redis-server", str(home / "redis.conf")])]


def _make_bluesky(folder: Path, secret: str, postgres: int) -> list[Process]:
    """A whole network in one process; what it keeps in memory ends with it, so each start is another network."""
    home, port = folder / "bluesky", _free_port()
    home.mkdir()
    environment = {
        "MOWJ_BLUESKY_POSTGRES": f"postgresql://mowj:{secret}@127.0.0.1:{postgres}/mowj",
        "TMPDIR": str(home),
    }
    command = ["node", "--no-deprecation", str(_network(folder) / "network.mjs"), str(port)]
    return [Process("bluesky", "bluesky", port, command, environment=environment)]


MAKERS: dict[str, Callable[[Path, str, int], list[Process]]] = {
    "postgres": _make_postgres,
    "kafka": _make_kafka,
    "rabbitmq": _make_rabbitmq,
    "redis": _make_redis,
}


# -- whether a service answers --


def _sees_all_brokers(answer: bytes, brokers: int) -> bool:
    return len(answer) >= 12 and struct.unpack(">i", answer[8:12])[0] == brokers


_METADATA = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # Kafka: Metadata, version 1, of no topics
_STARTUP = struct.pack(">i", 196608) + b"user\0mowj\0database\0postgres\0\0"  # PostgreSQL: protocol 3.0

QUESTIONS: dict[str, tuple[bytes, Callable[[bytes, int], bool]]] = {
    "kafka": (struct.pack(">i", len(_METADATA)) + _METADATA, _sees_all_brokers),
    "bluesky": (b"GET / HTTP/1.0\r\n\r\n", lambda answer, _: b" 200 " in answer),
    # It asks for a password; while it recovers it answers with an error.
    "postgres": (struct.pack(">i", len(_STARTUP) + 4) + _STARTUP, lambda answer, _: answer.startswith(b"R")),
    # AMQP's Connection.Start is a method frame, of type 1.
    "rabbitmq": (b"AMQP\x00\x00\x09\x01", lambda answer, _: answer.startswith(b"\x01")),
    # It asks for a password; while it loads its data it says LOADING.
    "redis": (b"PING\r\n", lambda answer, _: answer.startswith(b"-NOAUTH")),
}


# -- programs --


def _postgres(program: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(program)
    if not found:
        raise ServiceError(f"PostgreSQL's {program} is not installed: apt-get install {PACKAGES['postgres']}")
    return found


def _rabbitmq() -> Path | None:
    """The server itself: Debian's wrapper in sbin would change to another user."""
    wrapped = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    on_path = shutil.which("rabbitmq-server")
    return wrapped if wrapped.exists() else Path(on_path) if on_path else None


PROGRAMS: dict[str, Callable[[], object]] = {
    "postgres": lambda: list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb"),
    "rabbitmq": lambda: _rabbitmq() and shutil.which("epmd"),
    "redis": lambda: shutil.which("redis-server"),
}


def _has_jars() -> bool:
    return (JARS / "complete").exists()


def _jars(folder: Path) -> str:
    """Kafka's class path; the jars are fetched by Maven where there are none yet (about 30 s, 54 MB)."""
    if named := os.environ.get("MOWJ_TEST_KAFKA_JARS"):
        return f"{named}/*"
    if not _has_jars():
        JARS.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="kafka-", dir=JARS.parent))
        fetch = ["mvn", "-q", "-B", "-f", str(ROOT / "deploy" / "kafka" / "pom.xml"), "dependency:copy-dependencies"]
        _run([*fetch, f"-DoutputDirectory={beside}"], folder / "kafka.log")
        (beside / "complete").touch()
        shutil.rmtree(JARS, ignore_errors=True)
        beside.rename(JARS)
    return f"{JARS}/*"


def _has_network() -> bool:
    return "MOWJ_BLUESKY_MODULES" in os.environ or (NODE_MODULES / "complete").exists()


def _network(folder: Path) -> Path:
    """The folder of the network's script beside its packages, installed where they are not (362 MB, minutes)."""
    ours = ROOT / "deploy" / "bluesky"
    beside = Path(os.environ.get("MOWJ_BLUESKY_MODULES", NODE_MODULES))
    if not _has_network():
        beside.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", ".npmrc"):
            shutil.copy(ours / name, beside)
        _run(["npm", "install", "--prefix", str(beside), "--omit=dev"], folder / "bluesky.log")
        (beside / "complete").touch()
    shutil.copy(ours / "network.mjs", beside)
    return beside


def _run(command: Sequence[str], log: Path, user: str | None = None, said: str = "") -> str:
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


def _reaches(user: str, folder: Path) -> bool:
    tried = subprocess.run(["test", "-x", str(folder)], check=False, cwd="/", **as_user(user))  # noqa: S603, S607
    return tried.returncode == 0


def _free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients: a killed service finds it free."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311  (no secret)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
