"""Strategies as candidates: each aim planned through with what is known now, in one valuation for choosing and
correcting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from events.campaign import CampaignBriefed
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Valuation
from events.terms import Appeal
from workers.families import BY_APPEAL
from workers.inventory import Inventory
from workers.methods.planning import Choice, Draft, Menu, Room, ceiling, draft
from workers.methods.valuation import Economics
from workers.model import Aim, Limits, Response, economics, ends, is_possible, menu, response, room

DIRECTIONS = 4
"""How many of the ranked directions every family is tried along."""
LEFT_FOR_CORRECTIONS = 2
"""For how many corrections a strategy that was left stays excluded, the one that leaves it included."""
CENT = 0.01
"""More than rounding can add to a plan's value or take from what it could be worth at most."""
NEW_EVIDENCE = frozenset({AnalysisPrompt.BREACH, AnalysisPrompt.AUDIENCE})
"""The analyses after which what a person rejected may be proposed again."""


@dataclass(frozen=True)
class Known:
    """What a valuation is based on; what follows from it for every strategy alike is worked out once."""

    brief: CampaignBriefed
    analysis: AudienceAnalyzed
    inventory: Inventory
    spent: float
    now: datetime
    limits: Limits

    @cached_property
    def about(self) -> Response:
        return response(self.brief, self.analysis.statistics)

    @cached_property
    def money(self) -> Economics:
        return economics(self.brief, self.analysis.statistics)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An aim with its plan from now to the horizon's end."""

    aim: Aim
    menu: Menu
    draft: Draft
    missing: int
    lead_days: float

    @property
    def strategy(self) -> str:
        return strategy_id(self.aim)


def strategy_id(aim: Aim) -> str:
    return f"{aim.appeal.value}/{aim.segment}/{aim.topic}"


def aim_of(strategy: str) -> Aim:
    appeal, segment, topic = strategy.split("/")
    return Aim(Appeal(appeal), segment, topic)


def planned(
    known: Known, aim: Aim, delay_days: float = 0.0, allowed: Callable[[Choice], bool] | None = None
) -> Candidate:
    """One strategy carried through what is left of the horizon."""
    return _carried(known, _prospect(known, aim, delay_days), allowed)


@dataclass(frozen=True, slots=True)
class _Prospect:
    """An aim with what a plan for it could use."""

    aim: Aim
    menu: Menu
    room: Room
    lead_days: float


def _prospect(known: Known, aim: Aim, delay_days: float) -> _Prospect:
    brief = known.brief
    offered = menu(brief, known.about, aim, known.limits)
    stock = known.inventory.stock(aim.topic, aim.appeal, known.now, ends(brief))
    lead = BY_APPEAL[aim.appeal].lead_days
    posts = round(known.analysis.posts)
    return _Prospect(
        aim, offered, room(brief, known.now, known.spent, stock, lead, posts, known.limits, delay_days), lead
    )


def _carried(known: Known, prospect: _Prospect, allowed: Callable[[Choice], bool] | None = None) -> Candidate:
    made = draft(prospect.menu, known.money, prospect.room, allowed)
    return Candidate(prospect.aim, prospect.menu, made, sum(made.missing.values()), prospect.lead_days)


def candidates(known: Known, without: Iterable[str] = (), delay_days: float = 0.0) -> list[Candidate]:
    """Every family along the leading directions, best first; ties by name. `without`: strategies that were given up."""
    return sorted((planned(known, aim, delay_days) for aim in _aims(known, without)), key=_rank)


def leader(known: Known, without: Iterable[str] = (), delay_days: float = 0.0) -> Candidate | None:
    """The first of `candidates`; most of the others cannot be worth as much, which shows without planning them."""
    prospects = [_prospect(known, aim, delay_days) for aim in _aims(known, without)]
    ceilings = [ceiling(one.menu, known.money, one.room) for one in prospects]
    first: Candidate | None = None
    for at_most, prospect in sorted(zip(ceilings, prospects, strict=True), key=lambda pair: -pair[0]):
        if first is not None and at_most < first.draft.value.mean - CENT:
            break
        one = _carried(known, prospect)
        first = one if first is None else min(first, one, key=_rank)
    return first


def _aims(known: Known, without: Iterable[str]) -> list[Aim]:
    excluded = frozenset(without)
    aims = [
        Aim(appeal, direction.segment, direction.topic)
        for direction in known.analysis.directions[:DIRECTIONS]
        for appeal in known.brief.appeals
    ]
    return [aim for aim in aims if strategy_id(aim) not in excluded and is_possible(known.brief, aim)]


def _rank(candidate: Candidate) -> tuple[float, str]:
    return -round(candidate.draft.value.mean, 6), candidate.strategy


def valuation(made: Draft) -> Valuation:
    return Valuation(
        value=made.value.mean,
        low=made.value.low,
        high=made.value.high,
        outcomes=made.outcomes,
        spend=made.spend,
        posts=len(made.placements),
    )
