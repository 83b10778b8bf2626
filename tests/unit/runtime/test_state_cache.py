"""The states that a process keeps at hand: bounded, and of no consequence for what is decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.campaign import ConversionRecorded
from tests.unit.runtime.toys import START, EditorState, World, tell
from workers.runtime.state_cache import StateCache
from workers.runtime.store.rows import StateRow

HOURS = 20
HOUR = timedelta(hours=1)


def row(campaign: str, state: EditorState) -> StateRow:
    return StateRow("editor", campaign, 1, START, state)


def size(*states: EditorState) -> int:
    return sum(len(state.model_dump_json()) for state in states)


def lived() -> list[dict[str, Any]]:
    world = World()
    runtime = world.runtime()
    world.briefed(runtime)
    for number in range(HOURS):
        tell(runtime, ConversionRecorded(), f"sale {number}")
        runtime.advance_to(START + (number + 1) * HOUR)
    return world.log()


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    empty = EditorState()
    cache = StateCache(most=size(empty, empty))
    for campaign in ("a", "b"):
        cache.put(row(campaign, empty))
    assert cache.get("editor", "a") == row("a", empty)
    cache.put(row("c", empty))
    assert cache.get("editor", "b") is None
    assert cache.get("editor", "a") is not None
    assert cache.get("editor", "c") is not None


def test_a_state_that_grows_pushes_others_out() -> None:
    empty, large = EditorState(), EditorState(posts=10**30)
    cache = StateCache(most=size(large))
    cache.put(row("a", empty))
    cache.put(row("b", empty))
    cache.put(row("b", large))
    assert cache.get("editor", "a") is None
    assert cache.get("editor", "b") == row("b", large)


def test_one_state_that_is_larger_than_the_bound_is_kept() -> None:
    cache = StateCache(most=1)
    cache.put(row("a", EditorState()))
    assert len(cache) == 1


def test_what_is_forgotten_makes_room() -> None:
    empty = EditorState()
    cache = StateCache(most=size(empty, empty))
    cache.put(row("a", empty))
    cache.put(row("b", empty))
    cache.forget(lambda worker, campaign: (worker, campaign) == ("editor", "a"))
    cache.put(row("c", empty))
    assert cache.get("editor", "a") is None
    assert cache.get("editor", "b") is not None


def test_workers_whose_states_are_read_anew_for_every_batch_say_what_those_with_them_at_hand_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = lived()
    monkeypatch.setattr(StateCache, "get", lambda *_: None)
    assert lived() == usual
    assert len(usual) > 2 * HOURS
