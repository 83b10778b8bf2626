"""Disaster recovery as docs/operations.md writes it: lost, brought back from a backup, refused, restored, run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from events.envelope import outside_id
from tests.contract.stores import postgres_schema
from tests.integration.running import ENVIRONMENT, command
from tests.services import OwnServices

pytestmark = pytest.mark.services
psycopg = pytest.importorskip("psycopg")

from tests.crash.outgrown import SHOP, Place, outgrown  # noqa: E402


def shell(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def refused(place: Place, *words: str | Path) -> str:
    environment = {**ENVIRONMENT, **place.settings}
    done = subprocess.run(command(*words), env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    return " ".join(done.stderr.split())


def test_an_operator_brings_a_lost_database_back_and_nothing_is_lost_or_sent_twice(
    tmp_path: Path, kafka_servers: str
) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    services = OwnServices(tmp_path / "none")
    services.addresses["kafka"] = kafka_servers
    file = str(tmp_path / "backup.dump")
    with postgres_schema() as (url, _), outgrown(tmp_path, url, services, keyed=True) as place:
        place.start("run")
        place.emit()
        place.publishes(2)
        shell("pg_dump", "--format", "custom", "--schema", place.namespace, "--file", file, url)
        place.emit()
        place.publishes(2)
        place.kill("run")
        sent = place.accepted()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {place.namespace} CASCADE".encode())
        shell("pg_restore", "--dbname", url, file)

        assert "older than its topic" in refused(place, "run", "--data", place.data)
        told = json.loads(place.mowj("restore", "--data", place.data, "--json"))
        assert told["events"] > 10
        assert told["epoch"] == 2
        place.start("run")
        place.publishes(2)
        place.stop()
        posts = place.accepted()
        assert set(posts.values()) == {1}
        assert set(sent) < set(posts)
        report = place.audit()
        assert report["clean"], report["failures"][:5]
        said = Counter(event["id"] for event in place.said())
        assert [said[outside_id(SHOP, own)] for own in place.emitted] == [1, 1]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {place.namespace} CASCADE".encode())
