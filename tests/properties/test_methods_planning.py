"""No plan breaks its room, and its value is what its placements are worth."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workers.methods.planning import (
    SATURATION,
    SPACING_HOURS,
    Choice,
    Draft,
    Menu,
    Room,
    ceiling,
    draft,
)
from workers.methods.valuation import Array, Economics, discount_rate

FORMATS = ("photo", "video")
HARDLY = np.array([[0.01, 0.01, 0.01, 6.0]])
"""Outcomes a post that cost 5 and are worth 1 each: a loss on average, but perhaps none."""
GREEDY = 0.15
"""Greedy filling is no exact solution: more room may cost this share of the value at the most."""


@st.composite
def menus(draw: st.DrawFn, of: tuple[tuple[str, ...], ...] = (("shop",), ("blog", "shop"))) -> Menu:
    accounts = draw(st.sampled_from(of))
    first = draw(st.integers(0, 23))
    hours = {min(23, first + later) for later in draw(st.sets(st.integers(0, 9), min_size=1, max_size=6))}
    boosts = draw(st.sampled_from([(False,), (False, True)]))
    choices = tuple(
        Choice(account, "net", hour, form, boosted)
        for account in accounts
        for hour in sorted(hours)
        for form in FORMATS
        for boosted in boosts
    )
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**32))))
    reach = rng.gamma(2.0, 100.0, (len(choices), 1)) * rng.gamma(4.0, 0.25, (len(choices), 16))
    return Menu(choices, reach, reach * 0.05, reach * 0.05 * rng.gamma(2.0, 0.02, (len(choices), 1)))


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    days = draw(st.integers(1, 14))
    moments = st.lists(st.floats(0, 20), max_size=12)
    return Room(
        days=days,
        first_hour=draw(st.integers(1, 24)),
        per_day=draw(st.integers(1, 4)),
        budget=draw(st.floats(0, 120)),
        stock={form: tuple(sorted(draw(moments))) for form in draw(st.sets(st.sampled_from(FORMATS)))},
        orders=tuple(sorted(draw(moments))),
        start_day=draw(st.sampled_from([0.0, 1.0, 3.0])),
        posts=draw(st.none() | st.integers(1, 10)),
        pilot=draw(st.sampled_from([0, 0, 8])),
    )


ECONOMICS = st.builds(
    Economics,
    outcome_worth=st.floats(1, 200),
    engagement_worth=st.sampled_from([0.0, 0.1]),
    rho=st.floats(0, 0.5).map(discount_rate),
    post_cost=st.floats(0, 20),
    boost_price=st.floats(1, 30),
    time_cost=st.sampled_from([0.0, 0.0, 3.0]),
)


def cost_of(choice: Choice, money: Economics) -> float:
    return money.post_cost + (money.boost_price or 0.0) * choice.boosted


def worth(menu: Menu, money: Economics) -> Array:
    """What a post of each choice is expected to bring."""
    drawn = menu.outcomes * money.outcome_worth + menu.engagements * money.engagement_worth
    return np.asarray(drawn.mean(axis=1))


def is_carried(plan: Draft, menu: Menu, room: Room) -> bool:
    """Whether content can be dealt out: by each day, a format's posts come from its stock or from orders."""
    for day in range(room.days):
        ordered = 0
        for form in FORMATS:
            wanted = sum(place.day <= day and menu.choices[place.choice].format == form for place in plan.placements)
            ordered += max(0, wanted - sum(math.ceil(moment) <= day for moment in room.stock.get(form, ())))
        if ordered > sum(math.ceil(moment) <= day for moment in room.orders):
            return False
    return True


@given(menu=menus(), money=ECONOMICS, room=rooms())
def test_a_plan_never_breaks_its_room(menu: Menu, money: Economics, room: Room) -> None:
    plan = draft(menu, money, room)
    chosen = [(place, menu.choices[place.choice]) for place in plan.placements]
    assert all(int(room.start_day) <= place.day < room.days for place, _ in chosen)
    assert all(choice.hour >= room.first_hour for place, choice in chosen if place.day == 0)
    a_day = Counter((place.day, choice.account) for place, choice in chosen)
    assert all(count <= room.per_day for count in a_day.values())
    for day, account in a_day:
        hours = sorted(c.hour for place, c in chosen if (place.day, c.account) == (day, account))
        assert all(later - earlier >= SPACING_HOURS for earlier, later in pairwise(hours))
    assert plan.spend == pytest.approx(sum(cost_of(choice, money) for _, choice in chosen))
    assert plan.spend <= room.budget + 1e-9
    assert room.posts is None or len(chosen) <= room.posts
    assert is_carried(plan, menu, room)
    assert sum(plan.missing.values()) <= len(room.orders)


