"""Timers, seen from the loop."""

from __future__ import annotations

from events.campaign import ConversionRecorded
from events.envelope import partition_of
from events.runtime import TimerFired
from tests.unit.runtime.loops import HOUR
from tests.unit.runtime.toys import (
    CAMPAIGN,
    START,
    World,
    tell,
)
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.runtime.loop import TIMERS_AT_ONCE
from workers.runtime.store.rows import Claim, TimerRow


class TestTimers:
    def test_a_replaced_timer_fires_once_at_its_new_time_and_a_cancelled_one_never(self) -> None:
        def decide(state: State, delivery: Delivery) -> Decision:
            match delivery.data:
                case ConversionRecorded(count=count):
                    due = None if count == 9 else delivery.now + count * HOUR
                    return Decision(timers=(Timer("t", due),))
            return NOTHING

        worker = Worker("evaluator", frozenset({ConversionRecorded}), frozenset(), State, 1, lambda s, _d: s, decide)
        world = World()
        runtime = world.runtime(roster=(worker,))
        world.briefed(runtime)
        tell(runtime, ConversionRecorded(count=5), "1")
        runtime.advance_to(START + HOUR)
        last = tell(runtime, ConversionRecorded(count=2), "2")
        runtime.advance_to(START + 9 * HOUR)
        (fired,) = [event for event in runtime.history(CAMPAIGN) if isinstance(event.data, TimerFired)]
        assert isinstance(fired.data, TimerFired)
        assert (fired.data.due, fired.data.fired, fired.data.set_by) == (START + 3 * HOUR, START + 3 * HOUR, last.id)
        tell(runtime, ConversionRecorded(count=1), "3")
        tell(runtime, ConversionRecorded(count=9), "4")
        runtime.advance_to(START + 20 * HOUR)
        assert world.names().count("TimerFired") == 1

    def test_a_timer_that_came_due_while_nobody_ran_fires_late_and_says_so(self) -> None:
        world = World()
        runtime = world.runtime()
        world.briefed(runtime)
        runtime.run_until_idle()
        world.clock.advance(START + 5 * HOUR)
        world.runtime().run_until_idle()
        fired = [event["data"] for event in world.log() if event["type"] == "mowj.TimerFired.v1"]
        assert [(one["due"], one["fired"]) for one in fired] == [("2026-03-01T01:00:00Z", "2026-03-01T05:00:00Z")]
        assert world.names().count("PostScheduled") == 1, "what was missed is not fired in a burst"

    def test_timers_of_a_partition_that_another_member_holds_do_not_starve_ours(self) -> None:
        world = World()
        with world.store.transaction() as tx:
            other = partition_of("autumn")
            tx.put_claim("editor", other, Claim(1, 1, "another", START + 9 * HOUR))
            for number in range(TIMERS_AT_ONCE):
                name = f"overdue {number}"
                tx.put_timer(TimerRow("editor", "autumn", name, START, other, "default", "nobody", "nobody"))
        runtime = world.runtime()
        world.briefed(runtime)
        runtime.advance_to(START + 2 * HOUR)
        assert world.names().count("TimerFired") == 1
        with world.store.view() as view:
            assert len([row for row in view.timers() if row.campaign == "autumn"]) == TIMERS_AT_ONCE
