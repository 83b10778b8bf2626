"""The observer reads at growing ages, says what it was given, and says so where it was given nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from events.campaign import CampaignAccount, CampaignEnded
from events.execution import MetricObserved, ObservationMissed
from events.runtime import EffectKind, Settlement
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import ACCOUNT, START, brief, plan, published
from workers import observer
from workers.analysis import AGES
from workers.lives import post_id

POST = post_id("plan-1.1", "x")
SENT = START + timedelta(hours=1)


def desk() -> Desk:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    made.hear(published("plan-1.1", SENT), at=SENT)
    return made


def reads(made: Desk) -> list[str]:
    return [key for key, effect in made.effects.items() if effect.kind is EffectKind.READ_POST]


def read(made: Desk, settlement: Settlement = Settlement.DONE, **counters: int) -> None:
    """Fire the post's next timer and let its reading settle."""
    made.fire(POST)
    done = settlement is Settlement.DONE
    made.settle(reads(made)[-1], settlement, counters=counters if done else None, detail="" if done else "no answer")


def test_a_post_is_read_at_growing_ages_and_then_let_go() -> None:
    made = desk()
    ages = []
    while POST in made.timers:
        ages.append((made.timers[POST].due - SENT) / timedelta(hours=1))
        read(made, reach=10)
    assert ages == list(AGES)
    assert all(later > earlier for earlier, later in pairwise(ages))
    assert [fact.final for fact in made.of(MetricObserved)] == [False] * (len(AGES) - 1) + [True]
    assert [fact.age_hours for fact in made.of(MetricObserved)] == list(AGES)
    assert made.state.watching == {}


def test_a_reading_that_could_not_be_had_is_missing_and_never_zero() -> None:
    made = desk()
    read(made, Settlement.UNREACHABLE)
    assert made.said == [ObservationMissed(account=ACCOUNT, post=POST, age_hours=AGES[0], detail="no answer")]


@pytest.mark.parametrize("settlement", [Settlement.EXPIRED, Settlement.REJECTED, Settlement.UNAUTHORIZED])
def test_a_missing_reading_does_not_stop_the_next(settlement: Settlement) -> None:
    made = desk()
    read(made, settlement)
    assert made.timers[POST].due == SENT + timedelta(hours=AGES[1])
    read(made, reach=7)
    assert made.of(MetricObserved)[0].age_hours == AGES[1]


def test_counters_that_were_not_given_stay_absent() -> None:
    made = desk()
    read(made, reach=7)
    assert made.of(MetricObserved)[0].counters == {"reach": 7}
    read(made)
    assert made.of(MetricObserved)[1].counters == {}


def test_a_reading_that_comes_late_says_how_old_the_post_was() -> None:
    """After days without a network the post is what it is by then, not what it was after an hour."""
    made = desk()
    made.fire(POST, late=timedelta(hours=30))
    made.settle(reads(made)[-1], Settlement.DONE, counters={"reach": 500})
    assert made.of(MetricObserved)[0].age_hours == pytest.approx(31)


def test_every_reading_has_a_key_of_its_own_and_asks_for_the_post_by_the_name_the_network_gave() -> None:
    made = desk()
    read(made, reach=1)
    read(made, reach=2)
    assert len(set(reads(made))) == 2
    assert {effect.payload.model_dump()["reference"] for effect in made.effects.values()} == {"ref-plan-1.1"}


def test_an_account_is_read_once_a_day_from_the_first_plan_on() -> None:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    assert made.timers == {}
    made.hear(plan(()))
    made.run_until(START + timedelta(days=5, minutes=1))
    assert len(made.effects) == 5
    assert all(effect.kind is EffectKind.READ_ACCOUNT for effect in made.effects.values())
    made.hear(plan((), plan="plan-2:x"))
    made.run_until(START + timedelta(days=6, minutes=1))
    assert len(made.effects) == 6


def test_an_account_that_an_amended_brief_adds_is_read_daily_too_and_one_that_it_drops_no_longer() -> None:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    made.hear(plan(()))
    blog = CampaignAccount(account="blog", channel="net")
    made.hear(brief(accounts=(CampaignAccount(account=ACCOUNT, channel="net"), blog)), at=START + timedelta(hours=12))
    made.run_until(START + timedelta(days=2))
    assert [effect.account for effect in made.effects.values()] == [ACCOUNT, "blog", ACCOUNT]
    made.hear(brief(accounts=(blog,)))
    made.run_until(START + timedelta(days=4))
    assert [effect.account for effect in made.effects.values()][3:] == ["blog", "blog"]


def test_an_amended_brief_before_any_plan_reads_no_account() -> None:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    made.hear(brief())
    assert made.timers == {}


def test_days_without_a_reading_are_made_up_for_by_one() -> None:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    made.hear(plan(()))
    made.fire(f"account:{ACCOUNT}", late=timedelta(days=5, hours=3))
    made.run_until(made.now)
    assert len(made.effects) == 1
    assert made.timers[f"account:{ACCOUNT}"].due == START + timedelta(days=7)
    made.run_until(START + timedelta(days=8))
    assert len(made.effects) == 3


def test_an_account_reading_is_said_with_what_was_given_and_missed_where_nothing_was() -> None:
    made = Desk(observer.WORKER, START)
    made.hear(brief())
    made.hear(plan(()))
    made.run_until(START + timedelta(days=2, minutes=1))
    first, second = made.effects
    made.settle(first, Settlement.DONE, counters={"followers": 80})
    made.settle(second, Settlement.EXPIRED, detail="no answer")
    assert made.said == [
        MetricObserved(account=ACCOUNT, counters={"followers": 80}),
        ObservationMissed(account=ACCOUNT, detail="no answer"),
    ]


def test_a_campaign_that_has_ended_reads_nothing_more() -> None:
    made = desk()
    made.hear(plan(()))
    made.fire(POST)
    asked = list(made.effects)
    made.hear(CampaignEnded(reason="over", by="/people/olivia"))
    made.settle(asked[-1], Settlement.DONE, counters={"reach": 3})
    made.run_until(START + timedelta(days=10))
    made.hear(published("plan-1.2", made.now))
    made.migrate()
    assert list(made.effects) == asked
    assert made.said == []
    assert made.timers == {}


def test_a_rebuilt_state_sets_all_timers_anew() -> None:
    made = desk()
    made.hear(plan(()))
    read(made, reach=1)
    before = {name: waiting.due for name, waiting in made.timers.items()}
    made.migrate()
    assert {name: waiting.due for name, waiting in made.timers.items()} == before
    assert len(before) == 2
