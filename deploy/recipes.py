"""How each service that `services.py` starts is made and asked whether it answers; nothing here keeps a process.

Every port is on loopback and was free; every data folder lies under the folder that is given.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from programs import (
    as_user,
    bluesky_network,
    class_path,
    postgres_program,
    rabbitmq_server,
    run_program,
    toxiproxy_program,
)

KINDS = ("postgres", "kafka", "rabbitmq", "redis")
"""What is started where nobody says what."""
ON_DEMAND = ("bluesky", "toxiproxy")
"""What is started by name alone."""
NEEDS = {"bluesky": ("postgres",)}
"""What a service stands on; it is started before."""


@dataclass(frozen=True)
class Process:
    """One process of a service, as it is started and started again."""

    name: str
    kind: str
    port: int
    command: list[str]
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


def make(
    kind: str, folder: Path, secret: str, brokers: int, ports: Mapping[str, int], properties: Mapping[str, str]
) -> list[Process]:
    """Prepare a new service's data and settings; `ports` are those of the services that are there already.

    `properties` are Kafka's, over those that it would have; `{port}` and `{inner}` in them are the ports that it got.

    :raises ServiceError: a program failed; says where it wrote why
    """
    if kind == "bluesky":
        return _make_bluesky(folder, secret, ports["postgres"])
    if kind == "kafka":
        return _make_kafka(folder, brokers, properties)
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
    run_program([postgres_program("initdb"), *cluster, "--locale=C"], folder / "postgres.log", user)
    password.unlink()
    run_program(
        [postgres_program("postgres"), "--single", "-D", str(data), "postgres"],
        folder / "postgres.log",
        user,
        "CREATE DATABASE mowj;",
    )
    port = _free_port()
    said = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200}
    options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
    return [Process("postgres", "postgres", port, [postgres_program("postgres"), "-D", str(data), *options], user)]


def _make_kafka(folder: Path, brokers: int, given: Mapping[str, str]) -> list[Process]:
    jars = class_path(folder)
    ports = [(_free_port(), _free_port()) for _ in range(brokers)]
    voters = ",".join(f"{number}@127.0.0.1:{inner}" for number, (_, inner) in enumerate(ports, 1))
    tool = ["java", "-cp", jars, "kafka.tools.StorageTool"]
    cluster = run_program([*tool, "random-uuid"], folder / "kafka.log").split()[-1]
    made = []
    for number, (port, inner) in enumerate(ports, 1):
        properties = folder / f"kafka-{number}.properties"
        said = _broker_settings(number, port, inner, brokers) | {"controller.quorum.voters": voters}
        said["log.dirs"] = str(folder / f"kafka-{number}")
        said |= {name: value.format(port=port, inner=inner) for name, value in given.items()}
        properties.write_text("".join(f"{name}={value}\n" for name, value in said.items()), "utf-8")
        run_program([*tool, "format", "-t", cluster, "-c", str(properties)], folder / "kafka.log")
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
        Process("rabbitmq", "rabbitmq", port, [str(rabbitmq_server())], environment=environment),
    ]


def _make_redis(folder: Path, secret: str, _: int) -> list[Process]:
    home, port = folder / "redis", _free_port()
    home.mkdir()
    said = {"bind": "127.0.0.1", "port": port, "dir": home, "requirepass": secret, "appendonly": "yes"}
    write_private(home / "redis.conf", "".join(f"{name} {value}\n" for name, value in said.items()))
    return [Process("redis", "redis", port, ["redis-server", str(home / "redis.conf")])]


def _make_toxiproxy(folder: Path, _: str, __: int) -> list[Process]:
    port = _free_port()
    command = [toxiproxy_program(folder), "-host", "127.0.0.1", "-port", str(port)]
    return [Process("toxiproxy", "toxiproxy", port, command)]


def _make_bluesky(folder: Path, secret: str, postgres: int) -> list[Process]:
    """A whole network in one process; what it keeps in memory ends with it, so each start is another network."""
    home, port = folder / "bluesky", _free_port()
    home.mkdir()
    environment = {
        "MOWJ_BLUESKY_POSTGRES": f"postgresql://mowj:{secret}@127.0.0.1:{postgres}/mowj",
        "TMPDIR": str(home),
    }
    command = ["node", "--no-deprecation", str(bluesky_network(folder) / "network.mjs"), str(port)]
    return [Process("bluesky", "bluesky", port, command, environment=environment)]


MAKERS: dict[str, Callable[[Path, str, int], list[Process]]] = {
    "postgres": _make_postgres,
    "rabbitmq": _make_rabbitmq,
    "redis": _make_redis,
    "toxiproxy": _make_toxiproxy,
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


# -- places --


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
