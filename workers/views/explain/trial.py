"""How little would have kept an alarm from coming: the evaluator's test at the moment it spoke, with other counts.

Invariants: the test is the evaluator's, folded as a rebuild does; its evidence must be the breach's own, or nothing
is said. Evidence falls (for a ceiling: rises) with every further count, so the least number that would have been enough
is found by halving.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from events.correction import KPIBreached
from events.envelope import Event
from events.execution import KpiName
from workers.decision import State, Worker
from workers.evaluator import WORKER, EvaluatorState
from workers.judging import Judged, starting_times, threshold
from workers.methods.sequential import STEPS, Run, Side, evidence, log_evidence
from workers.runtime.deciding import delivery_of
from workers.runtime.rebuilding import past_of, step

SAME: Final = 1e-6
"""How far the evidence folded here may be from the one recorded; emits are rounded to nine digits."""
MOST: Final = 1 << 40
"""No post brings as many of anything."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`total` was counted where the limit asked for `asked`; `above`: more is worse.

    `enough`: so many more (above: fewer) on the last post or day judged would have kept the evidence below what an
    alarm needs; None where no count of that one alone could have.
    """

    total: float
    asked: float
    above: bool
    enough: int | None


def trial(events: Sequence[Event], said: Event, breach: KPIBreached) -> Trial | None:
    """The test behind a breach; None where the log does not show it as it was."""
    found = _states(events, said)
    if found is None:
        return None
    before, after = found
    one, was = after.kpis.get(breach.kpi.value), before.kpis.get(breach.kpi.value)
    if one is None or was is None or one.against is None:
        return None
    runs, starts = one.against.runs(), starting_times(after.horizon_days)
    strength, since = evidence(runs, starts)
    if not math.isclose(strength, breach.evidence, rel_tol=SAME):
        return None
    if not math.isclose(threshold(one), breach.threshold, rel_tol=SAME):
        return None
    strongest = next(run for run in runs if run.start == since)
    above = one.kpi.floor is None and breach.kpi is KpiName.UNFOLLOWS
    observed, limit = _last(runs[0], was)
    enough = _enough(runs, starts, one, observed, limit, above=above) if limit > 0 else None
    return Trial(strongest.total, strongest.limits, above, enough)


def _states(events: Sequence[Event], said: Event) -> tuple[EvaluatorState, EvaluatorState] | None:
    """What the evaluator knew just before and just after the event that made it speak."""
    worker: Worker[Any] = WORKER
    state: State = EvaluatorState()
    for past in past_of(worker, events):
        if past.event.id == said.causationid:
            after = worker.evolve(state, delivery_of(worker.name, past.event, past.now))
            assert isinstance(state, EvaluatorState)
            assert isinstance(after, EvaluatorState)
            return state, after
        state = step(worker, state, past)
    return None


def _last(run: Run, was: Judged) -> tuple[float, float]:
    """What the last judgment compared: the count, and what its limit asked for."""
    before = was.against.runs()[0] if was.against is not None else None
    if before is None or before.start != run.start:
        return run.total, run.limits
    return run.total - before.total, run.limits - before.limits


def _enough(runs: Sequence[Run], starts: int, one: Judged, observed: float, limit: float, *, above: bool) -> int | None:
    """The least change of the last count that would have left the evidence below the threshold."""
    side = Side.ABOVE if above else Side.BELOW
    most = math.floor(observed) if above else MOST

    def quiet(change: int) -> bool:
        other = observed - change if above else observed + change
        moved = [
            log_evidence(other, limit, one.dispersion, step, side)
            - log_evidence(observed, limit, one.dispersion, step, side)
            for step in STEPS
        ]
        changed = [replace(run, logs=tuple(log + by for log, by in zip(run.logs, moved, strict=True))) for run in runs]
        return evidence(changed, starts)[0] < threshold(one)

    return _least(quiet, most)


def _least(holds: Callable[[int], bool], most: int) -> int | None:
    """The least number from 1 to `most` for which it holds; it holds for all above one for which it does."""
    if most < 1 or not holds(most):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
