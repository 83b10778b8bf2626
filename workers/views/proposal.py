"""Everything from an analysis to the plan that follows from it, on one page or as one JSON object.

Invariants: pure; every candidate is shown with its SWOT, not only the one that was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.campaign import CampaignBriefed, ContentOffered
from events.envelope import Event
from events.execution import ContentRequested, PlanMade
from events.strategy import AudienceAnalyzed, StrategyChosen, StrategyProposed
from workers.views import audience, plan, strategy


def proposal(events: Sequence[Event], brief: CampaignBriefed) -> Group:
    """Analysis, candidates with their SWOT, the choice and why, the plan, and what content it lacks."""
    parts: list[RenderableType] = []
    proposed = [event.data for event in events if isinstance(event.data, StrategyProposed)]
    zone, currency = ZoneInfo(brief.zone), brief.outcome_worth.currency
    for event in events:
        match event.data:
            case AudienceAnalyzed() as analysis:
                look = audience.full_look(analysis)
                parts.append(Panel(look, title="AudienceAnalyzed", title_align="left", border_style="cyan"))
            case StrategyChosen() as chosen:
                others = [candidate for candidate in proposed if candidate.strategy != chosen.strategy]
                parts += [strategy.choice(chosen, proposed, brief), *(_other(other) for other in others)]
            case PlanMade() as made:
                parts.append(
                    plan.made(made, zone, currency, whole=True, why_none=_why_none(events, brief, made.starts))
                )
            case _:
                pass
    requests = [event.data for event in events if isinstance(event.data, ContentRequested)]
    if requests:
        parts.append(_requests(requests, zone))
    return Group(*parts)


def proposal_json(events: Sequence[Event]) -> dict[str, Any]:
    """The same for programs; the statistics behind the analysis are left out."""

    def all_of(kind: type[StrategyProposed | ContentRequested]) -> list[dict[str, Any]]:
        return [event.data.model_dump(mode="json") for event in events if isinstance(event.data, kind)]

    def last(kind: type[AudienceAnalyzed | StrategyChosen | PlanMade]) -> dict[str, Any] | None:
        found = [event.data for event in events if isinstance(event.data, kind)]
        return found[-1].model_dump(mode="json", exclude={"statistics"}) if found else None

    return {
        "analysis": last(AudienceAnalyzed),
        "candidates": all_of(StrategyProposed),
        "strategy": last(StrategyChosen),
        "plan": last(PlanMade),
        "content_requested": all_of(ContentRequested),
    }


def _why_none(events: Sequence[Event], brief: CampaignBriefed, starts: datetime) -> str:
    """Why a plan has no posts, where it has none."""
    if brief.budget.amount < brief.post_cost.amount:
        return f"the budget of {brief.budget} pays no post, which costs {brief.post_cost}"
    offered = [event.data for event in events if isinstance(event.data, ContentOffered)]
    fits = any(
        one.topic in brief.topics and one.format in brief.formats and one.appeal in brief.appeals
        for one in offered
        if one.valid_until is None or one.valid_until > starts
    )
    if not fits and not brief.constraints.pieces_per_week:
        return "no content fits the brief, and pieces_per_week: 0 says that none can be made"
    return plan.NONE_PAYS


def _other(candidate: StrategyProposed) -> Panel:
    title = Text(f"not chosen: {candidate.strategy} ({candidate.family})")
    return Panel(strategy.swot_table(candidate.swot), title=title, title_align="left", border_style="dim")


def _requests(requests: Sequence[ContentRequested], zone: ZoneInfo) -> Panel:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in ("pieces", "format", "topic", "appeal", "first by"):
        table.add_column(heading)
    for request in requests:
        table.add_row(
            f"{request.pieces}",
            Text(request.format),
            Text(request.topic),
            request.appeal.value,
            f"{request.needed_by.astimezone(zone):%d %b}",
        )
    why = Text(f"{requests[0].why}; where a slot finds none, it is cancelled.", style="dim")
    return Panel(Group(table, why), title="ContentRequested", title_align="left", border_style="yellow")
