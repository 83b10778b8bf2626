"""An approval is not asked for twice: it holds for the same post on the same day, once, however the plan changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from events.campaign import ContentOffered
from events.execution import CancelReason, PostCancelled, PostProposed, PostRejected, PostScheduled, Slot
from events.terms import Fact, Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.editing import LIMITS, OLIVIA, approved, desk, pause, resume
from tests.unit.workers.material import START, brief, content, euros, revision, slot
from workers.lives import slot_of

DAY: Final = START.replace(hour=0) + timedelta(days=1)
MORNING, NOON, NEXT_DAY = (DAY + timedelta(hours=hours) for hours in (9, 12, 33))
LESSON: Final = content("lesson", uses=9, rest_days=2)


def answered(offer: ContentOffered = LESSON, **changes: object) -> Desk:
    """A desk with one post, approved for the morning."""
    made = desk(Mode.APPROVE, (offer,), [slot("plan-1.1", MORNING).model_copy(update=changes)])
    made.fire("desk")
    made.hear(approved(made.of(PostProposed)[0]))
    assert len(made.of(PostScheduled)) == 1
    return made


def again(made: Desk, *between: Fact, at: Slot | None = None) -> PostProposed:
    """What is proposed after the calendar was made anew."""
    for fact in between:
        made.hear(fact)
    made.hear(revision([at or slot("plan-1.2", NOON)]))
    made.run_until(NEXT_DAY)
    return made.of(PostProposed)[1]


@pytest.mark.parametrize("between", [(), (pause(), resume())])
def test_the_same_post_on_the_same_day_is_scheduled_without_asking_again(between: tuple[Fact, ...]) -> None:
    made = answered()
    first = made.of(PostProposed)[0]
    second = again(made, *between)
    assert (second.awaits_approval, second.approve_by, second.approved_as) == (False, None, first.post)
    assert second.fingerprint == first.fingerprint
    assert [(slot_of(post.post), post.at) for post in made.of(PostScheduled)][1:] == [("plan-1.2", NOON)]


def test_another_day_is_asked_for_again() -> None:
    made = answered()
    second = again(made, at=slot("plan-1.2", NEXT_DAY))
    assert (second.awaits_approval, second.approved_as) == (True, None)
    assert len(made.of(PostScheduled)) == 1


def test_what_reads_otherwise_is_asked_for_again() -> None:
    made = answered()
    made.hear(pause())
    second = again(made, content("lesson", uses=9, rest_days=2, text="Otherwise"), resume())
    assert second.awaits_approval


def test_what_costs_more_than_was_seen_is_asked_for_again() -> None:
    boosted = slot("plan-1.2", NOON).model_copy(update={"boost": euros(5)})
    assert again(answered(), at=boosted).awaits_approval


def test_an_approval_is_for_one_post() -> None:
    made = answered()
    made.hear(revision([slot("plan-1.2", NOON)]))
    assert len(made.state.approvals) == 1
    made.run_until(DAY + timedelta(hours=1))
    assert made.of(PostProposed)[1].approved_as is not None
    assert made.state.approvals == {}


def test_an_approval_goes_on_through_a_second_change_of_plans() -> None:
    made = answered()
    made.hear(revision([slot("plan-1.2", NOON)]))
    made.run_until(DAY + timedelta(hours=1))
    made.hear(revision([slot("plan-1.3", NOON + timedelta(hours=1))]))
    made.run_until(DAY + timedelta(hours=2))
    first, *rest = made.of(PostProposed)
    assert [one.approved_as for one in rest] == [first.post, first.post]


def test_approvals_for_days_that_have_passed_are_forgotten() -> None:
    made = answered()
    made.hear(revision([slot("plan-1.2", NEXT_DAY)]))
    made.run_until(NEXT_DAY - timedelta(hours=3))
    made.hear(content("lesson", uses=9, rest_days=2, text="Otherwise"))
    made.run_until(made.now)
    made.hear(approved(made.of(PostProposed)[-1]))
    made.hear(revision([]))
    assert [one.at for one in made.state.approvals.values()] == [NEXT_DAY]


def test_whoever_rejects_what_was_approved_is_asked_again() -> None:
    made = answered()
    first = made.of(PostProposed)[0]
    no = PostRejected(post=first.post, fingerprint=first.fingerprint, by=OLIVIA, reason="not today")
    assert again(made, pause(), no, resume()).awaits_approval


def test_rejecting_the_post_that_was_approved_stops_the_one_that_has_its_approval() -> None:
    """Whoever answers late knows only the id of what was shown for approval."""
    made = answered()
    first = made.of(PostProposed)[0]
    made.hear(revision([slot("plan-1.2", NOON)]))
    made.run_until(DAY + timedelta(hours=1))
    second = made.of(PostProposed)[1]
    assert second.approved_as == first.post
    made.hear(PostRejected(post=first.post, fingerprint=first.fingerprint, by=OLIVIA, reason="not today"))
    gone = made.of(PostCancelled)[-1]
    assert (gone.post, gone.reason, gone.detail) == (second.post, CancelReason.REJECTED, "not today")


def test_a_rejection_that_names_the_approved_post_needs_no_fingerprint_to_take_the_approval_back() -> None:
    made = answered()
    no = PostRejected(post=made.of(PostProposed)[0].post, fingerprint="another", by=OLIVIA, reason="")
    assert again(made, pause(), no, resume()).awaits_approval


def test_content_that_may_return_within_a_day_is_asked_for_each_time() -> None:
    assert again(answered(content("lesson", uses=9, rest_days=0))).awaits_approval


def test_what_was_only_proposed_is_asked_for_again() -> None:
    made = desk(Mode.APPROVE, (LESSON,), [slot("plan-1.1", MORNING)])
    made.fire("desk")
    assert again(made).awaits_approval


def test_in_advise_mode_no_approval_holds() -> None:
    made = answered()
    second = again(made, brief(LIMITS, mode=Mode.ADVISE))
    assert (second.awaits_approval, second.approved_as) == (True, None)
