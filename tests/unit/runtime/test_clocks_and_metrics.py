"""The clocks, and what Prometheus gets to see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from events.campaign import ConversionRecorded
from events.correction import KPIBreached, KPIMet
from events.execution import KpiName
from tests.unit.runtime.toys import CAMPAIGN, EVALUATOR, START, World, tell
from workers.command.progress import Everyone
from workers.decision import Decision
from workers.runtime.clock import CompressedClock, RealClock, VirtualClock
from workers.runtime.metrics import PrometheusObserver
from workers.runtime.shell import Patience

HOUR = timedelta(hours=1)


def test_the_virtual_clock_moves_by_hand_and_never_back() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.machine() == START
    clock.advance(START + HOUR)
    assert clock.now() == clock.machine() == START + HOUR
    assert clock.seconds_until(START + 2 * HOUR) == 3600
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(START)


def test_the_compressed_clock_is_refused_outside_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOWJ_TESTING", raising=False)
    with pytest.raises(RuntimeError, match="MOWJ_TESTING=1"):
        CompressedClock(START, 100)


def test_the_compressed_clock_compresses_campaign_time_and_leaves_the_machines_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOWJ_TESTING", "1")
    anchor = datetime.now(UTC) - timedelta(seconds=10)
    clock, restarted = CompressedClock(anchor, 3600), CompressedClock(anchor, 3600)
    first, machine, second = clock.now(), clock.machine(), restarted.now()
    assert anchor + 10 * HOUR <= first <= second, "a restart goes on in the same time"
    assert abs(machine - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.seconds_until(clock.now() + HOUR) == pytest.approx(1, abs=0.2)


def test_the_real_clock_is_the_machines() -> None:
    clock = RealClock()
    assert abs(clock.now() - clock.machine()) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


def test_deadline_lease_and_time_limit_stand_in_order() -> None:
    with pytest.raises(ValueError, match="HTTP deadline < lease < time limit must hold"):
        Patience(http_deadline=timedelta(seconds=60))
    with pytest.raises(ValueError, match="backoff"):
        Patience(backoff_first=HOUR)


def test_the_registry_shows_what_has_happened() -> None:
    registry = CollectorRegistry()
    world = World()
    runtime = world.runtime(observer=PrometheusObserver(registry))
    world.briefed(runtime)
    runtime.advance_to(START + 12 * HOUR)
    world.clock.advance(START + 15 * HOUR)
    runtime.run_until_idle()

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    names = world.names()
    assert value("mowj_events_total", type="PostPublished", speaker="publisher") == names.count("PostPublished")
    assert value("mowj_events_total", type="CampaignBriefed", speaker="outside") == 1
    assert value("mowj_effects_total", kind="publish", outcome="done") == names.count("PostPublished")
    assert value("mowj_timers_late_total", worker="editor") == 1
    assert value("mowj_lag_records", worker="editor", partition=str(runtime.shell.partition(CAMPAIGN))) == 0
    assert (value("mowj_decide_seconds_count", worker="evaluator") or 0) >= names.count("MetricObserved")
    assert (value("mowj_commit_seconds_count", worker="publisher") or 0) > 0
    assert b"mowj_kpi_ratio" in generate_latest(registry)


def test_breaches_poison_and_halts_are_counted() -> None:
    breach = KPIBreached(
        kpi=KpiName.REACH, plan="p", observed=1, expected=4, limit=2, ratio=0.5, evidence=30, threshold=20,
        measured=3, since=START,
    )  # fmt: skip
    registry = CollectorRegistry()
    world = World()
    worker = EVALUATOR
    breaching = type(worker)(
        "evaluator", worker.hears, frozenset({KPIBreached, KPIMet}), worker.state, 1, worker.evolve,
        lambda _s, d: Decision(emits=(breach,)) if d.data == ConversionRecorded(count=1) else Decision(emits=(d.data,)),
    )  # fmt: skip
    runtime = world.runtime(roster=(breaching,), observer=PrometheusObserver(registry))
    world.briefed(runtime)
    tell(runtime, ConversionRecorded(count=1), "1")
    tell(runtime, ConversionRecorded(count=2), "2")
    runtime.run_until_idle()
    assert registry.get_sample_value("mowj_kpi_ratio", {"campaign": CAMPAIGN, "kpi": "reach_per_post"}) == 0.5
    assert registry.get_sample_value("mowj_events_set_aside_total", {"worker": "evaluator"}) == 1


def test_a_broker_that_is_away_and_a_network_that_is_silent_show_in_numbers() -> None:
    registry = CollectorRegistry()
    everyone = Everyone((PrometheusObserver(registry),))
    everyone.connected("broker", up=True)
    everyone.connected("broker", up=False)
    everyone.queued("publish", 7)
    everyone.circuit("shop", opened=True, detail="refused")
    assert registry.get_sample_value("mowj_connected", {"part": "broker"}) == 0
    assert registry.get_sample_value("mowj_queue_messages", {"queue": "publish"}) == 7
    assert registry.get_sample_value("mowj_circuits_total", {"change": "opened"}) == 1
