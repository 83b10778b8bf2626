"""Strategies as candidates: each aim planned through with what is known now, in one valuation for choosing and
correcting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from events.campaign import CampaignBriefed
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Valuation
from events.terms import Appeal
from workers.families import BY_APPEAL
from workers.inventory import Inventory
from workers.methods.designs import Design
from workers.methods.planning import Choice, Draft, Menu, Room, ceiling, draft
from workers.methods.valuation import Economics
from workers.model import Aim, Limits, Response, choices, design, economics, ends, is_possible, response, room

Stock = Mapping[str, tuple[float, ...]]
"""By format, the days from now at which one more publication becomes possible."""

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
    def ways(self) -> tuple[Choice, ...]:
        return choices(self.brief, self.limits)

    @cached_property
    def menus(self) -> dict[Aim, Menu]:
        """Those that were asked for so far: what is kept is often compared with what else the same aim could be."""
        return {}

    def stock(self, aim: Aim) -> Stock:
        """What content an aim could use until the end, worked out once for all segments."""
        place = aim.topic, aim.appeal
        if place not in self._stocks:
            self._stocks[place] = self.inventory.stock(*place, self.now, ends(self.brief))
        return self._stocks[place]

    @cached_property
    def _stocks(self) -> dict[tuple[str, Appeal], Stock]:
        return {}

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
    return _carried(known, aim, design(known.ways, [aim]), _room(known, aim, delay_days), allowed)


def _room(known: Known, aim: Aim, delay_days: float) -> Room:
    lead, posts = BY_APPEAL[aim.appeal].lead_days, round(known.analysis.posts)
    return room(known.brief, known.now, known.spent, known.stock(aim), lead, posts, known.limits, delay_days)


def _carried(
    known: Known, aim: Aim, rows: Design, within: Room, allowed: Callable[[Choice], bool] | None = None
) -> Candidate:
    menu = known.menus.get(aim)
    if menu is None:
        menu = known.menus[aim] = Menu(known.ways, *known.about.per_post(rows))
    made = draft(menu, known.money, within, allowed)
    return Candidate(aim, menu, made, sum(made.missing.values()), BY_APPEAL[aim.appeal].lead_days)


@dataclass(frozen=True, slots=True)
class _Prospect:
    """An aim with the rows of its choices, what a plan for it could use, and the most that one can be worth."""

    aim: Aim
    rows: Design
    room: Room
    most: float


def leaders(known: Known, without: Iterable[str] = ()) -> list[Candidate]:
    """Of every family the best along the leading directions, best first; ties by name."""
    families: dict[Appeal, list[_Prospect]] = {}
    for prospect in _prospects(known, without, 0.0):
        families.setdefault(prospect.aim.appeal, []).append(prospect)
    found = (_first(known, prospects) for prospects in families.values())
    return sorted((one for one in found if one is not None), key=_rank)


def leader(known: Known, without: Iterable[str] = (), delay_days: float = 0.0) -> Candidate | None:
    """The first of all families' leaders. `without`: strategies that were given up."""
    return _first(known, _prospects(known, without, delay_days))


def _first(known: Known, prospects: Iterable[_Prospect]) -> Candidate | None:
    """The best; most of the others cannot be worth as much, which shows without planning them through."""
    first: Candidate | None = None
    for one in sorted(prospects, key=lambda prospect: -prospect.most):
        if first is not None and one.most < first.draft.value.mean - CENT:
            break
        carried = _carried(known, one.aim, one.rows, one.room)
        first = carried if first is None else min(first, carried, key=_rank)
    return first


def _prospects(known: Known, without: Iterable[str], delay_days: float) -> list[_Prospect]:
    aims = _aims(known, without)
    if not aims:
        return []
    grid, money = design(known.ways, aims), known.money
    engagements, outcomes = known.about.expected(grid)
    worth = outcomes * money.outcome_worth + engagements * money.engagement_worth
    found = []
    for number, aim in enumerate(aims):
        within = _room(known, aim, delay_days)
        most = ceiling(known.ways, worth[number], money, within)
        found.append(_Prospect(aim, grid.of_aim(number), within, most))
    return found


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
