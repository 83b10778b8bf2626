"""PostgreSQL is lost and restored from an older backup: Kafka knows what was said since, networks what was sent."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.campaign import CampaignPaused, ConversionRecorded
from tests.contract.stores import postgres_schema
from tests.unit.runtime.toys import CAMPAIGN, PERSON, ROSTER, START, EvaluatorState, ScriptedNetwork

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
psycopg = pytest.importorskip("psycopg")

from tests.integration.kafka_nodes import PARTITIONS, Installation, Node, briefed, installed, wait_for  # noqa: E402
from workers.runtime.assembly import running_version  # noqa: E402
from workers.runtime.clock import CompressedClock  # noqa: E402
from workers.runtime.kafka.catching_up import behind, catch_up  # noqa: E402
from workers.runtime.restoring import Restored, restore  # noqa: E402
from workers.runtime.shell import Shell, SimulatedCrash  # noqa: E402
from workers.runtime.store.rows import Hold, HoldKind  # noqa: E402


@pytest.fixture
def installation(kafka_servers: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    clock = CompressedClock(datetime.now(UTC), 3600)
    with (
        postgres_schema() as (url, namespace),
        installed(url, namespace, kafka_servers, topic_prefix, clock) as made,
    ):
        yield made


def back_up(installation: Installation, file: Path) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    words = ["pg_dump", "--schema", installation.namespace, "--file", str(file), installation.url]
    subprocess.run(words, check=True, capture_output=True)


def drop(installation: Installation) -> None:
    with psycopg.connect(installation.url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {installation.namespace} CASCADE".encode())


def bring_back(installation: Installation, file: Path) -> None:
    words = ["psql", "--set", "ON_ERROR_STOP=1", "--quiet", "--file", str(file), installation.url]
    subprocess.run(words, check=True, capture_output=True)


def restored(installation: Installation) -> Restored:
    store = installation.store()
    try:
        assert behind(store, installation.brokers), "the store is older than its topic"
        catch_up(store, installation.brokers)
        shell = Shell(store, installation.clock, running_version(), partitions=PARTITIONS)
        found = restore(shell, ROSTER)
        assert behind(store, installation.brokers) == []
        return found
    finally:
        store.close()


def conversions(node: Node) -> int:
    with node.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    return row.state.conversions if row is not None and isinstance(row.state, EvaluatorState) else 0


def convert(node: Node, *numbers: int) -> None:
    for number in numbers:
        node.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", f"c{number}", START)


def is_clean(installation: Installation) -> None:
    installation.archived()
    report = installation.audit()
    assert report.clean, report.failures


@pytest.mark.parametrize("keyed", [True, False])
def test_what_was_said_since_the_backup_is_known_again_and_what_was_sent_is_not_sent_again(
    installation: Installation, tmp_path: Path, keyed: bool
) -> None:
    network = installation.network
    network.keyed = keyed
    file = tmp_path / "backup.sql"
    with installation.node("one") as node:
        briefed(node)
        convert(node, *range(5))
        wait_for(lambda: conversions(node) >= 5)
        wait_for(lambda: len(network.accepted) >= 1)
        back_up(installation, file)
        sent = len(network.accepted)
        convert(node, *range(5, 12))
        wait_for(lambda: conversions(node) >= 12)
        wait_for(lambda: len(network.accepted) > sent)
        wait_for(lambda: installation.waiting(node.store) == 0)
        sent = len(network.accepted)
    drop(installation)
    bring_back(installation, file)
    found = restored(installation)
    assert found.events > 10
    assert found.states > 0
    assert found.campaigns == {CAMPAIGN}
    with installation.node("two") as node:
        wait_for(lambda: conversions(node) >= 12)
        convert(node, 3, 11, 12)
        wait_for(lambda: conversions(node) >= 13)
        wait_for(lambda: installation.waiting(node.store) == 0)
    assert max(Counter(shown for _, shown, _ in network.accepted).values()) == 1, "nothing was sent twice"
    is_clean(installation)


def test_a_post_that_was_on_its_way_when_the_store_was_lost_is_looked_for_and_not_sent_again(
    installation: Installation, tmp_path: Path
) -> None:
    """A network without keys has the post; neither the backup nor the topic knows that it was ever sent."""
    network = installation.network
    network.keyed = False
    file = tmp_path / "backup.sql"

    def lose(_network: ScriptedNetwork, operation: str) -> None:
        if operation == "publish":
            network.aftermath = None
            drop(installation)

    def live_until_it_is_lost() -> None:
        with installation.node("one") as node:
            briefed(node)
            wait_for(lambda: installation.waiting(node.store) == 0)
            back_up(installation, file)
            network.aftermath = lose
            wait_for(lambda: bool(node.errors))

    with pytest.raises(psycopg.Error):
        live_until_it_is_lost()
    last = network.accepted[-1][1]
    bring_back(installation, file)
    found = restored(installation)
    assert found.doubtful >= 1
    network.calls.clear()
    with installation.node("two") as node:
        wait_for(lambda: published(node) >= len(network.accepted) and "find" in network.calls)
        wait_for(lambda: installation.waiting(node.store) == 0)
    assert Counter(shown for _, shown, _ in network.accepted)[last] == 1
    assert max(Counter(shown for _, shown, _ in network.accepted).values()) == 1
    is_clean(installation)


def published(node: Node) -> int:
    with node.store.view() as view:
        return len(view.log.named("PostPublished"))


def test_a_restore_that_was_killed_is_run_again(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.sql"
    with installation.node("one") as node:
        briefed(node)
        back_up(installation, file)
        wait_for(lambda: len(installation.network.accepted) >= 1)
        convert(node, *range(5))
        wait_for(lambda: conversions(node) >= 5 and installation.waiting(node.store) == 0)
    drop(installation)
    bring_back(installation, file)

    def die(moment: str) -> None:
        if moment == "before restore commit":
            raise SimulatedCrash

    store = installation.store()
    catch_up(store, installation.brokers)
    with pytest.raises(SimulatedCrash):
        restore(Shell(store, installation.clock, running_version(), partitions=PARTITIONS, fault=die), ROSTER)
    assert catch_up(store, installation.brokers) == 0
    store.close()
    assert restored(installation).events > 5
    with installation.node("two") as node:
        convert(node, 4, 5)
        wait_for(lambda: conversions(node) >= 6 and installation.waiting(node.store) == 0)
    assert max(Counter(key for key, _, _ in installation.network.accepted).values()) == 1
    is_clean(installation)


def test_a_pause_that_was_said_since_the_backup_holds_again(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.sql"
    with installation.node("one") as node:
        briefed(node)
        wait_for(lambda: installation.waiting(node.store) == 0)
        back_up(installation, file)
        node.runtime.intake.accept(
            CampaignPaused(by="olivia", reason=""), CAMPAIGN, "default", PERSON, "pause", START, person=True
        )
        wait_for(lambda: installation.waiting(node.store) == 0)
    drop(installation)
    bring_back(installation, file)
    restored(installation)
    store = installation.store()
    with store.view() as view:
        assert Hold(HoldKind.CAMPAIGN, CAMPAIGN) in view.holds()
        assert view.epoch() == 2
    store.close()
