"""Where each KPI of the running plan stands: what the evaluator knows, folded from the same events by its own `evolve`.

Invariants: nothing is computed a second way; a KPI of which nothing has been judged yet is unknown, not zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from events.envelope import Event
from events.execution import KpiName
from workers.decision import Delivery
from workers.evaluator import WORKER, EvaluatorState, evolve
from workers.judging import PATIENT_POSTS, Judged, starting_times, threshold
from workers.lives import KpiState
from workers.methods.sequential import evidence
from workers.views.bars import UNKNOWN, counted, limit_bar, quantity, share_bar
from workers.views.folding import Fitted

NUMBERS_WIDTH: Final = 56
"""What the names and numbers take; the bar against the limit gets what is left."""
NARROWEST_BAR: Final = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """One KPI. `nearness` is log evidence of a breach over the log of what is needed, from 0 to 1.

    `target`, where there is one, is the total that the campaign is to reach.
    """

    kpi: KpiName
    unit: str
    expected: float
    limit: float
    is_ceiling: bool
    observed: float | None
    measured: int
    nearness: float
    life: KpiState
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Where it stands, in words: that nothing was shown is not health, and beyond the limit is not yet a breach.

        A target is of the whole campaign, the rest of one unit: a target may be met while the pace is beyond its limit.
        """
        if self.target is None:
            return self._pace
        wanted = f"the target of {self.target:,.4g} outcomes"
        return (
            f"met: {wanted} is reached" if self.life is KpiState.MET else f"{self._pace}; {wanted} is not reached yet"
        )

    @property
    def _pace(self) -> str:
        judged = f"{counted(self.measured, judged_thing(self.kpi))} judged"
        if self.life is not KpiState.HEALTHY:
            return self.life.value
        if self.measured < PATIENT_POSTS:
            return f"too early to say: {judged}{', beyond the limit so far' if self._is_beyond() else ''}"
        if self._is_beyond():
            return f"beyond its limit, unproven: {judged}, {self.nearness:.0%} of the evidence for a breach"
        return f"healthy: {judged}"

    def _is_beyond(self) -> bool:
        if self.observed is None:
            return False
        return self.observed > self.limit if self.is_ceiling else self.observed < self.limit


def judged_thing(kpi: KpiName) -> str:
    """What is judged one by one, by the KPI."""
    return "day" if kpi is KpiName.UNFOLLOWS else "post"


@dataclass(frozen=True, slots=True)
class Judging:
    """The evaluator's state as of the events that were folded."""

    now: datetime
    state: EvaluatorState

    def after(self, event: Event) -> Judging:
        now = max(self.now, event.recordedtime)
        if type(event.data) not in WORKER.hears and event.source != WORKER.source:
            return Judging(now, self.state)
        delivery = Delivery(event.id, WORKER.name, event.subject, event.tenant, event.data, event.time, now)
        return Judging(now, evolve(self.state, delivery))

    def standings(self) -> list[Standing]:
        """By name; KPIs without a limit are not judged, and left out."""
        days = self.state.horizon_days
        judged = (self.state.kpis[name] for name in sorted(self.state.kpis))
        return [_standing(one, days) for one in judged if (one.kpi.floor or one.kpi.ceiling)]


def _standing(one: Judged, horizon_days: float) -> Standing:
    kpi = one.kpi
    limit = (kpi.floor if kpi.floor is not None else kpi.ceiling or 0.0) * one.scale
    observed, measured, nearness = None, 0, 0.0
    if one.against is not None:
        runs = one.against.runs()
        strength, _ = evidence(runs, starting_times(horizon_days))
        nearness = min(1.0, max(0.0, math.log(max(strength, 1e-12)) / math.log(threshold(one))))
        whole = runs[0]
        measured = whole.count
        ratio = whole.total / whole.limits if whole.limits > 0 else None
        if ratio is not None:
            # Cost is judged by the outcomes that its money should have bought, so its ratio turns over.
            observed = _cost(limit, ratio) if kpi.kpi is KpiName.COST else limit * ratio
    return Standing(
        kpi.kpi,
        kpi.unit,
        kpi.expected * one.scale,
        limit,
        kpi.floor is None,
        observed,
        measured,
        nearness,
        one.life,
        kpi.target_total,
    )


def _cost(limit: float, ratio: float) -> float:
    """What an outcome has cost so far: without end while there is none."""
    return limit / ratio if ratio > 0 else math.inf


def standings_table(standings: Sequence[Standing]) -> Fitted:
    """Observed against limit (|) and expectation (:), and how much of the evidence for a breach there is."""
    return Fitted(lambda width: _standings(standings, bar=min(20, width - NUMBERS_WIDTH)))


def _standings(standings: Sequence[Standing], bar: int) -> Table:
    has_bars = bar >= NARROWEST_BAR
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in ("KPI", *(["| limit  : expected"] if has_bars else []), "observed", "judged", "breach?"):
        table.add_column(heading, no_wrap=not heading.startswith("|"))
    for one in standings:
        observed = quantity(one.observed) if one.observed is not None else UNKNOWN
        table.add_row(
            Text(one.kpi.value, style="bold green" if one.life is KpiState.MET else "bold"),
            *([limit_bar(one.observed, one.limit, one.expected, bar, bad_above=one.is_ceiling)] if has_bars else []),
            f"{observed} of {quantity(one.expected)}",
            f"{one.measured}",
            share_bar(one.nearness, width=8, style="red" if one.nearness >= 0.66 else "yellow"),
        )
    return table
