"""Real services for tests: where they are, and a part of each that is the test's own.

Where each is found stands in MOWJ_TEST_POSTGRES, MOWJ_TEST_KAFKA, MOWJ_TEST_RABBITMQ and MOWJ_TEST_REDIS, as
`python deploy/services.py up` writes and `make test-services` sets them. A test whose service is not named is skipped,
which fails under MOWJ_REQUIRE_SERVICES=1 (conftest). Every test has a schema, a topic prefix or a namespace of its own,
so that tests may run beside each other; what a test must kill it starts itself: `own_services`.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "deploy" / "services.py"


def own_name() -> str:
    """A name that no other test has: letters, digits and `_`, so that every service takes it."""
    return f"mowj_test_{secrets.token_hex(6)}"


def address_of(kind: str) -> str:
    """Where a service is; skips the test where nobody has said so."""
    variable = f"MOWJ_TEST_{kind.upper()}"
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} names no {kind}; `make test-services` starts one")
    return found


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of the test's own, dropped afterwards."""
    import psycopg  # noqa: PLC0415  (an optional dependency, read where it is used)

    address = address_of("postgres")
    name = own_name()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{address.rpartition('/')[0]}/{name}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def kafka_servers() -> str:
    """Bootstrap servers, as one string; topics are told apart by `topic_prefix`."""
    return address_of("kafka")


@pytest.fixture
def topic_prefix() -> str:
    """What the test's topics begin with."""
    return f"{own_name()}."


@pytest.fixture
def rabbitmq_url() -> str:
    """RabbitMQ; the test's queues are told apart by `namespace`."""
    return address_of("rabbitmq")


@pytest.fixture
def redis_url() -> str:
    """Redis; the test's keys are told apart by `namespace`."""
    return address_of("redis")


@pytest.fixture
def namespace() -> str:
    """What the test's queues and keys begin with."""
    return own_name()


class OwnServices:
    """Services of one test, which may be killed, frozen and emptied without hurting another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.addresses: dict[str, str] = {}

    def up(self, *kinds: str, brokers: int = 1, properties: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """Start what does not run; again with its port and data where it was killed.

        :param properties: of Kafka, where it is made now
        :return: addresses by kind ("postgres")
        """
        given = [word for name, value in properties.items() for word in ("--property", f"{name}={value}")]
        said = self._call("up", *kinds, "--brokers", str(brokers), *given)
        lines = dict(line.split("=", 1) for line in said.splitlines())
        self.addresses = {name.removeprefix("MOWJ_TEST_").lower(): value for name, value in lines.items()}
        return self.addresses

    def kill(self, process: str) -> None:
        """SIGKILL; a process of `up`, for example "kafka-2"."""
        self._call("kill", process)

    def suspend(self, process: str) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self._call("suspend", process)

    def resume(self, process: str) -> None:
        """SIGCONT."""
        self._call("resume", process)

    def down(self) -> None:
        """Stop all, and remove their data."""
        self._call("down")

    def _call(self, *words: str) -> str:
        command = [sys.executable, str(SCRIPT), *words, "--under", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def own_services(
    folder: Path, *kinds: str, brokers: int = 1, properties: Mapping[str, str] = MappingProxyType({})
) -> Iterator[OwnServices]:
    """Services of a test's own. Skips where MOWJ_TEST_… names none of a kind: its programs may not be installed."""
    for kind in kinds:
        address_of(kind)
    services = OwnServices(folder)
    try:
        services.up(*kinds, brokers=brokers, properties=properties)
        yield services
    finally:
        services.down()
