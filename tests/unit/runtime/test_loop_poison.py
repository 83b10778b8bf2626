"""Poison, seen from the loop: what is set aside, what it holds up, and how it is given back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from events.campaign import CampaignPaused, CampaignResumed, ConversionRecorded
from events.correction import KPIMet
from events.execution import KpiName, MetricObserved
from events.log.protocol import Unread
from tests.unit.runtime.loops import broken, evaluator_state, halts, inject, intake_lane, intruder, run
from tests.unit.runtime.toys import (
    ACCOUNT,
    CAMPAIGN,
    EDITOR,
    EVALUATOR,
    PUBLISHER,
    EvaluatorState,
    World,
    tell,
)
from workers.decision import Decision
from workers.runtime.operating import NotThere, Operator
from workers.runtime.rebuilding import rebuilt
from workers.runtime.store.rows import Hold, HoldKind


class TestPoison:
    @pytest.mark.parametrize("in_evolve", [True, False])
    def test_a_poison_event_is_set_aside_and_the_rest_goes_on(self, in_evolve: bool) -> None:
        world = World()
        bad = broken(EVALUATOR, ConversionRecorded, ZeroDivisionError("no posts"), in_evolve=in_evolve)
        runtime = world.runtime(roster=(bad,))
        world.briefed(runtime)
        sale = tell(runtime, ConversionRecorded(), "sale")
        measured = MetricObserved(account=ACCOUNT, post="p", counters={"reach": 9})
        tell(runtime, measured, "metric")
        runtime.run_until_idle()
        assert evaluator_state(world) == EvaluatorState(reach=9, conversions=0, met=2)
        (item,) = Operator(runtime.shell).set_aside()
        assert (item.event.id, item.worker, item.replayed) == (sale.id, "evaluator", False)
        assert "ZeroDivisionError: no posts" in item.error
        assert halts(world) == {}

    def test_an_error_of_the_machine_stops_the_batch_and_is_no_poison(self) -> None:
        world = World()
        runtime = world.runtime(roster=(broken(EVALUATOR, ConversionRecorded, OSError("disk full")),))
        world.briefed(runtime)
        tell(runtime, ConversionRecorded(), "sale")
        with pytest.raises(OSError, match="disk full"):
            runtime.run_until_idle()
        assert "EventSetAside" not in world.names()
        mended = world.runtime(roster=(EVALUATOR,))
        mended.run_until_idle()
        assert evaluator_state(world).conversions == 1

    def test_a_replayed_event_is_decided_on_by_its_worker_and_only_once(self) -> None:
        world = World()
        bad = broken(EVALUATOR, MetricObserved, ZeroDivisionError("no posts"))
        runtime = world.runtime(roster=(bad,))
        world.briefed(runtime)
        tell(runtime, MetricObserved(account=ACCOUNT, post="p", counters={"reach": 9}), "metric")
        runtime.run_until_idle()
        (item,) = Operator(runtime.shell).set_aside()
        mended = world.runtime(roster=(EVALUATOR,))
        operator = Operator(mended.shell)
        for _ in range(3):
            operator.replay(item.event.id, "evaluator")
        mended.run_until_idle()
        assert evaluator_state(world) == EvaluatorState(reach=9, met=2)
        assert [one.replayed for one in operator.set_aside()] == [True]
        assert world.names().count("EventReplayed") == 1
        assert operator.audit((EVALUATOR,), "toys").clean
        with world.store.view() as view:
            row = rebuilt(view, mended.shell, EVALUATOR, CAMPAIGN)
        assert row.state == evaluator_state(world)

    def test_a_replay_that_fails_again_is_set_aside_again(self) -> None:
        world = World()
        bad = broken(EVALUATOR, ConversionRecorded, ZeroDivisionError("no posts"))
        runtime = world.runtime(roster=(bad,))
        world.briefed(runtime)
        sale = tell(runtime, ConversionRecorded(), "sale")
        runtime.run_until_idle()
        operator = Operator(runtime.shell)
        operator.replay(sale.id, "evaluator")
        runtime.run_until_idle()
        assert [(item.event.id, item.replayed) for item in operator.set_aside()] == [(sale.id, True), (sale.id, False)]
        with pytest.raises(NotThere):
            operator.replay(sale.id, "editor")

    def test_poison_in_what_steers_a_campaign_holds_its_publishing_until_it_was_replayed(self) -> None:
        world = World()
        bad = broken(EDITOR, CampaignPaused, KeyError("slot"))
        runtime = world.runtime(roster=(bad, PUBLISHER))
        world.briefed(runtime)
        pause = tell(runtime, CampaignPaused(reason="r", by="olivia"), "pause")
        runtime.run_until_idle()
        hold = Hold(HoldKind.SET_ASIDE, CAMPAIGN, f"editor {pause.id}")
        with world.store.view() as view:
            assert hold in view.holds()
        mended = world.runtime(roster=(EDITOR, PUBLISHER))
        Operator(mended.shell).replay(pause.id, "editor")
        mended.run_until_idle()
        with world.store.view() as view:
            assert view.holds() == {Hold(HoldKind.CAMPAIGN, CAMPAIGN)}

    def test_a_person_who_resumes_the_campaign_lifts_the_hold_too(self) -> None:
        world = World()
        runtime = world.runtime(roster=(broken(EDITOR, CampaignPaused, KeyError("slot")),))
        world.briefed(runtime)
        tell(runtime, CampaignPaused(reason="r", by="olivia"), "pause")
        runtime.run_until_idle()
        tell(runtime, CampaignResumed(reason="r", by="olivia"), "resume")
        with world.store.view() as view:
            assert view.holds() == frozenset()

    @pytest.mark.parametrize(
        ("emit", "why"),
        [
            (KPIMet(kpi=KpiName.REACH, plan="p", observed=float("nan"), target=1), "not a number"),
            (MetricObserved(account=ACCOUNT, counters={}), "does not say MetricObserved"),
            (KPIMet.model_construct(kpi=KpiName.REACH, plan="p" * 1_100_000, observed=1.0, target=1.0), "bytes"),
        ],
    )
    def test_an_emit_that_cannot_be_said_is_poison(self, emit: Any, why: str) -> None:
        worker = replace(EVALUATOR, decide=lambda _s, _d: Decision(emits=(emit,)))
        world = World()
        runtime = world.runtime(roster=(worker,))
        world.briefed(runtime)
        tell(runtime, ConversionRecorded(), "sale")
        runtime.run_until_idle()
        (item,) = Operator(runtime.shell).set_aside()
        assert why in item.error
        assert "KPIMet" not in world.names()

    def test_an_event_that_cannot_be_read_is_set_aside_by_those_who_hear_it(self) -> None:
        world = World()
        run(world, 2)
        unread = replace(
            intruder(world, intake_lane(world) + 1, "garbled"), data=Unread(error="no counters", newer=False)
        )
        inject(world, unread)
        run(world, 3)
        assert [(item.event.id, item.worker) for item in Operator(world.runtime().shell).set_aside()] == [
            ("garbled", "evaluator")
        ]

    def test_a_known_name_in_an_unknown_version_stops_the_partition_of_those_who_hear_it(self) -> None:
        world = World()
        run(world, 2)
        newer = replace(intruder(world, intake_lane(world) + 1, "v9"), data=Unread(error="version 9", newer=True))
        inject(world, newer)
        run(world, 5)
        assert set(halts(world)) == {"evaluator"}
        assert "version 9" in halts(world)["evaluator"]
        assert "EventSetAside" not in world.names()
