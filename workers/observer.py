"""The observer: reads posts back at growing ages, and accounts once a day.

Invariants: a reading says exactly the counters that the platform gave; one that could not be had is said to be missing,
never zero; a post's next reading is due whether or not the last one came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from events.campaign import CampaignBriefed, CampaignEnded
from events.execution import MetricObserved, ObservationMissed, PlanMade, PostPublished
from events.runtime import EffectKind, EffectSettled, Settlement, StateMigrated, TimerFired
from workers.analysis import AGES
from workers.decision import NOTHING, Decision, Delivery, Effect, ReadAccount, ReadPost, State, Timer, Worker

PATIENCE: Final = timedelta(hours=6)
"""How long a reading may take before it is given up: the next one says more."""
ACCOUNT_EVERY: Final = timedelta(days=1)


class Watched(State):
    """A published post: how often it has been read, or its reading missed."""

    account: str
    reference: str
    published: datetime
    readings: int = 0


class ObserverState(State):
    accounts: tuple[str, ...] = ()
    watching: Mapping[str, Watched] = {}
    account_due: Mapping[str, datetime] = {}
    ended: bool = False


def evolve(state: ObserverState, event: Delivery) -> ObserverState:
    match event.data:
        case CampaignBriefed(accounts=accounts):
            return _briefed(state, tuple(sorted(account.account for account in accounts)), event.now)
        case PlanMade() if not state.account_due:
            due = dict.fromkeys(state.accounts, event.now + ACCOUNT_EVERY)
            return state.model_copy(update={"account_due": due})
        case TimerFired(timer=name, due=due) if state.account_due.get(_account_of(name)) == due:
            return state.model_copy(
                update={"account_due": {**state.account_due, _account_of(name): _following(due, event.now)}}
            )
        case PostPublished(post=post, account=account, reference=reference, at=at) if not state.ended:
            watched = Watched(account=account, reference=reference, published=at)
            return state.model_copy(update={"watching": {**state.watching, post: watched}})
        case EffectSettled(key=key, kind=EffectKind.READ_POST):
            return _counted(state, _post_of(key))
        case CampaignEnded():
            return state.model_copy(update={"ended": True, "watching": {}, "account_due": {}})
        case _:
            return state


def _briefed(state: ObserverState, accounts: tuple[str, ...], now: datetime) -> ObserverState:
    """An amended brief's new accounts are read from now on too, those that it drops no longer."""
    due = {account: state.account_due.get(account, now + ACCOUNT_EVERY) for account in accounts}
    return state.model_copy(update={"accounts": accounts, "account_due": due if state.account_due else {}})


def _following(due: datetime, now: datetime) -> datetime:
    """The next reading after one that was due: days that passed meanwhile are not made up for."""
    missed = max(timedelta(0), now - due) // ACCOUNT_EVERY
    return due + (missed + 1) * ACCOUNT_EVERY


def _counted(state: ObserverState, post: str) -> ObserverState:
    """One reading more; a post that was read at the last age is let go."""
    watched = state.watching.get(post)
    if watched is None:
        return state
    others = {name: other for name, other in state.watching.items() if name != post}
    if watched.readings + 1 < len(AGES):
        others[post] = watched.model_copy(update={"readings": watched.readings + 1})
    return state.model_copy(update={"watching": others})


def decide(state: ObserverState, event: Delivery) -> Decision:
    match event.data:
        case PlanMade() | CampaignBriefed() if not state.ended:
            return Decision(timers=tuple(Timer(_account_timer(a), due) for a, due in state.account_due.items()))
        case PostPublished(post=post) if post in state.watching:
            return Decision(timers=(_next(state, post),))
        case TimerFired(timer=name) if name in state.watching:
            return Decision(effects=(_read(event, name, state.watching[name]),))
        case TimerFired(timer=name, due=due) if state.account_due.get(_account_of(name)) == _following(due, event.now):
            account = _account_of(name)
            key = f"{event.campaign}|account|{account}|{due.isoformat()}"
            effect = Effect(key, EffectKind.READ_ACCOUNT, account, ReadAccount(), event.now + PATIENCE)
            return Decision(effects=(effect,), timers=(Timer(name, state.account_due[account]),))
        case EffectSettled(kind=EffectKind.READ_POST) as settled:
            return _observed(state, settled)
        case EffectSettled(kind=EffectKind.READ_ACCOUNT) as settled if not state.ended:
            return Decision(emits=(_account_reading(settled),))
        case CampaignEnded():
            return NOTHING
        case StateMigrated() if not state.ended:
            posts = tuple(_next(state, post) for post in sorted(state.watching))
            accounts = tuple(Timer(_account_timer(a), due) for a, due in sorted(state.account_due.items()))
            return Decision(timers=posts + accounts)
        case _:
            return NOTHING


def _account_timer(account: str) -> str:
    return f"account:{account}"


def _account_of(timer: str) -> str:
    return timer.removeprefix("account:")


def _post_of(key: str) -> str:
    return key.rsplit("|", 2)[1]


def _next(state: ObserverState, post: str) -> Timer:
    watched = state.watching[post]
    return Timer(post, watched.published + timedelta(hours=AGES[watched.readings]))


def _read(event: Delivery, post: str, watched: Watched) -> Effect:
    key = f"{event.campaign}|read|{post}|{AGES[watched.readings]:g}"
    return Effect(
        key, EffectKind.READ_POST, watched.account, ReadPost(reference=watched.reference), event.now + PATIENCE
    )


def _observed(state: ObserverState, settled: EffectSettled) -> Decision:
    """What was read, and the timer of the next reading while there is one. The state has counted this one already."""
    _, post, age = settled.key.rsplit("|", 2)
    if state.ended:
        return NOTHING
    final = post not in state.watching
    timers = () if final else (_next(state, post),)
    if settled.settlement is not Settlement.DONE or settled.counters is None:
        missed = ObservationMissed(
            account=settled.account, post=post, age_hours=float(age), detail=settled.detail, final=final
        )
        return Decision(emits=(missed,), timers=timers)
    hours = float(age) if final else max(float(age), _age(state.watching[post], settled.at))
    reading = MetricObserved(
        account=settled.account, post=post, age_hours=hours, counters=settled.counters, final=final
    )
    return Decision(emits=(reading,), timers=timers)


def _age(watched: Watched, at: datetime) -> float:
    """Hours since publication: a reading that came late shows a post as old as it was by then."""
    return (at - watched.published) / timedelta(hours=1)


def _account_reading(settled: EffectSettled) -> MetricObserved | ObservationMissed:
    if settled.settlement is not Settlement.DONE or settled.counters is None:
        return ObservationMissed(account=settled.account, detail=settled.detail)
    return MetricObserved(account=settled.account, counters=settled.counters)


WORKER: Final = Worker(
    name="observer",
    hears=frozenset({CampaignBriefed, PlanMade, PostPublished, CampaignEnded}),
    says=frozenset({MetricObserved, ObservationMissed}),
    state=ObserverState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"watching"}),
)
