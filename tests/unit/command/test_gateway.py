"""What the outside sees: metrics, and whether the process lives and is ready."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, Counter

from tests.unit.command.house import mowj
from workers.gateway.server import Gateway, Health


class Process:
    """A process whose health a test decides."""

    def __init__(self) -> None:
        self.running = True
        self.troubles: list[str] = []
        registry = CollectorRegistry()
        Counter("mowj_tests", "Told by a test", registry=registry).inc(3)
        self.gateway = Gateway("127.0.0.1", 0, registry, Health(lambda: self.running, lambda: self.troubles))

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"{self.gateway.url}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    process.gateway.close()


def test_metrics_are_those_of_the_registry_that_was_handed_in(process: Process) -> None:
    status, said = process.ask("/metrics")
    assert status == 200
    assert "mowj_tests_total 3.0" in said
    assert "python_info" not in said


def test_a_running_process_lives_and_is_ready(process: Process) -> None:
    assert process.ask("/livez") == (200, "ok\n")
    assert process.ask("/readyz") == (200, "ok\n")


def test_a_halted_partition_is_alive_but_not_ready(process: Process) -> None:
    process.troubles = ["planner has halted on partition 3: a gap"]
    assert process.ask("/livez") == (200, "ok\n")
    assert process.ask("/readyz") == (503, "planner has halted on partition 3: a gap\n")


def test_a_loop_that_has_ended_neither_lives_nor_is_ready(process: Process) -> None:
    process.running = False
    assert process.ask("/livez")[0] == 503
    assert process.ask("/readyz") == (503, "the loop does not run\n")


def test_anything_else_is_not_found(process: Process) -> None:
    assert process.ask("/admin")[0] == 404


def test_a_port_that_is_taken_is_answered_with_how_to_take_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = mowj("run", "--data", tmp_path / "data", code=2, env={"MOWJ_HTTP__PORT": str(port)}).stderr
    assert f"127.0.0.1:{port}: Address already in use" in said
    assert "MOWJ_HTTP__PORT=0" in said
