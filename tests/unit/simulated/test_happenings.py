"""What comes over people from outside: formats go out of fashion, rivals speak, the week and the year pass."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from events.terms import Appeal
from tests.unit.simulated.posting import Outcome, daily, follow, traits
from workers.platforms.simulated.happenings import Season
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.surroundings import seasonal
from workers.platforms.simulated.world import World

BEFORE, AFTER = range(14), range(15, 29)
RIVAL_DAY = 15


def test_a_format_shift_turns_the_good_format_into_the_bad_one() -> None:
    world = load_world("format-shift")
    photos, films = traits(format_="photo"), traits(format_="video")
    early, late = (
        [follow(world, daily(19, days, of)).mean("engagements") for of in (photos, films)] for days in (BEFORE, AFTER)
    )
    assert early[0] > 2 * early[1]
    assert late[1] > 2 * late[0]


def test_without_the_shift_the_good_format_stays_good() -> None:
    world = load_world("format-shift").model_copy(update={"changes": ()})
    photos, films = (follow(world, daily(19, AFTER, traits(format_=each))) for each in ("photo", "video"))
    assert photos.mean("engagements") > 2 * films.mean("engagements")


def test_after_a_format_shift_the_message_is_as_right_as_before() -> None:
    world = load_world("format-shift")
    taught, sold = (
        follow(world, daily(19, AFTER, traits(appeal=each, format_="video"))) for each in (Appeal.TEACH, Appeal.OFFER)
    )
    assert taught.mean("engagements") > 1.5 * sold.mean("engagements")


def rivaled(topic: str, *, present: bool) -> Outcome:
    world = load_world("rival")
    days = range(RIVAL_DAY + 14)
    return follow(
        world if present else world.model_copy(update={"rivals": ()}), daily(19, days, traits(topic=topic)), days=45
    )


def test_a_rival_takes_attention_and_purchases_from_the_topic_that_it_speaks_of_and_only_from_then_on() -> None:
    alone, beside = (rivaled("brewing", present=each) for each in (False, True))
    contested = [f"content {day}" for day in range(RIVAL_DAY, RIVAL_DAY + 14)]
    undisturbed = [f"content {day}" for day in range(RIVAL_DAY - 2)]
    assert all(alone.counters[each] == beside.counters[each] for each in undisturbed)
    engaged = [sum(one.counters[each]["engagements"] for each in contested) for one in (alone, beside)]
    bought = [sum(content in contested for content, _ in one.bought) for one in (alone, beside)]
    assert engaged[1] < 0.5 * engaged[0]
    assert bought[1] < 0.4 * bought[0]


def test_from_then_on_a_topic_that_the_rival_leaves_alone_sells_more() -> None:
    days = range(RIVAL_DAY, RIVAL_DAY + 25)
    contested, free = (
        follow(load_world("rival"), daily(hour, days, of), days=60)
        for hour, of in ((19, traits()), (21, traits("enthusiasts", "beans", Appeal.PROOF)))
    )
    assert len(free.bought) > 3 * len(contested.bought)


def test_a_rival_leaves_other_topics_alone() -> None:
    alone, beside = (rivaled("events", present=each) for each in (False, True))
    assert alone.counters == beside.counters
    assert alone.bought == beside.bought


def test_a_rival_that_goes_leaves_things_as_they_were() -> None:
    world = load_world("rival")
    (rival,) = world.rivals
    gone = world.model_copy(update={"rivals": (rival.model_copy(update={"lasts_days": 3}),)})
    without = world.model_copy(update={"rivals": ()})
    days = range(RIVAL_DAY + 3, RIVAL_DAY + 10)
    assert (
        follow(gone, daily(8, days, traits())).counters
        == follow(without, daily(8, days, traits())).counters
        != follow(world, daily(8, days, traits())).counters
    )


def test_a_week_and_a_year_pass_through_interest() -> None:
    world = load_world("seasonal")
    even = world.model_copy(update={"seasons": ()})
    march, july = range(28), range(125, 153)
    ratios = {
        days: np.array([rate[1] / rate[0] for rate in zip(*(rates(each, days) for each in (even, world)), strict=True)])
        for days in (march, july)
    }
    weekend, midweek = ([day for day in march if day % 7 in of] for of in ((5, 6), (0, 1, 2)))
    assert ratios[march][weekend].mean() > 1.4 * ratios[march][midweek].mean()
    assert ratios[march].mean() > 1.4 * ratios[july].mean()


def rates(world: World, days: range) -> list[float]:
    outcome = follow(world, daily(8, days, traits()), days=days[-1] + 5)
    return [each["engagements"] / each["reach"] for each in outcome.counters.values()]


@pytest.mark.parametrize(
    ("today", "interest"),
    [
        (date(2026, 4, 16), 5.0),
        (date(2026, 4, 30), 5.9667),
        (date(2026, 12, 16), 1.0),
        (date(2026, 12, 31), 1.4839),
        (date(2026, 1, 1), 1.5161),
        (date(2026, 1, 16), 2.0),
    ],
)
def test_a_month_stands_for_its_middle_and_the_year_is_round(today: date, interest: float) -> None:
    months = (2.0, 3.0, 3.0, 5.0, 7.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 1.0)
    season = Season.model_construct(topics=("tea",), months=months)
    assert seasonal((season,), "tea", today) == pytest.approx(interest, abs=0.04)
    assert seasonal((season,), "beer", today) == 1
