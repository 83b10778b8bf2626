"""The envelope: ids that repeat, a hash that notices, a partition that never moves."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from events.envelope import (
    INTAKE,
    Event,
    content_hash,
    copy_id,
    emit_id,
    outside_id,
    partition_of,
    settlement_id,
    timer_id,
    to_json,
    type_name,
)
from events.execution import MetricObserved

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENT = Event(
    id="1", source="/shop", type=type_name(MetricObserved), subject="c", tenant="t", time=WHEN, recordedtime=WHEN,
    data=MetricObserved(account="a", counters={"reach": 5}), correlationid="b", causationid="x", recipient="observer",
    decidedby="mowj", traceparent="00-1", producersequence="7",
)  # fmt: skip


def test_the_hash_covers_everything_but_the_events_place_and_itself() -> None:
    sealed = EVENT.sealed()
    assert sealed.hash == content_hash(sealed)
    assert sealed.placed(5, 9).hash == content_hash(sealed.placed(5, 9)) == sealed.hash
    other: dict[str, Any] = {
        "time": WHEN + timedelta(seconds=1),
        "recordedtime": WHEN + timedelta(seconds=1),
        "data": MetricObserved(account="a", counters={"reach": 6}),
    }
    for field in fields(Event):
        if field.name in {"lane", "sequence", "hash"}:
            continue
        changed = replace(EVENT, **{field.name: other.get(field.name, "something else")})
        assert content_hash(changed) != sealed.hash, field.name


def test_the_same_moment_in_another_zone_is_the_same_event() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    assert content_hash(replace(EVENT, time=WHEN.astimezone(tehran))) == content_hash(EVENT)


def test_the_event_is_a_cloudevent_without_the_attributes_that_it_lacks() -> None:
    written = to_json(replace(EVENT, causationid=None, recipient=None))
    assert written["specversion"] == "1.0"
    assert written["time"] == "2026-03-02T09:00:00Z"
    assert "causationid" not in written
    assert "recipient" not in written
    assert "lane" not in written


def test_sequences_sort_as_text() -> None:
    assert EVENT.placed(9, 9).sequence < EVENT.placed(10, 10).sequence


def test_outside_events_are_numbered_by_intake_and_mowjs_own_by_their_writer() -> None:
    assert EVENT.writer == INTAKE
    assert replace(EVENT, source="/mowj/workers/analyst").writer == "/mowj/workers/analyst"


def test_a_retried_decision_gives_the_same_ids_and_another_one_does_not() -> None:
    assert emit_id("/mowj/workers/analyst", "cause", 0) == emit_id("/mowj/workers/analyst", "cause", 0)
    made = {
        emit_id("s", "cause", 0), emit_id("s", "cause", 1), emit_id("s", "other", 0), emit_id("z", "cause", 0),
        settlement_id("cause", 1), settlement_id("cause", 2), outside_id("s", "cause"), copy_id("s", "cause"),
        timer_id("c", "w", "t", WHEN, "e"), timer_id("c", "w", "t", WHEN, "f"),
        timer_id("c", "w", "t", WHEN + timedelta(seconds=1), "e"),
    }  # fmt: skip
    assert len(made) == 11


def test_ids_are_pinned_since_history_is_recognized_by_them() -> None:
    assert emit_id("/mowj/workers/analyst", "cause", 0) == "5c4adad5-90cc-5bfc-83a4-bc99a5c58318"
    assert [partition_of(name) for name in ("roastery", "lingua", "cosmetics")] == [38, 42, 53]


@pytest.mark.parametrize("partitions", [1, 7, 64])
def test_campaigns_spread_over_all_partitions(partitions: int) -> None:
    found = {partition_of(f"campaign-{number}", partitions) for number in range(1000)}
    assert found == set(range(partitions))
