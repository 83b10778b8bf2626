"""Content fits its slot, rests between two uses, and is never shown when it was withdrawn."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from events.execution import (
    CalendarExtended,
    CancelReason,
    FailureKind,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostScheduled,
    PostUncertain,
)
from events.terms import Mode
from tests.unit.workers.editing import desk, reasons, slots
from tests.unit.workers.material import ACCOUNT, START, content, published, revision, slot


def test_another_text_has_another_fingerprint_and_the_same_text_the_same() -> None:
    def seen(text: str) -> str:
        made = desk(offers=[content("lesson", text=text)])
        made.fire("desk")
        return made.of(PostProposed)[0].fingerprint

    assert seen("one") == seen("one") != seen("two")


def test_without_content_a_slot_is_cancelled_and_says_what_was_wanted() -> None:
    made = desk(offers=())
    made.run_until(START + timedelta(days=5))
    assert reasons(made) == [CancelReason.NO_CONTENT] * 3
    assert "grammar" in made.of(PostCancelled)[0].detail


def test_content_of_another_topic_appeal_or_channel_does_not_fill_a_slot() -> None:
    others = [
        content("a", topic="travel"),
        content("b", appeal="offer"),
        content("c", channels=("elsewhere",)),
        content("d", valid_until=START),
    ]
    made = desk(offers=others, planned=slots(1))
    made.run_until(START + timedelta(days=5))
    assert reasons(made) == [CancelReason.NO_CONTENT]


def test_the_slots_own_format_is_preferred_and_another_says_so() -> None:
    made = desk(offers=[content("film", format="video"), content("picture")], planned=slots(2))
    made.run_until(START + timedelta(days=5))
    assert [post.content for post in made.of(PostScheduled)] == ["picture", "film"]
    assert [post.traits.format for post in made.of(PostScheduled)] == ["photo", "video"]


def test_the_same_content_rests_between_two_uses() -> None:
    made = desk(offers=[content("lesson", uses=5, rest_days=2)], planned=slots(6))
    made.run_until(START + timedelta(days=9))
    times = [post.at for post in made.of(PostScheduled)]
    assert len(times) == 3
    assert all(later - earlier >= timedelta(days=2) for earlier, later in pairwise(times))


def test_content_is_used_no_oftener_than_it_may_be() -> None:
    made = desk(offers=[content("lesson", uses=2, rest_days=0)], planned=slots(5))
    made.run_until(START + timedelta(days=9))
    assert len(made.of(PostScheduled)) == 2
    assert reasons(made) == [CancelReason.NO_CONTENT] * 3


def test_slots_that_are_due_together_do_not_share_one_content() -> None:
    made = desk(offers=[content("lesson")], planned=slots(2, every=0))
    made.run_until(START + timedelta(days=5))
    assert len(made.of(PostScheduled)) == 1


def test_what_a_cancelled_post_did_not_use_is_there_for_another() -> None:
    made = desk(Mode.APPROVE, offers=[content("lesson", uses=1, rest_days=0)], planned=slots(2))
    made.run_until(START + timedelta(days=5))
    assert len(made.of(PostProposed)) == 2
    assert reasons(made) == [CancelReason.NOT_APPROVED] * 2


def test_content_whose_cancellation_came_too_late_counts_as_used() -> None:
    """The network has the post: its only use must not be given away once more."""
    made = desk(offers=[content("lesson", uses=1, rest_days=0)], planned=slots(1))
    made.fire("desk")
    (post,) = made.of(PostScheduled)
    made.hear(revision([slot("plan-1.2", START + timedelta(days=3))]))
    assert reasons(made) == [CancelReason.REVISED]
    made.hear(published("plan-1.1", made.now, post=post.post))
    made.run_until(START + timedelta(days=5))
    assert len(made.of(PostScheduled)) == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_an_uncertain_post_holds_its_content_until_somebody_has_looked(is_there: bool) -> None:
    made = desk(offers=[content("lesson", uses=2, rest_days=0)], planned=slots(1))
    made.fire("desk")
    (post,) = made.of(PostScheduled)
    made.hear(PostUncertain(post=post.post, account=ACCOUNT, detail="timed out"))
    if is_there:
        made.hear(published("plan-1.1", made.now, post=post.post))
    else:
        made.hear(PostFailed(post=post.post, account=ACCOUNT, kind=FailureKind.GONE, detail="not there"))
    more = [slot(f"plan-1.{n}", START + timedelta(days=n)) for n in (3, 4, 5)]
    made.hear(CalendarExtended(plan="plan-1", slots=tuple(more), calendar_until=START + timedelta(days=9)))
    made.run_until(START + timedelta(days=9))
    assert len(made.of(PostScheduled)) == (2 if is_there else 3)


def test_a_scheduled_post_costs_what_its_content_costs() -> None:
    dear = content("lesson", cost={"amount": "9.50", "currency": "EUR"})
    made = desk(offers=[dear], planned=slots(1))
    made.fire("desk")
    assert made.of(PostScheduled)[0].cost == dear.cost
