"""A campaign's story: the events that a person wants to see, each as a panel, and the lesser ones as lines.

Invariants: pure; what is shown follows from the event and the course up to it, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    CancelReason,
    ContentRequested,
    ExecutionRevised,
    MetricObserved,
    ObservationMissed,
    PlanMade,
    PostCancelled,
    PostFailed,
    PostPublished,
    PostUncertain,
)
from events.runtime import EventSetAside
from events.strategy import AnalysisPrompt, AudienceAnalyzed, StrategyChosen
from events.terms import Fact
from workers.views import audience, correction, plan, strategy
from workers.views.bars import counted
from workers.views.course import Course

READ_AGAIN: Final = 24.0
"""Hours after publication of the one reading of each post that the story tells."""

SPOTLIGHT: Final[Mapping[type[Fact], float]] = {
    StrategyChosen: 5.0,
    PlanMade: 3.5,
    CorrectionDecided: 4.5,
    KPIBreached: 3.5,
    ExecutionRevised: 3.0,
    AudienceAnalyzed: 2.5,
    KPIMet: 2.5,
    KPIRecovered: 1.5,
}
"""Events worth a stop, and the seconds in which one can be read the first time it is seen."""


def panel(event: Event, course: Course) -> RenderableType | None:
    """The event in full, where it is one to stop at; `course` includes it."""
    match event.data:
        case AudienceAnalyzed(prompt=AnalysisPrompt.SCHEDULE):
            return None
        case AudienceAnalyzed() as analysis:
            look = audience.brief_look(analysis)
            return Panel(look, title="AudienceAnalyzed", title_align="left", border_style="cyan")
        case StrategyChosen() as chosen:
            return strategy.choice(chosen, course.candidates, course.brief)
        case PlanMade() as made:
            return plan.made(made, course.zone, course.currency)
        case ExecutionRevised() as revised:
            return plan.revised(revised, course.zone, course.currency)
        case KPIBreached() as breach:
            return correction.breached(breach, course.zone)
        case CorrectionDecided() as decided:
            return correction.decided(decided, course.currency)
        case KPIMet() as met:
            return correction.met(met)
        case KPIRecovered() as recovered:
            return correction.recovered(recovered)
        case _:
            return None


def line(event: Event, course: Course) -> RenderableType | None:
    """The event on one line, folded beside its time where there is little room; None where it is not worth one."""
    said = _said(event.data, course)
    if said is None:
        return None
    style = "red" if isinstance(event.data, PostFailed | PostUncertain | ObservationMissed | EventSetAside) else ""
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(Text(when(event.recordedtime, course), style="dim"), Text(said, style=style))
    return row


def when(moment: datetime, course: Course) -> str:
    """The campaign's day and the local time."""
    day = max(0, int((moment - course.brief.starts).total_seconds() // 86_400)) + 1
    return f"day {day:>2} {moment.astimezone(course.zone):%a %H:%M}"


def _said(fact: Fact, course: Course) -> str | None:
    match fact:
        case AudienceAnalyzed(prompt=AnalysisPrompt.SCHEDULE) as analysis:
            return f"AudienceAnalyzed: {analysis.posts:,.0f} posts' worth of evidence, {_leaders(analysis)}"
        case PostPublished(traits=traits, content=content):
            to = f" to {traits.segment}" if traits.segment else ""
            return f"PostPublished: {content}{to}"
        case MetricObserved(post=str(post), age_hours=age) as reading if age == READ_AGAIN:
            sold = course.conversions.get(post, 0)
            shown = ", ".join(f"{name} {reading.counters.get(name, '?')}" for name in ("reach", "engagements"))
            return f"MetricObserved: {age:g} h: {shown}, outcomes {sold}"
        case PostFailed(kind=kind, detail=detail):
            return f"PostFailed: {kind.value} {detail}".rstrip()
        case PostUncertain(detail=detail):
            return f"PostUncertain: {detail}"
        case PostCancelled(reason=reason, slot=slot) if reason is not CancelReason.REVISED:
            return f"PostCancelled: {slot}: {reason.value}"
        case ContentRequested(pieces=pieces, topic=topic, format=form, appeal=appeal):
            return f"ContentRequested: {pieces} {form} about {topic} that {_verb(appeal.value)}"
        case CalendarExtended(slots=slots):
            return f"CalendarExtended: {counted(len(slots), 'post')} for the week ahead"
        case ObservationMissed(detail=detail):
            return f"ObservationMissed: unknown, not zero: {detail}"
        case EventSetAside(worker=worker, error=error):
            return f"EventSetAside: {worker}: {error}"
        case _:
            return None


def _leaders(analysis: AudienceAnalyzed) -> str:
    """The best level of the factors that a plan can choose."""
    found = []
    for name in ("hour", "format", "appeal"):
        levels = audience.factor(analysis, name)
        if levels:
            best = max(levels, key=lambda level: (level.outcomes_per_post.mean, level.level))
            found.append(f"best {name} {best.level}")
    return ", ".join(found)


def _verb(appeal: str) -> str:
    return {"proof": "proves", "community": "gathers people"}.get(appeal, f"{appeal}s")
