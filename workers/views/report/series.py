"""What grew over time, for drawing: outcomes beside the pace that plans promised, and spending beside the budget.

Invariants: pure; the last value of each series is the campaign's own figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from events.execution import ExecutionRevised, KpiName, PlanMade
from workers.views.figures import outcomes, spending
from workers.views.report.material import Material, plans

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """A plan's pace of outcomes: a straight line from its start to the end of the horizon, until the next plan.

    `floor` is the same line at the plan's floor; None where it has none.
    """

    starts: datetime
    ends: datetime
    base: float
    expected: float
    floor: float | None


def grown_outcomes(material: Material) -> list[tuple[datetime, float]]:
    """When how many outcomes there were in all."""
    return _grown([(at, count) for at, count in outcomes(material.events, material.brief.goal)])


def grown_spending(material: Material) -> list[tuple[datetime, float]]:
    """When how much was spent in all."""
    return _grown([(at, float(amount)) for at, amount in spending(material.events)])


def promises(material: Material) -> list[Promise]:
    """What each plan and revision promised from its start on, beginning at what there was by then."""
    grown = grown_outcomes(material)
    made = plans(material.events)
    found = []
    for place, (event, plan) in enumerate(made):
        starts = max(event.recordedtime, material.starts)
        stops = made[place + 1][0].recordedtime if place + 1 < len(made) else material.ends
        whole = (material.ends - starts) / DAY
        if whole <= 0 or stops <= starts:
            continue
        base = max((total for at, total in grown if at <= starts), default=0.0)
        part = (min(stops, material.ends) - starts) / DAY / whole
        expected = plan.expected.outcomes * part
        share = _floor_share(plan)
        found.append(
            Promise(
                starts,
                min(stops, material.ends),
                base,
                base + expected,
                base + expected * share if share is not None else None,
            )
        )
    return found


def by_day(grown: Sequence[tuple[datetime, float]], material: Material) -> list[tuple[datetime, float]]:
    """The total at the end of each of the campaign's days so far, for tables."""
    days = max(1, int((min(material.now, material.shown_until) - material.starts) / DAY) + 1)
    found = []
    for day in range(days):
        end = material.starts + DAY * (day + 1)
        found.append((material.starts + DAY * day, max((total for at, total in grown if at < end), default=0.0)))
    return found


def _floor_share(plan: PlanMade | ExecutionRevised) -> float | None:
    for kpi in plan.kpis:
        if kpi.kpi is KpiName.OUTCOMES and kpi.floor is not None and kpi.expected > 0:
            return kpi.floor / kpi.expected
    return None


def _grown(found: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    ordered = sorted(found, key=lambda one: one[0])
    totals = accumulate(amount for _, amount in ordered)
    return [(at, total) for (at, _), total in zip(ordered, totals, strict=True)]
