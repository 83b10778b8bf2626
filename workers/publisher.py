"""The publisher: a scheduled post is sent at its time, once, and what came of it is said.

It owns no retry: the effect ledger sends, reads back and settles. Its own part is when to ask and what an answer means.

Invariants: one effect per post, keyed by campaign and post; it is asked for no earlier than the slot and ends with its
grace; a cancellation that comes before sending holds. What the ledger cancelled without anybody having said so here is
said; of an ended campaign nothing new is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from events.campaign import CampaignEnded
from events.execution import FailureKind, PostCancelled, PostFailed, PostPublished, PostScheduled, PostUncertain
from events.runtime import EffectKind, EffectSettled, Settlement, StateMigrated, TimerFired
from workers.decision import NOTHING, CancelEffect, Decision, Delivery, Effect, Publish, State, Timer, Worker

_FAILURES: Final[Mapping[Settlement, FailureKind]] = {
    Settlement.REJECTED: FailureKind.REJECTED,
    Settlement.EXPIRED: FailureKind.EXPIRED,
    Settlement.UNAUTHORIZED: FailureKind.AUTHORIZATION,
    Settlement.UNREACHABLE: FailureKind.GONE,
    Settlement.CANCELLED: FailureKind.CANCELLED,
}


class PublisherState(State):
    scheduled: Mapping[str, PostScheduled] = {}
    asked: tuple[str, ...] = ()
    """Posts whose effect is with the ledger; they stay known until it is settled for good."""
    cancelled: tuple[str, ...] = ()
    """Posts among them whose cancellation was heard."""
    ended: bool = False


def evolve(state: PublisherState, event: Delivery) -> PublisherState:
    match event.data:
        case PostScheduled() as post:
            return state.model_copy(update={"scheduled": {**state.scheduled, post.post: post}})
        case TimerFired(timer=post) if post in state.scheduled and post not in state.asked:
            return state.model_copy(update={"asked": (*state.asked, post)})
        case PostCancelled(post=post) if post in state.scheduled and post not in state.asked:
            return _without(state, post)
        case PostCancelled(post=post) if post in state.asked and post not in state.cancelled:
            return state.model_copy(update={"cancelled": (*state.cancelled, post)})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case PostPublished(post=post) | PostFailed(post=post):
            return _without(state, post)
        case EffectSettled(settlement=Settlement.CANCELLED, key=key) if _is_known(state, _post_of(key)):
            return _without(state, _post_of(key))
        case _:
            return state


def _is_known(state: PublisherState, post: str) -> bool:
    """Whether everybody knows that the post will not be sent."""
    return state.ended or post in state.cancelled


def _without(state: PublisherState, post: str | None) -> PublisherState:
    return PublisherState(
        scheduled={name: other for name, other in state.scheduled.items() if name != post},
        asked=tuple(name for name in state.asked if name != post),
        cancelled=tuple(name for name in state.cancelled if name != post),
        ended=state.ended,
    )


def decide(state: PublisherState, event: Delivery) -> Decision:
    match event.data:
        case PostScheduled(post=post, at=at):
            return Decision(timers=(Timer(post, at),))
        case TimerFired(timer=post) if post in state.asked:
            return Decision(effects=(_send(event.campaign, state.scheduled[post]),))
        case PostCancelled(post=post) if post is not None:
            return Decision(effects=(CancelEffect(_key(event.campaign, post)),), timers=(Timer(post, None),))
        case EffectSettled() as settled if _post_of(settled.key) in state.scheduled:
            return _settled(state.scheduled[_post_of(settled.key)], settled)
        case StateMigrated():
            waiting = (post for post in state.scheduled.values() if post.post not in state.asked)
            return Decision(timers=tuple(Timer(post.post, post.at) for post in waiting))
        case _:
            return NOTHING


def _key(campaign: str, post: str) -> str:
    return f"{campaign}|publish|{post}"


def _post_of(key: str) -> str:
    return key.rsplit("|", 1)[1]


def _send(campaign: str, post: PostScheduled) -> Effect:
    payload = Publish(
        post=post.post,
        variant=post.variant,
        fingerprint=post.fingerprint,
        traits=post.traits,
        boost=post.boost.amount if post.boost is not None else None,
        pacing=post.pacing,
    )
    return Effect(_key(campaign, post.post), EffectKind.PUBLISH, post.account, payload, post.not_after)


def _settled(post: PostScheduled, settled: EffectSettled) -> Decision:
    if settled.settlement is Settlement.DONE and settled.reference is not None:
        published = PostPublished(
            post=post.post,
            content=post.content,
            account=post.account,
            at=settled.at,
            traits=post.traits,
            reference=settled.reference,
            url=settled.url,
            fingerprint=post.fingerprint,
            cost=post.cost,
            boost=post.boost,
        )
        return Decision(emits=(published,))
    if settled.settlement is Settlement.UNCERTAIN:
        return Decision(emits=(PostUncertain(post=post.post, account=post.account, detail=settled.detail),))
    kind = _FAILURES[settled.settlement]
    return Decision(emits=(PostFailed(post=post.post, account=post.account, kind=kind, detail=settled.detail),))


WORKER: Final = Worker(
    name="publisher",
    hears=frozenset({PostScheduled, PostCancelled, CampaignEnded}),
    says=frozenset({PostPublished, PostFailed, PostUncertain}),
    state=PublisherState,
    state_version=1,
    evolve=evolve,
    decide=decide,
)
