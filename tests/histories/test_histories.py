"""Saved histories are decided again by today's code, whoever decided them, and lead to the states that were pinned."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import pytest

from events.correction import CorrectionDecided
from events.envelope import Event
from tests.histories.record import DIGESTS, HISTORIES, RECORDED, WRONG, digest, read
from workers.roster import ROSTER
from workers.runtime.audit import audit_decisions, audit_integrity, records_of
from workers.runtime.rebuilding import fold

ANEW: Final = 'if it is meant: python -m tests.histories.record --reason "why"'


@cache
def pins() -> dict[str, Any]:
    return dict(json.loads(DIGESTS.read_text(encoding="utf-8")))


@cache
def history(name: str) -> tuple[Event, ...]:
    return tuple(read(name))


def test_every_history_is_pinned_for_every_worker_with_a_reason() -> None:
    assert pins()["reason"]
    assert set(pins()["states"]) == set(HISTORIES)
    for states in pins()["states"].values():
        assert set(states) == {worker.name for worker in ROSTER}


@pytest.mark.parametrize("name", [*HISTORIES, WRONG])
def test_a_history_is_whole_and_was_decided_by_nobody_who_is_running(name: str) -> None:
    report = audit_integrity(records_of(history(name)))
    assert report.clean, report.failures[:3]
    assert 200 < report.events < 600
    assert {event.decidedby for event in history(name)} == {None, RECORDED}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_is_decided_again_as_it_was(name: str) -> None:
    report = audit_decisions(history(name), ROSTER, "whoever runs this test", whoever=True)
    assert report.clean, f"{report.failures[:3]}; {ANEW}"
    assert report.decisions > 250
    assert report.made_by_others == {}


@pytest.mark.parametrize("worker", ROSTER, ids=lambda worker: worker.name)
@pytest.mark.parametrize("name", HISTORIES)
def test_a_state_rebuilt_from_a_history_is_the_one_that_living_it_left_behind(name: str, worker: Any) -> None:
    pin = pins()["states"][name][worker.name]
    assert pin["state_version"] == worker.state_version, f"the state has another version now; {ANEW}"
    state, _ = fold(worker, history(name))
    assert digest(state) == pin["digest"], f"the same version, another state: raise the version; {ANEW}"


def test_the_history_that_is_wrong_on_purpose_is_noticed() -> None:
    """Its lanes and hashes are right: only deciding again shows that the reviser would not have said this."""
    report = audit_decisions(history(WRONG), ROSTER, "whoever runs this test", whoever=True)
    wrong = next(event for event in history(WRONG) if isinstance(event.data, CorrectionDecided))
    (found,) = (failure for failure in report.failures if failure.event == wrong.id and "reviser" in failure.detail)
    assert found.kind == "decision"
    assert "verdict" in found.detail
    truth = next(event for event in history("corrected") if event.id == wrong.id)
    assert truth.data != wrong.data
