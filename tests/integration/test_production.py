"""deploy/production.toml on real services: everything in one process, then workers and executors in their own."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from config.settings import ExecutorKind, StoreKind, TransportKind, load_settings
from tests.contract.simulated_server import running_server
from tests.integration.running import ENVIRONMENT, SPEED, command, started, until
from tests.services import own_name

PRODUCTION = Path("deploy/production.toml")
COMPOSE = Path("deploy/compose.yaml")
STEADY = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
THINKERS = ("analyst", "strategist", "planner", "evaluator", "reviser")


def test_the_settings_and_the_services_that_compose_starts_fit_each_other() -> None:
    said = PRODUCTION.read_text(encoding="utf-8").replace("$MOWJ_PASSWORD", "secret")
    environ = dict(re.findall(r"export (MOWJ_[A-Z_]+)=(\S+)", said))
    settings = load_settings(PRODUCTION, environ)
    kinds = (settings.store.kind, settings.transport.kind, settings.executor.kind)
    assert kinds == (StoreKind.POSTGRES, TransportKind.KAFKA, ExecutorKind.RABBITMQ)
    services = YAML(typ="safe").load(COMPOSE)["services"]
    assert settings.store.url is not None
    for kind, address in (
        ("postgres", settings.store.url.get_secret_value()),
        ("rabbitmq", settings.executor.address),
        ("kafka", f"//{settings.transport.bootstrap_servers}"),
    ):
        found = urlsplit(address)
        assert services[kind]["ports"] == [f"127.0.0.1:{found.port}:{found.port}"]
        assert found.username in {None, "mowj"}
    assert f"kafka_2.13:{services['kafka']['image'].partition(':')[2]}" == _kafka_of_the_tests()


def _kafka_of_the_tests() -> str:
    pom = Path("deploy/kafka/pom.xml").read_text(encoding="utf-8")
    found = re.search(r"<artifactId>(kafka_2\.13)</artifactId>\s*<version>([^<]+)</version>", pom)
    assert found is not None
    return f"{found[1]}:{found[2]}"


@pytest.mark.services
def test_workers_and_executors_of_their_own_publish_each_post_once(
    tmp_path: Path, postgres_url: str, kafka_servers: str, rabbitmq_url: str, topic_prefix: str
) -> None:
    data, counted = tmp_path / "data", tmp_path / "network.sqlite"
    settings = {
        "MOWJ_STORE__URL": postgres_url,
        "MOWJ_TRANSPORT__BOOTSTRAP_SERVERS": kafka_servers,
        "MOWJ_TRANSPORT__TOPICS": topic_prefix.rstrip("."),
        "MOWJ_RUNTIME__PARTITIONS": "8",
        "MOWJ_EXECUTOR__URL": rabbitmq_url,
        "MOWJ_EXECUTOR__NAMESPACE": own_name(),
        "MOWJ_EXECUTOR__RESEND_SECONDS": "1",
    }
    config = ("--config", PRODUCTION)
    with ExitStack() as stack:
        network = stack.enter_context(running_server(counted, world="steady"))
        remote = ("--platform", "simulated-remote", "--platform-url", network.url)
        _do(settings, "topics", "apply", *config)
        run = ("run", *STEADY, *remote, *config, "--compress", str(SPEED))
        with started(data, *run, settings=settings) as everything:
            until(lambda: everything.published() >= 1, everything)
            assert everything.stop() == 0
        minds = stack.enter_context(started(data, "worker", *THINKERS, *config, settings=settings))
        desk = stack.enter_context(
            started(data, "worker", "editor", "publisher", "observer", *config, settings=settings)
        )
        hands = stack.enter_context(started(data, "worker", "executor", *config, settings=settings))
        until(lambda: desk.published() >= 2, desk)
        assert (minds.stop(), desk.stop(), hands.stop()) == (0, 0, 0)
    with sqlite3.connect(counted) as connection:
        keys = Counter(key for (key,) in connection.execute("SELECT key FROM accepted"))
    connection.close()
    assert set(keys.values()) == {1}
    assert json.loads(_do(settings, "audit", "--data", data, "--json", *config))["clean"]


def _do(settings: dict[str, str], *words: str | Path) -> str:
    done = subprocess.run(
        command(*words), env={**ENVIRONMENT, **settings}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
