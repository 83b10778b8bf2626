"""From events to the methods' inputs: one reading of brief and statistics that every deciding worker shares.

Invariants: pure functions of what events said. The same statistics give the same posterior in the analyst, strategist,
planner and reviser, so that they judge by one valuation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from events.campaign import (
    AccountConnected,
    CampaignBriefed,
    SpendPurpose,
    SpendRecorded,
)
from events.execution import PostPublished
from events.strategy import Cell, Prior, Statistics
from events.terms import Appeal, Fact, Goal, Money, PostTraits
from workers.beliefs import ELSEWHERE, beliefs, effect, of_elsewhere, quantities
from workers.methods.designs import Design, Level, column
from workers.methods.planning import PILOT_POSTS, Choice, Room
from workers.methods.response import BLOCK_HOURS, Belief, Posterior, Quantity, Rows, calibrated, expand, fit
from workers.methods.valuation import Array, Economics, discount_rate

Limits = Mapping[str, AccountConnected]
"""By account, what its network takes; an account of which nothing is known takes everything."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a strategy is made of: whom to tell, about what, in which way."""

    appeal: Appeal
    segment: str
    topic: str


@dataclass(frozen=True)
class Response:
    """The three posteriors, chained: reach per post, engagements per person reached, outcomes per engagement."""

    goal: Goal
    reach: Posterior
    engagement: Posterior
    outcome: Posterior

    def per_post(self, rows: list[tuple[Level, ...]] | Design) -> tuple[Array, Array, Array]:
        """Draws of reach, engagements and outcomes of one post per row; each of shape (rows, S)."""
        reach, expected = self.reach.rates(rows)
        per_person, rate = self.engagement.rates(rows)
        engagements, engaged = reach * per_person, expected * rate
        if self.goal is Goal.REACH:
            return calibrated(reach, expected), calibrated(engagements, engaged), calibrated(reach, expected)
        per_engagement, converting = self.outcome.rates(rows)
        return (
            calibrated(reach, expected),
            calibrated(engagements, engaged),
            calibrated(engagements * per_engagement, engaged * converting),
        )

    def expected(self, rows: Design) -> tuple[Array, Array]:
        """Expected engagements and outcomes of one post per row of a grid, to within rounding; (aims, choices) each."""
        reach = self.reach.expected(rows)
        engaged = reach * self.engagement.expected(rows)
        return engaged, reach if self.goal is Goal.REACH else engaged * self.outcome.expected(rows)


def levels(traits: PostTraits | Cell) -> tuple[Level, ...]:
    return expand(
        channel=traits.channel,
        topic=traits.topic,
        format=traits.format,
        appeal=traits.appeal.value if traits.appeal is not None else None,
        segment=traits.segment,
        hour=traits.hour,
        paid=traits.paid,
    )