@given(menu=menus(), money=ECONOMICS, room=rooms())
def test_a_plan_is_worth_what_its_placements_are(menu: Menu, money: Economics, room: Room) -> None:
    plan = draft(menu, money, room)
    worth = 0.0
    for place in plan.placements:
        outcomes, engagements = (float(drawn[place.choice].mean()) for drawn in (menu.outcomes, menu.engagements))
        gross = outcomes * money.outcome_worth + engagements * money.engagement_worth
        costs = cost_of(menu.choices[place.choice], money) + money.time_cost
        worth += (place.share * gross - costs) * math.exp(-money.rho * place.day)
    assert plan.value.mean == pytest.approx(worth, rel=1e-9, abs=1e-9)
    assert float(plan.draws.mean()) == pytest.approx(plan.value.mean, rel=1e-9, abs=1e-9)
    shares = Counter((place.day, menu.choices[place.choice].account) for place in plan.placements)
    for (day, account), count in shares.items():
        found = [p.share for p in plan.placements if (p.day, menu.choices[p.choice].account) == (day, account)]
        assert sorted(found, reverse=True) == pytest.approx([SATURATION**order for order in range(count)])


@given(menu=menus(), money=ECONOMICS, room=rooms())
def test_no_plan_is_worth_more_than_its_ceiling(menu: Menu, money: Economics, room: Room) -> None:
    assert draft(menu, money, room).value.mean <= ceiling(menu.choices, worth(menu, money), money, room) + 1e-6


def test_a_ceiling_counts_no_more_posts_than_there_is_content_for() -> None:
    one = Menu((Choice("shop", "net", 12, "photo", False),), *(np.full((1, 4), 10.0) for _ in range(3)))
    money = Economics(outcome_worth=1.0, engagement_worth=0.0, rho=0.0, post_cost=4.0, boost_price=None)
    room = Room(days=30, first_hour=0, per_day=1, budget=1_000.0, stock={"photo": (0.0, 2.0)}, orders=(5.0,))
    assert ceiling(one.choices, worth(one, money), money, room) == draft(one, money, room).value.mean == 3 * 6.0


@given(menu=menus(), money=ECONOMICS, room=rooms())
def test_beyond_the_pilot_no_post_is_planned_at_an_expected_loss(menu: Menu, money: Economics, room: Room) -> None:
    plan = draft(menu, money, replace(room, pilot=0))
    for place in plan.placements:
        outcomes, engagements = (float(drawn[place.choice].mean()) for drawn in (menu.outcomes, menu.engagements))
        gross = outcomes * money.outcome_worth + engagements * money.engagement_worth
        assert place.share * gross > cost_of(menu.choices[place.choice], money) + money.time_cost


@given(menu=menus((("shop",),)), money=ECONOMICS, room=rooms(), rates=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)))
def test_dearer_time_never_moves_the_plan_later(
    menu: Menu, money: Economics, room: Room, rates: tuple[float, float]
) -> None:
    """With posts of one price on one account: several compete for content, and the greedy may then hold one back."""
    slow, fast = sorted(rates)
    plain = Menu(
        tuple(replace(choice, boosted=False) for choice in menu.choices), menu.reach, menu.engagements, menu.outcomes
    )
    patient, hurried = (
        draft(plain, replace(money, rho=discount_rate(rate)), replace(room, pilot=0)) for rate in (slow, fast)
    )
    assume(patient.placements and len(patient.placements) == len(hurried.placements))

    def mean_day(plan: Draft) -> float:
        return sum(place.day for place in plan.placements) / len(plan.placements)

    assert mean_day(hurried) <= mean_day(patient) + 1e-9


