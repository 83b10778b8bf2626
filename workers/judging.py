"""One KPI under judgment: the evidence against it and for its recovery, and what may be said when it suffices.

Invariants: over a campaign the chances of a false alarm of one KPI add up to its alpha, however often its test starts
anew: the n-th start spends its share (`spending`). A limit is fixed before the count that is compared with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from events.correction import KPIBreached, KPIRecovered
from events.execution import Kpi, KpiName
from workers.decision import State
from workers.lives import KpiState
from workers.methods.sequential import Run, Side, evidence, judged, spending, started

DAY: Final = 86_400.0
NEW_START_DAYS: Final = 7.0


PATIENT_POSTS: Final = 10
"""How many posts at the promise the first posts' luck is weighed against."""


class Evidence(State):
    """A test's runs, one per starting time, in days since the epoch."""

    starts: tuple[float, ...]
    logs: tuple[tuple[float, ...], ...]
    counts: tuple[int, ...]
    totals: tuple[float, ...]
    limits: tuple[float, ...]

    def runs(self) -> list[Run]:
        fields = zip(self.starts, self.logs, self.counts, self.totals, self.limits, strict=True)
        return [Run(*field) for field in fields]


class Judged(State):
    """One KPI of the running plan and where its tests stand."""

    kpi: Kpi
    dispersion: float
    life: KpiState = KpiState.HEALTHY
    spent: int = 0
    kept_pace: float = 1.0
    shown: float = 0
    """Judgments so far, as multiples of the floor; over `posts` of them."""
    posts: int = 0
    against: Evidence | None = None
    recovering: Evidence | None = None

    @property
    def scale(self) -> float:
        """What the plan's promise is multiplied by: it follows what the plan has shown, and a pace that was accepted.

        A plan that does better than it promised is held to that, or a later fall to its old promise would be missed.
        It follows from judgments before the next one alone, so the test stays valid; PATIENT_POSTS at the promise
        shrink it.
        """
        if self.kpi.floor is None or self.kpi.expected <= 0:
            return self.kept_pace
        share = self.kpi.floor / self.kpi.expected
        lifted = (PATIENT_POSTS + share * self.shown) / (PATIENT_POSTS + self.posts)
        return self.kept_pace * max(1.0, lifted)


def renewed(before: Judged | None, kpi: Kpi) -> Judged:
    """The KPI of a new plan or revision: its test starts anew; a breach is remembered until a recovery is shown."""
    if before is None:
        return Judged(kpi=kpi, dispersion=kpi.dispersion)
    was_breached = before.life is KpiState.BREACHED or before.recovering is not None
    life = KpiState.MET if before.life is KpiState.MET else KpiState.HEALTHY
    spent = before.spent + (1 if before.against is not None else 0)
    return Judged(
        kpi=kpi, dispersion=kpi.dispersion, life=life, spent=spent, recovering=_empty(()) if was_breached else None
    )


def _empty(starts: tuple[float, ...]) -> Evidence:
    runs = [started(start) for start in starts]
    return _packed(runs)


def _packed(runs: list[Run]) -> Evidence:
    return Evidence(
        starts=tuple(run.start for run in runs),
        logs=tuple(run.logs for run in runs),
        counts=tuple(run.count for run in runs),
        totals=tuple(run.total for run in runs),
        limits=tuple(run.limits for run in runs),
    )


def kept(one: Judged, pace: float) -> Judged:
    """A breached KPI whose plan is kept: it goes on at the pace that is now expected, tested anew."""
    if one.life is not KpiState.BREACHED:
        return one
    return one.model_copy(
        update={
            "life": KpiState.HEALTHY,
            "kept_pace": one.scale * min(pace, 1.0),
            "shown": 0.0,
            "posts": 0,
            "against": None,
            "spent": one.spent + 1,
        }
    )


def weighed(
    one: Judged, observed: float, limit: float, now: datetime, horizon: float, side: Side = Side.BELOW
) -> Judged:
    """The KPI after one more judgment; a further starting time opens every NEW_START_DAYS."""
    k = one.dispersion
    day = now.timestamp() / DAY
    updates: dict[str, object] = {}
    if side is Side.BELOW and limit > 0:
        promised = limit * one.kept_pace / one.scale
        updates |= {"shown": one.shown + observed / promised, "posts": one.posts + 1}
    if one.life is not KpiState.BREACHED:
        runs = one.against.runs() if one.against is not None else []
        if (not runs or day - runs[-1].start >= NEW_START_DAYS) and len(runs) < starting_times(horizon):
            runs.append(started(day))
        updates["against"] = _packed([judged(run, observed, limit, k, side) for run in runs])
    if one.recovering is not None and side is Side.BELOW:
        back = one.recovering.runs() or [started(day)]
        updates["recovering"] = _packed([judged(run, observed, limit, k, Side.ABOVE) for run in back])
    return one.model_copy(update=updates)


def starting_times(horizon: float) -> int:
    """Over how many starting times the evidence of a campaign is a mixture."""
    return max(1, int(horizon / NEW_START_DAYS) + 1)


def threshold(one: Judged) -> float:
    """The evidence at which the KPI's running test says that it is breached."""
    return 1.0 / (one.kpi.alpha * spending(one.spent + 1))


@lru_cache(maxsize=64)
def _gathered(tested: Evidence, starts: int) -> tuple[float, float]:
    """`evidence`, remembered: every reading asks for every KPI's, and moves that of few."""
    return evidence(tested.runs(), starts)


def breach(plan: str, horizon_days: float, one: Judged) -> KPIBreached | None:
    if one.life is not KpiState.HEALTHY or one.against is None:
        return None
    strength, since = _gathered(one.against, starting_times(horizon_days))
    if strength < threshold(one):
        return None
    run = next(run for run in one.against.runs() if run.start == since)
    limit = (one.kpi.ceiling or 0.0) if one.kpi.floor is None else one.kpi.floor * one.scale
    ratio = run.total / run.limits if run.limits > 0 else 0.0
    over = one.kpi.floor is None and one.kpi.kpi is KpiName.COST
    return KPIBreached(
        kpi=one.kpi.kpi,
        plan=plan,
        # Cost is judged by the outcomes that its money should have bought, so its ratio turns over.
        observed=limit / max(ratio, 1e-3) if over else limit * ratio,
        expected=one.kpi.expected,
        limit=limit,
        ratio=1.0 / max(ratio, 1e-3) if over else ratio,
        evidence=strength,
        threshold=threshold(one),
        measured=run.count,
        since=datetime.fromtimestamp(since * DAY, UTC),
    )


def recovery(plan: str, one: Judged) -> KPIRecovered | None:
    if one.recovering is None:
        return None
    runs = one.recovering.runs()
    if not runs:
        return None
    strength, _ = _gathered(one.recovering, 1)
    if strength < 1.0 / one.kpi.alpha:
        return None
    run, limit = runs[0], (one.kpi.floor or 0.0) * one.scale
    return KPIRecovered(
        kpi=one.kpi.kpi,
        plan=plan,
        observed=limit * run.total / max(run.limits, 1e-9),
        limit=limit,
        measured=run.count,
    )
