"""Brokers that are killed, emptied and frozen in the middle of their work: every effect still settles, once.

The network counts what it accepted, independently of Mowj, and takes no key: a second post would be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from tests.contract.broker_executors import broker_executor, broker_executors, remove
from tests.services import OwnServices, address_of, own_name, own_services
from tests.unit.runtime.toys import CAMPAIGN, CHANNEL, START, ScriptedNetwork, World, publish_effect
from workers.runtime.executors.broker import MOST_WAITING, BrokerExecutor
from workers.runtime.ledger import due_effects, planned
from workers.runtime.observing import Observer
from workers.runtime.performing import Performer
from workers.runtime.store.rows import EffectState

pytestmark = pytest.mark.services
BOTH = pytest.mark.parametrize("kind", ["rabbitmq", "redis"])
PATIENCE = 90.0


class Told(Observer):
    """Remembers what it was told of the broker."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.up: list[bool] = []

    def troubled(self, part: str, detail: str) -> None:
        self.troubles.append(part)

    def connected(self, part: str, *, up: bool) -> None:
        self.up.append(up)


class Ledger:
    """Posts that are due now, on a network that takes no keys, and a loop that offers them."""

    def __init__(self, posts: int) -> None:
        self.world = World()
        self.world.network.keyed = False
        runtime = self.world.runtime(roster=())
        self.world.briefed(runtime)
        cause = runtime.history(CAMPAIGN)[-1]
        self.posts = [f"post-{number}" for number in range(posts)]
        with self.world.store.transaction() as tx:
            for post in self.posts:
                effect = publish_effect(post, f"print of {post}", START + timedelta(hours=2))
                tx.put_effect(planned(effect, "publisher", cause, 3, START))
        self.perform = Performer(runtime.shell, {CHANNEL: self.world.network}).perform
        self.slowest_offer = 0.0

    def settled(self) -> int:
        with self.world.store.view() as view:
            return sum(row.state is EffectState.DONE for row in view.effects())

    def offer(self, executor: BrokerExecutor) -> None:
        clock = self.world.clock
        with self.world.store.view() as view:
            due = due_effects(view, clock.now(), clock.machine(), {"publisher"})
        began = monotonic()
        executor.offer(due)
        self.slowest_offer = max(self.slowest_offer, monotonic() - began)

    @contextmanager
    def offered_by(self, executor: BrokerExecutor) -> Iterator[None]:
        """Offer everything that is due again and again, as a loop does."""
        ended = Event()

        def loop() -> None:
            while not ended.wait(0.02):
                self.offer(executor)

        thread = Thread(target=loop)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def wait_for(self, what: Callable[[], bool], why: str) -> None:
        seen, deadline = -1, monotonic() + PATIENCE
        while not what():
            assert monotonic() < deadline, f"{why}: {self.settled()} of {len(self.posts)} are done"
            seen = self.world.store.wait(seen, 0.05)

    def assert_all_once(self) -> None:
        self.wait_for(lambda: self.settled() == len(self.posts), "not everything settled")
        assert sorted(key for key, _, _ in self.world.network.accepted) == sorted(self.posts)


def slow(_network: ScriptedNetwork, _operation: str) -> None:
    """So that something is under way at any moment."""
    Event().wait(0.02)


@BOTH
def test_a_broker_that_is_killed_in_mid_run_loses_and_repeats_nothing(kind: str, tmp_path: Path) -> None:
    ledger, told = Ledger(200), Told()
    ledger.world.network.trouble = slow
    with own_services(tmp_path / "services", kind) as services:
        executor = broker_executor(kind, services.addresses[kind], own_name(), threads=2, observer=told)
        executor.start(ledger.perform)
        try:
            with ledger.offered_by(executor):
                ledger.wait_for(lambda: ledger.settled() >= 20, "nothing began")
                services.kill(kind)
                ledger.wait_for(lambda: "broker" in told.troubles, "the loss was not told")
                assert executor.trouble() is not None
                assert ledger.settled() < 200
                services.up(kind)
                ledger.assert_all_once()
                ledger.wait_for(lambda: executor.trouble() is None, "the broker's return was not noticed")
        finally:
            executor.stop()
    assert ledger.slowest_offer < 1, "the loop waits for no broker"


@BOTH
def test_a_broker_that_is_emptied_delays_and_changes_nothing(kind: str, tmp_path: Path) -> None:
    ledger = Ledger(200)
    ledger.world.network.trouble = slow
    with own_services(tmp_path / "services", kind) as services:
        prefix = own_name()
        executor = broker_executor(kind, services.addresses[kind], prefix, threads=2)
        executor.start(ledger.perform)
        try:
            with ledger.offered_by(executor):
                for part in (20, 60, 100):
                    ledger.wait_for(lambda part=part: ledger.settled() >= part, "nothing goes on")  # type: ignore[misc]
                    empty(kind, services, prefix)
                ledger.assert_all_once()
        finally:
            executor.stop()


