"""One suite for every executor: the ledger says what is to be done, the executor that it gets done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Event, Thread
from time import monotonic

import pytest
from dramatiq.middleware import TimeLimitExceeded

from events.campaign import CampaignPaused
from tests.contract.broker_executors import broker_executors
from tests.services import address_of
from tests.unit.runtime.toys import CAMPAIGN, CHANNEL, START, ScriptedNetwork, World, publish_effect, tell
from workers.runtime.executors.in_process import DramatiqExecutor
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.executors.protocol import Executor
from workers.runtime.ledger import due_effects, planned
from workers.runtime.performing import Performer
from workers.runtime.store.rows import EffectRow, EffectState

LIMIT = timedelta(seconds=90)


class Performed:
    """Counts performances, and lets a test wait for one."""

    def __init__(self, perform: Callable[[str], None]) -> None:
        self.keys: list[str] = []
        self._perform = perform
        self._changed = Condition()

    def __call__(self, key: str) -> None:
        try:
            self._perform(key)
        finally:
            with self._changed:
                self.keys.append(key)
                self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.keys) >= count, timeout=30)

    def offered_until(self, count: int, offer: Callable[[], bool]) -> None:
        """Offer again and again, as the loop does, until there were so many performances."""
        end = monotonic() + 30
        while len(self.keys) < count:
            assert monotonic() < end
            offer()
            with self._changed:
                self._changed.wait_for(lambda: len(self.keys) >= count, timeout=0.05)


BROKERS = [pytest.param(kind, marks=pytest.mark.services) for kind in ("rabbitmq", "redis")]


THREADED = ["dramatiq", *BROKERS]


@pytest.fixture(params=["inline", *THREADED])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with executor_of(request.param) as made:
        yield made


@contextmanager
def executor_of(kind: str, time_limit: timedelta = LIMIT) -> Iterator[Executor]:
    if kind in {"rabbitmq", "redis"}:
        with broker_executors(kind, address_of(kind), time_limit=time_limit) as make:
            yield make(threads=2)
        return
    made: Executor = InlineExecutor() if kind == "inline" else DramatiqExecutor(threads=2, time_limit=time_limit)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def world() -> World:
    """A briefed campaign with two posts in the ledger, due now."""
    world = World()
    runtime = world.runtime(roster=())
    world.briefed(runtime)
    cause = runtime.history(CAMPAIGN)[-1]
    with world.store.transaction() as tx:
        for post in ("one", "two"):
            effect = publish_effect(post, f"print of {post}", START + timedelta(hours=2))
            tx.put_effect(planned(effect, "publisher", cause, 3, START))
    return world


def performer(world: World) -> Performer:
    return Performer(world.runtime(roster=()).shell, {CHANNEL: world.network})


def due(world: World) -> list[EffectRow]:
    with world.store.view() as view:
        return due_effects(view, world.clock.now(), world.clock.machine(), {"publisher"})


def rows(world: World, *keys: str) -> list[EffectRow]:
    with world.store.view() as view:
        return [row for row in view.open_effects() if row.key in keys]


def drive(executor: Executor, world: World, performed: Performed, count: int) -> None:
    """Offer what is due, as the loop does, until so many performances have ended."""
    while len(performed.keys) < count:
        if not executor.offer(due(world)):
            performed.wait_for(count)


def test_what_is_offered_gets_done_and_settles(executor: Executor, world: World) -> None:
    performed = Performed(performer(world).perform)
    executor.start(performed)
    drive(executor, world, performed, 2)
    with world.store.view() as view:
        assert [row.state for row in view.effects()] == [EffectState.DONE, EffectState.DONE]
    assert sorted(key for key, _, _ in world.network.accepted) == ["one", "two"]


def test_a_key_offered_again_and_again_is_sent_once(executor: Executor, world: World) -> None:
    world.network.keyed = False
    performed = Performed(performer(world).perform)
    executor.start(performed)
    for _ in range(5):
        executor.offer(rows(world, "one"))
    performed.wait_for(1)
    executor.offer(rows(world, "one", "two"))
    executor.offer(rows(world, "two"))
    executor.stop()
    assert [key for key, _, _ in world.network.accepted].count("one") == 1


def test_a_performance_that_fails_leaves_the_others_alone(executor: Executor, world: World) -> None:
    real = performer(world).perform
    failed = Event()

    def perform(key: str) -> None:
        if key == "one" and not failed.is_set():
            failed.set()
            raise OSError("the disk is full")
        real(key)

    performed = Performed(perform)
    executor.start(performed)
    try:
        drive(executor, world, performed, 2)
    except OSError:
        assert isinstance(executor, InlineExecutor), "on the loop's own thread the loop's run ends with it"
        drive(executor, world, performed, 3)
    else:
        performed.offered_until(3, lambda: executor.offer(due(world)))
    assert sorted(key for key, _, _ in world.network.accepted) == ["one", "two"]


def test_after_stop_nothing_is_begun(executor: Executor, world: World) -> None:
    performed = Performed(performer(world).perform)
    executor.start(performed)
    executor.stop()
    assert executor.offer(rows(world, "one")) is False
    assert performed.keys == []
    assert world.network.accepted == []


@pytest.mark.parametrize("kind", THREADED)
def test_stop_waits_for_the_call_that_is_under_way(kind: str, world: World) -> None:
    called, answer = Event(), Event()

    def slow(_network: ScriptedNetwork, _operation: str) -> None:
        called.set()
        assert answer.wait(30)

    world.network.trouble = slow
    with executor_of(kind) as executor:
        executor.start(performer(world).perform)
        executor.offer(rows(world, "one"))
        assert called.wait(30)
        stopping = Thread(target=executor.stop)
        stopping.start()
        answer.set()
        stopping.join(30)
        assert not stopping.is_alive()
    with world.store.view() as view:
        row = view.effect("one")
    assert row is not None
    assert row.state is EffectState.DONE


@pytest.mark.parametrize("kind", THREADED)
def test_a_performance_beyond_the_time_limit_is_interrupted(kind: str, world: World) -> None:
    """Its lease has run out long before, so that somebody else has the effect: this one must not linger."""
    interrupted = Event()

    def linger(_key: str) -> None:
        try:
            while not interrupted.wait(0.01):
                pass
        except TimeLimitExceeded:
            interrupted.set()
            raise

    with executor_of(kind, timedelta(milliseconds=100)) as executor:
        executor.start(linger)
        executor.offer(rows(world, "one"))
        assert interrupted.wait(30)


def test_a_pause_that_comes_while_keys_are_offered_still_holds(executor: Executor, world: World) -> None:
    waiting = due(world)
    performed = Performed(performer(world).perform)
    tell(world.runtime(roster=()), CampaignPaused(reason="wait", by="olivia"), "pause")
    executor.start(performed)
    executor.offer(waiting)
    performed.wait_for(1)
    executor.stop()
    assert world.network.accepted == []


def test_a_store_that_fails_on_a_brokers_thread_ends_the_run_on_the_loops(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Trying again every few seconds would not make room on a full disk, and would fill the log."""
    ended = Event()

    def perform(_key: str) -> None:
        ended.set()
        raise sqlite3.OperationalError("database or disk is full")

    executor = DramatiqExecutor(threads=1, time_limit=timedelta(seconds=90))
    executor.start(perform)
    executor.offer(rows(world, "one"))
    assert ended.wait(30)
    executor.stop()
    with pytest.raises(sqlite3.OperationalError, match="database or disk is full"):
        executor.offer([])
    assert caplog.records == []
