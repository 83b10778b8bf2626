"""What the tests of the loop share: running a world, putting events past intake, and workers with bugs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from events.campaign import ConversionRecorded
from events.envelope import Event, partition_of
from tests.unit.runtime.toys import (
    CAMPAIGN,
    START,
    EvaluatorState,
    World,
)
from workers.decision import Delivery, State, Worker

HOUR = timedelta(hours=1)
PARTITION = partition_of(CAMPAIGN)


def run(world: World, hours: float, **options: Any) -> None:
    runtime = world.runtime(**options)
    world.briefed(runtime)
    runtime.advance_to(START + timedelta(hours=hours))


def inject(world: World, event: Event) -> None:
    """Put an event on the log past intake, as a broken writer would."""
    with world.store.transaction() as tx:
        tx.log.append(PARTITION, event)


def intruder(world: World, number: int, identity: str) -> Event:
    """An event that claims a number in the lane of intake."""
    with world.store.view() as view:
        last = view.log.read(PARTITION, 0, 10_000)[-1].event
    fact = ConversionRecorded()
    return replace(
        last, id=identity, source="/shops/roastery", type="mowj.ConversionRecorded.v1", data=fact, lane=number,
        recipient=None, causationid=None,
    )  # fmt: skip


def halts(world: World) -> dict[str, str]:
    with world.store.view() as view:
        return {halt.worker: halt.reason for halt in view.halts()}


def intake_lane(world: World) -> int:
    return max(int(event["lane"]) for event in world.log() if not event["source"].startswith("/mowj/"))


def evaluator_state(world: World) -> EvaluatorState:
    with world.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    assert row is not None
    assert isinstance(row.state, EvaluatorState)
    return row.state


def broken(worker: Worker[Any], on: type, error: BaseException, *, in_evolve: bool = False) -> Worker[Any]:
    """The same worker with a bug: it fails on one kind of event."""

    def fail(state: State, delivery: Delivery, sound: Any) -> Any:
        if isinstance(delivery.data, on):
            raise error
        return sound(state, delivery)

    if in_evolve:
        return replace(worker, evolve=lambda s, d: fail(s, d, worker.evolve))
    return replace(worker, decide=lambda s, d: fail(s, d, worker.decide))
