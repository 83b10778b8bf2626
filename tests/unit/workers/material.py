"""A campaign to give to workers: brief, content, posts, readings and analyses, each with what a test wants changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from events.campaign import CampaignAccount, CampaignBriefed, Constraints, ContentOffered, SegmentHypothesis
from events.correction import CorrectionDecided, KPIBreached, Verdict
from events.execution import (
    ExecutionRevised,
    Kpi,
    KpiName,
    MetricObserved,
    PlanMade,
    PostPublished,
    RevisionReason,
    Slot,
)
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Cell, StrategyChosen, Valuation
from events.terms import Appeal, Goal, Mode, Money, PostTraits
from workers.analysis import Era, Learned, analyzed
from workers.families import BY_APPEAL
from workers.lives import post_id

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNT: Final = "shop"
CHANNEL: Final = "net"
WORTH: Final = Valuation(value=100, low=50, high=150, outcomes=10, spend=40, posts=10)


def euros(amount: float) -> Money:
    return Money(amount=Decimal(str(amount)), currency="EUR")


def brief(constraints: Constraints | None = None, **changes: Any) -> CampaignBriefed:
    """Sixty days for a small language school, published automatically, without quiet hours."""
    told: dict[str, Any] = {
        "title": "Trial lessons",
        "goal": Goal.CONVERT,
        "mode": Mode.AUTOMATIC,
        "outcome_worth": euros(50),
        "lost_per_day": 0.03,
        "starts": START,
        "horizon_days": 60,
        "budget": euros(800),
        "post_cost": euros(4),
        "accounts": (CampaignAccount(account=ACCOUNT, channel=CHANNEL),),
        "segments": (SegmentHypothesis(name="workers", people=1500), SegmentHypothesis(name="travelers", people=1500)),
        "topics": ("grammar", "travel"),
        "formats": ("photo", "video"),
        "constraints": constraints or Constraints(),
    }
    return CampaignBriefed(**(told | changes))


def content(name: str, **changes: Any) -> ContentOffered:
    told: dict[str, Any] = {
        "content": name,
        "topic": "grammar",
        "format": "photo",
        "appeal": Appeal.TEACH,
        "text": f"the words of {name}",
    }
    return ContentOffered(**(told | changes))


def inventory(uses: int = 20, appeals: Iterable[Appeal] = tuple(Appeal)) -> list[ContentOffered]:
    """One evergreen content for every topic, appeal and format."""
    return [
        content(f"{appeal}-{topic}-{form}", topic=topic, appeal=appeal, format=form, uses=uses, rest_days=1)
        for appeal in appeals
        for topic in ("grammar", "travel")
        for form in ("photo", "video")
    ]


def traits(**changes: Any) -> PostTraits:
    told: dict[str, Any] = {
        "channel": CHANNEL,
        "topic": "grammar",
        "format": "photo",
        "appeal": Appeal.TEACH,
        "segment": "workers",
        "hour": 9,
        "paid": False,
    }
    return PostTraits(**(told | changes))


def cell(posts: float = 20, *, reach: float = 200, engagement: float = 0.05, outcome: float = 0.03, **of: Any) -> Cell:
    """What so many posts of the same traits brought: reach a post, engagements a person, outcomes an engagement."""
    engaged = reach * engagement
    return Cell(
        **traits(**of).model_dump(),
        posts=posts,
        reach_exposure=posts,
        reach=posts * reach,
        engaged_posts=posts,
        engaged_reach=posts * reach,
        engagements=posts * engaged,
        outcome_posts=posts,
        outcome_engagements=posts * engaged,
        outcomes=posts * engaged * outcome,
    )


def analysis(
    told: CampaignBriefed,
    cells: Sequence[Cell] = (),
    *,
    prompt: AnalysisPrompt = AnalysisPrompt.BRIEF,
    breach: str | None = None,
) -> AudienceAnalyzed:
    """What the analyst says of posts with these statistics."""
    eras = (Era(number=0.0, cells={str(number): one for number, one in enumerate(cells)}),) if cells else ()
    return analyzed(told, (), eras, (), Learned(), prompt, breach)


def slot(name: str, at: datetime, **changes: Any) -> Slot:
    told: dict[str, Any] = {
        "slot": name,
        "account": ACCOUNT,
        "at": at,
        "traits": traits(),
        "explores": False,
        "propensity": 0.9,
        "expected_reach": 200,
        "expected_engagements": 10,
        "expected_outcomes": 0.3,
    }
    return Slot(**(told | changes))


def plan(slots: Sequence[Slot], kpis: Sequence[Kpi] = (), **changes: Any) -> PlanMade:
    told: dict[str, Any] = {
        "plan": "plan-1:teach/workers/grammar",
        "strategy": "teach/workers/grammar",
        "starts": START,
        "ends": START + timedelta(days=60),
        "expected": WORTH,
        "steps": (),
        "slots": tuple(slots),
        "calendar_until": START + timedelta(days=7),
        "budget": (),
        "kpis": tuple(kpis),
    }
    return PlanMade(**(told | changes))


def revision(slots: Sequence[Slot], kpis: Sequence[Kpi] = (), **changes: Any) -> ExecutionRevised:
    told: dict[str, Any] = {
        "plan": "plan-1:teach/workers/grammar",
        "revision": 1,
        "strategy": "teach/workers/grammar",
        "reason": RevisionReason.CORRECTION,
        "changes": (),
        "expected": WORTH,
        "slots": tuple(slots),
        "calendar_until": START + timedelta(days=7),
        "budget": (),
        "kpis": tuple(kpis),
    }
    return ExecutionRevised(**(told | changes))


def published(where: str, at: datetime, **changes: Any) -> PostPublished:
    """The post of a slot, as the publisher says it."""
    told: dict[str, Any] = {
        "post": post_id(where, "x"),
        "content": "lesson",
        "account": ACCOUNT,
        "at": at,
        "traits": traits(),
        "reference": f"ref-{where}",
        "fingerprint": "seen",
        "cost": euros(4),
    }
    return PostPublished(**(told | changes))


def reading(
    post: str, age: float, counters: Mapping[str, int] | None = None, *, final: bool = False, **more: int
) -> MetricObserved:
    told = {**(counters or {}), **more}
    return MetricObserved(account=ACCOUNT, post=post, age_hours=age, counters=told, final=final)


def breach(kpi: KpiName = KpiName.OUTCOMES, since: datetime = START) -> KPIBreached:
    return KPIBreached(
        kpi=kpi,
        plan="plan-1:teach/workers/grammar",
        observed=0.1,
        expected=0.3,
        limit=0.2,
        ratio=0.5,
        evidence=40,
        threshold=30,
        measured=12,
        since=since,
    )


def chosen(strategy: str = "teach/workers/grammar", *, awaits: bool = False, **changes: Any) -> StrategyChosen:
    appeal, segment, topic = strategy.split("/")
    told: dict[str, Any] = {
        "strategy": strategy,
        "family": BY_APPEAL[Appeal(appeal)].name,
        "appeal": Appeal(appeal),
        "segment": segment,
        "topic": topic,
        "expected": WORTH,
        "why": "a test",
        "awaits_approval": awaits,
        "fingerprint": f"print of {strategy}",
    }
    return StrategyChosen(**(told | changes))


def corrected(verdict: Verdict, *, leave: str | None = None) -> CorrectionDecided:
    return CorrectionDecided(verdict=verdict, options=(), leave=leave, why="a test", decided_for=START)
