"""Rebuilding, seen from the loop: by a new version, by an operator, beside a running process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from events.campaign import ConversionRecorded
from events.correction import KPIMet
from events.execution import MetricObserved
from events.runtime import StateMigrated
from tests.unit.runtime.loops import HOUR, evaluator_state, halts, run
from tests.unit.runtime.toys import (
    CAMPAIGN,
    EDITOR,
    EVALUATOR,
    PUBLISHER,
    ROSTER,
    START,
    EvaluatorState,
    World,
    tell,
)
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.runtime.operating import NotThere, Operator


class Richer(State):
    """What the evaluator knows in its next version."""

    conversions: int = 0
    metrics: int = 0
    met: int = 0


def _richer(state: Richer, delivery: Delivery) -> Richer:
    match delivery.data:
        case ConversionRecorded(count=count):
            return state.model_copy(update={"conversions": state.conversions + count})
        case MetricObserved():
            return state.model_copy(update={"metrics": state.metrics + 1})
        case KPIMet():
            return state.model_copy(update={"met": state.met + 1})
    return state


class TestRebuilding:
    def test_a_higher_state_version_is_rebuilt_from_the_log_without_deciding_again(self) -> None:
        world = World()
        run(world, 30)
        names = world.names()
        newer = Worker(
            "evaluator", EVALUATOR.hears, EVALUATOR.says, Richer, 2, _richer, lambda _state, _delivery: NOTHING
        )
        roster = (*ROSTER[:3], newer)
        runtime = world.runtime(roster=roster)
        tell(runtime, ConversionRecorded(count=4), "sale")
        runtime.run_until_idle()
        with world.store.view() as view:
            row = view.state("evaluator", CAMPAIGN, Richer)
        assert row is not None
        sales = names.count("ConversionRecorded")
        assert row.state == Richer(
            conversions=sales + 4, metrics=names.count("MetricObserved"), met=names.count("KPIMet")
        )
        assert world.names()[len(names) :] == ["ConversionRecorded", "StateMigrated"]

    def test_code_with_a_lower_state_version_stops(self) -> None:
        world = World()
        newer = replace(EVALUATOR, state_version=2)
        run(world, 3, roster=(newer,))
        tell(world.runtime(), ConversionRecorded(), "sale")
        run(world, 4, roster=(newer,))
        tell(world.runtime(), ConversionRecorded(), "another")
        run(world, 5, roster=(EVALUATOR,))
        assert "has version 2; this code knows 1" in halts(world)["evaluator"]
        assert evaluator_state(world).conversions >= 1

    def test_a_rebuild_by_an_operator_drops_timers_and_lets_the_worker_set_them_anew(self) -> None:
        def decide(state: Any, delivery: Delivery) -> Decision:
            if isinstance(delivery.data, StateMigrated):
                return Decision(timers=(Timer("next", delivery.now + 2 * HOUR),))
            return EDITOR.decide(state, delivery)

        editor = replace(EDITOR, decide=decide)
        world = World()
        runtime = world.runtime(roster=(editor, PUBLISHER))
        world.briefed(runtime)
        runtime.advance_to(START + 8 * HOUR)
        before = [row.due for row in Operator(runtime.shell).timers()]
        with world.store.view() as view:
            known = view.state("editor", CAMPAIGN, EDITOR.state)
        event = Operator(runtime.shell).rebuild(editor, CAMPAIGN, "an operator asked")
        assert Operator(runtime.shell).timers() == []
        runtime.advance_to(START + 9 * HOUR)
        (timer,) = Operator(runtime.shell).timers()
        assert timer.set_by == event.id
        assert [timer.due] != before
        with world.store.view() as view:
            row = view.state("editor", CAMPAIGN, EDITOR.state)
        assert row is not None
        assert known is not None
        assert row.state == known.state
        with pytest.raises(NotThere):
            Operator(runtime.shell).rebuild(editor, "nobody's", "r")

    def test_a_running_process_goes_on_from_the_rebuilt_state_and_not_from_its_cache(self) -> None:
        def doubly(state: EvaluatorState, delivery: Delivery) -> EvaluatorState:
            known = EVALUATOR.evolve(state, delivery)
            return known.model_copy(update={"conversions": 2 * known.conversions - state.conversions})

        world = World()
        runtime = world.runtime(roster=(EVALUATOR,))
        world.briefed(runtime)
        tell(runtime, ConversionRecorded(count=5), "1")
        runtime.run_until_idle()
        Operator(runtime.shell).rebuild(replace(EVALUATOR, evolve=doubly), CAMPAIGN, "it should have counted double")
        tell(runtime, ConversionRecorded(count=1), "2")
        runtime.advance_to(START + HOUR)
        assert evaluator_state(world).conversions == 11
