"""What the analyst and the strategist conclude, and what people answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.terms import Appeal, Count, Criterion, Fact, Goal, Moment, Name, Part, Reference, Share, Text


class Interval(Part):
    """A posterior mean and its central 90 % interval."""

    mean: float
    low: float
    high: float


class LevelEstimate(Part):
    """How one level of one factor does, all else equal: engagement per person reached, and outcomes per post."""

    factor: Name
    level: Name
    posts: Count
    engagement_rate: Interval
    reach: Interval
    outcomes_per_post: Interval


class Direction(Part):
    """A segment and a topic to speak to it about. `score` is expected outcomes per post relative to the average."""

    segment: Name
    topic: Name
    score: float
    low: float
    high: float
    posts: Count
    people: Count | None = None


class Cell(Part):
    """Sufficient statistics: totals over all posts with the same traits, lightly discounted for age.

    Exposures count how much of a post's life has been seen, so that a young post weighs less instead of looking weak:
    `reach_exposure` sums the expected share of final reach at the last reading, `outcome_engagements` the engagements
    times the expected share of final outcomes. A post that lacked a counter adds nothing to that counter's sums;
    `engaged_posts` and `outcome_posts` count those that had it. `unreached` sums the expected share of final
    engagements of posts on networks that count no reach: theirs are engagements of so many posts. `elsewhere` marks
    imported posts whose level of reach the campaign's own posts have refuted: they tell how posts differ, not how far
    one goes.
    """

    channel: Name
    topic: Name | None = None
    format: Name | None = None
    appeal: Appeal | None = None
    segment: Name | None = None
    hour: int | None = None
    paid: bool | None = None
    elsewhere: bool | None = None
    posts: float
    reach_exposure: float = 0
    reach: float = 0
    engaged_posts: float = 0
    engaged_reach: float = 0
    unreached: float | None = None
    engagements: float = 0
    outcome_posts: float = 0
    outcome_engagements: float = 0
    outcomes: float = 0


class Prior(Part):
    """A belief on one level's multiplier before evidence: expected `exp(mean)`, log sd `sd`.

    `quantity` is reach, engagement or outcome. It takes the place of what the brief's hypotheses, or the stated
    defaults of a strategy family, say of the level.
    """

    quantity: Name
    factor: Name
    level: Name
    mean: float
    sd: Annotated[float, Field(gt=0)]


class MaturityPoint(Part):
    """The shares of its final reach and outcomes that a post is expected to show at an age."""

    age_hours: float
    reach: float
    outcomes: float


class Statistics(Part):
    """All that a later worker needs beside the brief to rebuild the posterior: with the whole analysis at most 64 KB.

    `priors` are what AudienceObserved said beyond the brief. Where cells were too many, the levels that taught least
    are forgotten: cells without them hold the sums of several.
    `follows_per_engagement` prices the audience that engagement leaves behind; None where follows are not counted.
    """

    goal: Goal
    cells: tuple[Cell, ...]
    priors: tuple[Prior, ...]
    maturity: tuple[MaturityPoint, ...]
    follows_per_engagement: float | None = None


class Dispersion(Part):
    """Estimated k of the negative binomials: variance `mu + mu^2 / k` of one post's count given its traits."""

    reach: float
    engagement: float
    outcome: float


class AnalysisPrompt(StrEnum):
    """Why the analyst spoke now."""

    BRIEF = "brief"
    HISTORY = "history"
    SCHEDULE = "schedule"
    BREACH = "breach"
    AUDIENCE = "audience"


class AudienceAnalyzed(Fact):
    """What is known of the audience: rates by factor, the leading directions, and the statistics behind them.

    Of very many topics, groups or formats, `levels` has those with most posts, and those that promise most.
    `pilot` says that there was no evidence beyond the brief's own hypotheses. `breach` names the KPIBreached event that
    asked for this analysis.
    """

    prompt: AnalysisPrompt
    breach: Name | None = None
    pilot: bool
    posts: float
    levels: tuple[LevelEstimate, ...]
    directions: tuple[Direction, ...]
    dispersion: Dispersion
    statistics: Statistics


class Valuation(Part):
    """Expected discounted net value in the brief's currency, with a 90 % interval, and what it is made of."""

    value: float
    low: float
    high: float
    outcomes: float
    spend: float
    posts: Count


class SwotFactor(Part):
    """One measured reason. `measure` has the stated unit; `evidence` are ids of the events it follows from.

    `criterion` names what was measured; `weight`, where the owner compared criteria, is its share of all of them.
    """

    statement: Text
    measure: float
    unit: Name
    evidence: tuple[Name, ...]
    criterion: Criterion | None = None
    weight: Share | None = None


class Swot(Part):
    """Strengths and weaknesses are ours (content, cost, evidence); opportunities and threats the audience's.

    Where the owner compared criteria, each field has its weightiest factor first, and `balance` is the weight of
    strengths and opportunities less that of weaknesses and threats, from -1 to 1.
    """

    strengths: tuple[SwotFactor, ...]
    weaknesses: tuple[SwotFactor, ...]
    opportunities: tuple[SwotFactor, ...]
    threats: tuple[SwotFactor, ...]
    balance: Annotated[float, Field(ge=-1, le=1)] | None = None


class StrategyProposed(Fact):
    """One candidate, planned through and examined. `strategy` is family/segment/topic."""

    strategy: Name
    family: Name
    appeal: Appeal
    segment: Name
    topic: Name
    expected: Valuation
    swot: Swot


class StrategyChosen(Fact):
    """The next move. In approve mode it waits for StrategyApproved with its `fingerprint` until `approve_by`.

    `correction` is the CorrectionDecided event that asked for a switch; `replaces` the strategy being left.
    `weighed_against` is the candidate of the greatest expected value, where that was too near to tell them apart and
    the owner's `swot_weights` decided.
    """

    strategy: Name
    family: Name
    appeal: Appeal
    segment: Name
    topic: Name
    expected: Valuation
    why: Text
    runner_up: Name | None = None
    weighed_against: Name | None = None
    replaces: Name | None = None
    correction: Name | None = None
    awaits_approval: bool
    approve_by: Moment | None = None
    fingerprint: Name


class StrategyApproved(Fact):
    strategy: Name
    fingerprint: Name
    by: Reference


class StrategyRejected(Fact):
    strategy: Name
    fingerprint: Name
    by: Reference
    reason: Text


class StrategyOverridden(Fact):
    """A person puts another candidate in place of the chosen one."""

    strategy: Name
    by: Reference
    reason: Text
