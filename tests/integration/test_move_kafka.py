"""An embedded installation moves into PostgreSQL with Kafka before it: what was still to be read is read there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.campaign import ConversionRecorded
from tests.contract.stores import postgres_schema
from tests.unit.runtime.toys import CAMPAIGN, CHANNEL, PERSON, ROSTER, START, EvaluatorState, brief

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from tests.integration.kafka_nodes import PARTITIONS, Installation, Node, installed, wait_for  # noqa: E402
from workers.runtime.assembly import assemble  # noqa: E402
from workers.runtime.clock import CompressedClock  # noqa: E402
from workers.runtime.intake import Intake  # noqa: E402
from workers.runtime.kafka.backlog import ForeignTopic, carry  # noqa: E402
from workers.runtime.kafka.catching_up import behind  # noqa: E402
from workers.runtime.running import Runtime  # noqa: E402
from workers.runtime.shell import SimulatedCrash  # noqa: E402
from workers.runtime.store.moving import move  # noqa: E402
from workers.runtime.store.sqlite import SqliteStore  # noqa: E402


@pytest.fixture
def installation(kafka_servers: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    clock = CompressedClock(datetime.now(UTC), 3600)
    with (
        postgres_schema() as (url, namespace),
        installed(url, namespace, kafka_servers, topic_prefix, clock) as made,
    ):
        yield made


def embedded(installation: Installation, path: Path) -> None:
    """A campaign that has published, with conversions that nobody has read yet."""
    store = SqliteStore(path, PARTITIONS)
    network = installation.network

    def platform(_clock: object, say: object) -> object:
        network.say = say  # type: ignore[assignment]
        return network

    runtime: Runtime = assemble(
        ROSTER, store, installation.clock, platforms={CHANNEL: platform}, partitions=PARTITIONS  # type: ignore[dict-item]
    )  # fmt: skip
    node = Node(runtime, store, None)  # type: ignore[arg-type]
    runtime.connect("shop", CHANNEL)
    runtime.intake.accept(brief(), CAMPAIGN, "default", PERSON, "brief", START, person=True)
    wait_for(lambda: runtime.run_until_idle() >= 0 and len(network.accepted) >= 1)
    for number in range(5):
        Intake(runtime.shell).accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", f"c{number}", START)
    node.end()


def moved(installation: Installation, path: Path, die_at: str = "") -> None:
    def reach(step: str) -> None:
        if step == die_at:
            raise SimulatedCrash

    source, target = SqliteStore(path, PARTITIONS, moving=True), installation.store()
    try:
        move(source, target, "there", lambda _: None, lambda old: carry(old, installation.brokers, ROSTER), reach)
    finally:
        source.close()
        target.close()


def conversions(node: Node) -> int:
    with node.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    return row.state.conversions if row is not None and isinstance(row.state, EvaluatorState) else 0


def test_what_was_still_to_be_read_is_read_over_kafka_also_where_the_move_was_killed_and_done_again(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "mowj.sqlite"
    embedded(installation, path)
    for step in ("copy", "commit"):
        with pytest.raises(SimulatedCrash):
            moved(installation, path, step)
    moved(installation, path)
    store = installation.store()
    assert behind(store, installation.brokers) == [], "and `mowj run` does not refuse it"
    store.close()
    with installation.node("one") as node:
        wait_for(lambda: conversions(node) >= 5)
        before = len(installation.network.accepted)
        wait_for(lambda: len(installation.network.accepted) > before)
    installation.archived()
    keys = [key for key, _, _ in installation.network.accepted]
    assert len(keys) == len(set(keys))
    report = installation.audit()
    assert report.clean, report.failures


def test_topics_that_hold_what_this_installation_has_not_said_are_refused(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "mowj.sqlite"
    embedded(installation, path)
    installation.send([(installation.brokers.events, b"{}", [("ce_id", b"x")], 1)])
    with pytest.raises(ForeignTopic, match="has not said"):
        moved(installation, path)
    SqliteStore(path, PARTITIONS).close()
