"""What a person is shown of what waits for an answer."""

from __future__ import annotations

from datetime import UTC

from events.execution import PostProposed
from events.terms import Mode
from tests.unit.workers.editing import desk
from tests.unit.workers.material import START, content, euros, slot
from workers.command.waiting import Kind, Waiting, described


def test_whoever_is_asked_for_a_post_is_shown_what_boosting_it_costs() -> None:
    boosted = slot("plan-1.1", START).model_copy(update={"boost": euros(5)})
    made = desk(Mode.APPROVE, (content("lesson"),), [boosted])
    made.fire("desk")
    (post,) = made.of(PostProposed)
    item = Waiting(Kind.POST, "spring", "default", post.post, post.fingerprint, "event", post.approve_by, post)
    assert "boosted for 5.00 EUR" in described(item, UTC)[0]
    plain = Waiting(
        Kind.POST, "spring", "default", post.post, "", "event", None, post.model_copy(update={"boost": None})
    )
    assert "boosted" not in described(plain, UTC)[0]
