"""What waits for a person is sent exactly as it was seen, or not at all."""

from __future__ import annotations

from datetime import timedelta

from events.campaign import SpendPurpose, SpendRecorded
from events.execution import (
    CancelReason,
    PostCancelled,
    PostProposed,
    PostRejected,
    PostScheduled,
)
from events.terms import Mode
from tests.unit.workers.editing import OLIVIA, approved, proposed, reasons
from tests.unit.workers.material import START, brief


def test_in_approve_mode_nothing_is_scheduled_until_a_person_approves() -> None:
    made, proposal = proposed()
    assert proposal.awaits_approval
    assert made.of(PostScheduled) == []
    made.hear(approved(proposal))
    assert [post.fingerprint for post in made.of(PostScheduled)] == [proposal.fingerprint]


def test_an_approval_is_asked_for_as_early_as_the_brief_allows() -> None:
    made, proposal = proposed()
    assert proposal.at - made.now == timedelta(hours=12)
    assert proposal.approve_by == proposal.at + timedelta(minutes=60)


def test_an_approval_of_something_else_than_was_proposed_is_ignored() -> None:
    made, proposal = proposed()
    made.hear(approved(proposal, fingerprint="another"))
    made.hear(approved(proposal, post=f"{proposal.slot}#other"))
    made.hear(approved(proposal, post="nobody#knows"))
    assert made.of(PostScheduled) == []


def test_the_same_approval_twice_schedules_once() -> None:
    made, proposal = proposed()
    made.hear(approved(proposal))
    made.hear(approved(proposal))
    assert len(made.of(PostScheduled)) == 1


def test_in_advise_mode_nothing_is_ever_scheduled() -> None:
    made, proposal = proposed(Mode.ADVISE)
    assert proposal.awaits_approval
    made.hear(approved(proposal))
    made.run_until(START + timedelta(days=6))
    assert made.of(PostScheduled) == []
    assert len(made.of(PostProposed)) == 3


def test_an_approval_within_the_grace_is_published_at_once_and_one_after_it_not_at_all() -> None:
    made, proposal = proposed()
    made.hear(approved(proposal), at=proposal.at + timedelta(minutes=20))
    assert [post.at for post in made.of(PostScheduled)] == [proposal.at + timedelta(minutes=20)]
    made, proposal = proposed()
    made.hear(approved(proposal), at=proposal.at + timedelta(minutes=61))
    assert made.of(PostScheduled) == []
    assert reasons(made) == [CancelReason.NOT_APPROVED]


def test_a_post_that_nobody_answers_for_is_given_up_with_its_grace() -> None:
    made, proposal = proposed()
    made.run_until(proposal.at + timedelta(minutes=59))
    assert reasons(made) == []
    made.run_until(proposal.at + timedelta(minutes=61))
    assert reasons(made) == [CancelReason.NOT_APPROVED]
    made.hear(approved(proposal))
    assert made.of(PostScheduled) == []


def test_a_rejected_post_is_cancelled_with_the_reason_and_the_next_slot_goes_on() -> None:
    made, proposal = proposed()
    made.hear(PostRejected(post=proposal.post, fingerprint=proposal.fingerprint, by=OLIVIA, reason="not our tone"))
    (cancelled,) = made.of(PostCancelled)
    assert (cancelled.reason, cancelled.detail) == (CancelReason.REJECTED, "not our tone")
    made.run_until(START + timedelta(days=1, hours=13))
    assert len(made.of(PostProposed)) == 2


def test_a_person_may_think_better_of_an_approval_until_the_post_is_sent() -> None:
    made, proposal = proposed()
    made.hear(approved(proposal))
    assert len(made.of(PostScheduled)) == 1
    made.hear(PostRejected(post=proposal.post, fingerprint=proposal.fingerprint, by=OLIVIA, reason="not today"))
    assert reasons(made) == [CancelReason.REJECTED]


def test_a_rejection_of_another_post_changes_nothing() -> None:
    made, proposal = proposed()
    made.hear(PostRejected(post=f"{proposal.slot}#other", fingerprint="x", by=OLIVIA, reason="no"))
    assert made.of(PostCancelled) == []


def test_an_approval_of_what_the_budget_no_longer_pays_cancels_the_post() -> None:
    made, proposal = proposed()
    made.hear(SpendRecorded(amount=brief().budget, purpose=SpendPurpose.FEE))
    made.hear(approved(proposal))
    assert made.of(PostScheduled) == []
    assert reasons(made) == [CancelReason.BUDGET]
