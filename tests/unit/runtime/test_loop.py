"""The loop over several workers and campaigns: *now*, own words, and who disturbs whom."""

from __future__ import annotations

from typing import Any

from events.campaign import CampaignPaused, ConversionRecorded
from events.correction import KPIMet
from events.envelope import partition_of
from events.execution import KpiName
from events.runtime import EventSetAside
from tests.unit.runtime.loops import HOUR, PARTITION
from tests.unit.runtime.toys import (
    START,
    World,
    brief,
    tell,
)
from workers.decision import NOTHING, Decision, Delivery, State, Worker
from workers.runtime.clock import VirtualClock


def test_now_never_goes_back_with_an_appenders_clock() -> None:
    seen: list[Any] = []

    def decide(_state: State, delivery: Delivery) -> Decision:
        seen.append(delivery.now)
        return NOTHING

    worker = Worker("evaluator", frozenset({ConversionRecorded}), frozenset(), State, 1, lambda s, _d: s, decide)
    world = World()
    slow = world.runtime(roster=())
    world.briefed(slow)
    world.clock = VirtualClock(START + 3 * HOUR)
    runtime = world.runtime(roster=(worker,))
    tell(runtime, ConversionRecorded(), "by the fast clock")
    tell(slow, ConversionRecorded(), "by the slow clock")
    runtime.run_until_idle()
    assert seen == [START + 3 * HOUR, START + 3 * HOUR]


def test_a_worker_is_never_told_what_it_said_itself() -> None:
    heard: list[str] = []

    def decide(_state: State, delivery: Delivery) -> Decision:
        heard.append(type(delivery.data).__name__)
        if isinstance(delivery.data, ConversionRecorded):
            return Decision(emits=(KPIMet(kpi=KpiName.REACH, plan="p", observed=1, target=1),))
        return NOTHING

    worker = Worker(
        "evaluator", frozenset({ConversionRecorded, KPIMet}), frozenset({KPIMet}), State, 1, lambda s, _d: s, decide
    )
    world = World()
    runtime = world.runtime(roster=(worker,))
    world.briefed(runtime)
    tell(runtime, ConversionRecorded(), "sale")
    runtime.run_until_idle()
    assert heard == ["ConversionRecorded"]
    assert "KPIMet" in world.names()


def test_two_campaigns_in_different_partitions_do_not_disturb_each_other() -> None:
    world = World()
    runtime = world.runtime()
    world.briefed(runtime)
    tell(runtime, brief("Autumn", "other"), "2", "autumn")
    assert partition_of("autumn") != PARTITION
    runtime.advance_to(START + 8 * HOUR)
    tell(runtime, CampaignPaused(reason="r", by="olivia"), "3", "autumn")
    runtime.advance_to(START + 20 * HOUR)
    assert world.names().count("PostPublished") == 4
    assert EventSetAside.__name__ not in world.names()
