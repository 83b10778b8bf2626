"""The same runtime on a file: the same log as in memory, through crashes, threads and several processes' worth of
stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.unit.runtime.toys import CAMPAIGN, CHANNEL, ROSTER, START, ScriptedNetwork, World
from workers.platforms.protocol import Say
from workers.runtime.assembly import assemble
from workers.runtime.clock import Clock, CompressedClock
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime
from workers.runtime.shell import Patience, SimulatedCrash
from workers.runtime.store.rows import EffectState
from workers.runtime.store.sqlite import SqliteStore

END = START + timedelta(hours=20)
SPEED = 20_000.0


def live(world: World, **options: Any) -> None:
    runtime = world.runtime(**options)
    world.briefed(runtime)
    runtime.advance_to(END)


def test_a_file_gives_the_same_log_as_memory_through_crashes(tmp_path: Path) -> None:
    memory, moments = World(), list[str]()
    live(memory, fault=moments.append)
    compared = 0
    for moment in range(0, len(moments), 23):
        path, left = tmp_path / f"{moment}.sqlite", [moment]

        def fault(_name: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SimulatedCrash

        world = World(store=SqliteStore(path))
        with pytest.raises(SimulatedCrash):
            live(world, fault=fault)
        world.store.close()
        world.store = SqliteStore(path)
        with world.store.view() as view:
            inside = any(row.state is EffectState.SENDING for row in view.open_effects())
        live(world)
        if not inside:
            compared += 1
            assert world.log() == memory.log(), f"crashed {moments[moment]} ({moment})"
        assert set(Counter(fingerprint for _, fingerprint, _ in world.network.accepted).values()) == {1}
        world.store.close()
    assert compared > 8


class Quiet:
    """The network as a second process sees it: it speaks to the first one only."""

    def __init__(self, network: ScriptedNetwork) -> None:
        self.limits, self.publish, self.find = network.limits, network.publish, network.find
        self.read_post, self.read_account = network.read_post, network.read_account

    def advance(self, to: datetime) -> None: ...


class Site:
    """A file and a network in compressed time; runtimes on threads stand for processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.anchor = datetime.now(UTC)
        self.network = ScriptedNetwork(CompressedClock(self.anchor, SPEED), keyed=False)

    @contextmanager
    def running(self, member: str, roster: tuple[Any, ...] = ROSTER) -> Iterator[Runtime]:
        """A runtime that runs until the block ends; an error on its thread fails the test."""
        store, stop, errors = SqliteStore(self.path), Event(), list[BaseException]()

        def network(_clock: Clock, say: Say) -> ScriptedNetwork | Quiet:
            if self.network.say is not None:
                return Quiet(self.network)
            self.network.say = say
            return self.network

        patience = Patience()
        runtime = assemble(
            roster,
            store,
            CompressedClock(self.anchor, SPEED),
            platforms={CHANNEL: network},
            executor=DramatiqExecutor(threads=2, time_limit=patience.time_limit),
            member=member,
            decidedby="toys",
        )

        def run() -> None:
            try:
                runtime.run_forever(stop)
            except BaseException as error:  # noqa: BLE001 - raised again below, on the test's thread
                errors.append(error)

        thread = Thread(target=run)
        thread.start()
        try:
            yield runtime
        finally:
            stop.set()
            thread.join()
            if isinstance(runtime.platforms[CHANNEL], ScriptedNetwork):
                self.network.say = None
            store.close()
        if errors:
            raise errors[0]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    return Site(tmp_path / "mowj.sqlite")


def wait_until(runtime: Runtime, reached: Callable[[Counter[str]], bool]) -> None:
    """Wait, commit by commit, until the campaign's events satisfy a condition."""
    store, deadline = runtime.shell.store, 150
    seen = store.wait(-1, 0)
    for _ in range(deadline):
        if reached(Counter(event.name for event in runtime.history(CAMPAIGN))):
            return
        seen = store.wait(seen, 0.2)
    pytest.fail("the campaign never got there")


def brief(runtime: Runtime) -> None:
    world = World()
    world.briefed(runtime)


def assert_sound(runtime: Runtime, site: Site) -> None:
    report = Operator(runtime.shell).audit(ROSTER, "toys")
    assert report.clean, report.failures
    prints = Counter(fingerprint for _, fingerprint, _ in site.network.accepted)
    assert set(prints.values()) == {1}
    assert not Operator(runtime.shell).halts()


def test_a_running_runtime_publishes_is_stopped_and_goes_on_where_it_stopped(site: Site) -> None:
    with site.running("one") as runtime:
        brief(runtime)
        wait_until(runtime, lambda names: names["PostPublished"] >= 2)
    with site.running("one") as runtime:
        brief(runtime)
        wait_until(runtime, lambda names: names["PostPublished"] >= 3 and names["MetricObserved"] >= 1)
        assert_sound(runtime, site)


def test_two_processes_share_one_file_and_each_runs_its_own_workers(site: Site) -> None:
    with site.running("first", ROSTER[:2]) as one, site.running("second", ROSTER[2:]) as other:
        brief(one)
        wait_until(other, lambda names: names["PostPublished"] >= 2 and names["KPIMet"] >= 2)
        assert_sound(one, site)


def test_a_standby_takes_over_nothing_while_the_holder_lives(site: Site) -> None:
    with site.running("holder") as holder:
        brief(holder)
        wait_until(holder, lambda names: names["PostPublished"] >= 1)
        with site.running("standby") as standby:
            wait_until(holder, lambda names: names["PostPublished"] >= 2)
            assert all(standby.loop.holdings.reader(worker.name, p) is None for worker in ROSTER for p in range(64))
        assert_sound(holder, site)


def test_an_error_on_a_platforms_thread_ends_the_run(site: Site) -> None:
    def explode(_to: datetime) -> None:
        raise ZeroDivisionError("a bug in a plug-in")

    site.network.advance = explode  # type: ignore[assignment,method-assign]
    with pytest.raises(ZeroDivisionError), site.running("one") as runtime:
        wait_for_the_end(runtime)


def wait_for_the_end(runtime: Runtime) -> None:
    """The executor stops when the run does."""
    store = runtime.shell.store
    for _ in range(200):
        if runtime.executor.offer([]) is False and getattr(runtime.executor, "_actor", None) is None:
            return
        store.wait(store.wait(-1, 0), 0.05)
    pytest.fail("the run did not end")
