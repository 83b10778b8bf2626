"""Mowj over a broker that asks for a login over TLS, and lets each user do only what its ACLs say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from events.campaign import ConversionRecorded
from events.envelope import type_name
from tests.integration.running import ENVIRONMENT, PATIENCE, command, until
from tests.services import own_name

pytestmark = pytest.mark.faults
pytest.importorskip("kafka")
pytest.importorskip("psycopg")

from kafka import KafkaProducer  # noqa: E402
from kafka.admin import ACLOperation, ResourceType  # noqa: E402
from kafka.errors import TopicAuthorizationFailedError  # noqa: E402

from tests.crash.outgrown import CAMPAIGN, Place, installed  # noqa: E402
from tests.integration.kafka_secured import Secured, secured  # noqa: E402

Do = ACLOperation


def settings(broker: Secured, mechanism: str) -> dict[str, str]:
    return {
        "MOWJ_TRANSPORT__SECURITY_PROTOCOL": "SASL_SSL",
        "MOWJ_TRANSPORT__SSL_CAFILE": str(broker.ca),
        "MOWJ_TRANSPORT__SASL_MECHANISM": mechanism,
        "MOWJ_TRANSPORT__SASL_USERNAME": "mowj",
        "MOWJ_TRANSPORT__SASL_PASSWORD": broker.passwords["mowj"],
    }


def allow_mowj(broker: Secured, topics: str) -> None:
    """All that Mowj needs, as docs/operations.md lists it."""
    names = f"{topics}."
    on_topics = (Do.CREATE, Do.DESCRIBE, Do.DESCRIBE_CONFIGS, Do.READ, Do.WRITE)
    broker.allow("mowj", ResourceType.TOPIC, names, *on_topics, begins=True)
    broker.allow("mowj", ResourceType.GROUP, names, Do.READ, begins=True)


def fact(own_id: str, source: str = "/shop") -> tuple[bytes, list[tuple[str, bytes]]]:
    attributes = {
        "specversion": "1.0", "id": own_id, "source": source, "type": type_name(ConversionRecorded),
        "subject": CAMPAIGN, "time": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    headers = [("content-type", b"application/json")]
    headers += [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return json.dumps({"count": 1}).encode(), headers


def test_a_loop_lives_on_a_broker_that_asks_for_a_login_and_a_producer_may_write_its_own_topic_alone(
    tmp_path: Path, postgres_url: str
) -> None:
    with secured(tmp_path, "mowj", "shop") as broker:
        namespace = own_name()
        allow_mowj(broker, namespace)
        plain = settings(broker, "PLAIN")
        with installed(tmp_path, postgres_url, broker.servers, keyed=True, more=plain, namespace=namespace) as place:
            place.mowj("topics", "apply", "--producer", "shop", "--producer", "till")
            place.more = settings(broker, "SCRAM-SHA-512")
            place.start("run")
            place.publishes(1)
            broker.allow("shop", ResourceType.TOPIC, f"{namespace}.intake.shop", Do.WRITE)
            wrote(place, broker)
            place.stop()
            assert place.audit()["clean"]
        refused = checked({**place.settings, "MOWJ_TRANSPORT__SASL_PASSWORD": "wrong"})
        assert refused.returncode != 0
        assert "does it take this login over SASL_SSL" in refused.stderr


def wrote(place: Place, broker: Secured) -> None:
    """What the shop writes to its own topic is taken in; no other lets it."""
    producer: Any = KafkaProducer(
        **broker.client("shop", "SCRAM-SHA-512"), enable_idempotence=False, max_block_ms=20_000, metrics_enabled=False
    )
    try:
        value, headers = fact("a")
        producer.send(f"{place.namespace}.intake.shop", value, headers=headers).get(20)
        for name in ("intake.till", "events", "dead-letters"):
            with pytest.raises(TopicAuthorizationFailedError):
                producer.send(f"{place.namespace}.{name}", value, headers=headers).get(20)
    finally:
        producer.close(timeout=5)
    until(lambda: any(event["source"] == "/shop" for event in place.said()), place.running["run"])


def checked(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("topics", "check"),
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE,
    )
