"""Effects carried out by processes of their own, over brokers that are killed and emptied meanwhile."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.simulated_server import running_server
from tests.integration.running import SPEED, mowj, started, until
from tests.services import own_name, own_services

pytestmark = pytest.mark.services

STEADY = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
WORKERS = ("analyst", "strategist", "planner", "editor", "publisher", "observer", "evaluator", "reviser")


def accepted(network: Path) -> Counter[str]:
    """How often the network has accepted each key, as it counts itself."""
    with sqlite3.connect(network) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM accepted")]
    connection.close()
    return Counter(keys)


@pytest.mark.parametrize("kind", ["rabbitmq", "redis"])
def test_executors_publish_each_post_once_though_one_dies_and_the_broker_too(kind: str, tmp_path: Path) -> None:
    data, counted = tmp_path / "data", tmp_path / "network.sqlite"
    with ExitStack() as stack:
        services = stack.enter_context(own_services(tmp_path / "services", kind))
        network = stack.enter_context(running_server(counted, world="steady"))
        settings = {
            "MOWJ_EXECUTOR__KIND": kind,
            "MOWJ_EXECUTOR__URL": services.addresses[kind],
            "MOWJ_EXECUTOR__NAMESPACE": own_name(),
            "MOWJ_EXECUTOR__RESEND_SECONDS": "1",
        }
        remote = ("--platform", "simulated-remote", "--platform-url", network.url)
        with started(data, "run", *STEADY, *remote, "--compress", str(SPEED), settings=settings) as run:
            until(lambda: '"running"' in run.log.read_text(encoding="utf-8"), run)
            assert run.stop() == 0
        minds = stack.enter_context(started(data, "worker", *WORKERS, settings=settings))
        first = stack.enter_context(started(data, "worker", "executor", settings=settings))
        until(lambda: minds.published() >= 1, minds)
        first.process.kill()
        hands = stack.enter_context(started(data, "worker", "executor", "--json", settings=settings))
        before = minds.published()
        until(lambda: minds.published() > before, minds)
        services.kill(kind)
        until(lambda: "the broker cannot be used" in refused(minds.url()), minds)
        services.up(kind)
        before = minds.published()
        until(lambda: minds.published() > before, minds)
        assert (minds.stop(), hands.stop()) == (0, 0)
    assert set(accepted(counted).values()) == {1}
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]


def refused(url: str) -> str:
    """Why the process is not ready; empty where it is."""
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    try:
        with urlopen(f"{url}/readyz", timeout=10):
            return ""
    except HTTPError as error:
        with error:
            return error.read().decode()
