"""The evaluator: what was observed, judged against the KPIs' pace, with a bounded chance of a false alarm.

Every post that carries the plan's promise is judged once per KPI, at the KPI's age, against the plan's floor; each
judgment multiplies the evidence of an anytime-valid test (`methods/sequential.py`). A breach is said when the evidence
reaches 1/alpha, a recovery when the opposite evidence does.

Invariants: over a campaign the chances of a false alarm add up to the KPIs' alphas, however often the tests start anew:
the n-th start of a KPI spends `spending(n)` of its alpha. Exploring posts are not held to the plan's promise, nor the
posts of one plan to that of the next. A counter that was not given judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from events.campaign import CampaignBriefed, ConversionRecorded
from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered, Verdict
from events.execution import (
    CalendarExtended,
    ExecutionRevised,
    KpiName,
    MetricObserved,
    ObservationMissed,
    PlanMade,
    PostPublished,
    Slot,
)
from events.strategy import AudienceAnalyzed
from events.terms import Fact, Goal
from workers.analysis import engagements_of
from workers.calendar import exploited
from workers.decision import NOTHING, Decision, Delivery, State, Worker
from workers.indicators import dispersions
from workers.judging import DAY, Judged, breach, kept, recovery, renewed, weighed
from workers.lives import KPI_LIFE, KpiState, slot_of
from workers.methods.sequential import Side
from workers.model import spending_of


class Shown(State):
    """A published post that is still to be judged, and by which KPIs it has been."""

    cost: float
    conversions: int = 0
    judged: tuple[KpiName, ...] = ()


class Left(State):
    """How many people had left an account by a reading."""

    total: int
    at: datetime


class EvaluatorState(State):
    goal: Goal = Goal.CONVERT
    plan: str | None = None
    horizon_days: float = 30
    kpis: Mapping[str, Judged] = {}
    carrying: tuple[str, ...] = ()
    """Slots ahead that carry the plan's promise."""
    posts: Mapping[str, Shown] = {}
    running: Mapping[str, int] = {}
    """The campaign's own posts, exploring ones too, that will be read again, each with the outcomes it has shown."""
    outcomes: float = 0
    unfollows: Mapping[str, Left] = {}


def evolve(state: EvaluatorState, event: Delivery) -> EvaluatorState:
    match event.data:
        case CampaignBriefed(goal=goal, horizon_days=days):
            return state.model_copy(update={"goal": goal, "horizon_days": days})
        case PlanMade(plan=plan, kpis=kpis, slots=slots) | ExecutionRevised(plan=plan, kpis=kpis, slots=slots):
            fresh = {kpi.kpi.value: renewed(state.kpis.get(kpi.kpi.value), kpi) for kpi in kpis}
            # Posts of the plan before were made otherwise: the new promise is not theirs, so they are judged no more.
            return state.model_copy(
                update={"plan": plan, "kpis": {**state.kpis, **fresh}, "carrying": _carrying(slots), "posts": {}}
            )
        case CalendarExtended(slots=slots):
            return state.model_copy(update={"carrying": (*state.carrying, *_carrying(slots))})
        case PostPublished() as post:
            return _published(state, post)
        case MetricObserved(post=None) as reading:
            return _account_read(state, reading, event.now)
        case MetricObserved() as reading:
            return _post_read(state, reading, event.now)
        case ObservationMissed(final=True, post=post):
            running = {name: shown for name, shown in state.running.items() if name != post}
            posts = {name: shown for name, shown in state.posts.items() if name != post}
            return state.model_copy(update={"running": running, "posts": posts})
        case ConversionRecorded(post=post, count=count):
            return _converted(state, post, count)
        case AudienceAnalyzed(dispersion=dispersion):
            # A dispersion learned from the past may weigh what comes: the test stays valid, and gains power.
            current = dispersions(state.goal, dispersion)
            tested = {
                name: one.model_copy(update={"dispersion": current[one.kpi.kpi]}) for name, one in state.kpis.items()
            }
            return state.model_copy(update={"kpis": tested})
        case KPIBreached(kpi=kpi) | KPIRecovered(kpi=kpi) | KPIMet(kpi=kpi):
            return _lived(state, kpi, type(event.data))
        case CorrectionDecided(verdict=Verdict.KEEP, pace=pace):
            return state.model_copy(update={"kpis": {name: kept(one, pace) for name, one in state.kpis.items()}})
        case _:
            return state


def decide(state: EvaluatorState, event: Delivery) -> Decision:
    if state.plan is None or not isinstance(event.data, MetricObserved | ConversionRecorded):
        return NOTHING
    said: list[Fact] = []
    for name in sorted(state.kpis):
        one = state.kpis[name]
        if (
            one.life is KpiState.HEALTHY
            and one.against is not None
            and (alarm := breach(state.plan, state.horizon_days, one))
        ):
            said.append(alarm)
        if one.recovering is not None and (relief := recovery(state.plan, one)):
            said.append(relief)
        target = one.kpi.target_total
        if one.life is not KpiState.MET and target is not None and state.outcomes >= target:
            said.append(KPIMet(kpi=one.kpi.kpi, plan=state.plan, observed=state.outcomes, target=target))
    return Decision(emits=tuple(said))


def _carrying(slots: tuple[Slot, ...]) -> tuple[str, ...]:
    return tuple(slot.slot for slot in exploited(slots))


def _published(state: EvaluatorState, post: PostPublished) -> EvaluatorState:
    state = state.model_copy(update={"running": {**state.running, post.post: 0}})
    slot = slot_of(post.post)
    if slot not in state.carrying:
        return state
    cost = float(spending_of(None, post))
    rest = tuple(other for other in state.carrying if other != slot)
    return state.model_copy(update={"carrying": rest, "posts": {**state.posts, post.post: Shown(cost=cost)}})


