"""What a campaign has come to, in numbers: outcomes and their worth, money spent, posts, corrections.

Invariants: pure functions of the events. Values are discounted from the campaign's start by the brief's own rate, costs
as well as outcomes; `spent` alone is the plain sum. A counter that was not given adds nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.campaign import CampaignBriefed, ConversionRecorded, SpendPurpose, SpendRecorded
from events.correction import KPIBreached
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    CancelReason,
    ExecutionRevised,
    MetricObserved,
    PlanMade,
    PostCancelled,
    PostPublished,
    RevisionReason,
)
from events.terms import Goal, PostTraits
from workers.methods.valuation import discount_rate

DAY: Final = 86_400.0
GOAL_COUNTERS: Final = {Goal.FOLLOW: "follows", Goal.REACH: "reach"}
"""The counter that counts a goal's outcomes where the network itself does."""


@dataclass(frozen=True, slots=True)
class Figures:
    """`gross_value`, `spent_discounted` and `net_value` (their difference) in the currency, as of the start.

    `spent` is production and boosts of published posts, plus fees and other spending that was recorded; the owner's
    minutes and the audience that is left are not in it. `strategies` are those that got a plan, in order.
    """

    currency: str
    outcomes: float
    gross_value: float
    spent: float
    spent_discounted: float
    posts: int
    breaches: int
    execution_revisions: int
    strategies: tuple[str, ...]

    @property
    def net_value(self) -> float:
        return self.gross_value - self.spent_discounted

    @property
    def strategy_switches(self) -> int:
        return max(0, len(self.strategies) - 1)


def figures(events: Sequence[Event]) -> Figures:
    """The campaign's figures so far. Raises ValueError where it was never briefed."""
    briefs = [event.data for event in events if isinstance(event.data, CampaignBriefed)]
    if not briefs:
        raise ValueError("a campaign that was never briefed has no figures")
    start, brief = briefs[0].starts, briefs[-1]
    rho = discount_rate(brief.lost_per_day)
    counted = list(outcomes(events, brief.goal))
    costs = list(spending(events))
    facts = [event.data for event in events]
    return Figures(
        currency=brief.outcome_worth.currency,
        outcomes=math.fsum(count for _, count in counted),
        gross_value=math.fsum(
            count * float(brief.outcome_worth.amount) * _discount(moment, start, rho) for moment, count in counted
        ),
        spent=float(sum((amount for _, amount in costs), Decimal(0))),
        spent_discounted=math.fsum(float(amount) * _discount(moment, start, rho) for moment, amount in costs),
        posts=sum(isinstance(fact, PostPublished) for fact in facts),
        breaches=sum(isinstance(fact, KPIBreached) for fact in facts),
        execution_revisions=sum(
            isinstance(fact, ExecutionRevised) and fact.reason is RevisionReason.CORRECTION for fact in facts
        ),
        strategies=tuple(fact.strategy for fact in facts if isinstance(fact, PlanMade)),
    )


def outcomes(events: Iterable[Event], goal: Goal) -> Iterator[tuple[datetime, float]]:
    """When how many outcomes came: conversions, or what each reading of Mowj's own posts adds to the last one."""
    counter = GOAL_COUNTERS.get(goal)
    seen: dict[str, int] = {}
    for event in events:
        match event.data:
            case ConversionRecorded(count=count) if counter is None:
                yield event.time, float(count)
            case PostPublished(post=post):
                seen[post] = 0
            case MetricObserved(post=str(post), counters=counters) if counter is not None and post in seen:
                more = counters.get(counter, 0) - seen[post]
                if more > 0:
                    seen[post] += more
                    yield event.time, float(more)
            case _:
                pass


def spending(events: Iterable[Event]) -> Iterator[tuple[datetime, Decimal]]:
    """When what was spent; recorded production and boosts are in the posts' own costs already."""
    for event in events:
        match event.data:
            case PostPublished(at=at, cost=cost, boost=boost):
                yield at, cost.amount + (boost.amount if boost is not None else Decimal(0))
            case SpendRecorded(purpose=SpendPurpose.FEE | SpendPurpose.OTHER, amount=amount):
                yield event.time, amount.amount
            case _:
                pass


def unfilled(events: Iterable[Event]) -> dict[str, int]:
    """How many slots were cancelled for want of content, by what was wanted there; most first, ties by name."""
    wanted: dict[str, PostTraits] = {}
    found: Counter[str] = Counter()
    for event in events:
        match event.data:
            case PlanMade(slots=slots) | ExecutionRevised(slots=slots) | CalendarExtended(slots=slots):
                wanted |= {slot.slot: slot.traits for slot in slots}
            case PostCancelled(slot=slot, reason=CancelReason.NO_CONTENT) if slot in wanted:
                traits = wanted.pop(slot)
                appeal = f", to {traits.appeal.value}" if traits.appeal is not None else ""
                found[f"{traits.format or 'post'} about {traits.topic or 'anything'}{appeal}"] += 1
            case _:
                pass
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def counts(events: Iterable[Event]) -> dict[str, int]:
    """How many events of each short name, most frequent first, ties by name."""
    found = Counter(event.name for event in events)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _discount(moment: datetime, start: datetime, rho: float) -> float:
    return math.exp(-rho * (moment - start).total_seconds() / DAY)
