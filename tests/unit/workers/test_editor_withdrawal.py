"""Content that is offered anew or runs out is not shown as it was; its slot is filled anew while there is time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.execution import (
    CancelReason,
    FailureKind,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostRejected,
    PostScheduled,
    PostUncertain,
)
from events.terms import Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.editing import OLIVIA, approved, desk, proposed, reasons, slots
from tests.unit.workers.material import ACCOUNT, START, content, published, revision, slot

LESSON = content("lesson", uses=9, rest_days=0.5)
SPARE = content("spare", uses=9, rest_days=0.5)


def scheduled() -> tuple[Desk, PostScheduled]:
    """A desk whose first post is scheduled, with a second content in stock."""
    made = desk(offers=[LESSON, SPARE])
    made.fire("desk")
    (post,) = made.of(PostScheduled)
    assert post.content == "lesson"
    return made, post


@pytest.mark.parametrize(
    "change",
    [{"text": "other words"}, {"media": ({"sha256": "a", "kind": "image/png", "path": "a.png"},)}, {"link": "/new"}],
)
def test_a_scheduled_post_whose_content_is_offered_anew_is_cancelled_and_made_again(change: dict[str, object]) -> None:
    made, post = scheduled()
    again = content("lesson", uses=9, rest_days=0.5, **change)
    made.hear(again)
    (cancelled,) = made.of(PostCancelled)
    assert (cancelled.post, cancelled.reason) == (post.post, CancelReason.WITHDRAWN)
    assert "lesson" in cancelled.detail
    second = made.of(PostScheduled)[1]
    assert (second.content, second.at) == ("lesson", post.at)
    assert (second.variant.text, second.variant.link, second.variant.media) == (again.text, again.link, again.media)
    assert second.post != post.post, "the ledger would take it for the one that was cancelled"


def test_content_that_is_offered_again_as_it_was_changes_nothing() -> None:
    made, _ = scheduled()
    made.hear(LESSON)
    made.hear(content("lesson", uses=12, rest_days=3))
    assert reasons(made) == []
    assert len(made.of(PostScheduled)) == 1


def test_content_is_withdrawn_by_offering_it_with_its_end_in_the_past() -> None:
    made, post = scheduled()
    made.hear(LESSON.model_copy(update={"valid_until": START}))
    assert reasons(made) == [CancelReason.WITHDRAWN]
    assert [one.content for one in made.of(PostScheduled)] == ["lesson", "spare"]
    made.run_until(START + timedelta(days=5))
    assert {one.content for one in made.of(PostScheduled)[1:]} == {"spare"}
    assert made.of(PostScheduled)[1].at == post.at


def test_a_withdrawn_post_whose_slot_is_over_is_not_made_again() -> None:
    made, post = scheduled()
    made.hear(content("lesson", text="other words"), at=post.not_after)
    assert reasons(made) == [CancelReason.WITHDRAWN, CancelReason.LATE]
    assert len(made.of(PostScheduled)) == 1


def test_what_a_person_saw_is_asked_for_again_when_it_was_offered_anew() -> None:
    made, proposal = proposed()
    made.hear(content("lesson", text="other words"))
    assert reasons(made) == [CancelReason.WITHDRAWN]
    second = made.of(PostProposed)[1]
    made.hear(approved(proposal))
    assert made.of(PostScheduled) == [], "the approval was for other words"
    made.hear(PostRejected(post=proposal.post, fingerprint=proposal.fingerprint, by=OLIVIA, reason="stale"))
    made.hear(approved(second))
    assert [one.variant.text for one in made.of(PostScheduled)] == ["other words"]


def test_a_proposal_whose_content_runs_out_before_it_is_approved_makes_room_for_another() -> None:
    one = slots(1)
    ends = one[0].at + timedelta(minutes=10)
    made = desk(Mode.APPROVE, offers=[content("lesson", valid_until=ends), content("spare")], planned=one)
    made.fire("desk")
    assert made.of(PostProposed)[0].approve_by == ends
    made.run_until(ends)
    assert reasons(made) == [CancelReason.WITHDRAWN]
    assert [proposal.content for proposal in made.of(PostProposed)] == ["lesson", "spare"]
    made.run_until(one[0].at + timedelta(hours=2))
    assert reasons(made)[1:] == [CancelReason.NOT_APPROVED]


def test_a_post_is_not_sent_after_its_content_ran_out() -> None:
    one = slots(1)
    made = desk(offers=[content("lesson", valid_until=one[0].at + timedelta(minutes=10))], planned=one)
    made.fire("desk")
    assert made.of(PostScheduled)[0].not_after == one[0].at + timedelta(minutes=10)


def test_an_end_that_is_brought_forward_holds_for_a_post_that_is_scheduled() -> None:
    made, post = scheduled()
    sooner = post.at + timedelta(minutes=10)
    made.hear(LESSON.model_copy(update={"valid_until": sooner}))
    assert reasons(made) == [CancelReason.WITHDRAWN]
    assert made.of(PostScheduled)[1].not_after <= post.not_after
    made.hear(LESSON.model_copy(update={"valid_until": post.at}))
    assert "lesson" not in {
        draft.proposal.content for draft in made.state.drafts.values() if draft.proposal is not None
    }


def test_a_withdrawal_that_came_too_late_leaves_its_slot_with_one_post() -> None:
    made, post = scheduled()
    made.hear(content("lesson", uses=9, rest_days=0.5, text="other words"))
    second = made.of(PostScheduled)[1]
    made.hear(published(post.post.rsplit("#", 1)[0], post.at, post=post.post))
    cancelled = made.of(PostCancelled)[-1]
    assert (cancelled.post, cancelled.reason) == (second.post, CancelReason.LATE)
    assert post.post in cancelled.detail
    assert made.state.inventory.pieces["lesson"].used == 1
    assert made.state.inventory.pieces["lesson"].held == ()


def test_what_becomes_of_a_withdrawn_post_moves_nothing_of_the_one_in_its_place() -> None:
    made, post = scheduled()
    made.hear(content("lesson", uses=9, rest_days=0.5, text="other words"))
    second = made.of(PostScheduled)[1]
    made.hear(PostUncertain(post=post.post, account=ACCOUNT, detail="timed out"))
    made.hear(PostFailed(post=post.post, account=ACCOUNT, kind=FailureKind.CANCELLED, detail=""))
    (draft,) = (one for one in made.state.drafts.values() if one.proposal is not None)
    assert (draft.proposal.post, draft.state) == (second.post, "scheduled")


def test_content_of_a_cancelled_post_does_not_rest_as_if_it_had_been_shown() -> None:
    made = desk(offers=[content("lesson", uses=1, rest_days=14)], planned=slots(1))
    made.fire("desk")
    made.hear(revision([slot("plan-1.2", START + timedelta(days=2))]))
    assert reasons(made) == [CancelReason.REVISED]
    made.run_until(START + timedelta(days=3))
    assert [post.at for post in made.of(PostScheduled)] == [slots(1)[0].at, START + timedelta(days=2)]


def test_a_cancelled_post_gives_back_the_rest_that_was_running_before_it() -> None:
    made = desk(offers=[content("lesson", uses=9, rest_days=3)], planned=slots(1))
    made.fire("desk")
    first = made.of(PostScheduled)[0]
    made.hear(published("plan-1.1", first.at, post=first.post), at=first.at)
    made.hear(revision([slot("plan-1.2", first.at + timedelta(days=4))]))
    made.fire("desk")
    sooner = timedelta(days=4) - timedelta(minutes=10)
    made.hear(revision([slot("plan-1.3", first.at + sooner)]))
    assert [post.at - first.at for post in made.of(PostScheduled)[1:]] == [timedelta(days=4), sooner]
    made.hear(revision([slot("plan-1.4", first.at + timedelta(days=2, hours=23))]))
    assert made.state.inventory.pieces["lesson"].last == first.at


def test_a_post_that_an_operator_cancelled_is_over_and_its_content_back() -> None:
    made = desk(offers=[content("lesson", uses=1, rest_days=14)], planned=slots(2))
    made.fire("desk")
    post = made.of(PostScheduled)[0]
    made.hear(
        PostFailed(post=post.post, account=ACCOUNT, kind=FailureKind.CANCELLED, detail="cancelled by an operator")
    )
    assert post.post.rsplit("#", 1)[0] not in made.state.drafts
    assert made.of(PostCancelled) == []
    made.run_until(START + timedelta(days=4))
    assert [one.content for one in made.of(PostScheduled)] == ["lesson", "lesson"]
