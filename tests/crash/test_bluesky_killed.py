"""SIGKILL between the call to Bluesky and its answer, fifty times: each post is on the network exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from tests.bluesky import Answer, Door, Login, door, eventually, network
from tests.crash.bluesky_sender import ACCOUNT, POSTS, kind, name
from workers.platforms.bluesky.keys import following
from workers.runtime.store.rows import EffectState
from workers.runtime.store.sqlite import SqliteStore

pytestmark = pytest.mark.bluesky

KILLS: Final = 50
PATIENCE: Final = 120.0
"""Seconds until a sender calls, or is done; a taken effect is free after eight."""
MOMENTS: Final = (
    "answered into the void",
    "answered into the void",
    "carried out after the death",
    "never carried out",
)


def sender(folder: Path, options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.bluesky_sender", str(folder), options]
    log = (folder / "sender.log").open("ab")
    with log:
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def killed(folder: Path, options: str, way: Door, moment: str) -> None:
    """One life: it ends by SIGKILL while the network has its post and it has no answer."""
    called, dead = threading.Event(), threading.Event()

    def act(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> Answer | None:
        if called.is_set():
            return None  # of a second thread of the same process, which dies with it
        answer = go(None) if moment == "answered into the void" else None
        called.set()
        dead.wait(PATIENCE)
        if moment == "carried out after the death":
            return go(None)
        return answer

    way.rules["applyWrites"] = act
    process = sender(folder, options)
    try:
        assert called.wait(PATIENCE), (folder / "sender.log").read_text("utf-8")[-3000:]
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        dead.set()
        way.rules.clear()


def test_fifty_kills_between_call_and_answer_leave_every_post_on_the_network_exactly_once(tmp_path: Path) -> None:
    net = network()
    login: Login = net.account()
    for number in range(2):
        Image.new("RGB", (40 + number, 30), "brown").save(tmp_path / f"{number}.png")
    with door(net.pds) as way:
        options = json.dumps(login.options(ACCOUNT, base_url=way.url))
        for number in range(KILLS):
            killed(tmp_path, options, way, MOMENTS[number % len(MOMENTS)])
        last = sender(tmp_path, options)
        try:
            assert last.wait(PATIENCE) == 0, (tmp_path / "sender.log").read_text("utf-8")[-3000:]
        finally:
            last.kill()
            last.wait()
        sent = way.asked.count("applyWrites")
    assert sent > POSTS, "some posts were sent more than once, under their keys"
    assert_once(login, tmp_path)


def assert_once(login: Login, folder: Path) -> None:
    """By what the data server holds, by what the AppView shows, and by the ledger's own rows."""
    records = {record["uri"]: record["value"] for record in login.records()}
    eventually(lambda: len(login.posts()) >= len(records))
    shown = {post["uri"]: post for post in login.posts()}
    assert set(shown) == set(records)
    roots = {uri: value for uri, value in records.items() if "reply" not in value}
    texts = Counter(value["text"].partition(".")[0] + "." for value in roots.values())
    assert texts == Counter(name(number) for number in range(POSTS))
    store = SqliteStore(folder / "mowj.sqlite")
    with store.view() as view:
        rows = {row.key.rpartition("-")[2]: row for row in view.effects()}
    store.close()
    assert {row.state for row in rows.values()} == {EffectState.DONE}
    parts = 0
    for number in range(POSTS):
        reference = str(rows[str(number)].reference)
        root, _, count = reference.partition("#")
        assert roots[root]["text"].startswith(name(number))
        place, _, first = root.rpartition("/")
        thread = [f"{place}/{following(first, part)}" for part in range(int(count or 1))]
        assert all(uri in shown for uri in thread)
        assert (len(thread) > 1) is (kind(number) == "thread")
        parts += len(thread)
        pictures = shown[root]["record"].get("embed", {}).get("images", [])
        assert [image["alt"] for image in pictures] == (["Picture 0", "Picture 1"] if kind(number) == "photo" else [])
    assert parts == len(records), "nothing is there that the ledger does not know"
