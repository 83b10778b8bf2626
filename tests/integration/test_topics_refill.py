"""Kafka is lost, with its topics and its groups' generations; PostgreSQL lives. Fresh topics are filled from it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.campaign import ConversionRecorded
from tests.contract.stores import postgres_schema
from tests.integration.running import ENVIRONMENT, PATIENCE, command
from tests.services import own_name
from tests.unit.runtime.toys import CAMPAIGN, EVALUATOR, ROSTER, START, EvaluatorState

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from kafka.admin import KafkaAdminClient  # noqa: E402

from tests.integration.kafka_nodes import PARTITIONS, Installation, Node, briefed, installed, wait_for  # noqa: E402
from workers.runtime.assembly import running_version  # noqa: E402
from workers.runtime.clock import CompressedClock  # noqa: E402
from workers.runtime.intake import Intake  # noqa: E402
from workers.runtime.kafka import topics  # noqa: E402
from workers.runtime.kafka.backlog import ForeignTopic  # noqa: E402
from workers.runtime.kafka.duty import Duty  # noqa: E402
from workers.runtime.kafka.refilling import Refilled, refill  # noqa: E402
from workers.runtime.shell import FaultPoint, Shell, SimulatedCrash  # noqa: E402

REST = [worker for worker in ROSTER if worker is not EVALUATOR]


@pytest.fixture
def installation(kafka_servers: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    clock = CompressedClock(datetime.now(UTC), 1200)
    with (
        postgres_schema() as (url, namespace),
        installed(url, namespace, kafka_servers, topic_prefix, clock) as made,
    ):
        yield made


@contextmanager
def lost(installation: Installation) -> Iterator[None]:
    """From now on the topics are others, as on a cluster that was made anew, and the groups have no generation yet."""
    installation.brokers = replace(installation.brokers, prefix=own_name())
    admin = KafkaAdminClient(**installation.brokers.client("test"))
    made = topics.apply(admin, installation.brokers, ())
    try:
        yield
    finally:
        admin.delete_topics(made)
        admin.close()


def refilled(installation: Installation, fault: FaultPoint | None = None) -> Refilled:
    store = installation.store()
    try:
        shell = Shell(store, installation.clock, running_version(), partitions=PARTITIONS, fault=fault)
        return refill(shell, installation.brokers, ROSTER)
    finally:
        store.close()


def said_while_nobody_runs(installation: Installation, count: int) -> None:
    store = installation.store()
    intake = Intake(Shell(store, installation.clock, "", partitions=PARTITIONS))
    for number in range(count):
        intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", f"later-{number}", START)
    store.close()


def conversions(node: Node) -> int:
    with node.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    return row.state.conversions if row is not None and isinstance(row.state, EvaluatorState) else 0


def convert(node: Node, count: int) -> None:
    for number in range(count):
        node.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", f"c{number}", START)


def assert_clean(installation: Installation) -> None:
    installation.archived()
    keys = [key for key, _, _ in installation.network.accepted]
    assert len(keys) == len(set(keys))
    report = installation.audit()
    assert report.clean, report.failures


def test_what_was_archived_and_not_read_by_everybody_is_read_on_fresh_topics_also_where_refilling_was_killed(
    installation: Installation,
) -> None:
    with installation.node("one", REST) as node:
        briefed(node)
        convert(node, 5)
        wait_for(lambda: len(installation.network.accepted) >= 1)
        installation.archived()
    said_while_nobody_runs(installation, 2)

    def die(moment: str) -> None:
        if moment == "before refill commit":
            raise SimulatedCrash

    with lost(installation):
        with pytest.raises(SimulatedCrash):
            refilled(installation, die)
        done = refilled(installation)
        assert done.sent >= 5
        assert done.waiting >= 2
        with installation.node("two") as node:
            wait_for(lambda: conversions(node) >= 7)
            before = len(installation.network.accepted)
            wait_for(lambda: len(installation.network.accepted) > before)
        assert_clean(installation)


def test_what_was_read_and_never_archived_is_archived_from_fresh_topics_and_decided_on_once(
    installation: Installation,
) -> None:
    store = installation.store()
    with store.listening() as connection:
        archiver = Duty(connection, "archiver")
        wait_for(archiver.mine)
        with installation.node("one") as node:
            briefed(node)
            convert(node, 5)

            def read() -> bool:
                archiver.beat()
                return conversions(node) >= 5

            wait_for(read)
    with lost(installation):
        assert refilled(installation).waiting > 5
        with installation.node("two") as node:
            node.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", "last", START)
            wait_for(lambda: conversions(node) >= 6)
            assert conversions(node) == 6
        assert_clean(installation)
    store.close()


def test_topics_are_not_refilled_that_hold_anything_else(installation: Installation) -> None:
    with installation.node("one", REST) as node:
        briefed(node)
        installation.archived()
    with lost(installation):
        installation.send([(installation.brokers.events, b"{}", [("ce_id", b"x")], 1)])
        with pytest.raises(ForeignTopic, match="has not said"):
            refilled(installation)


def test_the_command_refills_and_refuses_while_a_process_runs(installation: Installation, tmp_path: Path) -> None:
    def ran() -> subprocess.CompletedProcess[str]:
        settings = {
            "MOWJ_STORE__KIND": "postgres",
            "MOWJ_STORE__URL": installation.url,
            "MOWJ_STORE__NAMESPACE": installation.namespace,
            "MOWJ_TRANSPORT__KIND": "kafka",
            "MOWJ_TRANSPORT__BOOTSTRAP_SERVERS": installation.brokers.servers,
            "MOWJ_TRANSPORT__TOPICS": installation.brokers.prefix,
            "MOWJ_RUNTIME__PARTITIONS": str(PARTITIONS),
        }
        return subprocess.run(
            command("topics", "refill", "--data", tmp_path, "--json"),
            env={**ENVIRONMENT, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * PATIENCE,
        )

    with installation.node("one", REST) as node:
        briefed(node)
        convert(node, 3)
        installation.archived()
        refused = ran()
        assert refused.returncode != 0
        assert "stop every `mowj run`" in refused.stderr
    with lost(installation):
        done = ran()
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["sent"] >= 3
        with installation.node("two") as node:
            wait_for(lambda: conversions(node) >= 3)
