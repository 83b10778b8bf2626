"""Where a campaign stands, in a sentence, a few numbers and a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from events.campaign import CampaignEnded, CampaignPaused, CampaignResumed
from events.execution import ExecutionRevised, KpiName, PlanMade
from events.strategy import StrategyApproved, StrategyChosen, StrategyOverridden, StrategyRejected
from workers.judging import PATIENT_POSTS
from workers.lives import KpiState
from workers.views.report.headings import Headings
from workers.views.report.material import Material, plans
from workers.views.standing import Standing

SHARES: Final = frozenset({KpiName.ENGAGEMENT})


@dataclass(frozen=True, slots=True)
class Tile:
    value: str
    label: str
    beside: str


@dataclass(frozen=True, slots=True)
class KpiRow:
    name: str
    observed: str
    promised: str
    limit: str
    state: str
    mood: str
    """What color it has: breached, beyond, well or unknown."""


def sentence(material: Material, headings: Headings) -> str:
    """Where it stands, in one breath."""
    locale, state = material.locale, _state(material, headings)
    if material.now < material.starts:
        return headings.say("standing.before", start=locale.day(material.starts, year=True), state=state)
    day = min(material.brief.horizon_days, int((material.now - material.starts).total_seconds() // 86_400) + 1)
    return headings.say(
        "standing.course",
        day=locale.whole(day),
        days=locale.whole(material.brief.horizon_days),
        outcomes=locale.number(material.figures.outcomes),
        spent=locale.money(material.figures.spent, material.currency, exact=True),
        budget=locale.money(material.brief.budget.amount, material.currency, exact=True),
        state=state,
    )


def facts(material: Material, headings: Headings) -> list[tuple[str, str]]:
    """What the campaign is."""
    locale, brief = material.locale, material.brief
    plan = material.course.plan
    return [
        (headings["fact.campaign"], material.campaign),
        (
            headings["fact.time"],
            f"{locale.day(material.starts, year=True)} – {locale.day(material.ends, year=True)}",
        ),
        (headings["fact.goal"], headings.term(f"goal.{brief.goal.value}")),
        (headings["fact.mode"], headings.term(f"mode.{brief.mode.value}")),
        (headings["fact.strategy"], locale.strategy(plan.strategy) if plan is not None else "–"),
        (headings["fact.accounts"], ", ".join(f"{use.account} ({use.channel})" for use in brief.accounts)),
        (headings["fact.language"], brief.language),
        (headings["fact.zone"], brief.zone),
    ]


def tiles(material: Material, headings: Headings) -> list[Tile]:
    locale, brief, figures = material.locale, material.brief, material.figures
    target, currency = brief.target_outcomes, material.currency
    return [
        Tile(
            locale.whole(figures.outcomes),
            headings["tile.outcomes"],
            headings.say("tile.of_target", target=locale.number(target)) if target is not None else "",
        ),
        Tile(
            locale.money(figures.spent, currency, exact=True),
            headings["tile.spent"],
            headings.say("tile.of_budget", budget=locale.money(brief.budget.amount, currency, exact=True)),
        ),
        Tile(locale.money(figures.net_value, currency), headings["tile.net"], ""),
        Tile(locale.whole(figures.posts), headings["tile.posts"], ""),
        Tile(
            locale.whole(figures.execution_revisions + figures.strategy_switches),
            headings["tile.changes"],
            headings.say(
                "tile.of_changes",
                revisions=locale.whole(figures.execution_revisions),
                switches=locale.whole(figures.strategy_switches),
            ),
        ),
    ]


def kpis(material: Material, headings: Headings) -> list[KpiRow]:
    """Each KPI of the running plan, as the evaluator's own state has it."""
    order = list(KpiName)
    standings = sorted(material.course.judging.standings(), key=lambda one: order.index(one.kpi))
    return [_row(one, material, headings) for one in standings]


def analysis(material: Material, headings: Headings) -> str:
    """On how much the newest analysis stands."""
    newest = material.course.analysis
    if newest is None:
        return headings["analysis.none"]
    if newest.pilot:
        return headings["analysis.pilot"]
    said = next(event for event in reversed(material.events) if event.data is newest)
    return headings.say(
        "analysis.from", day=material.locale.day(said.recordedtime), posts=material.locale.number(newest.posts)
    )


def budget(material: Material, headings: Headings) -> list[tuple[str, str]]:
    """What the newest plan sets the budget aside for."""
    made: list[PlanMade | ExecutionRevised] = [plan for _, plan in plans(material.events)]
    if not made:
        return []
    return [
        (
            headings.term(f"budget.{line.purpose}"),
            material.locale.money(line.amount.amount, line.amount.currency, exact=True),
        )
        for line in made[-1].budget
    ]


def _row(one: Standing, material: Material, headings: Headings) -> KpiRow:
    locale = material.locale
    said = locale.percent if one.kpi in SHARES else locale.number
    side = headings["limit.ceiling" if one.is_ceiling else "limit.floor"]
    beyond = one.observed is not None and (one.observed > one.limit if one.is_ceiling else one.observed < one.limit)
    state = headings[f"kpi.{_life(one, beyond=beyond)}"]
    observed = headings["unknown"]
    if one.observed is not None:
        observed = headings["kpi.no_outcome"] if math.isinf(one.observed) else said(one.observed)
    measured = headings.say("kpi.measured", count=locale.whole(one.measured))
    return KpiRow(
        name=headings.term(f"kpi.{one.kpi.value}"),
        observed=observed,
        promised=said(one.expected),
        limit=f"{side} {said(one.limit)}",
        state=f"{state} · {measured}",
        mood=_mood(one, beyond=beyond),
    )


def _mood(one: Standing, *, beyond: bool) -> str:
    if one.life is KpiState.BREACHED:
        return "breached"
    return "unknown" if one.observed is None else "beyond" if beyond else "well"


def _life(one: Standing, *, beyond: bool) -> str:
    """That nothing was shown is not health, and beyond the limit is not yet a breach."""
    if one.life is not KpiState.HEALTHY:
        return one.life.value
    if one.measured < PATIENT_POSTS:
        return "early"
    return "beyond" if beyond else "healthy"


def _state(material: Material, headings: Headings) -> str:
    facts_said = [event.data for event in material.events]
    breached = [one for one in material.course.judging.standings() if one.life is KpiState.BREACHED]
    if any(isinstance(fact, CampaignEnded) for fact in facts_said):
        return headings["state.ended"]
    if material.now > material.ends:
        return headings["state.over"]
    stops = [fact for fact in facts_said if isinstance(fact, CampaignPaused | CampaignResumed)]
    if stops and isinstance(stops[-1], CampaignPaused):
        return headings["state.paused"]
    if _waits(material):
        return headings["state.waits"]
    if material.course.plan is None:
        return headings["state.unplanned"]
    if breached:
        names = ", ".join(headings.term(f"kpi.{one.kpi.value}") for one in breached)
        return headings.say("state.breached", kpis=names)
    return headings["state.well"]


def _waits(material: Material) -> bool:
    """Whether a strategy waits for a person: shown, not answered, not replaced, not out of time."""
    waiting: StrategyChosen | None = None
    for event in material.events:
        match event.data:
            case StrategyChosen() as chosen:
                waiting = chosen if chosen.awaits_approval else None
            case StrategyApproved() | StrategyRejected() | StrategyOverridden():
                waiting = None
            case _:
                pass
    return waiting is not None and (waiting.approve_by is None or waiting.approve_by > material.now)
