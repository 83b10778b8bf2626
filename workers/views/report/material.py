"""What a report shows, gathered once from a campaign's log: the course, the figures, the posts, the marks in time.

Invariants: pure; every figure is one that another view or worker computes (`figures`, `course`, the evaluator's own
tests), never a second computation of the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from events.campaign import CampaignBriefed
from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered, Verdict
from events.envelope import Event
from events.execution import ExecutionRevised, PlanMade
from events.strategy import StrategyChosen, StrategyProposed
from workers.views.course import Course, beginning
from workers.views.explain.locale import Locale
from workers.views.explain.story import Story
from workers.views.explain.telling import told
from workers.views.figures import Figures, figures
from workers.views.report.judgments import Judgments, judgments


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that changed the course: `kind` is breach, recovered, met, keep, revise, switch or plan."""

    number: int
    kind: str
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a strategy with the candidates that it was made of, the best first."""

    event: Event
    chosen: StrategyChosen
    candidates: tuple[StrategyProposed, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """`now` is when the report was asked for; `starts` is the first brief's, `ends` the last one's."""

    events: Sequence[Event]
    now: datetime
    brief: CampaignBriefed
    starts: datetime
    locale: Locale
    course: Course
    figures: Figures
    judgments: Judgments
    story: Story
    marks: tuple[Mark, ...]
    choices: tuple[Choice, ...]

    @property
    def campaign(self) -> str:
        return self.story.campaign

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(days=self.brief.horizon_days)

    @property
    def currency(self) -> str:
        return self.brief.outcome_worth.currency

    @property
    def shown_until(self) -> datetime:
        """How far time axes reach: to the horizon, and beyond it where the log does."""
        return max(self.ends, *(event.recordedtime for event in self.events[-1:]))


def gathered(events: Sequence[Event], now: datetime) -> Material:
    """Everything that the page is drawn from. Raises ValueError where the campaign was never briefed."""
    story = told(events)
    briefs = [event.data for event in events if isinstance(event.data, CampaignBriefed)]
    brief = briefs[-1]
    course = beginning(briefs[0])
    for event in events:
        course = course.after(event)
    return Material(
        events=events,
        now=now,
        brief=brief,
        starts=briefs[0].starts,
        locale=Locale(brief.language, ZoneInfo(brief.zone)),
        course=course,
        figures=figures(events),
        judgments=judgments(events),
        story=story,
        marks=_marks(events),
        choices=_choices(events),
    )


def _marks(events: Sequence[Event]) -> tuple[Mark, ...]:
    found = [(event, kind) for event in events if (kind := _mark(event)) is not None]
    return tuple(
        Mark(number, kind, event.recordedtime, event.id) for number, (event, kind) in enumerate(found, start=1)
    )


def _mark(event: Event) -> str | None:
    """Plans that follow from a switch, and revisions from a correction, are marked where that was decided."""
    match event.data:
        case KPIBreached():
            return "breach"
        case KPIRecovered():
            return "recovered"
        case KPIMet():
            return "met"
        case CorrectionDecided(verdict=Verdict.KEEP):
            return "keep"
        case CorrectionDecided(verdict=Verdict.REVISE):
            return "revise"
        case CorrectionDecided(verdict=Verdict.SWITCH):
            return "switch"
        case ExecutionRevised(correction=None):
            return "revise"
        case _:
            return None


def _choices(events: Sequence[Event]) -> tuple[Choice, ...]:
    """Candidates belong to the choice that was made in the same decision."""
    proposed: dict[str | None, list[StrategyProposed]] = {}
    found = []
    for event in events:
        match event.data:
            case StrategyProposed() as candidate:
                proposed.setdefault(event.causationid, []).append(candidate)
            case StrategyChosen() as chosen:
                ranked = sorted(
                    proposed.get(event.causationid, []), key=lambda one: (-one.expected.value, one.strategy)
                )
                found.append(Choice(event, chosen, tuple(ranked)))
            case _:
                pass
    return tuple(found)


def plans(events: Sequence[Event]) -> list[tuple[Event, PlanMade | ExecutionRevised]]:
    """Each promise in order: what was expected from when on."""
    return [(event, event.data) for event in events if isinstance(event.data, PlanMade | ExecutionRevised)]
