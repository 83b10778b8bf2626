"""Claims, lanes, halts, timers, poison and rebuilding, seen from the loop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.campaign import CampaignPaused, CampaignResumed, ConversionRecorded
from events.correction import KPIMet
from events.envelope import Event, partition_of
from events.execution import KpiName, MetricObserved
from events.log.protocol import Unread
from events.runtime import EventSetAside, StateMigrated, TimerFired
from tests.unit.runtime.toys import (
    ACCOUNT,
    CAMPAIGN,
    EDITOR,
    EVALUATOR,
    PUBLISHER,
    ROSTER,
    START,
    EvaluatorState,
    World,
    brief,
    tell,
)
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.runtime.clock import VirtualClock
from workers.runtime.commit import ClaimLost, Commit, acquire, apply
from workers.runtime.holding import UNSAVED
from workers.runtime.operating import NotThere, Operator
from workers.runtime.rebuilding import rebuilt
from workers.runtime.store.rows import Hold, HoldKind, Position

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


def evaluator_state(world: World) -> EvaluatorState:
    with world.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EvaluatorState)
    assert row is not None
    assert isinstance(row.state, EvaluatorState)
    return row.state


class TestClaims:
    def test_a_commit_under_an_older_claim_fails_and_changes_nothing(self) -> None:
        world = World()
        shell = world.runtime().shell
        with world.store.transaction() as tx:
            older = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
            newer = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
        assert older is not None
        assert newer is not None
        assert newer > older
        with pytest.raises(ClaimLost), world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, older, position=Position(9)))
        with world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, newer, position=Position(4)))
        with world.store.view() as view:
            assert view.position("editor", 3).offset == 4

    def test_a_raised_epoch_fences_every_claim_before_it(self) -> None:
        world = World()
        shell = world.runtime().shell
        with world.store.transaction() as tx:
            claim = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
            tx.put_epoch(2)
        assert claim is not None
        with pytest.raises(ClaimLost), world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, claim))
        with world.store.transaction() as tx:
            renewed = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
        assert renewed is not None
        assert (renewed.epoch, renewed.generation) > (claim.epoch, claim.generation)

    def test_another_member_waits_until_the_holder_falls_silent(self) -> None:
        world = World()
        one, other = world.runtime(member="one").shell, world.runtime(member="other").shell
        with world.store.transaction() as tx:
            assert acquire(tx, one, "editor", 3, HOUR, takeover=True) is not None
            assert acquire(tx, other, "editor", 3, HOUR, takeover=True) is None
        world.clock.advance(START + HOUR)
        with world.store.transaction() as tx:
            assert acquire(tx, other, "editor", 3, HOUR, takeover=False) is not None

    def test_a_runtime_whose_claims_were_taken_says_nothing_more(self) -> None:
        world, alone = World(), World()
        run(alone, 20)
        first = world.runtime()
        world.briefed(first)
        first.advance_to(START + 2 * HOUR)
        second = world.runtime()
        second.run_until_idle()
        tell(second, ConversionRecorded(), "sale")
        second.run_until_idle()
        said = world.log()
        first.run_until_idle()
        assert world.log() == said
        first.advance_to(START + 20 * HOUR)
        report = Operator(second.shell).audit(ROSTER, "toys")
        assert report.clean, report.failures
        assert len([e for e in world.names() if e == "PostPublished"]) == alone.names().count("PostPublished")

    def test_a_raised_epoch_makes_a_running_process_claim_anew_and_go_on(self) -> None:
        world = World()
        runtime = world.runtime()
        world.briefed(runtime)
        runtime.advance_to(START + 2 * HOUR)
        with world.store.transaction() as tx:
            tx.put_epoch(2)
        runtime.advance_to(START + 20 * HOUR)
        assert world.names().count("PostPublished") == 4
        with world.store.view() as view:
            claim = view.claim("editor", PARTITION)
        assert claim is not None
        assert claim.epoch == 2

    def test_the_place_of_a_worker_that_hears_nothing_is_saved_now_and_then(self) -> None:
        world = World()
        runtime = world.runtime(roster=(PUBLISHER,))
        world.briefed(runtime)
        for number in range(UNSAVED):
            tell(runtime, ConversionRecorded(), f"sale {number}")
        runtime.run_until_idle()
        with world.store.view() as view:
            assert view.position("publisher", PARTITION).offset == view.log.ends()[PARTITION]


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


def broken(worker: Worker[Any], on: type, error: BaseException, *, in_evolve: bool = False) -> Worker[Any]:
    """The same worker with a bug: it fails on one kind of event."""

    def fail(state: State, delivery: Delivery, sound: Any) -> Any:
        if isinstance(delivery.data, on):
            raise error
        return sound(state, delivery)

    if in_evolve:
        return replace(worker, evolve=lambda s, d: fail(s, d, worker.evolve))
    return replace(worker, decide=lambda s, d: fail(s, d, worker.decide))


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
