"""Planning a strategy through: which posts, when, over what is left of the horizon, at what discounted net value.

A plan places posts on (day, option); an option is an account, a local hour, a format and a boost. The n-th post of a
day on an account earns `SATURATION^(n-1)` of its worth, so cadence has diminishing returns; later days are
discounted. Places are filled greedily by net present value under the budget and the inventory (content rests between
uses): exact where all posts cost the same and content is plentiful, a good approximation elsewhere.

Invariants: pure arithmetic on given draws; a plan's value and its interval come from the same draws everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from workers.methods.valuation import Array, Economics, Spread, spread

SATURATION = 0.8
"""What the next post of the same day is worth relative to the one before; a prior, until fatigue is learned."""
SPACING_HOURS = 3
PILOT_POSTS = 8
"""Posts that a campaign makes even at an expected loss: without any, nothing could ever be learned."""
HOPE = 0.02
"""The chance that a post pays below which there is nothing to learn: no pilot is made of a certain loss."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to fill a place in the calendar."""

    account: str
    channel: str
    hour: int
    format: str
    boosted: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """The choices of one strategy and what one post of each yields: draws of shape (choices, S)."""

    choices: tuple[Choice, ...]
    reach: Array
    engagements: Array
    outcomes: Array


@dataclass(frozen=True, slots=True)
class Room:
    """What a plan may use: local days 0..days-1 counted from today, posts a day per account, money, and content.

    `first_hour` is the first local hour of day 0 that is still ahead. `stock` holds, by format, the days from which
    one more publication is possible; `orders` the days on which one more requested piece, of any format, can be
    there. `pilot` is how many posts are made even at a loss. `caps` holds, by account, what is less than `per_day`.
    """

    days: int
    first_hour: int
    per_day: int
    budget: float
    stock: Mapping[str, Sequence[float]]
    orders: Sequence[float] = ()
    start_day: float = 0.0
    posts: int | None = None
    pilot: int = 0
    caps: Mapping[str, int] = field(default_factory=dict)

    def places_of(self, account: str) -> range:
        return range(min(self.per_day, self.caps.get(account, self.per_day)))


@dataclass(frozen=True, slots=True)
class Placement:
    """One post: on which local day, by which choice, and the share of a first post's worth that saturation leaves."""

    day: int
    choice: int
    share: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan's placements and its worth."""

    placements: tuple[Placement, ...]
    value: Spread
    draws: Array
    outcomes: float
    spend: float
    missing: Mapping[str, int]


def draft(menu: Menu, economics: Economics, room: Room, allowed: Callable[[Choice], bool] | None = None) -> Draft:
    """The best plan in the room. `allowed` restricts the choices (to a running plan's own, when it is to be kept)."""
    prices = _prices(menu, economics, room)
    usable = [i for i, choice in enumerate(menu.choices) if allowed is None or allowed(choice)]
    hope = np.mean(prices.gross[usable] > prices.cost[usable, None], axis=1).max(initial=0.0)
    pilot = room.pilot if hope >= HOPE else 0
    filling = _Filling(menu.choices, replace(room, pilot=pilot), prices, usable)
    for place in _places(menu.choices, usable, prices, room):
        filling.fill(place)
    taken = filling.taken
    draws = _draws(taken, prices)
    outcomes = menu.outcomes.mean(axis=1)
    made = float(sum(place.share * outcomes[place.choice] for place in taken))
    ordered = tuple(sorted(taken, key=lambda place: (place.day, menu.choices[place.choice].hour, place.choice)))
    return Draft(ordered, spread(draws), draws, made, filling.spent, filling.missing)


def ceiling(choices: Sequence[Choice], worth: Array, economics: Economics, room: Room) -> float:
    """What no draft is worth more than, but for rounding: the best places, as many as there is content for.

    `worth`: what a post of each choice is expected to bring.
    """
    cost = _paid(choices, economics) + economics.time_cost
    best = _best_of_places(choices, range(len(choices)), worth, cost, room)
    today = np.exp(-economics.rho * np.arange(int(room.start_day), room.days))
    nets = np.outer([net for each in best.values() for net in each], today).ravel()
    carried = len(room.orders) + sum(map(len, room.stock.values()))
    return float(np.sum(np.sort(nets)[len(nets) - min(carried, len(nets)) :]))


@dataclass(frozen=True, slots=True)
class _Prices:
    """What a post of each choice is worth and costs, and of that is paid; by day, what a later sum is worth now."""

    gross: Array
    worth: Array
    cost: Array
    paid: Array
    today: Sequence[float]


def _prices(menu: Menu, economics: Economics, room: Room) -> _Prices:
    gross = menu.outcomes * economics.outcome_worth + menu.engagements * economics.engagement_worth
    paid = _paid(menu.choices, economics)
    today = np.exp(-economics.rho * np.arange(max(room.days, 0))).tolist()
    return _Prices(gross, np.asarray(gross.mean(axis=1)), paid + economics.time_cost, paid, today)


def _paid(choices: Sequence[Choice], economics: Economics) -> Array:
    return np.array([economics.post_cost + (economics.boost_price or 0.0) * choice.boosted for choice in choices])


@dataclass(frozen=True, slots=True)
class _Place:
    """One more post of one day on one account, not yet filled, and the most that it could add to the value."""

    day: int
    account: str
    most: float


