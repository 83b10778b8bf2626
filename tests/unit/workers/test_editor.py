"""The editor fills slots, and never makes up for what was missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignEnded,
    SpendPurpose,
    SpendRecorded,
)
from events.execution import (
    CalendarExtended,
    CancelReason,
    FailureKind,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostScheduled,
)
from events.terms import Money
from tests.unit.workers.editing import OLIVIA, desk, pause, proposed, reasons, resume, slots
from tests.unit.workers.material import ACCOUNT, START, published, revision, slot, traits


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
