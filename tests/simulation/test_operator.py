"""What an operator does to a live campaign of the eight real workers."""

from __future__ import annotations

from datetime import timedelta

from events.execution import FailureKind, PostFailed
from events.runtime import EffectKind
from tests.simulation.loop import CAMPAIGN, START, Site, audit
from workers import editor
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
