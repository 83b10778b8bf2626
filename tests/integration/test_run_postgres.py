"""`mowj` on PostgreSQL alone: its log table carries the events, and processes share the work."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.contract.simulated_server import running_server
from tests.contract.stores import postgres_schema
from tests.integration.running import ENVIRONMENT, Running, mowj, started, status, until
from tests.services import own_services

pytestmark = pytest.mark.services

SPEED = 10_000
MINDS = ("analyst", "strategist", "planner", "editor", "evaluator", "reviser")


class Database:
    """The schema that the processes share, as a test looks at it."""

    def __init__(self, url: str, namespace: str) -> None:
        self.url, self.namespace = url, namespace

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        import psycopg  # noqa: PLC0415 - an optional dependency

        with closing(psycopg.connect(self.url, options=f"-c search_path={self.namespace}")) as connection:
            return connection.execute(query.encode()).fetchall()

    def said(self, name: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM log WHERE name = '{name}'")[0][0])

    def grows(self, name: str, by: int, running: Running) -> None:
        """Wait until this was said so many times more."""
        wanted = self.said(name) + by
        until(lambda: self.said(name) >= wanted, running)

    def holders(self) -> dict[str, str]:
        """Which kind of process holds each worker's claim."""
        rows = self.rows("SELECT worker, member FROM claims WHERE expires > now()")
        return {worker: member.partition("@")[0] for worker, member in rows}


def set_store(monkeypatch: pytest.MonkeyPatch, url: str, namespace: str) -> None:
    for name, value in (("KIND", "postgres"), ("URL", url), ("NAMESPACE", namespace)):
        monkeypatch.setitem(ENVIRONMENT, f"MOWJ_STORE__{name}", value)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with postgres_schema() as (url, namespace):
        set_store(monkeypatch, url, namespace)
        yield Database(url, namespace)


def brief(folder: Path) -> Path:
    """The steady brief with many posts, and with time to publish one that was due while nobody was there."""
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    path = folder / "brief.yaml"
    path.write_text(shipped.replace("posts_per_day: 2", "posts_per_day: 5\n  grace_minutes: 1440"), encoding="utf-8")
    return path


def runs(process: Running) -> None:
    until(lambda: '"running"' in process.log.read_text(encoding="utf-8"), process)


def assert_clean(data: Path) -> None:
    report = json.loads(mowj("audit", "--data", data, "--json"))
    assert report["clean"], report["failures"][:3]
    assert report["decisions"] > 50


def test_two_processes_share_the_work_and_when_one_is_killed_the_other_takes_its_part_over(
    tmp_path: Path, database: Database
) -> None:
    all_data, minds_data = tmp_path / "all", tmp_path / "minds"
    with running_server(tmp_path / "network.sqlite", world="steady", keyed=True) as network:
        reach = ("--platform", "simulated-remote", "--platform-url", network.url)
        content = ("--brief", brief(tmp_path), "--content", "config/content/steady", "--compress", str(SPEED))
        with started(all_data, "run", *content, *reach) as first:
            runs(first)
            database.grows("PostScheduled", 1, first)
            assert first.stop() == 0, first.log.read_text(encoding="utf-8")
        minds_data.mkdir()
        shutil.copy(all_data / "run.json", minds_data)

        with started(minds_data, "worker", *MINDS) as minds:
            until(lambda: set(database.holders()) == set(MINDS), minds)
            with started(all_data, "run") as everybody:
                until(lambda: len(database.holders()) == len(MINDS) + 2, everybody)
                assert Counter(database.holders().values()) == {"run": 2, f"worker-{'-'.join(sorted(MINDS))}": 6}
                database.grows("PostPublished", 2, everybody)

                minds.process.kill()
                minds.process.wait()
                whole = dict.fromkeys((*MINDS, "publisher", "observer"), "run")
                until(lambda: database.holders() == whole, everybody)
                database.grows("PostScheduled", 1, everybody)
                database.grows("PostPublished", 2, everybody)
                assert everybody.stop() == 0
        accepted = Counter(post["key"] for post in network.accepted())
        assert set(accepted.values()) == {1}, "nothing was sent twice"
        assert status(all_data)["posts"] == len(accepted)
    assert_clean(all_data)


def not_ready(running: Running) -> str | None:
    try:
        running.get("/readyz")
    except HTTPError as error:
        return error.read().decode()
    return None


@pytest.mark.slow_crash
def test_a_run_goes_on_when_postgresql_was_killed_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    with own_services(tmp_path / "services", "postgres") as services:
        url = services.addresses["postgres"]
        set_store(monkeypatch, url, "mowj")
        database = Database(url, "mowj")
        files = ("--brief", brief(tmp_path), "--content", "config/content/steady", "--compress", str(SPEED))
        with started(data, "run", *files, "--platform", "simulated", "--world", "steady") as running:
            runs(running)
            database.grows("PostPublished", 2, running)
            for _ in range(2):
                services.kill("postgres")
                assert "PostgreSQL" in until(lambda: not_ready(running), running)
                services.up("postgres")
                until(lambda: not_ready(running) is None, running)
                database.grows("PostPublished", 2, running)
            assert running.stop() == 0
            assert '"part": "store"' in running.log.read_text(encoding="utf-8"), "and it was told"
        assert_clean(data)
