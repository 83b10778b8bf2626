"""What an account's network does not take is not given to it, and the ledger is told what the account bears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from events.campaign import AccountConnected, ContentOffered
from events.execution import CancelReason, Pacing, PostCancelled, PostScheduled
from tests.unit.workers.desk import Desk
from tests.unit.workers.editing import LIMITS, desk, reasons, slots
from tests.unit.workers.material import ACCOUNT, CHANNEL, START, brief, content, plan, published
from workers import editor
from workers.methods.planning import SPACING_HOURS


def limited(*offers: ContentOffered, **limits: Any) -> Desk:
    """An editor on an account of which the network has said what it takes, before the brief as the runtime does."""
    made = Desk(editor.WORKER, START)
    made.hear(AccountConnected(account=ACCOUNT, channel=CHANNEL, takes_key=True, **limits))
    made.hear(brief(LIMITS))
    for offer in offers:
        made.hear(offer)
    made.hear(plan(slots(1)))
    made.run_until(START + timedelta(days=2))
    return made


def test_a_scheduled_post_says_what_its_account_bears() -> None:
    made = desk(offers=[content("lesson", rest_days=5)], planned=slots(1))
    made.fire("desk")
    told = made.state.brief
    assert made.of(PostScheduled)[0].pacing == Pacing(
        posts_per_day=told.constraints.posts_per_day, zone=told.zone, apart_minutes=60 * SPACING_HOURS, rest_days=5
    )


def test_content_longer_than_the_account_takes_is_passed_over() -> None:
    made = limited(content("a long one", text="x" * 101), content("b short one", text="x" * 100), text_length=100)
    assert [post.content for post in made.of(PostScheduled)] == ["b short one"]


def test_a_slot_without_any_content_that_is_short_enough_says_which_and_by_how_much() -> None:
    made = limited(content("essay", text="x" * 101), text_length=100)
    (cancelled,) = made.of(PostCancelled)
    assert cancelled.reason is CancelReason.NO_CONTENT
    assert all(word in cancelled.detail for word in ("essay", "101", "100", ACCOUNT))


def test_content_of_a_format_that_the_network_does_not_take_is_passed_over() -> None:
    made = limited(content("film", format="video"), formats=("photo",))
    assert reasons(made) == [CancelReason.NO_CONTENT]
    assert "video" in made.of(PostCancelled)[0].detail
    made = limited(content("film", format="video"), formats=())
    assert [post.content for post in made.of(PostScheduled)] == ["film"]


def test_a_post_that_went_out_late_lets_its_content_rest_from_then_on() -> None:
    """Or the ledger would hold the next one back until its time is over."""
    made = desk(offers=[content("lesson", uses=9, rest_days=1)], planned=slots(2))
    made.fire("desk")
    (post,) = made.of(PostScheduled)
    late = post.at + timedelta(minutes=50)
    made.hear(published("plan-1.1", late, post=post.post), at=late)
    made.run_until(START + timedelta(days=4))
    assert reasons(made) == [CancelReason.NO_CONTENT]
