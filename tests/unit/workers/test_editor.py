"""The editor fills slots, waits for people where asked, and never makes up for what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Constraints,
    ContentOffered,
    SpendPurpose,
    SpendRecorded,
)
from events.execution import (
    CalendarExtended,
    CancelReason,
    FailureKind,
    PostApproved,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostRejected,
    PostScheduled,
    PostUncertain,
    Slot,
)
from events.terms import Mode, Money
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import ACCOUNT, START, brief, content, plan, published, revision, slot, traits
from workers import editor

OLIVIA = "/people/olivia"
LIMITS = Constraints(grace_minutes=60, approval_hours=12)


def slots(count: int, *, first: datetime = START + timedelta(days=1), every: float = 24) -> list[Slot]:
    return [slot(f"plan-1.{n + 1}", first + timedelta(hours=every * n)) for n in range(count)]


def desk(
    mode: Mode = Mode.AUTOMATIC,
    offers: Sequence[ContentOffered] = (content("lesson", uses=9, rest_days=0.5),),
    planned: Sequence[Slot] | None = None,
) -> Desk:
    made = Desk(editor.WORKER, START)
    made.hear(brief(LIMITS, mode=mode))
    for offer in offers:
        made.hear(offer)
    made.hear(plan(slots(3) if planned is None else planned))
    return made


def pause() -> CampaignPaused:
    return CampaignPaused(reason="holidays", by=OLIVIA)


def resume() -> CampaignResumed:
    return CampaignResumed(reason="back", by=OLIVIA)


def proposed(mode: Mode = Mode.APPROVE) -> tuple[Desk, PostProposed]:
    """A desk with its first post proposed."""
    made = desk(mode)
    made.fire("desk")
    return made, made.of(PostProposed)[0]


def approved(proposal: PostProposed, **changes: Any) -> PostApproved:
    told = {"post": proposal.post, "fingerprint": proposal.fingerprint, "by": OLIVIA}
    return PostApproved(**(told | changes))


def reasons(made: Desk) -> list[CancelReason]:
    return [fact.reason for fact in made.of(PostCancelled)]


def test_in_automatic_mode_every_slot_becomes_a_scheduled_post_at_its_time() -> None:
    made = desk()
    assert made.said == []
    made.run_until(START + timedelta(days=5))
    assert [post.at for post in made.of(PostScheduled)] == [one.at for one in slots(3)]
    for proposal, post in zip(made.of(PostProposed), made.of(PostScheduled), strict=True):
        assert not proposal.awaits_approval
        assert (post.post, post.fingerprint, post.variant) == (proposal.post, proposal.fingerprint, proposal.variant)
        assert post.not_after - post.at == timedelta(minutes=60)


def test_a_post_is_decided_on_before_its_slot_and_not_long_before() -> None:
    made = desk()
    assert timedelta(0) < slots(1)[0].at - made.timers["desk"].due <= timedelta(hours=1)


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


def test_another_text_has_another_fingerprint_and_the_same_text_the_same() -> None:
    def seen(text: str) -> str:
        made = desk(offers=[content("lesson", text=text)])
        made.fire("desk")
        return made.of(PostProposed)[0].fingerprint

    assert seen("one") == seen("one") != seen("two")


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


def test_a_pause_cancels_everything_and_nothing_is_proposed_while_it_lasts() -> None:
    made = desk()
    made.fire("desk")
    made.hear(pause())
    assert reasons(made) == [CancelReason.PAUSED] * 3
    assert made.timers == {}
    made.hear(CalendarExtended(plan="plan-1", slots=(slot("plan-1.9", made.now),), calendar_until=made.now))
    made.run_until(START + timedelta(days=9))
    assert len(made.of(PostProposed)) == 1


def test_resuming_fires_nothing_at_once() -> None:
    made = desk(planned=slots(4, first=START + timedelta(hours=1), every=6))
    made.hear(pause())
    made.hear(resume(), at=START + timedelta(days=2))
    assert made.of(PostScheduled) == []
    assert made.timers == {}


def test_what_was_planned_during_a_pause_is_not_fired_when_it_ends() -> None:
    """The planner answers a resumption with slots that lie ahead; the editor waits for them."""
    made = desk(planned=())
    made.hear(pause())
    made.hear(revision(slots(4, first=START + timedelta(minutes=30), every=0.1)))
    made.hear(resume(), at=START + timedelta(hours=1))
    assert made.of(PostScheduled) == []
    made.hear(revision(slots(2), revision=2))
    made.run_until(START + timedelta(days=4))
    assert [post.at for post in made.of(PostScheduled)] == [one.at for one in slots(2)]


def test_an_ended_campaign_posts_nothing_more() -> None:
    made = desk()
    made.fire("desk")
    made.hear(CampaignEnded(reason="over", by=OLIVIA))
    assert reasons(made) == [CancelReason.ENDED] * 3
    made.hear(revision(slots(2, first=START + timedelta(days=3))))
    made.run_until(START + timedelta(days=9))
    assert len(made.of(PostScheduled)) == 1


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


def test_a_slot_that_was_missed_while_down_is_cancelled_and_not_made_up_for() -> None:
    made = desk()
    made.fire("desk", late=timedelta(hours=10))
    assert reasons(made) == [CancelReason.LATE]
    made.run_until(START + timedelta(days=5))
    assert [post.at for post in made.of(PostScheduled)] == [one.at for one in slots(3)[1:]]


def test_a_post_that_expired_at_the_ledger_is_cancelled_as_late() -> None:
    made = desk()
    made.fire("desk")
    post = made.of(PostScheduled)[0].post
    made.hear(PostFailed(post=post, account=ACCOUNT, kind=FailureKind.EXPIRED, detail=""))
    assert made.of(PostCancelled) == [PostCancelled(slot="plan-1.1", post=post, reason=CancelReason.LATE)]
    made.hear(PostFailed(post=post, account=ACCOUNT, kind=FailureKind.REJECTED, detail=""))
    assert len(made.of(PostCancelled)) == 1


@pytest.mark.parametrize(
    ("closes", "opens"), [(AccountPaused, AccountResumed), (AuthorizationExpired, AuthorizationRestored)]
)
def test_an_account_that_is_closed_takes_no_posts_until_it_is_open_again(closes: type[Any], opens: type[Any]) -> None:
    made = desk()
    made.hear(closes(account=ACCOUNT, reason="a test"))
    made.fire("desk")
    assert reasons(made) == [CancelReason.ACCOUNT]
    made.hear(opens(account=ACCOUNT, reason="a test"))
    made.run_until(START + timedelta(days=5))
    assert len(made.of(PostScheduled)) == 2


def test_another_accounts_closing_changes_nothing() -> None:
    made = desk()
    made.hear(AccountPaused(account="blog", reason="a test"))
    made.fire("desk")
    assert len(made.of(PostScheduled)) == 1


def test_a_revision_replaces_every_slot_ahead_scheduled_posts_too() -> None:
    made = desk()
    made.fire("desk")
    later = [slot(f"plan-1.{n}", START + timedelta(days=n, hours=3)) for n in (4, 5)]
    made.hear(revision(later))
    assert reasons(made) == [CancelReason.REVISED] * 3
    assert made.of(PostCancelled)[0].post == made.of(PostScheduled)[0].post
    made.run_until(START + timedelta(days=8))
    assert [post.at for post in made.of(PostScheduled)][1:] == [one.at for one in later]


def test_an_extension_adds_to_what_is_there() -> None:
    made = desk()
    more = slot("plan-1.4", START + timedelta(days=6))
    made.hear(CalendarExtended(plan="plan-1", slots=(more,), calendar_until=START + timedelta(days=9)))
    made.run_until(START + timedelta(days=9))
    assert len(made.of(PostScheduled)) == 4


def test_a_scheduled_post_costs_what_its_content_costs() -> None:
    dear = content("lesson", cost={"amount": "9.50", "currency": "EUR"})
    made = desk(offers=[dear], planned=slots(1))
    made.fire("desk")
    assert made.of(PostScheduled)[0].cost == dear.cost


def test_the_desk_forgets_what_is_over() -> None:
    made = desk()
    made.run_until(START + timedelta(days=5))
    for number, post in enumerate(made.of(PostScheduled)):
        made.hear(published(f"plan-1.{number + 1}", post.at, post=post.post))
    assert made.state.drafts == {}


def test_a_rebuilt_state_looks_at_the_desk_again() -> None:
    made = desk()
    before = made.timers["desk"].due
    made.migrate()
    assert made.timers["desk"].due == before


def test_a_slots_traits_chance_and_boost_go_with_its_post() -> None:
    one = slot("plan-1.1", START + timedelta(days=1), explores=True, propensity=0.25, traits=traits(hour=9))
    made = desk(planned=[one])
    made.fire("desk")
    (proposal,) = made.of(PostProposed)
    assert (proposal.explores, proposal.propensity, proposal.traits) == (True, 0.25, one.traits)


def test_no_post_is_made_that_the_budget_no_longer_pays() -> None:
    made, proposal = proposed()
    told = made.state.brief
    assert told is not None
    most = told.budget.amount
    made.hear(SpendRecorded(amount=told.budget, purpose=SpendPurpose.FEE))
    made.hear(SpendRecorded(amount=Money(amount=most, currency="XTS"), purpose=SpendPurpose.FEE))
    assert made.state.spent == most
    made.run_until(START + timedelta(days=1, hours=13))
    assert CancelReason.BUDGET in reasons(made)
    assert made.of(PostProposed) == [proposal]
