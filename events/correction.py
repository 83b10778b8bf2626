"""Feedback judged by the KPIs, and what follows from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.execution import KpiName
from events.terms import Count, Fact, Moment, Name, Part, Share, Text


class KPIBreached(Fact):
    """The evidence that the KPI is beyond its limit reached `threshold` = 1/alpha: a false alarm at most that often.

    `ratio` is observed over limit. `measured` is the number of posts or days judged since `since`.
    """

    kpi: KpiName
    plan: Name
    observed: float
    expected: float
    limit: float
    ratio: float
    evidence: Annotated[float, Field(gt=0)]
    threshold: Annotated[float, Field(gt=1)]
    measured: Count
    since: Moment


class KPIRecovered(Fact):
    """After a breach, the KPI is shown to be within its limit again by the same strength of evidence."""

    kpi: KpiName
    plan: Name
    observed: float
    limit: float
    measured: Count


class KPIMet(Fact):
    """The KPI's total for the campaign has been reached."""

    kpi: KpiName
    plan: Name
    observed: float
    target: float


class Verdict(StrEnum):
    KEEP = "keep"
    REVISE = "revise"
    SWITCH = "switch"


class Option(Part):
    """One of keep, revise, switch, valued over what is left of the horizon, its own costs already subtracted.

    `sure` is the probability that it gains anything over keeping.
    """

    verdict: Verdict
    strategy: Name
    value: float
    low: float
    high: float
    outcomes: float
    cost: float
    sure: Share
    why: Text


class CorrectionDecided(Fact):
    """The answer to a breach (or a review): the option of highest value. `leave` is the strategy given up, if any.

    `sure` is the probability that it gains anything over keeping. `pace` is what the kept plan is now expected to earn
    as a share of what it promised; the KPIs go on at that pace.
    """

    verdict: Verdict
    breach: Name | None = None
    kpi: KpiName | None = None
    options: tuple[Option, ...]
    leave: Name | None = None
    prefer: Name | None = None
    sure: Share = 1.0
    pace: Annotated[float, Field(gt=0)] = 1.0
    why: Text
    decided_for: Moment
