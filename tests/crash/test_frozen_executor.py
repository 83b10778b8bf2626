"""An executor that freezes in mid-call for longer than its lease, and then goes on: real processes on one ledger.

Its posts wait in an anteroom of the network, so that its call is under way for as long as the test wants; another
executor goes there directly.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from events.runtime import EffectKind
from tests.contract.simulated_server import RunningServer, running_server
from tests.crash.anteroom import Anteroom, anteroom
from tests.crash.outgrown import brief
from tests.integration.running import Running, mowj, started, until
from tests.services import address_of, own_name
from workers.platforms.simulated.record import Record
from workers.runtime.store.rows import EffectRow, EffectState
from workers.runtime.store.sqlite import SqliteStore

pytestmark = pytest.mark.faults

SPEED = 500
"""A lease lasts seconds, so little of the day that a post may be late, on a busy machine too."""
MINDS = ("analyst", "strategist", "planner", "editor", "publisher", "evaluator", "reviser")
"""All but the observer, so that posts are all that is to be sent."""


@dataclass
class Place:
    """Processes that decide, and an executor on the other side of the anteroom."""

    data: Path
    network: RunningServer
    settings: dict[str, str]
    stack: ExitStack
    room: Anteroom
    first: Running

    def rows(self) -> list[EffectRow]:
        store = SqliteStore(self.data / "mowj.sqlite")
        try:
            with store.view() as view:
                return list(view.effects())
        finally:
            store.close()

    def state(self, key: str) -> EffectState:
        return next(row.state for row in self.rows() if row.key == key)

    def settles(self, key: str, *states: EffectState) -> None:
        until(lambda: self.state(key) in states, self.first)

    def key_under_way(self) -> str:
        """Of the post that stands in the anteroom."""

        def taken() -> list[str]:
            return [
                row.key for row in self.rows() if row.kind is EffectKind.PUBLISH and row.state is EffectState.SENDING
            ]

        until(self.room.arrived.is_set, self.first)
        (key,) = taken()
        return key

    def executor(self, url: str, *beside: str) -> Running:
        """One of its own; `beside` is what tells its process from another on the same directory."""
        network = ("--platform", "simulated-remote", "--platform-url", url)
        process = self.stack.enter_context(
            started(self.data, "worker", "executor", *beside, *network, settings=self.settings)
        )
        until(lambda: '"running"' in process.log.read_text(encoding="utf-8"), process)
        return process

    def tell(self, number: signal.Signals) -> None:
        self.first.process.send_signal(number)

    def on_network(self, key: str) -> int:
        """How often the network has accepted it, as it counts itself."""
        return self.accepted().count(key)

    def accepted(self) -> list[str]:
        """The keys of the posts in the network's own file."""
        return [post.key for post in Record(self.data.with_name("network.sqlite")).accepted()]

    def assert_nothing_is_out_twice_and_all_adds_up(self) -> None:
        keys = self.accepted()
        assert len(keys) == len(set(keys))
        report = json.loads(mowj("audit", "--data", self.data, "--json"))
        assert report["clean"], report["failures"]


@contextmanager
def frozen_in_mid_call(folder: Path, *, keyed: bool) -> Iterator[tuple[Place, str]]:
    """The executor stands still, its post stands in the anteroom, and the post's key is given."""
    data = folder / "data"
    settings = {
        "MOWJ_EXECUTOR__KIND": "redis",
        "MOWJ_EXECUTOR__URL": address_of("redis"),
        "MOWJ_EXECUTOR__NAMESPACE": own_name(),
        "MOWJ_EXECUTOR__RESEND_SECONDS": "1",
        "MOWJ_EXECUTOR__THREADS": "1",
        "MOWJ_EXECUTOR__ANSWER_SECONDS": "2",
        "MOWJ_EXECUTOR__LEASE_SECONDS": "10",
        "MOWJ_PLATFORMS__SIMULATED__OPTIONS__DEADLINE_SECONDS": "2",
    }
    with ExitStack() as stack:
        network = stack.enter_context(running_server(folder / "network.sqlite", world="steady", keyed=keyed))
        room = stack.enter_context(anteroom(network.url))
        remote = ("--platform", "simulated-remote", "--platform-url", network.url)
        given = ("--brief", brief(folder), "--content", "config/content/steady", "--compress", str(SPEED))
        with started(data, "run", *given, *remote, settings=settings) as run:
            until(lambda: '"running"' in run.log.read_text(encoding="utf-8"), run)
            assert run.stop() == 0
        place = Place(data, network, settings, stack, room, run)
        place.first = place.executor(room.url)
        minds = stack.enter_context(started(data, "worker", *MINDS, settings=settings))
        key = place.key_under_way()
        place.tell(signal.SIGSTOP)
        yield place, key
        place.tell(signal.SIGCONT)
        assert (minds.stop(), place.first.stop()) == (0, 0)


def test_a_frozen_call_whose_post_is_out_is_found_by_who_takes_over_and_not_sent_again(tmp_path: Path) -> None:
    with frozen_in_mid_call(tmp_path, keyed=False) as (place, key):
        place.room.opened.set()
        until(lambda: place.on_network(key) == 1, place.first)
        second = place.executor(place.network.url, "observer")
        place.settles(key, EffectState.DONE)
        place.tell(signal.SIGCONT)
        assert second.stop() == 0
    assert place.state(key) is EffectState.DONE
    place.assert_nothing_is_out_twice_and_all_adds_up()


def test_a_frozen_call_without_a_key_becomes_uncertain_and_is_known_as_out_once_it_was_answered(tmp_path: Path) -> None:
    with frozen_in_mid_call(tmp_path, keyed=False) as (place, key):
        second = place.executor(place.network.url, "observer")
        place.settles(key, EffectState.UNCERTAIN)
        assert place.on_network(key) == 0, "nobody else has sent it"
        place.room.opened.set()
        until(lambda: place.on_network(key) == 1, place.first)
        place.tell(signal.SIGCONT)
        place.settles(key, EffectState.DONE)
        assert second.stop() == 0
    place.assert_nothing_is_out_twice_and_all_adds_up()


def test_a_frozen_call_under_a_key_is_sent_again_by_who_takes_over_and_the_network_has_it_once(tmp_path: Path) -> None:
    with frozen_in_mid_call(tmp_path, keyed=True) as (place, key):
        second = place.executor(place.network.url, "observer")
        place.settles(key, EffectState.DONE)
        assert place.on_network(key) == 1
        place.room.opened.set()
        place.tell(signal.SIGCONT)
        assert second.stop() == 0
    assert place.state(key) is EffectState.DONE
    assert place.on_network(key) == 1
    place.assert_nothing_is_out_twice_and_all_adds_up()
