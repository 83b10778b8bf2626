"""The course of a campaign so far: the newest analysis, choice, plan, posts and readings, folded from its events.

Invariants: a pure fold; each event is looked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from events.campaign import CampaignBriefed, ConversionRecorded
from events.correction import CorrectionDecided
from events.envelope import Event
from events.execution import MetricObserved, PlanMade, PostPublished
from events.strategy import AudienceAnalyzed, StrategyChosen, StrategyProposed
from workers.evaluator import EvaluatorState
from workers.views.standing import Judging


@dataclass(frozen=True, slots=True)
class Course:
    """`proposed` are the candidates of the choice that is being made, `candidates` those of the last one."""

    brief: CampaignBriefed
    now: datetime
    judging: Judging
    analysis: AudienceAnalyzed | None = None
    proposed: tuple[StrategyProposed, ...] = ()
    candidates: tuple[StrategyProposed, ...] = ()
    chosen: StrategyChosen | None = None
    plan: PlanMade | None = None
    correction: CorrectionDecided | None = None
    posts: tuple[PostPublished, ...] = ()
    readings: Mapping[str, MetricObserved] = field(default_factory=dict)
    conversions: Mapping[str, int] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.brief.zone)

    @property
    def currency(self) -> str:
        return self.brief.outcome_worth.currency

    @property
    def day(self) -> int:
        """The campaign's day, the first being 1."""
        return max(0, int((self.now - self.brief.starts).total_seconds() // 86_400)) + 1

    def after(self, event: Event) -> Course:
        """The course with one more event."""
        moved = replace(self, now=max(self.now, event.recordedtime), judging=self.judging.after(event))
        match event.data:
            case CampaignBriefed() as brief:
                return replace(moved, brief=brief)
            case AudienceAnalyzed() as analysis:
                return replace(moved, analysis=analysis)
            case StrategyProposed() as candidate:
                return replace(moved, proposed=(*self.proposed, candidate))
            case StrategyChosen() as chosen:
                return replace(moved, chosen=chosen, candidates=self.proposed, proposed=())
            case PlanMade() as plan:
                return replace(moved, plan=plan)
            case CorrectionDecided() as correction:
                return replace(moved, correction=correction)
            case PostPublished() as post:
                return replace(moved, posts=(*self.posts, post))
            case MetricObserved(post=str(post)) as reading:
                return replace(moved, readings={**self.readings, post: reading})
            case ConversionRecorded(post=str(post), count=count):
                return replace(moved, conversions={**self.conversions, post: self.conversions.get(post, 0) + count})
            case _:
                return moved


def beginning(brief: CampaignBriefed) -> Course:
    """Before anything was said."""
    return Course(brief, brief.starts, Judging(brief.starts, EvaluatorState()))