@given(menu=menus(), money=ECONOMICS, room=rooms(), more=st.floats(0, 100))
def test_more_budget_is_never_worth_less(menu: Menu, money: Economics, room: Room, more: float) -> None:
    """Within GREEDY: a post that the larger budget allows may take the content or the hours of two smaller ones."""
    small, large = (draft(menu, money, replace(room, budget=room.budget + b, pilot=0)).value.mean for b in (0.0, more))
    assert large >= (1 - GREEDY) * small - 1e-9


@given(menu=menus(), money=ECONOMICS, room=rooms())
def test_only_allowed_choices_are_planned(menu: Menu, money: Economics, room: Room) -> None:
    plan = draft(menu, money, room, lambda choice: choice.format == "video")
    assert all(menu.choices[place.choice].format == "video" for place in plan.placements)


def test_posts_of_a_day_are_as_far_apart_as_stated_and_no_further() -> None:
    hours = (9, 9 + SPACING_HOURS - 1, 9 + SPACING_HOURS)
    menu = Menu(tuple(Choice("shop", "net", hour, "photo", False) for hour in hours), *(np.full((3, 4), 9.0),) * 3)
    money = Economics(1.0, 0.0, 0.01, 1.0, None)
    room = Room(days=2, first_hour=24, per_day=3, budget=1000.0, stock={"photo": (0.0,) * 20})
    assert [hours[place.choice] for place in draft(menu, money, room).placements] == [hours[0], hours[2]]


def test_a_pilot_posts_though_it_expects_a_loss() -> None:
    menu = Menu((Choice("shop", "net", 9, "photo", False),), *(HARDLY,) * 3)
    money = Economics(1.0, 0.0, 0.01, 5.0, None)
    room = Room(days=20, first_hour=0, per_day=1, budget=1000.0, stock={"photo": (0.0,) * 20}, pilot=3)
    assert len(draft(menu, money, room).placements) == 3
    assert draft(menu, money, replace(room, pilot=0)).placements == ()


def test_where_a_dear_post_no_longer_pays_a_cheap_one_that_does_takes_its_place() -> None:
    """The boost leads as a first post of the day (60 − 40 against 25 − 10), not as the second (48 − 40, 20 − 10)."""
    choices = tuple(Choice("shop", "net", hour, "photo", boosted) for hour in (8, 12, 18) for boosted in (False, True))
    worth = np.array([[60.0 if choice.boosted else 25.0] * 4 for choice in choices])
    money = Economics(outcome_worth=1.0, engagement_worth=0.0, rho=0.0, post_cost=10.0, boost_price=30.0)
    room = Room(days=1, first_hour=0, per_day=3, budget=1000.0, stock={"photo": (0.0,) * 3})
    planned = draft(Menu(choices, worth, worth, worth), money, room).placements
    boosted = sorted((place.share, choices[place.choice].boosted) for place in planned)
    assert boosted == [(SATURATION**2, False), (SATURATION, False), (1.0, True)]


def test_a_pilot_begins_at_once_however_little_it_is_expected_to_bring() -> None:
    """Discounting makes the last day's loss the smallest; a pilot that is put off for ever teaches nothing."""
    menu = Menu((Choice("shop", "net", 9, "photo", False),), *(HARDLY,) * 3)
    money = Economics(1.0, 0.0, 0.1, 5.0, None)
    room = Room(days=20, first_hour=0, per_day=1, budget=1000.0, stock={"photo": (0.0,) * 20}, pilot=3)
    assert [place.day for place in draft(menu, money, room).placements] == [0, 1, 2]


def test_no_pilot_is_made_of_a_certain_loss() -> None:
    money = Economics(1.0, 0.0, 0.1, 5.0, None)
    room = Room(days=20, first_hour=0, per_day=1, budget=1000.0, stock={"photo": (0.0,) * 20}, pilot=3)
    choice = (Choice("shop", "net", 9, "photo", False),)
    never, seldom = np.full((1, 96), 0.01), np.array([[6.0] * 2 + [0.01] * 94])
    assert draft(Menu(choice, never, never, never), money, room).placements == ()
    assert len(draft(Menu(choice, seldom, seldom, seldom), money, room).placements) == 3
