"""What an operator does to a live campaign of the eight real workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.execution import FailureKind, PostFailed, PostPublished, PostScheduled
from events.runtime import EffectKind
from tests.simulation.loop import CAMPAIGN, START, Site, audit, brief
from workers import editor, publisher
from workers.decision import Decision, Delivery
from workers.roster import ROSTER
from workers.runtime.operating import Operator
from workers.runtime.store.rows import EffectState


def test_an_effect_that_an_operator_cancels_is_over_for_every_worker() -> None:
    """Nobody cancelled the post itself, so the editor would otherwise hold its draft and its content for ever."""
    site = Site()
    runtime = site.start()
    runtime.advance_to(START)
    runtime.intake.stop_all()
    while not (waiting := [row for row in Operator(runtime.shell).effects() if row.kind is EffectKind.PUBLISH]):
        runtime.advance_to(site.clock.now() + timedelta(minutes=10))
    (row,) = waiting
    assert row.state is EffectState.PLANNED
    slot = row.key.rsplit("|", 1)[1].rsplit("#", 1)[0]

    def on_the_desk() -> bool:
        with site.store.view() as view:
            state = view.state("editor", CAMPAIGN, editor.EditorState)
        assert state is not None
        assert isinstance(state.state, editor.EditorState)
        return slot in state.state.drafts

    assert on_the_desk()
    assert Operator(runtime.shell).cancel(row.key)
    runtime.run_until_idle()
    (failed,) = site.facts(PostFailed)
    assert (failed.kind, failed.detail) == (FailureKind.CANCELLED, "cancelled by an operator")
    assert not on_the_desk()
    runtime.intake.resume_all()
    runtime.advance_to(site.clock.now() + timedelta(days=1))
    posts = site.accepted()
    assert posts
    assert failed.post not in posts
    assert audit(runtime).clean


@pytest.mark.parametrize("has_spoken", [False, True])
def test_timers_that_an_earlier_version_set_in_silence_are_not_held_against_it(has_spoken: bool) -> None:
    """The publisher sets its timers before it says anything; an upgrade may have moved them since."""

    def earlier(state: Any, event: Delivery) -> Decision:
        decision: Decision = publisher.WORKER.decide(state, event)
        if not isinstance(event.data, PostScheduled):
            return decision
        moved = tuple(replace(one, due=one.due and one.due - timedelta(minutes=1)) for one in decision.timers)
        return replace(decision, timers=moved)

    old = tuple(replace(one, decide=earlier) if one.name == "publisher" else one for one in ROSTER)
    site = Site(past=(), brief=brief(history=None))
    runtime = site.start(old, decidedby="1.0")
    while not site.facts(PostScheduled):
        runtime.advance_to(site.clock.now() + timedelta(minutes=10))
    runtime = site.start(decidedby="1.1")
    if has_spoken:
        runtime.advance_to(site.clock.now() + timedelta(hours=2))
        assert site.facts(PostPublished)
    assert audit(runtime).clean
