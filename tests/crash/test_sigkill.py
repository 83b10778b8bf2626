"""Real processes, really killed: `mowj run` on SQLite, in compressed time, against a network in a process of its own.

Kills come at seeded random moments: after so many further events, in the middle of a publishing call that the network
still carries out, and in one that dies with the network. Nothing here sleeps; every wait is for a condition.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from events.envelope import outside_id
from tests.contract.simulated_server import RunningServer, running_server
from tests.integration.running import Running, mowj, started, until

pytestmark = pytest.mark.slow_crash

KILLS: Final = 32
SPEED: Final = 10_000
"""A campaign's day passes in about nine seconds."""
CAMPAIGN: Final = "roastery"
SHOP: Final = "/shops/roastery"
ENDINGS: Final = ("PostPublished", "PostFailed", "PostUncertain")


@dataclass
class Place:
    """A data directory, its network, and the luck by which processes die there."""

    folder: Path
    keyed: bool
    luck: random.Random
    networks: ExitStack
    network: RunningServer
    briefed: bool = False
    emitted: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Posts whose publishing call was broken off."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @contextmanager
    def running(self) -> Iterator[Running]:
        """`mowj run`: with its files the first time, then going on with what the directory remembers."""
        words: list[str | Path] = ["run", "--platform", "simulated-remote", "--platform-url", self.network.url]
        if not self.briefed:
            words += ["--brief", brief(self.folder), "--content", "config/content/steady", "--compress", str(SPEED)]
        with started(self.data, *words) as process:
            until(lambda: '"running"' in process.log.read_text(encoding="utf-8"), process)
            self.briefed = True
            yield process

    def restart_network(self) -> None:
        """The network has died; it is raised up again from its own file."""
        self.network = self.networks.enter_context(served(self.folder, keyed=self.keyed))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "mowj.sqlite", timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def logged(self) -> int:
        return int(self.rows("SELECT count(*) FROM log")[0][0])

    def grows(self, events: int, process: Running) -> None:
        """Wait until so many further events are on the log."""
        wanted = self.logged() + events
        until(lambda: self.logged() >= wanted, process)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(text) for (text,) in self.rows("SELECT event FROM log ORDER BY partition, place")]

    def ledger(self, *states: str) -> set[str]:
        """Posts whose effect stands so."""
        rows = [json.loads(row) for (row,) in self.rows("SELECT row FROM effects")]
        return {row["key"].rsplit("|", 1)[1] for row in rows if row["kind"] == "publish" and row["state"] in states}

    def calls(self) -> set[str]:
        """Posts of which nobody knows yet whether they went out."""
        return self.ledger("sending", "asking")

    def said(self, name: str) -> set[str]:
        """Posts of which the log says this."""
        rows = self.rows("SELECT event FROM log WHERE name = ?", name)
        return {json.loads(text)["data"]["post"] for (text,) in rows}

    def accepted(self) -> Counter[str]:
        """How often the network has each post, by its own file."""
        return Counter(post["post"] for post in self.network.accepted())

    def emit(self) -> None:
        """Somebody outside says a fact; once the command has returned, it may not be lost."""
        own_id = f"order-{len(self.emitted)}"
        mowj(
            *("emit", "ConversionRecorded", "--campaign", CAMPAIGN, "--id", own_id, "--source", SHOP),
            *("--fact", '{"count": 1}', "--data", self.data),
        )
        self.emitted.append(own_id)


def brief(folder: Path) -> Path:
    """The steady brief with many posts, and with the time to publish one that was due while nobody was there."""
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    assert "posts_per_day: 2" in shipped
    path = folder / "brief.yaml"
    path.write_text(shipped.replace("posts_per_day: 2", "posts_per_day: 5\n  grace_minutes: 1440"), encoding="utf-8")
    return path


def served(folder: Path, *, keyed: bool) -> Any:
    return running_server(folder / "network.sqlite", world="steady", keyed=keyed)


@contextmanager
def place(folder: Path, *, keyed: bool, seed: int) -> Iterator[Place]:
    with ExitStack() as networks:
        network = networks.enter_context(served(folder, keyed=keyed))
        yield Place(folder, keyed, random.Random(seed), networks, network)


def kill(here: Place, process: Running) -> None:
    """SIGKILL; what it was calling about when it died is remembered."""
    process.process.kill()
    process.process.wait()
    here.broken |= here.calls()


def killed_after_some_events(here: Place) -> None:
    with here.running() as process:
        here.grows(here.luck.randint(0, 30), process)
        kill(here, process)


def killed_inside_a_call(here: Place, *, with_the_network: bool) -> None:
    """The network is frozen until a post is on its way; then Mowj dies, and the network thaws or dies too."""
    with here.running() as process:
        before = here.calls()
        os.kill(here.network.process.pid, signal.SIGSTOP)
        until(lambda: here.calls() - before, process)
        kill(here, process)
        if with_the_network:
            here.network.process.kill()
            here.network.process.wait()
            here.restart_network()
        else:
            os.kill(here.network.process.pid, signal.SIGCONT)


def settled(here: Place, posts: int = 1) -> None:
    """Somebody lives on until so many posts are out and every call is accounted for, and stops when it is asked to."""
    with here.running() as process:
        for wanted in range(posts + 1):
            # One by one: on a busy machine much of the campaign's time passes while its processes start.
            until(lambda: len(here.accepted()) >= wanted, process)  # noqa: B023 - it is over before the next
        until_settled(here, process)
        assert process.stop() == 0


