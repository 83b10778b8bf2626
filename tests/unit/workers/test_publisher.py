"""The publisher asks once, at the right time, and says exactly what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.campaign import CampaignEnded
from events.execution import (
    CancelReason,
    FailureKind,
    PostCancelled,
    PostFailed,
    PostPublished,
    PostScheduled,
    PostUncertain,
    Variant,
)
from events.runtime import EffectKind, Settlement
from tests.unit.workers.desk import CAMPAIGN, Desk
from tests.unit.workers.material import ACCOUNT, START, euros, traits
from workers import publisher
from workers.decision import Publish

POST = "plan-1:teach/workers/grammar.1#abc"
KEY = f"{CAMPAIGN}|publish|{POST}"
AT = START + timedelta(hours=3)
GRACE = timedelta(hours=1)


def scheduled(post: str = POST, **changes: Any) -> PostScheduled:
    told: dict[str, Any] = {
        "post": post,
        "content": "lesson",
        "account": ACCOUNT,
        "at": AT,
        "not_after": AT + GRACE,
        "traits": traits(),
        "variant": Variant(text="words", language="en"),
        "fingerprint": "seen",
        "cost": euros(4),
        "boost": euros(10),
    }
    return PostScheduled(**(told | changes))


def desk(*, asked: bool = True) -> Desk:
    made = Desk(publisher.WORKER, START)
    made.hear(scheduled())
    if asked:
        made.fire(POST)
    return made


def cancelled(post: str = POST) -> PostCancelled:
    return PostCancelled(slot=post.rsplit("#", 1)[0], post=post, reason=CancelReason.REVISED)


def test_a_post_is_asked_for_at_its_time_and_not_before() -> None:
    made = desk(asked=False)
    assert made.effects == {}
    assert made.timers[POST].due == AT
    made.fire(POST)
    effect = made.effects[KEY]
    assert (effect.kind, effect.account, effect.not_after) == (EffectKind.PUBLISH, ACCOUNT, AT + GRACE)
    assert effect.payload == Publish(
        post=POST,
        variant=Variant(text="words", language="en"),
        fingerprint="seen",
        traits=traits(),
        boost=euros(10).amount,
    )


def test_a_timer_that_fires_twice_asks_for_the_same_effect() -> None:
    made = desk()
    made.hear(scheduled("other#1", at=AT + timedelta(days=1), not_after=AT + timedelta(days=2)))
    again = desk(asked=False)
    waiting = again.timers[POST]
    first = again.fire(POST)
    again.timers[POST] = waiting
    second = again.fire(POST)
    assert first.effects == second.effects
    assert list(again.effects) == [KEY]


def test_a_post_that_is_cancelled_before_its_time_is_never_asked_for() -> None:
    made = desk(asked=False)
    made.hear(cancelled())
    assert made.timers == {}
    assert made.effects == {}
    assert made.state.scheduled == {}


def test_a_post_that_is_cancelled_after_it_was_asked_for_is_taken_back_at_the_ledger() -> None:
    made = desk()
    made.hear(cancelled())
    assert made.cancelled == [KEY]
    assert POST in made.state.scheduled
    made.settle(KEY, Settlement.CANCELLED)
    assert made.said == []
    assert made.state == publisher.PublisherState()


def test_an_effect_that_an_operator_cancelled_is_a_post_that_failed() -> None:
    """Nobody said PostCancelled, so the editor would wait for ever."""
    made = desk()
    made.settle(KEY, Settlement.CANCELLED, detail="cancelled by an operator")
    expected = PostFailed(post=POST, account=ACCOUNT, kind=FailureKind.CANCELLED, detail="cancelled by an operator")
    assert made.said == [expected]
    assert made.state == publisher.PublisherState()


def test_of_an_ended_campaign_nothing_new_is_said() -> None:
    made = desk()
    made.hear(CampaignEnded(reason="over", by="olivia"))
    made.settle(KEY, Settlement.CANCELLED, detail="the campaign has ended")
    assert made.said == []
    assert made.state == publisher.PublisherState(ended=True)


def test_a_cancellation_that_meets_a_post_on_its_way_does_not_hide_that_it_was_published() -> None:
    made = desk()
    made.hear(cancelled())
    made.settle(KEY, Settlement.DONE, reference="r-1")
    assert [fact.reference for fact in made.of(PostPublished)] == ["r-1"]
    assert made.state == publisher.PublisherState()


def test_what_was_sent_is_said_with_what_the_network_calls_it() -> None:
    made = desk()
    later = AT + timedelta(minutes=2)
    made.settle(KEY, Settlement.DONE, reference="r-1", url="https://net.example/r-1", at=later)
    assert made.said == [
        PostPublished(
            post=POST,
            content="lesson",
            account=ACCOUNT,
            at=later,
            traits=traits(),
            reference="r-1",
            url="https://net.example/r-1",
            fingerprint="seen",
            cost=euros(4),
            boost=euros(10),
        )
    ]
    assert made.state == publisher.PublisherState()


@pytest.mark.parametrize(
    ("settlement", "kind"),
    [
        (Settlement.REJECTED, FailureKind.REJECTED),
        (Settlement.EXPIRED, FailureKind.EXPIRED),
        (Settlement.UNAUTHORIZED, FailureKind.AUTHORIZATION),
        (Settlement.UNREACHABLE, FailureKind.GONE),
        (Settlement.CANCELLED, FailureKind.CANCELLED),
    ],
)
def test_every_certain_failure_is_said_for_what_it_is(settlement: Settlement, kind: FailureKind) -> None:
    made = desk()
    made.settle(KEY, settlement, detail="because")
    assert made.said == [PostFailed(post=POST, account=ACCOUNT, kind=kind, detail="because")]
    assert made.state == publisher.PublisherState()


def test_every_settlement_has_a_meaning() -> None:
    for settlement in Settlement:
        made = desk()
        made.settle(KEY, settlement, reference="r-1" if settlement is Settlement.DONE else None)
        assert len(made.said) == 1


@pytest.mark.parametrize(
    ("settlement", "kind"), [(Settlement.DONE, PostPublished), (Settlement.UNREACHABLE, PostFailed)]
)
def test_what_was_uncertain_is_resolved_once_somebody_has_looked(settlement: Settlement, kind: type[Any]) -> None:
    made = desk()
    made.settle(KEY, Settlement.UNCERTAIN, detail="timed out")
    assert made.said == [PostUncertain(post=POST, account=ACCOUNT, detail="timed out")]
    assert POST in made.state.scheduled
    made.settle(KEY, settlement, number=2, reference="r-1" if settlement is Settlement.DONE else None)
    assert isinstance(made.said[-1], kind)
    assert made.state == publisher.PublisherState()


def test_an_uncertain_post_is_never_asked_for_again() -> None:
    made = desk()
    made.settle(KEY, Settlement.UNCERTAIN)
    made.migrate()
    assert made.timers == {}
    assert list(made.effects) == [KEY]


def test_a_rebuilt_state_sets_the_timers_of_what_still_waits() -> None:
    made = desk()
    other = "plan-1:teach/workers/grammar.2#def"
    made.hear(scheduled(other, at=AT + timedelta(days=1), not_after=AT + timedelta(days=1, hours=1)))
    made.migrate()
    assert {name: waiting.due for name, waiting in made.timers.items()} == {other: AT + timedelta(days=1)}


def test_a_settlement_of_a_post_that_nobody_scheduled_says_nothing() -> None:
    made = desk()
    made.settle(KEY, Settlement.DONE, reference="r-1")
    made.settle(KEY, Settlement.DONE, number=2, reference="r-1")
    assert len(made.said) == 1
