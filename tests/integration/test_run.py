"""`mowj run` as an operator meets it: a process that publishes, stops cleanly, and goes on where it stopped."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.contract.simulated_server import running_server
from tests.integration.running import ENVIRONMENT, SPEED, command, mowj, started, status, until

STEADY = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
NETWORK = ("--platform", "simulated", "--world", "steady")


def accepted(data: Path) -> Counter[str]:
    """How often the network has accepted each key."""
    with sqlite3.connect(data / "network.sqlite") as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM accepted")]
    connection.close()
    return Counter(keys)


def test_it_publishes_stops_cleanly_and_goes_on_without_publishing_anything_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", *STEADY, *NETWORK, "--compress", str(SPEED)) as first:
        until(lambda: first.published() >= 2, first)
        assert (first.get("/livez"), first.get("/readyz")) == ("ok\n", "ok\n")
        assert first.stop(signal.SIGTERM) == 0
    before = accepted(data)
    assert len(before) >= 2

    with started(data, "run") as second:
        until(lambda: second.published() >= 1, second)
        assert second.stop(signal.SIGINT) == 0
    after = accepted(data)
    assert set(before) < set(after)
    assert set(after.values()) == {1}
    assert status(data)["posts"] == len(after)
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]


def test_a_person_approves_from_another_process(tmp_path: Path) -> None:
    data, brief = tmp_path / "data", tmp_path / "brief.yaml"
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    assert "mode: automatic" in shipped
    brief.write_text(shipped.replace("mode: automatic", "mode: approve"), encoding="utf-8")
    files = ("--brief", brief, "--content", "config/content/steady")
    approved: set[str] = set()

    def approve(kind: str) -> bool:
        """Approve whatever waits now; a slot may pass meanwhile, and its post then waits no longer."""
        waits = [item["id"] for item in _waiting(data) if item["kind"] == kind]
        for one in waits:
            words = command("approve", one, "--data", data)
            done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0 or "nothing that waits" in done.stderr, done.stderr
            approved.add(one)
        return bool(waits)

    with started(data, "run", *files, *NETWORK, "--compress", "5000") as running:
        until(lambda: 'type="StrategyChosen"' in running.get("/metrics"), running)
        until(lambda: approve("strategy"), running)
        assert running.published() == 0
        until(lambda: [approve("post"), running.published() >= 1][-1], running)
        assert running.stop() == 0
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        sent = [
            json.loads(text) for (text,) in connection.execute("SELECT event FROM log WHERE name = 'PostPublished'")
        ]
    connection.close()
    assert {event["data"]["post"] for event in sent} <= approved
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]


def _waiting(data: Path) -> list[dict[str, str]]:
    campaigns = json.loads(mowj("status", "--data", data, "--json"))["campaigns"]
    return [item for campaign in campaigns for item in campaign["waiting"]]


def test_a_post_that_is_written_while_it_runs_is_offered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    posts = Path(shutil.copytree("config/content/steady", tmp_path / "posts"))
    files = ("--brief", "config/briefs/steady.yaml", "--content", posts)
    with started(data, "run", *files, *NETWORK) as running:
        until(lambda: "running" in running.log.read_text(encoding="utf-8"), running)
        (posts / "broken.md").write_text("no front matter", encoding="utf-8")
        until(lambda: "content not taken" in running.log.read_text(encoding="utf-8"), running)
        sample = next(posts.rglob("[!b]*.md")).read_text(encoding="utf-8")
        (posts / "broken.md").write_text(sample, encoding="utf-8")
        until(lambda: '"pieces": 1' in running.log.read_text(encoding="utf-8"), running)
        assert running.stop() == 0


def test_one_run_works_on_a_directory_at_a_time(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", *STEADY, *NETWORK) as running:
        until(lambda: '"running"' in running.log.read_text(encoding="utf-8"), running)
        with started(data, "run") as second:
            assert second.process.wait(60) == 2
            said = " ".join(second.log.read_text(encoding="utf-8").split())
            assert "data already: stop it with Ctrl-C or `kill" in said
        assert running.stop() == 0


def test_advice_is_given_for_a_network_that_nothing_serves_and_never_sent(tmp_path: Path) -> None:
    """The brief says automatic: `mowj advise` outweighs it."""
    brief = tmp_path / "brief.yaml"
    text = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    brief.write_text(text.replace("channel: simulated", "channel: instagram"), encoding="utf-8")
    words = ("advise", "--brief", brief, "--content", "config/content/steady", "--compress", str(SPEED))
    with started(tmp_path / "data", *words) as running:
        until(lambda: 'type="CalendarExtended"' in running.get("/metrics"), running)
        said = running.get("/metrics")
        assert running.stop() == 0
    assert 'type="PostProposed"' in said
    assert 'type="PostScheduled"' not in said
    assert json.loads(mowj("status", "--data", tmp_path / "data", "--json"))["campaigns"][0]["mode"] == "advise"


def test_workers_in_processes_of_their_own_share_one_store(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(tmp_path / "network.sqlite", world="steady") as network:
        remote = ("--platform", "simulated-remote", "--platform-url", network.url)
        with started(data, "run", *STEADY, *remote, "--compress", str(SPEED)) as run:
            until(lambda: '"running"' in run.log.read_text(encoding="utf-8"), run)
            assert run.stop() == 0
        thinkers = ("analyst", "strategist", "planner", "evaluator", "reviser")
        with started(data, "worker", *thinkers) as minds, started(data, "worker", "editor") as desk:
            with started(data, "worker", "publisher", "observer") as hands:
                until(lambda: hands.published() >= 2, hands)
                assert hands.stop() == 0
            assert (minds.stop(), desk.stop()) == (0, 0)
        keys = Counter(post["key"] for post in network.accepted())
    assert set(keys.values()) == {1}
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]


def test_a_halted_partition_makes_the_process_unready(tmp_path: Path) -> None:
    """A known event in a version that nobody here can read stops the partition, and everybody sees it."""
    data = tmp_path / "data"
    with started(data, "run", *STEADY, *NETWORK) as running:
        until(lambda: 'type="PlanMade"' in running.get("/metrics"), running)
        assert running.stop() == 0
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        connection.execute("UPDATE log SET event = replace(event, 'AudienceAnalyzed.v1', 'AudienceAnalyzed.v99')")
        connection.execute("DELETE FROM positions WHERE worker = 'strategist'")
        connection.execute("DELETE FROM states WHERE worker = 'strategist'")
    connection.close()
    with started(data, "run") as running:
        until(lambda: "partition halted" in running.log.read_text(encoding="utf-8"), running)
        with pytest.raises(HTTPError) as refused:
            running.get("/readyz")
        with refused.value as answer:
            assert answer.code == 503
            assert "strategist has halted" in answer.read().decode()
        assert running.get("/livez") == "ok\n"
        assert running.stop() == 0
    assert "HALTED     strategist" in mowj("status", "--data", data)
