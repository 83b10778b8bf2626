"""Two processes on one store whose machine clocks jump by hours, forward and back, and not together.

Whoever is ahead takes the other's leases and claims for over, and sends early; whoever is behind waits. Nothing untrue
may come of it: no post twice, no state that the log does not give, and everything goes on once the clocks are right.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from tests.unit.runtime.toys import CHANNEL, ROSTER, ScriptedNetwork, World
from workers.platforms.protocol import OutcomeUnknown, ProvenUnsent
from workers.runtime.assembly import assemble
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime

HOURS = 6


class JumpingClock:
    """The world's clock, wrong by as much as a test says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong = timedelta(0)

    def now(self) -> datetime:
        return self._world.clock.now() + self.wrong

    machine = now

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds()


def process(world: World, clock: JumpingClock, member: str) -> Runtime:
    def platform(_clock: object, say: object) -> ScriptedNetwork:
        world.network.say = say  # type: ignore[assignment]
        return world.network

    return assemble(
        ROSTER,
        world.store,
        clock,
        platforms={CHANNEL: platform},
        decidedby="toys",
        member=member,
    )


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_clocks_that_jump_by_hours_publish_nothing_twice_and_everything_goes_on_when_they_are_right(
    seed: int, keyed: bool
) -> None:
    luck, world = random.Random(seed), World()
    world.network.keyed = keyed
    clocks = [JumpingClock(world), JumpingClock(world)]
    both = [process(world, clock, member) for clock, member in zip(clocks, ("one", "two"), strict=True)]

    def flaky(_network: ScriptedNetwork, operation: str) -> None:
        if operation == "publish" and luck.random() < 0.3:
            raise luck.choice((OutcomeUnknown("timed out"), ProvenUnsent("refused")))

    def lost_answer(_network: ScriptedNetwork, operation: str) -> None:
        if operation == "publish" and luck.random() < 0.3:
            raise OutcomeUnknown("reset")

    def live(steps: int) -> None:
        for _ in range(steps):
            world.clock.advance(world.clock.now() + timedelta(minutes=luck.randint(1, 60)))
            world.network.advance(world.clock.now())
            for runtime in luck.sample(both, 2):
                runtime.run_until_idle()

    world.briefed(both[0])
    live(5)
    world.network.trouble, world.network.aftermath = flaky, lost_answer
    for _ in range(30):
        for clock in clocks:
            if luck.random() < 0.4:
                clock.wrong = timedelta(minutes=luck.randint(-60 * HOURS, 60 * HOURS)) * (luck.random() < 0.7)
        live(3)
    world.network.trouble = world.network.aftermath = None
    for clock in clocks:
        clock.wrong = timedelta(0)
    live(3 * HOURS)
    before = len(world.network.accepted)
    live(6 * HOURS)
    keys = [key for key, _, _ in world.network.accepted]
    assert len(keys) == len(set(keys))
    assert len(keys) > before >= 1, "posts go out, and go on going out"
    report = Operator(both[0].shell).audit(ROSTER, "toys")
    assert report.clean, report.failures
