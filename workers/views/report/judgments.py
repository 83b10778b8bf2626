"""Each judgment of each KPI: what the evaluator compared, post by post or day by day, folded by its own `evolve`.

Invariants: nothing is judged a second way: an observed value is the evaluator's own count, put into the KPI's unit by
the limit that it was compared with. A KPI of which nothing was judged has no point, and never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.envelope import Event
from events.execution import ExecutionRevised, KpiName, PlanMade
from workers.decision import State, Worker
from workers.evaluator import WORKER, EvaluatorState
from workers.judging import Judged
from workers.runtime.rebuilding import past_of, step


@dataclass(frozen=True, slots=True)
class Judgment:
    """One comparison. `value`, `limit` and `expected` in the KPI's unit; `so_far`: all of this plan's taken together.

    `value` is None where one post alone says nothing in that unit (cost per outcome), `so_far` where there is no
    outcome yet to divide by.
    """

    at: datetime
    event: str
    value: float | None
    so_far: float | None
    limit: float
    expected: float


@dataclass(frozen=True, slots=True)
class Pace:
    """From when on which expectation and limit held."""

    at: datetime
    expected: float
    limit: float
    is_ceiling: bool


@dataclass(frozen=True, slots=True)
class Judgments:
    """By KPI: the comparisons in order, and the promises that they were held to."""

    points: Mapping[KpiName, tuple[Judgment, ...]]
    paces: Mapping[KpiName, tuple[Pace, ...]]


def judgments(events: Sequence[Event]) -> Judgments:
    points: dict[KpiName, list[Judgment]] = {}
    paces: dict[KpiName, list[Pace]] = {}
    worker: Worker[Any] = WORKER
    state: State = EvaluatorState()
    for past in past_of(worker, events):
        before, state = state, step(worker, state, past)
        assert isinstance(before, EvaluatorState)
        assert isinstance(state, EvaluatorState)
        if isinstance(past.event.data, PlanMade | ExecutionRevised):
            for one in state.kpis.values():
                if (pace := _pace(one, past.event.recordedtime)) is not None:
                    paces.setdefault(one.kpi.kpi, []).append(pace)
            continue
        for name, one in state.kpis.items():
            found = _judgment(before.kpis.get(name), one, past.event)
            if found is not None:
                points.setdefault(one.kpi.kpi, []).append(found)
    return Judgments(
        {kpi: tuple(found) for kpi, found in points.items()}, {kpi: tuple(held) for kpi, held in paces.items()}
    )


def _pace(one: Judged, at: datetime) -> Pace | None:
    limit = one.kpi.floor if one.kpi.floor is not None else one.kpi.ceiling
    if limit is None:
        return None
    return Pace(at, one.kpi.expected * one.scale, limit * one.scale, one.kpi.floor is None)


def _judgment(before: Judged | None, after: Judged, event: Event) -> Judgment | None:
    """What the event added to the KPI's longest run, if anything."""
    if before is None or after.against is None:
        return None
    run = after.against.runs()[0]
    old = before.against.runs()[0] if before.against is not None else None
    counted, observed, asked = (old.count, old.total, old.limits) if old is not None else (0, 0.0, 0.0)
    if run.count <= counted:
        return None
    # The limit moves with what a plan has shown: this count was compared with it as it stood before.
    level, expected = _level(before), before.kpi.expected * before.scale
    whole = run.total / run.limits if run.limits > 0 else 0.0
    if after.kpi.kpi is KpiName.COST:
        # Judged by the outcomes that its money should have bought, so its ratio turns over.
        so_far = _level(after) / whole if whole > 0 else None
        return Judgment(event.recordedtime, event.id, None, so_far, level, expected)
    part = (run.total - observed) / (run.limits - asked) if run.limits > asked else 0.0
    return Judgment(event.recordedtime, event.id, level * part, _level(after) * whole, level, expected)


def _level(one: Judged) -> float:
    return (one.kpi.floor if one.kpi.floor is not None else one.kpi.ceiling or 0.0) * one.scale
