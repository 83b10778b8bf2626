"""Lanes and halts, seen from the loop: what a reader does where reading on would skip or corrupt."""

from __future__ import annotations

from events.campaign import ConversionRecorded
from tests.unit.runtime.loops import evaluator_state, halts, inject, intake_lane, intruder, run
from tests.unit.runtime.toys import (
    ROSTER,
    World,
    tell,
)


class TestLanes:
    def test_a_gap_in_a_lane_stops_every_reader_of_the_partition(self) -> None:
        world = World()
        run(world, 2)
        inject(world, intruder(world, intake_lane(world) + 2, "beyond the gap"))
        before = len(world.log())
        run(world, 30)
        assert set(halts(world)) == {worker.name for worker in ROSTER}
        assert all("is missing before" in reason for reason in halts(world).values())
        assert [event["type"] for event in world.log()[before:]] == ["mowj.ConversionRecorded.v1"], "nobody reads on"

    def test_one_number_with_two_ids_halts(self) -> None:
        world = World()
        run(world, 2)
        inject(world, intruder(world, intake_lane(world), "an impostor"))
        run(world, 3)
        assert all("is both" in reason for reason in halts(world).values())
        assert len(halts(world)) == len(ROSTER)

    def test_an_old_number_is_dropped(self) -> None:
        world = World()
        run(world, 2)
        tell(world.runtime(), ConversionRecorded(), "sale")
        run(world, 3)
        before = evaluator_state(world)
        inject(world, intruder(world, 1, "said long ago"))
        run(world, 4)
        assert halts(world) == {}
        assert evaluator_state(world).conversions == before.conversions

    def test_a_restart_tries_a_halted_partition_again(self) -> None:
        world = World()
        run(world, 2)
        lane = intake_lane(world)
        inject(world, intruder(world, lane + 2, "second"))
        run(world, 3)
        assert halts(world)
        run(world, 4)
        assert halts(world), "still a gap"
