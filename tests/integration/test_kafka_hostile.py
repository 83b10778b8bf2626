"""What outside systems may write by mistake or malice: each is refused in words, and the partition goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from events.campaign import ConversionRecorded, HistoryImported
from events.envelope import type_name
from tests.contract.stores import postgres_schema
from tests.unit.runtime.toys import CAMPAIGN, EVALUATOR, START, EvaluatorState

pytestmark = pytest.mark.services
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from tests.integration.kafka_nodes import Installation, Node, briefed, installed, wait_for  # noqa: E402
from tests.integration.test_kafka import dead_letters  # noqa: E402
from workers.runtime.clock import CompressedClock  # noqa: E402

STRUCTURED = [("content-type", b"application/cloudevents+json")]
Message = tuple[str, bytes, list[tuple[str, bytes]], int | None]


@pytest.fixture
def installation(kafka_servers: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    clock = CompressedClock(datetime.now(UTC), 1200)
    with (
        postgres_schema() as (url, namespace),
        installed(url, namespace, kafka_servers, topic_prefix, clock) as made,
    ):
        yield made


def conversions(node: Node) -> int:
    with node.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    return row.state.conversions if row is not None and isinstance(row.state, EvaluatorState) else 0


def written(installation: Installation, own: str, value: bytes = b'{"count":1}', **changes: str) -> Message:
    attributes = {
        "specversion": "1.0", "id": own, "source": "/shop", "type": type_name(ConversionRecorded),
        "subject": CAMPAIGN, "time": "2026-03-02T09:00:00Z", **changes,
    }  # fmt: skip
    headers = [("content-type", b"application/json")]
    headers += [(f"ce_{name}", content.encode()) for name, content in attributes.items()]
    return installation.brokers.intake("shop"), value, headers, None


def test_hostile_messages_are_set_aside_and_a_conversion_of_2099_is_taken_at_its_word(
    installation: Installation,
) -> None:
    topic = installation.brokers.intake("shop")
    large = json.dumps({"count": 1, "post": "x" * 1_040_000}).encode()
    refused = [
        (topic, large, written(installation, "large")[2], None),
        (topic, b"{}", [("x", b"y" * 1_000_000)], None),
        (topic, b"[" * 200_000, STRUCTURED, None),
        (topic, b"\xff\xfe", [("ce_id", b"\xff")], None),
        (topic, b"", [], None),
        written(installation, "deep", b'{"count":' + b"[" * 200_000),
        written(installation, "v9", type="mowj.ConversionRecorded.v9"),
        written(installation, "v", type=f"mowj.ConversionRecorded.v{'9' * 5000}"),
        written(installation, "square", type="mowj.ConversionRecorded.v²"),
        written(installation, "type", type="mowj.NobodyKnowsThis.v1"),
        written(installation, "nul", subject="a\0b"),
        written(installation, "late", time="9999-12-31T23:59:59-14:00"),
    ]
    with installation.node("one", [EVALUATOR]) as node:
        briefed(node)
        installation.send([*refused, written(installation, "2099", time="2099-01-01T00:00:00Z")])
        wait_for(lambda: len(dead_letters(installation)) == len(refused))
        wait_for(lambda: conversions(node) == 1)
        installation.send([written(installation, "after")])
        wait_for(lambda: conversions(node) == 2)
    (event,) = (event for event in installation.archived() if event.time.year == 2099)
    assert event.recordedtime.year < 2099, "nobody's clock moves by it"
    report = installation.audit()
    assert report.clean, report.failures


def test_the_largest_event_of_ones_own_goes_over_kafka_and_what_follows_it_too(installation: Installation) -> None:
    with installation.node("one", [EVALUATOR]) as node:
        briefed(node)
        fact = HistoryImported(history="2025", posts=1, rows=1, notes=("x" * 19_900,) * 50)
        node.runtime.intake.accept(fact, CAMPAIGN, "default", "/shops/x", "large", START)
        node.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/x", "after", START)
        wait_for(lambda: conversions(node) == 1)
    assert any(event.name == "HistoryImported" for event in installation.archived())
    report = installation.audit()
    assert report.clean, report.failures