def until_settled(here: Place, process: Running) -> None:
    """Until nothing is open that was broken off, and all that the network has is said to be published, or uncertain.

    The longest wait is for the lease of a broken call, a minute of machine time: as long as `until` is patient.
    """

    def accounted_for() -> bool:
        # Where the network takes no key, a post may be there and stand as uncertain for good.
        published, there = here.said("PostPublished"), set(here.accepted())
        return not (here.calls() & here.broken) and published <= there <= published | here.said("PostUncertain")

    for _ in range(3):
        try:
            until(accounted_for, process)
        except AssertionError:
            assert process.process.poll() is None, process.log.read_text(encoding="utf-8")
            continue
        return
    pytest.fail(f"never accounted for: {here.calls() & here.broken}")


def assert_nothing_lost(here: Place) -> None:
    """What the network said and acknowledged, and what was emitted, is on the log, once."""
    ids = Counter(event["id"] for event in here.log())
    assert set(ids.values()) == {1}
    for own_id in here.emitted:
        assert outside_id(SHOP, own_id) in ids
    with closing(sqlite3.connect(here.folder / "network.sqlite")) as connection:
        told = [row[0] for row in connection.execute("SELECT id FROM conversions WHERE acknowledged")]
    assert told
    assert {outside_id("/platforms/simulated", own_id) for own_id in told} <= set(ids)


def assert_nothing_twice(here: Place) -> set[str]:
    """By the network's own count, by the ledger's and by the log's; returns the posts that the network has."""
    accepted = here.accepted()
    assert set(accepted.values()) == {1}
    keys = Counter(post["key"] for post in here.network.accepted())
    assert set(keys.values()) == {1}
    assert here.ledger("done") == set(accepted), "the ledger knows what the network has"
    endings = Counter(event["data"]["post"] for event in here.log() if short(event) in ENDINGS)
    assert set(endings.values()) == {1}
    assert here.said("PostPublished") <= set(accepted)
    # What stopped between an answer and its telling is told by the next start.
    assert here.ledger("uncertain") == here.broken - set(accepted), "what was broken off, and did not arrive"
    return set(accepted)


def short(event: dict[str, Any]) -> str:
    return str(event["type"].split(".")[1])


def assert_clean(here: Place) -> None:
    report = json.loads(mowj("audit", "--data", here.data, "--json"))
    assert report["clean"], report["failures"][:3]
    assert report["decisions"] > 100
    assert not [event for event in here.log() if short(event) == "EventSetAside"]


def test_thirty_kills_of_a_run_lose_nothing_and_say_and_send_nothing_twice(tmp_path: Path) -> None:
    with place(tmp_path, keyed=True, seed=7) as here:
        for number in range(KILLS):
            if number in {4, 8, 12}:
                killed_inside_a_call(here, with_the_network=False)
            elif number in {6, 10}:
                killed_inside_a_call(here, with_the_network=True)
            else:
                killed_after_some_events(here)
            if number % 10 == 3:
                here.emit()
        settled(here, posts=11)
        assert_nothing_twice(here)
        assert len(here.broken) >= 5
        assert_nothing_lost(here)
        assert_clean(here)


def test_on_a_keyless_network_kills_leave_each_post_out_once_or_standing_as_uncertain(tmp_path: Path) -> None:
    with place(tmp_path, keyed=False, seed=11) as here:
        for number in range(10):
            if number in {2, 5}:
                killed_inside_a_call(here, with_the_network=False)
            elif number in {3, 6}:
                killed_inside_a_call(here, with_the_network=True)
            else:
                killed_after_some_events(here)
        here.emit()
        settled(here)
        accepted = assert_nothing_twice(here)
        assert len(here.said("PostUncertain")) >= 2, "what died with the network cannot be known"
        assert len(here.broken & accepted) >= 2, "what the network took while nobody listened was found"
        assert_nothing_lost(here)
        assert_clean(here)


def test_of_two_worker_processes_on_one_file_either_may_be_killed(tmp_path: Path) -> None:
    """One decides, the other reaches out; whichever dies, the survivor lives on, and the next one goes on."""
    minds = ("worker", "analyst", "strategist", "planner", "editor", "evaluator", "reviser")
    with place(tmp_path, keyed=True, seed=3) as here:
        with here.running() as first:
            assert first.stop() == 0
        hands = (
            "worker",
            "publisher",
            "observer",
            "--platform",
            "simulated-remote",
            "--platform-url",
            here.network.url,
        )
        with ExitStack() as processes:
            mind = processes.enter_context(started(here.data, *minds))
            hand = processes.enter_context(started(here.data, *hands))
            for number in range(6):
                here.grows(here.luck.randint(5, 60), mind)
                if number % 2:
                    kill(here, mind)
                    assert hand.process.poll() is None
                    mind = processes.enter_context(started(here.data, *minds))
                else:
                    kill(here, hand)
                    assert mind.process.poll() is None
                    hand = processes.enter_context(started(here.data, *hands))
            published = len(here.network.accepted())
            until(lambda: len(here.network.accepted()) >= published + 3, mind)
            until_settled(here, hand)
            assert (mind.stop(), hand.stop()) == (0, 0)
        assert_nothing_twice(here)
        assert_nothing_lost(here)
        assert_clean(here)