def _post_read(state: EvaluatorState, reading: MetricObserved, now: datetime) -> EvaluatorState:
    """Judge the post by each KPI whose age it has reached and whose counters were given."""
    assert reading.post is not None
    shown = state.posts.get(reading.post)
    state = _counted(state, reading)
    if shown is None:
        return state
    kpis, done = dict(state.kpis), list(shown.judged)
    for name, one in state.kpis.items():
        age = one.kpi.age_hours
        if age is None or one.kpi.kpi in done or (reading.age_hours or 0.0) < age:
            continue
        compared = _compared(state.goal, one, shown, reading)
        if compared is not None:
            kpis[name] = weighed(one, *compared, now, state.horizon_days)
            done.append(one.kpi.kpi)
    posts = {post: other for post, other in state.posts.items() if post != reading.post}
    if not reading.final:
        posts[reading.post] = shown.model_copy(update={"judged": tuple(done)})
    return state.model_copy(update={"kpis": kpis, "posts": posts})


def _counted(state: EvaluatorState, reading: MetricObserved) -> EvaluatorState:
    """Total outcomes where the network itself counts them: what each reading of an own post adds to the one before."""
    post, counter = reading.post, {Goal.FOLLOW: "follows", Goal.REACH: "reach"}.get(state.goal)
    if post is None or post not in state.running:
        return state
    running, outcomes = dict(state.running), state.outcomes
    if counter is not None and counter in reading.counters:
        outcomes += max(0, reading.counters[counter] - running[post])
        running[post] = max(running[post], reading.counters[counter])
    if reading.final:
        del running[post]
    return state.model_copy(update={"running": running, "outcomes": outcomes})


def _compared(goal: Goal, one: Judged, shown: Shown, reading: MetricObserved) -> tuple[float, float] | None:
    """(what was observed, what the limit asks for) for one post, or None where a needed counter is unknown."""
    kpi, counters = one.kpi, reading.counters
    reach, engagements = counters.get("reach"), engagements_of(counters, None)
    # The floor is the plan's own, not the slot's: later slots already expect what has been learned since.
    floor = (kpi.floor or 0.0) * one.scale * kpi.maturity
    match kpi.kpi:
        case KpiName.REACH if reach is not None:
            return float(reach), floor
        case KpiName.ENGAGEMENT if reach is not None and engagements is not None:
            return engagements, floor * reach
        case KpiName.ENGAGEMENTS if engagements is not None:
            return engagements, floor
        case KpiName.OUTCOMES if (outcomes := _outcomes(goal, shown, reading)) is not None:
            return outcomes, floor
        case KpiName.COST if (outcomes := _outcomes(goal, shown, reading)) is not None and kpi.ceiling:
            return outcomes, shown.cost / kpi.ceiling * one.scale * kpi.maturity
        case _:
            return None


def _outcomes(goal: Goal, shown: Shown, reading: MetricObserved) -> float | None:
    if goal is Goal.CONVERT:
        return float(shown.conversions)
    counted = reading.counters.get("follows" if goal is Goal.FOLLOW else "reach")
    return float(counted) if counted is not None else None


def _account_read(state: EvaluatorState, reading: MetricObserved, now: datetime) -> EvaluatorState:
    """Unfollows since the last reading, judged against the ceiling of so many days: a reading may have been missed."""
    total = reading.counters.get("unfollows")
    one = state.kpis.get(KpiName.UNFOLLOWS.value)
    if total is None:
        return state
    before = state.unfollows.get(reading.account)
    unfollows = {**state.unfollows, reading.account: Left(total=total, at=now)}
    if before is None or one is None or one.kpi.ceiling is None:
        return state.model_copy(update={"unfollows": unfollows})
    days = (now - before.at).total_seconds() / DAY
    left = float(max(0, total - before.total))
    judgment = weighed(one, left, one.kpi.ceiling * days, now, state.horizon_days, Side.ABOVE)
    return state.model_copy(update={"unfollows": unfollows, "kpis": {**state.kpis, KpiName.UNFOLLOWS.value: judgment}})


def _converted(state: EvaluatorState, post: str | None, count: int) -> EvaluatorState:
    if state.goal is not Goal.CONVERT:
        return state
    posts = dict(state.posts)
    if post in posts:
        posts[post] = posts[post].model_copy(update={"conversions": posts[post].conversions + count})
    return state.model_copy(update={"outcomes": state.outcomes + count, "posts": posts})


def _lived(state: EvaluatorState, kpi: KpiName, occasion: type[Fact]) -> EvaluatorState:
    one = state.kpis.get(kpi.value)
    if one is None:
        return state
    changes: dict[str, object] = {"life": KPI_LIFE.get((one.life, occasion), one.life)}
    if occasion is KPIRecovered:
        changes["recovering"] = None
    return state.model_copy(update={"kpis": {**state.kpis, kpi.value: one.model_copy(update=changes)}})


WORKER: Final = Worker(
    name="evaluator",
    hears=frozenset(
        {
            CampaignBriefed,
            PlanMade,
            ExecutionRevised,
            CalendarExtended,
            AudienceAnalyzed,
            PostPublished,
            MetricObserved,
            ObservationMissed,
            ConversionRecorded,
            CorrectionDecided,
        }
    ),
    says=frozenset({KPIBreached, KPIRecovered, KPIMet}),
    state=EvaluatorState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"kpis", "posts"}),
)