def _places(choices: Sequence[Choice], usable: Sequence[int], prices: _Prices, room: Room) -> list[_Place]:
    """All places, the most promising first."""
    best = _best_of_places(choices, usable, prices.worth, prices.cost, room)
    ranked = sorted(
        (-round(net * prices.today[day], 9), day, account, order)
        for account, nets in best.items()
        for order, net in enumerate(nets)
        for day in range(int(room.start_day), room.days)
    )
    return [_Place(day, account, -less) for less, day, account, _ in ranked]


def _best_of_places(
    choices: Sequence[Choice], usable: Sequence[int], worth: Array, cost: Array, room: Room
) -> dict[str, list[float]]:
    """By account, what the best choice for the first, second … post of a day is worth on that day; no less than 0."""
    best: dict[str, list[float]] = {}
    for account in sorted({choices[index].account for index in usable}):
        mine = np.array([index for index in usable if choices[index].account == account])
        nets = (SATURATION**order * worth[mine] - cost[mine] for order in room.places_of(account))
        # Nobody would gain from putting a loss off: a pilot that begins on its last day teaches nothing.
        best[account] = [max(0.0, float(net.max())) for net in nets]
    return best


@dataclass(frozen=True, slots=True)
class _Ware:
    """One choice as the greedy pass looks at it."""

    index: int
    hour: int
    format: str
    worth: float
    cost: float
    paid: float


class _Filling:
    """The state of one greedy pass: what has been taken, and what it has used up. `usable`: the choices' indices."""

    def __init__(self, choices: Sequence[Choice], room: Room, prices: _Prices, usable: Sequence[int]) -> None:
        self.room = room
        self.taken: list[Placement] = []
        self.spent = 0.0
        self.missing: dict[str, int] = {}
        self._stock = {form: _Supply(days, room.days) for form, days in room.stock.items()}
        self._orders = _Supply(room.orders, room.days)
        self._hours: dict[tuple[int, str], list[int]] = {}
        self._wares: dict[str, list[_Ware]] = {}
        self._offers: dict[tuple[str, int], tuple[list[_Ware], int]] = {}
        numbers = list(zip(prices.worth.tolist(), prices.cost.tolist(), prices.paid.tolist(), strict=True))
        for i in usable:
            ware = _Ware(i, choices[i].hour, choices[i].format, *numbers[i])
            self._wares.setdefault(choices[i].account, []).append(ware)

    def fill(self, place: _Place) -> None:
        """Give the place the best choice that fits, if any is worth its cost (or the plan is still a pilot)."""
        if self.room.posts is not None and len(self.taken) >= self.room.posts:
            return
        orderable = self._orders.has(place.day)
        carried = {form for form, supply in self._stock.items() if supply.has(place.day)}
        if not orderable and not carried:
            return
        hours = self._hours.setdefault((place.day, place.account), [])
        share = SATURATION ** len(hours)
        wares, paying = self._offered(place.account, len(hours))
        for ware in wares if len(self.taken) < self.room.pilot else wares[:paying]:
            if (orderable or ware.format in carried) and self._fits(ware, place, hours) and self._affords(ware):
                self._take(Placement(place.day, ware.index, share), ware, hours)
                return

    def _offered(self, account: str, order: int) -> tuple[list[_Ware], int]:
        """An account's choices for the n-th post of a day, best first, and how many of them are worth their cost.

        A dear choice that leads as the first post of a day may be the first to cease to pay.
        """
        known = self._offers.get((account, order))
        if known is None:
            share = SATURATION**order
            net = {ware.index: share * ware.worth - ware.cost for ware in self._wares[account]}
            wares = sorted(self._wares[account], key=lambda ware: (-round(net[ware.index], 9), ware.hour, ware.index))
            known = wares, sum(value > 0.0 for value in net.values())
            self._offers[account, order] = known
        return known

    def _take(self, place: Placement, ware: _Ware, hours: list[int]) -> None:
        supply = self._stock.get(ware.format)
        if supply is not None and supply.has(place.day):
            supply.take(place.day)
        else:
            self._orders.take(place.day)
            self.missing[ware.format] = self.missing.get(ware.format, 0) + 1
        hours.append(ware.hour)
        self.taken.append(place)
        self.spent += ware.paid

    def _fits(self, ware: _Ware, place: _Place, hours: Sequence[int]) -> bool:
        if place.day == 0 and ware.hour < self.room.first_hour:
            return False
        return not hours or min(abs(ware.hour - hour) for hour in hours) >= SPACING_HOURS

    def _affords(self, ware: _Ware) -> bool:
        return self.spent + ware.paid <= self.room.budget


class _Supply:
    """Publications that become possible day by day; one is free only if no filled place starves."""

    def __init__(self, available: Sequence[float], days: int) -> None:
        size = max(days, 1)
        first = [min(size, max(0, math.ceil(day))) for day in available]
        self._slack = np.cumsum(np.bincount(first, minlength=size)[:size])
        self._open_from = self._first_open()

    def has(self, day: int) -> bool:
        return day >= self._open_from

    def take(self, day: int) -> None:
        self._slack[day:] -= 1
        self._open_from = self._first_open()

    def _first_open(self) -> int:
        """The first day from which on the slack never falls to nothing."""
        starved = (self._slack < 1).nonzero()[0]
        return int(starved[-1]) + 1 if len(starved) else 0


def _draws(taken: Sequence[Placement], prices: _Prices) -> Array:
    weight, spent = [0.0] * len(prices.gross), 0.0
    for place in taken:
        weight[place.choice] += place.share * prices.today[place.day]
        spent += float(prices.cost[place.choice]) * prices.today[place.day]
    return np.asarray(np.array(weight) @ prices.gross - spent)
