"""What is held, and what is not, while an event that a worker could not decide on is set aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.campaign import ConversionRecorded
from events.correction import CorrectionDecided, Option, Verdict
from events.execution import CalendarExtended, CancelReason, PostCancelled
from events.runtime import TimerFired
from events.terms import Fact
from tests.unit.runtime.toys import CAMPAIGN, EDITOR, PUBLISHER, START, World, tell
from workers.decision import NOTHING, Decision, Delivery, State, Worker
from workers.runtime.operating import Operator
from workers.runtime.store.rows import Hold, HoldKind

HOUR = timedelta(hours=1)
KEEP = Option(verdict=Verdict.KEEP, strategy="s", value=1, low=0, high=2, outcomes=1, cost=0, sure=1, why="w")


def failing(worker: Worker[Any], on: type[Fact]) -> Worker[Any]:
    """The same worker, which also hears that kind of event and fails on it."""

    def decide(state: State, delivery: Delivery) -> Decision:
        if isinstance(delivery.data, on):
            raise KeyError("a bug")
        return worker.decide(state, delivery)

    return replace(worker, hears=worker.hears | {on}, decide=decide)


def saying(fact: Fact) -> Worker[Any]:
    """A worker that answers every conversion with the fact."""

    def decide(_state: State, delivery: Delivery) -> Decision:
        return Decision(emits=(fact,)) if isinstance(delivery.data, ConversionRecorded) else NOTHING

    return Worker(
        "reviser", frozenset({ConversionRecorded}), frozenset({type(fact)}), State, 1, lambda state, _: state, decide
    )


@pytest.mark.parametrize(
    "fact",
    [
        PostCancelled(slot="s", post="p", reason=CancelReason.REVISED),
        CalendarExtended(plan="p", slots=(), calendar_until=START),
        CorrectionDecided(verdict=Verdict.KEEP, options=(KEEP,), why="w", decided_for=START),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_poison_in_what_takes_back_or_adds_to_what_is_published_holds_the_campaign(fact: Fact) -> None:
    world = World()
    roster = (EDITOR, failing(PUBLISHER, type(fact)), saying(fact))
    runtime = world.runtime(roster=roster)
    world.briefed(runtime)
    tell(runtime, ConversionRecorded(), "sale")
    runtime.advance_to(START + 5 * HOUR)
    (item,) = Operator(runtime.shell).set_aside()
    with world.store.view() as view:
        assert view.holds() == {Hold(HoldKind.SET_ASIDE, CAMPAIGN, f"publisher {item.event.id}")}
    assert world.network.accepted == []
    mended = world.runtime(roster=(EDITOR, replace(PUBLISHER, hears=PUBLISHER.hears | {type(fact)}), saying(fact)))
    Operator(mended.shell).replay(item.event.id, "publisher")
    mended.advance_to(START + 9 * HOUR)
    with world.store.view() as view:
        assert view.holds() == frozenset()
    assert world.network.accepted


def test_a_timer_that_was_set_aside_holds_nothing_is_seen_and_a_replay_revives_its_worker() -> None:
    world = World()
    runtime = world.runtime(roster=(failing(EDITOR, TimerFired), PUBLISHER))
    world.briefed(runtime)
    runtime.advance_to(START + 20 * HOUR)
    (item,) = Operator(runtime.shell).set_aside()
    assert (item.worker, item.event.name, item.replayed) == ("editor", "TimerFired", False)
    with world.store.view() as view:
        assert view.holds() == frozenset()
        assert list(view.timers()) == [], "nothing would ever wake the editor again"
    mended = world.runtime(roster=(EDITOR, PUBLISHER))
    Operator(mended.shell).replay(item.event.id, "editor")
    mended.advance_to(START + 30 * HOUR)
    assert len(world.network.accepted) == 2, "the missed one now, and the next in its time"
