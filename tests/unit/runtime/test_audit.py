"""The audit finds what was tampered with, what is missing, and what would be decided otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from events.catalogue import from_json
from events.correction import KPIMet
from events.envelope import Event, to_json
from events.execution import MetricObserved
from tests.unit.runtime.toys import CAMPAIGN, EVALUATOR, ROSTER, START, World
from workers.decision import Decision, Delivery, Worker
from workers.runtime.audit import audit_decisions, audit_integrity, records_of
from workers.runtime.operating import Operator


@cache
def history() -> tuple[Event, ...]:
    world = World()
    runtime = world.runtime()
    world.briefed(runtime)
    runtime.advance_to(START + timedelta(hours=40))
    return tuple(runtime.history(CAMPAIGN))


def place_of(name: str) -> int:
    return next(place for place, event in enumerate(history()) if event.name == name)


def deciding(change: Callable[[float], float]) -> Worker[Any]:
    """The evaluator, which now observes otherwise."""

    def decide(state: Any, delivery: Delivery) -> Decision:
        decision = EVALUATOR.decide(state, delivery)
        emits = tuple(
            fact.model_copy(update={"observed": change(fact.observed)}) if isinstance(fact, KPIMet) else fact
            for fact in decision.emits
        )
        return replace(decision, emits=emits)

    return replace(EVALUATOR, decide=decide)


def test_an_honest_log_is_clean_and_every_decision_is_made_again() -> None:
    integrity = audit_integrity(records_of(history()))
    assert integrity.clean
    assert integrity.events == len(history())
    decisions = audit_decisions(history(), ROSTER, "toys")
    assert decisions.clean
    assert decisions.decisions > 20
    assert decisions.near_ties == ()
    assert set(decisions.states) == {f"{worker.name}/{CAMPAIGN}" for worker in ROSTER}


def test_a_live_store_is_audited_as_far_as_its_workers_have_read() -> None:
    world = World()
    runtime = world.runtime()
    world.briefed(runtime)
    runtime.advance_to(START + timedelta(hours=40))
    world.clock.advance(START + timedelta(hours=44))
    for _ in range(2):
        runtime.loop.step()
    report = Operator(runtime.shell).audit(ROSTER, "toys")
    assert report.clean, report.failures
    json.dumps(report.to_json())


def test_a_saved_history_is_audited_without_a_store() -> None:
    saved = json.loads(json.dumps([to_json(event) for event in history()]))
    events = [from_json(event) for event in saved]
    assert audit_integrity(records_of(events)).clean
    report = audit_decisions(events, ROSTER, "somebody else", whoever=True)
    assert report.clean
    assert report.states == audit_decisions(history(), ROSTER, "toys").states


def test_a_tampered_event_is_found_by_its_hash() -> None:
    events = list(history())
    place = place_of("MetricObserved")
    fact = events[place].data
    assert isinstance(fact, MetricObserved)
    events[place] = replace(events[place], data=fact.model_copy(update={"counters": {"reach": 1_000_000}}))
    (failure,) = audit_integrity(records_of(events)).failures
    assert (failure.kind, failure.event) == ("hash", events[place].id)


@pytest.mark.parametrize("name", ["KPIMet", "ConversionRecorded", "TimerFired"])
def test_a_missing_event_is_found_by_its_lane(name: str) -> None:
    events = list(history())
    removed = events.pop(place_of(name))
    kinds = {failure.kind for failure in audit_integrity(records_of(events)).failures}
    assert {"lane", "sequence"} <= kinds
    lanes = [one for one in audit_integrity(records_of(events)).failures if one.kind == "lane"]
    assert f"{removed.lane} is missing" in lanes[0].detail


def test_an_event_said_twice_is_found() -> None:
    events = [*history(), history()[-1]]
    assert {"id", "lane", "sequence"} <= {failure.kind for failure in audit_integrity(records_of(events)).failures}


def test_a_cause_that_is_not_there_is_found() -> None:
    events = list(history())
    place = place_of("KPIMet")
    events[place] = replace(events[place], causationid="nobody").sealed()
    assert [failure.kind for failure in audit_integrity(records_of(events)).failures] == ["cause"]
    decided = audit_decisions(events, ROSTER, "toys")
    assert {failure.kind for failure in decided.failures} >= {"cause"}


def test_a_changed_decision_is_found() -> None:
    report = audit_decisions(history(), [deciding(lambda observed: observed * 1.01)], "toys")
    assert not report.clean
    assert {failure.kind for failure in report.failures} == {"decision"}
    assert "['observed']" in report.failures[0].detail


def test_a_decision_that_says_nothing_any_more_is_found() -> None:
    silent = replace(EVALUATOR, decide=lambda _state, _delivery: Decision())
    report = audit_decisions(history(), [silent], "toys")
    assert "said KPIMet, KPIMet, and now says nothing" in report.failures[0].detail


def test_a_near_tie_is_reported_and_does_not_fail() -> None:
    report = audit_decisions(history(), [deciding(lambda observed: observed + 3e-9 + observed * 3e-8)], "toys")
    assert report.clean
    assert len(report.near_ties) > 2
    assert report.near_ties[0].detail == "evaluator: observed"


def test_what_another_version_decided_is_reported_as_made_by_it() -> None:
    report = audit_decisions(history(), [deciding(lambda observed: observed + 1)], "another version")
    assert report.clean
    assert report.decisions == 0
    assert report.made_by_others["toys"] > 3


def test_a_worker_that_breaks_on_its_past_is_found() -> None:
    def evolve(state: Any, delivery: Delivery) -> Any:
        if isinstance(delivery.data, MetricObserved):
            raise ZeroDivisionError
        return EVALUATOR.evolve(state, delivery)

    report = audit_decisions(history(), [replace(EVALUATOR, evolve=evolve)], "toys")
    assert {failure.kind for failure in report.failures} == {"decision", "state"}
