"""Planning a strategy through: which posts, when, over what is left of the horizon, at what discounted net value.

A plan places posts on (day, option); an option is an account, a local hour, a format and a boost. The n-th post of a
day on an account earns `SATURATION^(n-1)` of its worth, so cadence has diminishing returns; later days are
discounted. Places are filled greedily by net present value under the budget and the inventory (content rests between
uses): exact where all posts cost the same and content is plentiful, a good approximation elsewhere.

Invariants: pure arithmetic on given draws; a plan's value and its interval come from the same draws everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workers.methods.valuation import Array, Economics, Spread, spread

SATURATION = 0.8
"""What the next post of the same day is worth relative to the one before; a prior, until fatigue is learned."""
SPACING_HOURS = 3
PILOT_POSTS = 8
"""Posts that a campaign makes even at an expected loss: without any, nothing could ever be learned."""


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
    there. `pilot` is how many posts are made even at a loss.
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
    gross = menu.outcomes * economics.outcome_worth + menu.engagements * economics.engagement_worth
    paid = np.array([economics.post_cost + (economics.boost_price or 0.0) * c.boosted for c in menu.choices])
    cost = paid + economics.time_cost
    worth = np.asarray(gross.mean(axis=1))
    usable = [i for i, choice in enumerate(menu.choices) if allowed is None or allowed(choice)]
    ranked = sorted(usable, key=lambda i: (-round(float(worth[i] - cost[i]), 9), menu.choices[i].hour, i))
    filling = _Filling(menu.choices, room, paid)
    for place in _places(ranked, menu.choices, worth, cost, economics.rho, room):
        filling.fill(place, ranked, lambda index, share: share * worth[index] - cost[index])
    taken = filling.taken
    draws = _draws(taken, gross, cost, economics.rho)
    made = float(sum(place.share * menu.outcomes[place.choice].mean() for place in taken))
    ordered = tuple(sorted(taken, key=lambda place: (place.day, menu.choices[place.choice].hour, place.choice)))
    return Draft(ordered, spread(draws), draws, made, filling.spent, filling.missing)


@dataclass(frozen=True, slots=True)
class _Place:
    """The n-th post of one day on one account, not yet filled."""

    day: int
    account: str
    order: int


def _places(
    ranked: Sequence[int], choices: Sequence[Choice], worth: Array, cost: Array, rho: float, room: Room
) -> list[_Place]:
    """All places, by the most that they could add to the value."""
    best: dict[str, int] = {}
    for index in ranked:
        best.setdefault(choices[index].account, index)

    def most(place: _Place) -> float:
        index = best[place.account]
        value = (SATURATION**place.order * worth[index] - cost[index]) * np.exp(-rho * place.day)
        return round(float(value), 9)

    places = [
        _Place(day, account, order)
        for day in range(int(room.start_day), room.days)
        for account in sorted(best)
        for order in range(room.per_day)
    ]
    return sorted(places, key=lambda place: (-most(place), place.day, place.account, place.order))


class _Filling:
    """The state of one greedy pass: what has been taken, and what it has used up."""

    def __init__(self, choices: Sequence[Choice], room: Room, paid: Array) -> None:
        self.choices, self.room, self.paid = choices, room, paid
        self.taken: list[Placement] = []
        self.spent = 0.0
        self.missing: dict[str, int] = {}
        self._stock = {form: _Supply(days, room.days) for form, days in room.stock.items()}
        self._orders = _Supply(room.orders, room.days)
        self._hours: dict[tuple[int, str], list[int]] = {}

    def fill(self, place: _Place, ranked: Sequence[int], net: Callable[[int, float], float]) -> None:
        """Give the place the best choice that fits, if any is worth its cost (or the plan is still a pilot)."""
        if self.room.posts is not None and len(self.taken) >= self.room.posts:
            return
        orderable = self._orders.has(place.day)
        carried = {form for form, supply in self._stock.items() if supply.has(place.day)}
        if not orderable and not carried:
            return
        hours = self._hours.setdefault((place.day, place.account), [])
        share = SATURATION ** len(hours)
        for index in ranked:
            choice = self.choices[index]
            if net(index, share) <= 0.0 and len(self.taken) >= self.room.pilot:
                return
            if (orderable or choice.format in carried) and self._fits(choice, place, hours) and self._afford(index):
                self._take(Placement(place.day, index, share), choice, hours)
                return

    def _take(self, place: Placement, choice: Choice, hours: list[int]) -> None:
        supply = self._stock.get(choice.format)
        if supply is not None and supply.has(place.day):
            supply.take(place.day)
        else:
            self._orders.take(place.day)
            self.missing[choice.format] = self.missing.get(choice.format, 0) + 1
        hours.append(choice.hour)
        self.taken.append(place)
        self.spent += float(self.paid[place.choice])

    def _fits(self, choice: Choice, place: _Place, hours: Sequence[int]) -> bool:
        if choice.account != place.account or (place.day == 0 and choice.hour < self.room.first_hour):
            return False
        return all(abs(choice.hour - hour) >= SPACING_HOURS for hour in hours)

    def _afford(self, index: int) -> bool:
        return self.spent + float(self.paid[index]) <= self.room.budget


class _Supply:
    """Publications that become possible day by day; one is free only if no filled place starves."""

    def __init__(self, available: Sequence[float], days: int) -> None:
        self._slack = np.zeros(max(days, 1), dtype=np.int64)
        for day in available:
            self._slack[max(0, int(np.ceil(day))) :] += 1
        self._open_from = self._first_open()

    def has(self, day: int) -> bool:
        return day >= self._open_from

    def take(self, day: int) -> None:
        self._slack[day:] -= 1
        self._open_from = self._first_open()

    def _first_open(self) -> int:
        """The first day from which on the slack never falls to nothing."""
        starved = np.flatnonzero(self._slack < 1)
        return int(starved[-1]) + 1 if len(starved) else 0


def _draws(taken: Sequence[Placement], gross: Array, cost: Array, rho: float) -> Array:
    weight, spent = np.zeros(gross.shape[0]), 0.0
    for place in taken:
        today = float(np.exp(-rho * place.day))
        weight[place.choice] += place.share * today
        spent += float(cost[place.choice]) * today
    return np.asarray(weight @ gross - spent)
