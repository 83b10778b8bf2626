"""The analyst: who is out there, what they incline to, when and where.

It gathers every post's readings into sufficient statistics and says AudienceAnalyzed when the brief (or the history
that the brief waits for) is there, when enough has been learned since, and whenever a KPI is breached, before anybody
corrects.

Invariants: a counter that was not given adds nothing; a post counts in one era; eras before a breach are discounted,
since what they taught may no longer hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from events.campaign import (
    AccountConnected,
    AudienceObserved,
    CampaignBriefed,
    CampaignEnded,
    ConversionRecorded,
    HistoryImported,
    PostObserved,
)
from events.correction import KPIBreached
from events.execution import KpiName, MetricObserved, ObservationMissed, PostPublished
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Cell
from workers.analysis import AGES, Era, Learned, OpenPost, analyzed, matured
from workers.cells import ENGAGEMENT_SUMS, OUTCOME_SUMS, REACH_SUMS, key_of
from workers.decision import NOTHING, Decision, Delivery, State, Worker
from workers.model import counts_reach

ERA_DAYS: Final = 7
ERAS_KEPT: Final = 5
ENOUGH_POSTS: Final = 6
ENOUGH_AGE: Final = 24.0
ENOUGH_SHARE: Final = 0.25
BEFORE_BREACH: Final = 0.1
"""What evidence on the breached quantity from before the breach still counts: much of it hides the change."""
HISTORY_AFTER_BREACH: Final = 0.6


_CHANGED: Final[Mapping[KpiName, tuple[str, ...]]] = {
    KpiName.REACH: REACH_SUMS,
    KpiName.ENGAGEMENT: ENGAGEMENT_SUMS,
    KpiName.OUTCOMES: OUTCOME_SUMS,
    KpiName.COST: OUTCOME_SUMS,
    KpiName.UNFOLLOWS: (),
    KpiName.ENGAGEMENTS: ENGAGEMENT_SUMS,
}


class AnalystState(State):
    brief: CampaignBriefed | None = None
    waits_for: str | None = None
    imported: tuple[str, ...] = ()
    observed: Mapping[str, AudienceObserved] = {}
    unreached: tuple[str, ...] = ()
    """Accounts whose network counts no reach."""
    open: Mapping[str, OpenPost] = {}
    eras: tuple[Era, ...] = ()
    learned: Learned = Learned()
    fresh: int = 0
    """Posts whose first day has been read since the last analysis."""
    posts: float = 0
    """Posts of the accounts that have run their course; imported history is not among them, it is learned at once."""
    analyzed_at: datetime | None = None
    doubted: Mapping[str, datetime] = {}
    """By link of the chain, when its past was last doubted."""
    ended: bool = False


def evolve(state: AnalystState, event: Delivery) -> AnalystState:
    match event.data:
        case CampaignBriefed() as brief:
            return _briefed(state, brief)
        case HistoryImported(history=history):
            waits = None if history == state.waits_for else state.waits_for
            return state.model_copy(update={"waits_for": waits, "imported": (*state.imported, history)})
        case AudienceObserved() as fact:
            return state.model_copy(update={"observed": {**state.observed, fact.segment: fact}})
        case AccountConnected() as account:
            return _connected(state, account)
        case PostPublished() | PostObserved() as post:
            return _opened(state, post)
        case MetricObserved() as reading if reading.post in state.open:
            return _read(state, reading)
        case ObservationMissed(final=True, post=str(post)) if post in state.open and state.brief is not None:
            return _closed(state, state.brief, post, whole=False)
        case ConversionRecorded(post=str(post), count=count) if post in state.open:
            opened = state.open[post].converted(count, event.time)
            return state.model_copy(update={"open": {**state.open, post: opened}})
        case KPIBreached(kpi=kpi, since=since) if _is_news(state, kpi, event.now):
            changed = _CHANGED[kpi]
            eras = tuple(_doubted(era, since, changed) for era in state.eras)
            return state.model_copy(update={"eras": eras, "doubted": {**state.doubted, changed[-1]: event.now}})
        case AudienceAnalyzed():
            return state.model_copy(update={"fresh": 0, "analyzed_at": event.now})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case _:
            return state


def decide(state: AnalystState, event: Delivery) -> Decision:
    if state.brief is None or state.waits_for is not None or state.ended:
        return NOTHING
    prompt = _prompt(state, event)
    if prompt is None:
        return NOTHING
    breach = event.id if prompt is AnalysisPrompt.BREACH else None
    eras, learned, opened = state.eras, state.learned, tuple(state.open.values())
    observed = tuple(state.observed[name] for name in sorted(state.observed))
    return Decision(emits=(analyzed(state.brief, observed, eras, opened, learned, prompt, breach),))


def _prompt(state: AnalystState, event: Delivery) -> AnalysisPrompt | None:
    match event.data:
        case CampaignBriefed():
            return AnalysisPrompt.BRIEF
        case HistoryImported():
            return AnalysisPrompt.HISTORY
        case KPIBreached():
            return AnalysisPrompt.BREACH
        case AudienceObserved():
            return AnalysisPrompt.AUDIENCE
        case MetricObserved() if state.fresh >= max(ENOUGH_POSTS, ENOUGH_SHARE * (state.posts + len(state.open))):
            return AnalysisPrompt.SCHEDULE
        case _:
            return None


def _briefed(state: AnalystState, brief: CampaignBriefed) -> AnalystState:
    if state.brief is not None:
        return state.model_copy(update={"brief": brief})
    waits = brief.history if brief.history not in state.imported else None
    return _caught_up(state.model_copy(update={"brief": brief, "waits_for": waits}))


def _connected(state: AnalystState, network: AccountConnected) -> AnalystState:
    others = {name for name in state.unreached if name != network.account}
    unreached = others if counts_reach(network) else others | {network.account}
    return state.model_copy(update={"unreached": tuple(sorted(unreached))})


def _opened(state: AnalystState, post: PostPublished | PostObserved) -> AnalystState:
    if post.post in state.open:
        return state
    published = post.at if isinstance(post, PostPublished) else post.published
    opened = OpenPost(
        traits=post.traits,
        published=published,
        history=isinstance(post, PostObserved) and post.history is not None,
        counts_reach=post.account not in state.unreached,
    )
    return state.model_copy(update={"open": {**state.open, post.post: opened}})


def _read(state: AnalystState, reading: MetricObserved) -> AnalystState:
    """The post's newest counters; a post that has run its course moves into its era's statistics."""
    assert reading.post is not None
    before = state.open[reading.post]
    opened = before.read(reading)
    fresh = state.fresh + int(before.age < ENOUGH_AGE <= opened.age)
    running = not reading.final and (reading.age_hours or 0.0) < AGES[-1]
    state = state.model_copy(update={"open": {**state.open, reading.post: opened}, "fresh": fresh})
    return state if running or state.brief is None else _closed(state, state.brief, reading.post)


def _closed(state: AnalystState, brief: CampaignBriefed, post: str, *, whole: bool = True) -> AnalystState:
    """The post among its era's statistics; one whose last reading was missed counts as far as it was seen."""
    opened = state.open[post]
    return state.model_copy(
        update={
            "open": {name: other for name, other in state.open.items() if name != post},
            "eras": _recorded(state.eras, opened, opened.cell(brief.goal, state.learned, final=whole)),
            "learned": matured(state.learned, opened) if whole else state.learned,
            "posts": state.posts + (not opened.history),
        }
    )