def universe(brief: CampaignBriefed) -> frozenset[Level]:
    """Every level that the brief makes possible."""
    one: set[Level] = {("paid", "yes")}
    one.update(("channel", account.channel) for account in brief.accounts)
    one.update(("format", name) for name in brief.formats)
    one.update(("hour", str(hour)) for hour in range(24))
    for segment in brief.segments:
        one.add(("segment", segment.name))
        one.update(("segment:block", f"{segment.name}:{block}") for block in range(24 // BLOCK_HOURS))
        one.update(("segment:topic", f"{segment.name}:{topic}") for topic in brief.topics)
        one.update(("segment:appeal", f"{segment.name}:{appeal}") for appeal in brief.appeals)
    one.update(("topic", topic) for topic in brief.topics)
    one.update(("appeal", appeal.value) for appeal in brief.appeals)
    return frozenset(one)


@lru_cache(maxsize=64)
def _cached_response(
    quantity: tuple[Quantity, ...], possible: frozenset[Level], own: tuple[Prior, ...], statistics: Statistics
) -> Response:
    cells = statistics.cells
    refuted = [of_elsewhere()] if any(cell.elsewhere for cell in cells) else []
    priors = {effect(prior): prior for prior in (*own, *refuted, *statistics.priors)}.values()
    columns = tuple((*levels(cell), *((ELSEWHERE,) if cell.elsewhere else ())) for cell in cells)
    posts = [
        np.array([cell.reach_exposure for cell in cells]),
        np.array([cell.engaged_posts for cell in cells]),
        np.array([cell.outcome_posts for cell in cells]),
    ]
    exposure = [
        np.array([cell.reach_exposure for cell in cells]),
        np.array([cell.engaged_reach for cell in cells]),
        np.array([cell.outcome_engagements for cell in cells]),
    ]
    total = [
        np.array([cell.reach for cell in cells]),
        np.array([cell.engagements for cell in cells]),
        np.array([cell.outcomes for cell in cells]),
    ]
    fitted: list[Posterior] = []
    for one, number, seen, count in zip(quantity, posts, exposure, total, strict=True):
        if one.name == "engagement" and any(cell.unreached for cell in cells):
            reach = fitted[0].rates(columns)[1]
            seen = seen + reach * np.array([cell.unreached or 0.0 for cell in cells])  # noqa: PLW2901
        known = np.flatnonzero(seen > 0) if len(cells) else np.zeros(0, dtype=int)
        rows = Rows(tuple(columns[i] for i in known), seen[known], count[known], number[known])
        held = [Belief((p.factor, p.level), p.mean, p.sd) for p in priors if p.quantity == one.name]
        fitted.append(fit(one, rows, [b for b in held if b.level[0] in dict(one.factors)], possible))
    return Response(statistics.goal, *fitted)


def response(brief: CampaignBriefed, statistics: Statistics) -> Response:
    """The posteriors that follow from a brief and an analysis; remembered, since four workers ask."""
    return _cached_response(quantities(brief), universe(brief), beliefs(brief, ()), statistics)


def economics(brief: CampaignBriefed, statistics: Statistics) -> Economics:
    """The owner's money as numbers in the brief's currency."""
    rho = discount_rate(brief.lost_per_day)
    minutes = brief.minutes_per_post * float(brief.minute_cost.amount) if brief.minute_cost else 0.0
    audience = 0.0
    if brief.audience_worth is not None and brief.goal is not Goal.FOLLOW:
        audience = float(brief.audience_worth.amount) * (statistics.follows_per_engagement or 0.0)
    return Economics(
        outcome_worth=float(brief.outcome_worth.amount),
        engagement_worth=audience * math.exp(-rho * brief.horizon_days),
        rho=rho,
        post_cost=float(brief.post_cost.amount),
        boost_price=float(brief.boost_price.amount) if brief.boost_price is not None else None,
        time_cost=minutes,
    )


def choices(brief: CampaignBriefed, limits: Limits) -> tuple[Choice, ...]:
    """Every way to publish one post on accounts that take it."""
    boosts = (False, True) if brief.boost_price is not None else (False,)
    return tuple(
        Choice(account.account, account.channel, hour, form, boosted)
        for account in brief.accounts
        for hour in range(24)
        if hour not in brief.constraints.quiet_hours
        for form in brief.formats
        if takes(limits, account.account, form)
        for boosted in boosts
    )


def design(ways: Sequence[Choice], aims: Sequence[Aim]) -> Design:
    """What `levels_of` says of every aim and choice, as a grid."""
    of_aim, of_choice = (len(aims), 1), (1, len(ways))
    return Design(
        (
            column([("channel", choice.channel) for choice in ways], of_choice),
            column([("topic", aim.topic) for aim in aims], of_aim),
            column([("format", choice.format) for choice in ways], of_choice),
            column([("appeal", aim.appeal.value) for aim in aims], of_aim),
            column([("hour", str(choice.hour)) for choice in ways], of_choice),
            column([("paid", "yes") if choice.boosted else None for choice in ways], of_choice),
            column([("segment", aim.segment) for aim in aims], of_aim),
            column([("segment:topic", f"{aim.segment}:{aim.topic}") for aim in aims], of_aim),
            column([("segment:appeal", f"{aim.segment}:{aim.appeal.value}") for aim in aims], of_aim),
            column(
                [("segment:block", f"{aim.segment}:{choice.hour // BLOCK_HOURS}") for aim in aims for choice in ways],
                (len(aims), len(ways)),
            ),
        )
    )


def counts_reach(connected: AccountConnected | None) -> bool:
    """Whether an account's network says how many people a post reached; one that names no counters may."""
    return connected is None or not connected.counters or "reach" in connected.counters


def takes(limits: Limits, account: str, form: str) -> bool:
    """Whether the account's network takes the format; one that names none takes any."""
    return account not in limits or not limits[account].formats or form in limits[account].formats


def posts_per_day(brief: CampaignBriefed, limits: Limits, account: str) -> int:
    """How many posts a local day the owner and the network both bear on the account."""
    network = limits[account].posts_per_day if account in limits else None
    own = brief.constraints.posts_per_day
    return own if network is None else min(own, network)


def is_possible(brief: CampaignBriefed, aim: Aim) -> bool:
    """Whether the brief, which may have been amended since, knows and allows what the aim is made of."""
    return (
        aim.appeal in brief.appeals
        and aim.segment in {segment.name for segment in brief.segments}
        and aim.topic in brief.topics
        and aim.topic not in brief.constraints.forbidden_topics
    )


def traits_of(choice: Choice, aim: Aim) -> PostTraits:
    return PostTraits(
        channel=choice.channel,
        topic=aim.topic,
        format=choice.format,
        appeal=aim.appeal,
        segment=aim.segment,
        hour=choice.hour,
        paid=choice.boosted,
    )


def levels_of(choice: Choice, aim: Aim) -> tuple[Level, ...]:
    """The columns of `traits_of`: valuations ask for thousands of posts that nobody will ever make."""
    return expand(
        channel=choice.channel,
        topic=aim.topic,
        format=choice.format,
        appeal=aim.appeal.value,
        segment=aim.segment,
        hour=choice.hour,
        paid=choice.boosted,
    )


def in_currency(brief: CampaignBriefed | None, amount: Money) -> bool:
    """Whether an amount can be counted with the brief's: nobody has stated an exchange rate."""
    return brief is not None and amount.currency == brief.budget.currency


def spending_of(brief: CampaignBriefed | None, fact: Fact) -> Decimal:
    """The money that left with a fact, as far as it is in the brief's currency.

    Production and boosts are counted with the post that they were for, not where they are recorded once more.
    """
    match fact:
        case PostPublished(cost=cost, boost=boost):
            return cost.amount + (boost.amount if boost is not None else 0)
        case SpendRecorded(purpose=SpendPurpose.FEE | SpendPurpose.OTHER, amount=amount) if in_currency(brief, amount):
            return amount.amount
        case _:
            return Decimal(0)


def ends(brief: CampaignBriefed) -> datetime:
    return brief.starts + timedelta(days=brief.horizon_days)


def room(
    brief: CampaignBriefed,
    now: datetime,
    spent: float,
    stock: Mapping[str, tuple[float, ...]],
    lead_days: float,
    made: int,
    limits: Limits,
    delay_days: float = 0.0,
) -> Room:
    """What is left to plan with: from now (or after `delay_days`) to the horizon's end."""
    zone = ZoneInfo(brief.zone)
    begin = max(now, brief.starts)
    local = begin.astimezone(zone)
    last = ends(brief).astimezone(zone)
    days = max(0, (last.date() - local.date()).days)
    per_day = brief.constraints.posts_per_day
    posts = None
    if brief.constraints.minutes_per_week is not None and brief.minutes_per_post > 0:
        weekly = brief.constraints.minutes_per_week / brief.minutes_per_post
        per_day = max(1, min(per_day, math.ceil(weekly / 7)))
        posts = max(1, math.floor(weekly * days / 7))
    weekly_pieces = brief.constraints.pieces_per_week
    orders = (
        [lead_days + 7.0 * n / weekly_pieces for n in range(int(weekly_pieces * days / 7.0))] if weekly_pieces else []
    )
    return Room(
        days=days,
        first_hour=local.hour + 1,
        per_day=per_day,
        caps={one.account: posts_per_day(brief, limits, one.account) for one in brief.accounts},
        budget=max(0.0, float(brief.budget.amount) - spent),
        stock=stock,
        orders=orders,
        start_day=delay_days,
        posts=posts,
        pilot=max(0, PILOT_POSTS - made),
    )
