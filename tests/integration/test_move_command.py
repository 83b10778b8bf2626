"""`mowj move` as an operator types it: a real installation stops on SQLite and goes on, on PostgreSQL."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.simulated_server import running_server
from tests.contract.stores import postgres_schema
from tests.integration.running import ENVIRONMENT, Running, command, mowj, started, status, until
from tests.integration.test_run_postgres import SPEED, assert_clean, brief, runs, set_store

pytestmark = pytest.mark.services


def refused(*words: str | Path) -> str:
    done = subprocess.run(command(*words), env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    return " ".join(done.stderr.split())


def publishes(running: Running, posts: int) -> None:
    until(lambda: running.published() >= posts, running)


def test_an_installation_moves_by_command_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with (
        running_server(tmp_path / "network.sqlite", world="steady", keyed=True) as network,
        postgres_schema() as (url, namespace),
    ):
        reach = ("--platform", "simulated-remote", "--platform-url", network.url)
        content = ("--brief", brief(tmp_path), "--content", "config/content/steady", "--compress", str(SPEED))
        assert "store.kind postgres" in refused("move", old, "--data", new)
        with started(old, "run", *content, *reach) as running:
            publishes(running, 2)
            with monkeypatch.context() as patched:
                set_store(patched, url, namespace)
                assert "stop every `mowj run`" in refused("move", old, "--data", new)
            assert running.stop() == 0
        (old / "media" / "ab").mkdir(parents=True)
        (old / "media" / "ab" / "picture.jpg").write_bytes(b"as it was offered")
        published = status(old)["posts"]

        with monkeypatch.context() as patched:
            set_store(patched, url, namespace)
            moved = json.loads(mowj("move", old, "--data", new, "--json"))
            assert moved["events"] > 50
            assert (moved["campaigns"], moved["epoch"], moved["already"]) == (1, 2, False)
            assert "has moved to schema" in refused("move", old, "--data", new)
            assert (new / "media" / "ab" / "picture.jpg").read_bytes() == b"as it was offered"
            assert status(new)["posts"] == published
            assert_clean(new)
            with started(new, "run") as running:
                runs(running)
                publishes(running, 2)
                assert running.stop() == 0
            assert_clean(new)
            assert status(new)["posts"] == len(network.accepted()) > published
        for words in (("status",), ("run",), ("pause", "--all", "--by", "olivia"), ("audit",)):
            assert f"has moved to schema '{namespace}'" in refused(*words, "--data", old)
        accepted = Counter(post["key"] for post in network.accepted())
        assert set(accepted.values()) == {1}, "nothing was sent twice"
