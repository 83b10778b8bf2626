"""The plan's KPIs: what it promises a post, the floor or ceiling at which it is no longer the plan that was chosen, and
the smallest drop that the evaluator can reveal while there is still time to correct.

Invariants: the chances of a false alarm of all KPIs add up to `CAMPAIGN_ALPHA`; floors follow from the plan's own
uncertainty, so that a pilot's wide guess is not held against it as if it were knowledge. Where a network that the plan
posts to counts no reach, posts promise engagements instead of reach and of a rate that nobody could see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np

from events.campaign import AccountConnected
from events.execution import Kpi, KpiName
from events.strategy import Dispersion
from events.terms import Goal
from workers.analysis import engagements_of
from workers.candidates import Candidate, Known
from workers.methods.sequential import smallest_drop
from workers.methods.valuation import Array
from workers.model import counts_reach, ends

CAMPAIGN_ALPHA: Final = 0.1
_ALPHA: Final = {
    KpiName.OUTCOMES: 0.04,
    KpiName.REACH: 0.025,
    KpiName.ENGAGEMENT: 0.025,
    KpiName.COST: 0.005,
    KpiName.UNFOLLOWS: 0.005,
    # It stands for reach and engagement rate together, where a network does not count what they need.
    KpiName.ENGAGEMENTS: 0.05,
}
EARLY_HOURS: Final = 24.0
"""Age at which reach and engagement are judged: most of both is there, and a correction still pays."""
OUTCOME_HOURS: Final = 72.0
COST_SLACK: Final = 2.0
UNFOLLOWED_SHARE: Final = 0.01
DISPERSION_MARGIN: Final = 0.7
"""Tests take counts to be more dispersed than estimated, so that their bound holds though k is not known exactly."""


def indicators(known: Known, candidate: Candidate, target: float | None) -> tuple[Kpi, ...]:
    """The KPIs of a plan, for one post of it (unfollows: for one day)."""
    places = candidate.draft.placements
    if not places:
        return ()
    dispersion = dispersions(known.brief.goal, known.analysis.dispersion)
    chosen = np.array([place.choice for place in places])
    shares = np.array([place.share for place in places])
    reach = (candidate.menu.reach[chosen] * shares[:, None]).mean(axis=0)
    engagements = (candidate.menu.engagements[chosen] * shares[:, None]).mean(axis=0)
    outcomes = (candidate.menu.outcomes[chosen] * shares[:, None]).mean(axis=0)
    used = {candidate.menu.choices[choice].account: None for choice in chosen}
    grown = {point.age_hours: point for point in known.analysis.statistics.maturity}
    early, late = grown[EARLY_HOURS].reach, grown[OUTCOME_HOURS].outcomes
    cost = candidate.draft.spend / len(places)
    posts = len(places)
    promised = {
        KpiName.REACH: lambda: _floor(known, KpiName.REACH, posts, reach, dispersion, early),
        KpiName.ENGAGEMENT: lambda: _floor(
            known, KpiName.ENGAGEMENT, posts, engagements / reach, dispersion, 1.0, units_per_post=float(reach.mean())
        ),
        KpiName.ENGAGEMENTS: lambda: _floor(known, KpiName.ENGAGEMENTS, posts, engagements, dispersion, early),
    }
    return (
        _floor(known, KpiName.OUTCOMES, posts, outcomes, dispersion, late, target=target),
        *(promised[name]() for name in _shown([known.limits.get(account) for account in used])),
        Kpi(
            kpi=KpiName.COST,
            unit="outcome",
            expected=cost / max(float(outcomes.mean()), 1e-9),
            ceiling=COST_SLACK * cost / max(float(outcomes.mean()), 1e-9),
            age_hours=OUTCOME_HOURS,
            maturity=late,
            dispersion=dispersion[KpiName.COST],
            alpha=_ALPHA[KpiName.COST],
        ),
        Kpi(
            kpi=KpiName.UNFOLLOWS,
            unit="day",
            expected=0.3 * UNFOLLOWED_SHARE * float(reach.mean()),
            ceiling=1.0 + UNFOLLOWED_SHARE * float(reach.mean()),
            dispersion=dispersion[KpiName.UNFOLLOWS],
            alpha=_ALPHA[KpiName.UNFOLLOWS],
        ),
    )


def _shown(networks: Sequence[AccountConnected | None]) -> tuple[KpiName, ...]:
    """What the plan's networks let be seen of an audience's response: by reach, else by post, else not at all."""
    unreached = [one for one in networks if one is not None and not counts_reach(one)]
    if any(engagements_of(dict.fromkeys(one.counters, 0), None) is not None for one in unreached):
        return (KpiName.ENGAGEMENTS,)
    return (KpiName.REACH, KpiName.ENGAGEMENT) if len(unreached) < len(networks) else ()


_UNITS: Final = {
    KpiName.OUTCOMES: ("post", OUTCOME_HOURS),
    KpiName.REACH: ("post", EARLY_HOURS),
    KpiName.ENGAGEMENT: ("reached person", EARLY_HOURS),
    KpiName.ENGAGEMENTS: ("post", EARLY_HOURS),
}


def _floor(
    known: Known,
    name: KpiName,
    posts: int,
    draws: Array,
    dispersion: Mapping[KpiName, float],
    maturity: float,
    *,
    target: float | None = None,
    units_per_post: float = 1.0,
) -> Kpi:
    """A KPI that breaches below its floor. `draws`: the plan's mean per unit, as drawn from the posterior."""
    expected = float(draws.mean())
    share = float(np.clip(np.quantile(draws, 0.2) / max(expected, 1e-9), 0.6, 0.8))
    halfway = known.now + (ends(known.brief) - known.now) / 2
    per_post = expected * maturity * units_per_post
    unit, age = _UNITS[name]
    return Kpi(
        kpi=name,
        unit=unit,
        expected=expected,
        floor=share * expected,
        age_hours=age,
        maturity=maturity,
        dispersion=dispersion[name],
        alpha=_ALPHA[name],
        smallest_drop=smallest_drop(per_post, share * per_post, dispersion[name], posts // 2, _ALPHA[name]),
        reveals_by=halfway + timedelta(hours=age),
        target_total=target,
    )


def dispersions(goal: Goal, estimated: Dispersion) -> dict[KpiName, float]:
    """The k with which each KPI is tested: estimated, made safe, and combined where counts are products of others."""
    reach, engagement, outcome = (
        max(0.2, DISPERSION_MARGIN * k) for k in (estimated.reach, estimated.engagement, estimated.outcome)
    )
    # The squared coefficient of variation of a product of independent factors is the product of (1 + 1/k), less one.
    engaged = (1.0 + 1.0 / reach) * (1.0 + 1.0 / engagement)
    spread = engaged * (1.0 + 1.0 / outcome) - 1.0
    product = reach if goal is Goal.REACH else 1.0 / spread
    return {
        KpiName.OUTCOMES: product,
        KpiName.REACH: reach,
        KpiName.ENGAGEMENT: engagement,
        KpiName.COST: product,
        KpiName.UNFOLLOWS: 1.0,
        KpiName.ENGAGEMENTS: 1.0 / (engaged - 1.0),
    }