def empty(kind: str, services: OwnServices, prefix: str) -> None:
    """FLUSHALL of the test's own Redis; every queue of the test's own RabbitMQ deleted under its consumers."""
    if kind == "redis":
        import redis  # noqa: PLC0415

        with redis.Redis.from_url(services.addresses["redis"]) as client:
            client.flushall()
    else:
        remove(kind, services.addresses[kind], prefix)


@BOTH
def test_a_run_begins_without_its_broker_and_goes_on_when_it_comes(kind: str, tmp_path: Path) -> None:
    ledger, told = Ledger(20), Told()
    with own_services(tmp_path / "services", kind) as services:
        services.kill(kind)
        executor = broker_executor(kind, services.addresses[kind], own_name(), threads=2, observer=told)
        executor.start(ledger.perform)
        try:
            with ledger.offered_by(executor):
                ledger.wait_for(lambda: "broker" in told.troubles, "the loss was not told")
                assert ledger.settled() == 0
                services.up(kind)
                ledger.assert_all_once()
        finally:
            executor.stop()
    assert told.up[0] is False
    assert told.up[-1] is True


@BOTH
def test_a_frozen_broker_holds_up_neither_the_loop_nor_the_end(kind: str, tmp_path: Path) -> None:
    ledger = Ledger(20)
    with own_services(tmp_path / "services", kind) as services:
        executor = broker_executor(kind, services.addresses[kind], own_name(), threads=1)
        executor.start(ledger.perform)
        ledger.offer(executor)
        ledger.wait_for(lambda: ledger.settled() >= 1, "nothing began")
        services.suspend(kind)
        try:
            for _ in range(50):
                ledger.offer(executor)
            began = monotonic()
            executor.stop()
            assert monotonic() - began < 30
        finally:
            services.resume(kind)
    assert ledger.slowest_offer < 1


@BOTH
def test_processes_share_the_work_and_nobody_repeats_anothers(kind: str) -> None:
    ledger = Ledger(200)
    ledger.world.network.trouble = slow
    by: dict[str, set[str]] = {"one": set(), "two": set()}
    with broker_executors(kind, address_of(kind), threads=2) as make:
        offering = make(threads=0)
        offering.start(ledger.perform)
        for mine in by.values():

            def perform(key: str, mine: set[str] = mine) -> None:
                mine.add(key)
                ledger.perform(key)

            make().start(perform)
        with ledger.offered_by(offering):
            ledger.assert_all_once()
    assert all(by.values()), "both did some of it"


@BOTH
def test_nobody_fills_a_queue_that_nobody_empties(kind: str) -> None:
    ledger = Ledger(3 * MOST_WAITING)
    told: dict[str, int] = {}

    class Counting(Observer):
        def queued(self, queue: str, messages: int) -> None:
            told[queue] = max(told.get(queue, 0), messages)

    with broker_executors(kind, address_of(kind), threads=0, resend=0.05, observer=Counting()) as make:
        offering = make()
        offering.start(ledger.perform)
        with ledger.offered_by(offering):
            ledger.wait_for(lambda: told.get("publish", 0) >= MOST_WAITING, "nothing was sent")
            rounds = [0]

            def looked() -> bool:
                rounds[0] += 1
                return rounds[0] > 40

            ledger.wait_for(looked, "never")
    assert told["publish"] == MOST_WAITING


@BOTH
def test_a_message_that_says_nonsense_is_passed_over(kind: str) -> None:
    ledger = Ledger(5)
    with broker_executors(kind, address_of(kind), threads=1) as make:
        executor = make()
        executor.start(ledger.perform)
        with ledger.world.store.view() as view:
            row = view.open_effects()[0]
        executor.offer([replace(row, key="no such effect"), replace(row, key="post-0 and more")])
        with ledger.offered_by(executor):
            ledger.assert_all_once()


@BOTH
def test_what_fails_is_tried_again_after_a_while_and_not_in_a_circle(kind: str) -> None:
    ledger, tried = Ledger(1), list[float]()

    def fail(_key: str) -> None:
        tried.append(monotonic())
        raise ConnectionError("the store does not answer")

    with broker_executors(kind, address_of(kind), threads=2, resend=1.0) as make:
        executor = make()
        executor.start(fail)
        with ledger.offered_by(executor):
            ledger.wait_for(lambda: len(tried) >= 3, "not tried again")
    assert all(later - earlier > 0.9 for earlier, later in pairwise(tried))
