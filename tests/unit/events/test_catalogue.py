"""The catalogue: who may say what, and that nothing unreadable is skipped."""

from __future__ import annotations

from typing import Any

import pytest

from events import campaign, correction, execution, runtime, strategy
from events.catalogue import (
    ENTRIES,
    Speaker,
    UnknownType,
    UnknownVersion,
    UnreadableEvent,
    from_json,
    may_say,
    read_fact,
    read_version,
)
from events.execution import PostApproved
from events.terms import Fact

POST = {"post": "p", "fingerprint": "f", "by": "somebody"}


def event(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "1", "source": "/shop", "type": "mowj.PostApproved.v1", "subject": "c",
        "time": "2026-03-02T09:00:00Z", "data": POST, **changes,
    }  # fmt: skip


def test_every_fact_of_the_vocabulary_is_in_the_catalogue() -> None:
    defined = {
        name
        for module in (campaign, strategy, execution, correction, runtime)
        for name, thing in vars(module).items()
        if isinstance(thing, type) and issubclass(thing, Fact) and thing.__module__ == module.__name__
    }
    assert defined == set(ENTRIES)


@pytest.mark.parametrize(("name", "entry"), ENTRIES.items())
def test_every_event_has_a_speaker_and_a_workers_event_its_worker(name: str, entry: Any) -> None:
    assert entry.model.__name__ == name
    assert entry.speakers
    assert (entry.worker is not None) is (Speaker.WORKER in entry.speakers)


def test_an_event_is_read_with_sensible_envelope_defaults() -> None:
    read = from_json(event())
    assert read.data == PostApproved(post="p", fingerprint="f", by="somebody")
    assert (read.tenant, read.correlationid, read.recordedtime, read.lane) == ("default", "1", read.time, 0)


def test_a_known_name_in_an_unknown_version_stops_and_is_not_merely_unreadable() -> None:
    with pytest.raises(UnknownVersion, match=r"this code reads mowj\.PostApproved\.v1"):
        from_json(event(type="mowj.PostApproved.v2"))
    assert not issubclass(UnknownVersion, UnreadableEvent)


@pytest.mark.parametrize("type_", ["mowj.Nonsense.v1", "PostApproved", "mowj.PostApproved", "other.PostApproved.v1"])
def test_an_unknown_type_is_unreadable(type_: str) -> None:
    with pytest.raises(UnknownType):
        from_json(event(type=type_))


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"post": "p"}},
        {"data": None},
        {"data": {**POST, "more": 1}},
        {"time": "2026-03-02T09:00:00"},
        {"time": "now"},
        {"lane": "first"},
    ],
)
def test_an_event_that_does_not_fit_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableEvent):
        from_json(event(**changes))


def test_an_older_version_is_upcast_step_by_step() -> None:
    class Renamed(PostApproved):
        VERSION = 3

    upcasts = {
        ("PostApproved", 1): lambda data: {**data, "by": data["approver"]},
        ("PostApproved", 2): lambda data: {name: value for name, value in data.items() if name != "approver"},
    }
    entry = ENTRIES["PostApproved"]
    try:
        ENTRIES["PostApproved"] = type(entry)(Renamed, entry.stage, entry.speakers)  # type: ignore[index]
        old = {"post": "p", "fingerprint": "f", "approver": "somebody"}
        assert read_fact("mowj.PostApproved.v1", old, upcasts) == Renamed(post="p", fingerprint="f", by="somebody")
        with pytest.raises(UnknownVersion, match="no way from version 1 to 3"):
            read_fact("mowj.PostApproved.v1", old, {})
    finally:
        ENTRIES["PostApproved"] = entry  # type: ignore[index]


def test_name_and_version_are_read_from_the_type() -> None:
    assert read_version("mowj.PostApproved.v12") == ("PostApproved", 12)


@pytest.mark.parametrize(
    ("source", "name", "person", "allowed"),
    [
        ("/mowj/workers/analyst", "AudienceAnalyzed", False, True),
        ("/mowj/workers/planner", "AudienceAnalyzed", False, False),
        ("/shop", "AudienceAnalyzed", True, False),
        ("/mowj/runtime/analyst", "TimerFired", False, True),
        ("/shop", "TimerFired", True, False),
        ("/shop", "ConversionRecorded", False, True),
        ("/console", "PostApproved", True, True),
        ("/shop", "PostApproved", False, False),
        ("/shop", "CampaignBriefed", False, False),
        ("/shop", "CampaignPaused", False, False),
        ("/console", "CampaignPaused", True, True),
        ("/mowj/workers/observer", "MetricObserved", False, True),
        ("/history/past", "MetricObserved", False, True),
    ],
)
def test_only_those_who_may_say_an_event_can(source: str, name: str, person: bool, allowed: bool) -> None:
    assert may_say(source, name, person) is allowed


@pytest.mark.parametrize("version", ["9" * 5000, "1234567", "²", "٣", "", "-1", "1.5"])
def test_a_type_whose_version_is_no_small_number_is_unreadable_and_ends_nothing(version: str) -> None:
    with pytest.raises(UnknownType):
        read_version(f"mowj.ConversionRecorded.v{version}")