def _caught_up(state: AnalystState) -> AnalystState:
    """What was observed on the accounts before this campaign was briefed waits for its goal: now it can be recorded."""
    assert state.brief is not None
    for post, opened in tuple(state.open.items()):
        if opened.age > 0 and (opened.history or opened.age >= AGES[-1]):
            state = _closed(state, state.brief, post)
    return state


def _recorded(eras: tuple[Era, ...], post: OpenPost, cell: Cell) -> tuple[Era, ...]:
    start = post.published.timestamp() // (ERA_DAYS * 86_400) if not post.history else -1.0
    current = next((era for era in eras if era.number == start), None)
    if current is None:
        current = Era(number=start)
        eras = tuple(sorted((*eras, current), key=lambda era: era.number))
    eras = tuple(era.plus(key_of(post.traits), cell) if era.number == start else era for era in eras)
    campaign_eras = [era for era in eras if era.number >= 0]
    if len(campaign_eras) <= ERAS_KEPT:
        return eras
    oldest, second = campaign_eras[0], campaign_eras[1]
    return tuple(second.merged(oldest) if era is second else era for era in eras if era is not oldest)


def _is_news(state: AnalystState, kpi: KpiName, now: datetime) -> bool:
    """KPIs of one link that breach at the same moment tell of one change: its past is discounted once."""
    changed = _CHANGED[kpi]
    return bool(changed) and state.doubted.get(changed[-1]) != now


def _doubted(era: Era, since: datetime, changed: tuple[str, ...]) -> Era:
    """The KPI that was breached says which link of the chain no longer holds; the others keep what they taught."""
    if era.number < 0:
        # Imported posts may have been made for other people: own posts that fall short of what they promised say so.
        doubted = era.model_copy(update={"elsewhere": era.elsewhere or changed is REACH_SUMS})
        return doubted.scaled(HISTORY_AFTER_BREACH, changed)
    ended = (era.number + 1) * ERA_DAYS * 86_400
    if ended > since.timestamp():
        return era
    # A fall of reach says first that the hours no longer hold: how far posts went stays known, at what hour does not.
    return era.timeless() if changed is REACH_SUMS else era.scaled(BEFORE_BREACH, changed)


WORKER: Final = Worker(
    name="analyst",
    hears=frozenset(
        {
            CampaignBriefed,
            HistoryImported,
            AudienceObserved,
            AccountConnected,
            PostPublished,
            PostObserved,
            MetricObserved,
            ObservationMissed,
            ConversionRecorded,
            KPIBreached,
            CampaignEnded,
        }
    ),
    says=frozenset({AudienceAnalyzed}),
    state=AnalystState,
    state_version=1,
    evolve=evolve,
    decide=decide,
    rows=frozenset({"brief", "eras", "open"}),
)
