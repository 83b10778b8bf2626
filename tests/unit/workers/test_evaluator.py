"""The evaluator: alarms that are bounded over a campaign, and that come in time where the plan is not met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from scipy import stats

from events.campaign import ConversionRecorded
from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered, Verdict
from events.execution import CalendarExtended, Kpi, KpiName, MetricObserved, ObservationMissed
from events.terms import Fact, Goal
from tests.unit.workers.desk import CAMPAIGN, Desk
from tests.unit.workers.material import ACCOUNT, START, brief, plan, published, reading, revision, slot
from workers import evaluator
from workers.decision import Delivery
from workers.indicators import CAMPAIGN_ALPHA
from workers.lives import post_id

REACH, RATE, OUTCOMES = 200.0, 0.05, 0.6
"""What a post of the plan promises: people, engagements a person, outcomes."""
FLOOR = 0.7
UNFOLLOWS = 3.0


def kpi(name: KpiName, **changes: Any) -> Kpi:
    told: dict[KpiName, dict[str, Any]] = {
        KpiName.OUTCOMES: {"expected": OUTCOMES, "floor": FLOOR * OUTCOMES, "age_hours": 72, "alpha": 0.04},
        KpiName.REACH: {"expected": REACH, "floor": FLOOR * REACH, "age_hours": 24, "alpha": 0.025},
        KpiName.ENGAGEMENT: {"expected": RATE, "floor": FLOOR * RATE, "age_hours": 24, "alpha": 0.025},
        KpiName.COST: {"expected": 6.7, "ceiling": 4 / (FLOOR * OUTCOMES), "age_hours": 72, "alpha": 0.005},
        KpiName.UNFOLLOWS: {"expected": 1, "ceiling": UNFOLLOWS, "alpha": 0.005},
        KpiName.ENGAGEMENTS: {"expected": REACH * RATE, "floor": FLOOR * REACH * RATE, "age_hours": 24, "alpha": 0.05},
    }
    usual: dict[str, Any] = {"kpi": name, "unit": "post", "dispersion": 1.5}
    return Kpi(**(usual | told[name] | changes))


KPIS = tuple(kpi(name) for name in KpiName if name is not KpiName.ENGAGEMENTS)
"""What a plan promises on a network that counts reach."""


def slots(count: int, **changes: Any) -> list[Any]:
    return [slot(f"plan-1.{n}", START + timedelta(days=n), **changes) for n in range(count)]


def desk(kpis: Sequence[Kpi] = KPIS, posts: int = 60, goal: Goal = Goal.CONVERT, **of_slots: Any) -> Desk:
    made = Desk(evaluator.WORKER, START)
    made.hear(brief(goal=goal))
    made.hear(plan(slots(posts, **of_slots), kpis))
    return made


def publish(made: Desk, number: int, prefix: str = "plan-1") -> str:
    fact = published(f"{prefix}.{number}", made.now)
    made.hear(fact)
    return fact.post


def post(made: Desk, number: int, age: float, *, final: bool = False, prefix: str = "plan-1", **counters: int) -> None:
    """Publish a post and read it once."""
    name = publish(made, number, prefix)
    made.hear(reading(name, age, counters, final=final), at=made.now + timedelta(hours=age))


def starve(made: Desk, count: int = 40, first: int = 0, prefix: str = "plan-1") -> None:
    """Posts that nobody sees."""
    for number in range(first, first + count):
        post(made, number, 24, reach=0, prefix=prefix)


def keep(pace: float = 1.0) -> CorrectionDecided:
    return CorrectionDecided(verdict=Verdict.KEEP, options=(), pace=pace, why="a test", decided_for=START)


def campaign(seed: int, ratio: float, days: int = 40) -> list[Fact]:
    """A campaign of a post a day whose means are `ratio` times the limits of all KPIs, through the worker itself."""
    rng = np.random.Generator(np.random.PCG64(seed))

    def counted(mean: float, k: float = 1.5) -> int:
        return int(rng.negative_binomial(k, k / (k + mean)))

    def happened() -> Iterator[tuple[float, Fact]]:
        yield 0.0, brief(horizon_days=days)
        yield 0.0, plan(slots(days), KPIS)
        unfollowed = 0
        for day in range(days):
            name = post_id(f"plan-1.{day}", "x")
            yield 24.0 * day, published(f"plan-1.{day}", START + timedelta(days=day))
            reach = counted(ratio * FLOOR * REACH)
            engaged = counted(ratio * FLOOR * RATE * reach) if reach else 0
            yield 24.0 * day + 24, reading(name, 24, reach=reach, engagements=engaged)
            if outcomes := counted(ratio * FLOOR * OUTCOMES):
                yield 24.0 * day + 40, ConversionRecorded(count=outcomes, post=name)
            yield 24.0 * day + 72, reading(name, 72, reach=reach, engagements=engaged)
            unfollowed += counted(UNFOLLOWS / ratio)
            yield 24.0 * day + 23, MetricObserved(account=ACCOUNT, counters={"unfollows": unfollowed})

    state, said = evaluator.EvaluatorState(), list[Fact]()
    for number, (hour, fact) in enumerate(sorted(happened(), key=lambda one: one[0])):
        now = START + timedelta(hours=hour)
        told = Delivery(f"{seed}-{number}", "evaluator", CAMPAIGN, "default", fact, now, now)
        state = evaluator.evolve(state, told)
        for emit in evaluator.decide(state, told).emits:
            said.append(emit)
            own = Delivery(f"{seed}-{number}-own", "evaluator", CAMPAIGN, "default", emit, now, now)
            state = evaluator.evolve(state, own)
    return said


def test_campaigns_that_just_meet_every_limit_are_alarmed_no_more_often_than_promised() -> None:
    """At the limits themselves, where it is hardest. Fixed seeds; the slack is binomial."""
    campaigns = 120
    allowed = int(stats.binom.isf(1e-3, campaigns, CAMPAIGN_ALPHA))
    alarmed = sum(bool(campaign(seed, 1.0)) for seed in range(campaigns))
    assert alarmed <= allowed


def test_a_mean_at_less_than_half_its_floor_is_found_while_there_is_time() -> None:
    campaigns, found = 25, 0
    for seed in range(campaigns):
        breaches = [fact for fact in campaign(seed, 0.4) if isinstance(fact, KPIBreached)]
        found += any(fact.kpi is KpiName.REACH for fact in breaches)
    assert found >= 0.9 * campaigns


def test_a_breach_says_what_was_measured_and_how_strong_the_evidence_is() -> None:
    made = desk([kpi(KpiName.REACH)])
    starve(made)
    (breach,) = made.of(KPIBreached)
    assert breach.kpi is KpiName.REACH
    assert breach.evidence >= breach.threshold > 1
    assert breach.ratio == breach.observed == 0
    assert (breach.limit, breach.expected) == (FLOOR * REACH, REACH)
    assert 0 < breach.measured < 40
    assert START <= breach.since <= made.now


def test_posts_that_nobody_engages_with_breach_where_the_network_counts_no_reach() -> None:
    made = desk([kpi(KpiName.ENGAGEMENTS)])
    for number in range(12):
        post(made, number, 24, likes=0, comments=0, shares=0)
    (breach,) = made.of(KPIBreached)
    assert (breach.kpi, breach.observed, breach.limit) == (KpiName.ENGAGEMENTS, 0, FLOOR * REACH * RATE)


def test_engagements_that_were_not_counted_judge_nothing() -> None:
    made = desk([kpi(KpiName.ENGAGEMENTS)])
    for number in range(40):
        post(made, number, 24, followers=3)
    assert made.said == []


def test_a_breach_is_said_once_until_it_is_answered() -> None:
    made = desk([kpi(KpiName.REACH)])
    starve(made, 60)
    assert len(made.of(KPIBreached)) == 1


def test_a_campaign_that_does_better_than_planned_breaches_nothing() -> None:
    made = desk()
    for number in range(30):
        post(made, number, 24, reach=900, engagements=90)
    assert made.said == []


def test_exploring_posts_are_not_held_to_the_plans_promise() -> None:
    made = desk(explores=True)
    starve(made)
    assert made.said == []
    assert made.state.posts == {}


def test_posts_that_belong_to_no_slot_are_not_judged() -> None:
    made = desk(posts=0)
    starve(made)
    assert made.said == []


def test_an_extended_calendars_posts_are_judged_too() -> None:
    made = desk([kpi(KpiName.REACH)], posts=0)
    made.hear(CalendarExtended(plan="plan-1", slots=tuple(slots(40)), calendar_until=START))
    starve(made)
    assert made.of(KPIBreached)


def test_counters_that_were_not_given_judge_nothing() -> None:
    made = desk()
    for number in range(40):
        post(made, number, 24, likes=0)
    assert made.said == []
    assert all(one.against is None for one in made.state.kpis.values())


def test_a_counter_that_comes_with_a_later_reading_is_judged_then_and_only_once() -> None:
    made = desk([kpi(KpiName.REACH)])
    name = publish(made, 0)
    made.hear(reading(name, 24, likes=3))
    made.hear(reading(name, 48, reach=3))
    made.hear(reading(name, 72, reach=4))
    against = made.state.kpis[KpiName.REACH.value].against
    assert (against.counts, against.totals) == ((1,), (3.0,))


def test_a_reading_before_the_kpis_age_judges_nothing() -> None:
    made = desk([kpi(KpiName.REACH)])
    for number in range(40):
        post(made, number, 8, reach=0)
    assert made.said == []


def test_a_revised_plan_is_not_blamed_for_the_posts_of_the_one_before() -> None:
    """They were published elsewhere and otherwise; the promise of the new plan is not theirs."""
    for change in (
        plan(slots(0), [kpi(KpiName.REACH)], plan="plan-2:proof/workers/grammar"),
        revision(slots(0), [kpi(KpiName.REACH)]),
    ):
        made = desk([kpi(KpiName.REACH)])
        names = [publish(made, number) for number in range(40)]
        made.hear(change)
        for name in names:
            made.hear(reading(name, 24, reach=0), at=made.now + timedelta(hours=1))
        assert made.of(KPIBreached) == []


def test_keeping_the_plan_judges_it_anew_at_the_pace_that_is_expected_now() -> None:
    made = desk([kpi(KpiName.REACH)])
    starve(made, 20)
    assert len(made.of(KPIBreached)) == 1
    made.hear(keep(pace=0.5))
    for number in range(20, 40):
        post(made, number, 24, reach=int(0.55 * FLOOR * REACH))
    assert len(made.of(KPIBreached)) == 1
    starve(made, 20, first=40)
    second = made.of(KPIBreached)[1]
    assert second.limit < made.of(KPIBreached)[0].limit
    assert second.threshold > made.of(KPIBreached)[0].threshold


def test_every_new_start_of_a_test_asks_for_more_evidence() -> None:
    made = desk([kpi(KpiName.REACH)])
    for number in range(4):
        starve(made, 15, first=15 * number)
        made.hear(
            revision([slot(f"plan-1.{15 * (number + 1) + n}", made.now) for n in range(15)], [kpi(KpiName.REACH)])
        )
    thresholds = [breach.threshold for breach in made.of(KPIBreached)]
    assert len(thresholds) >= 3
    assert thresholds == sorted(set(thresholds))
    assert sum(1 / threshold for threshold in thresholds) <= kpi(KpiName.REACH).alpha


def test_after_a_revision_a_recovery_is_shown_by_evidence() -> None:
    made = desk([kpi(KpiName.REACH)])
    starve(made, 20)
    made.hear(revision([slot(f"plan-1.{n}", made.now) for n in range(100, 140)], [kpi(KpiName.REACH)]))
    post(made, 100, 24, reach=int(1.6 * REACH))
    assert made.of(KPIRecovered) == []
    for number in range(101, 140):
        post(made, number, 24, reach=int(1.6 * REACH))
    (recovered,) = made.of(KPIRecovered)
    assert recovered.observed > recovered.limit
    assert len(made.of(KPIBreached)) == 1


def test_without_a_breach_nothing_recovers() -> None:
    made = desk([kpi(KpiName.REACH)])
    made.hear(revision(slots(40), [kpi(KpiName.REACH)]))
    for number in range(40):
        post(made, number, 24, reach=int(3 * REACH))
    assert made.said == []


def test_a_target_that_is_reached_is_said_once() -> None:
    made = desk([kpi(KpiName.OUTCOMES, target_total=5)])
    name = publish(made, 0)
    made.hear(ConversionRecorded(count=3, post=name))
    made.hear(ConversionRecorded(count=1))
    assert made.said == []
    made.hear(ConversionRecorded(count=2, post="somebody else's"))
    assert made.said == [KPIMet(kpi=KpiName.OUTCOMES, plan=made.state.plan, observed=6, target=5)]
    made.hear(ConversionRecorded(count=9))
    made.hear(revision(slots(3), [kpi(KpiName.OUTCOMES, target_total=5)]))
    made.hear(ConversionRecorded(count=9))
    assert len(made.said) == 1


def test_followers_count_towards_the_target_as_far_as_each_reading_adds_to_the_last() -> None:
    made = desk([kpi(KpiName.OUTCOMES, target_total=10)], goal=Goal.FOLLOW)
    name = publish(made, 0)
    made.hear(reading(name, 24, follows=6))
    made.hear(reading(name, 48, reach=80))
    made.hear(reading(name, 72, follows=9))
    assert made.said == []
    made.hear(reading(name, 168, follows=12, final=True))
    assert [fact.observed for fact in made.of(KPIMet)] == [12]


def test_a_post_whose_last_reading_was_missed_keeps_what_it_had_shown_and_is_let_go() -> None:
    made = desk([kpi(KpiName.OUTCOMES, target_total=10)], goal=Goal.FOLLOW)
    name = publish(made, 0)
    made.hear(reading(name, 72, follows=9))
    made.hear(ObservationMissed(account="shop", post=name, age_hours=168, detail="gone", final=True))
    assert name not in made.state.running
    made.hear(reading(publish(made, 1), 24, follows=1))
    assert [fact.observed for fact in made.of(KPIMet)] == [10]


def test_posts_that_earn_too_little_for_their_cost_breach_the_ceiling() -> None:
    made = desk([kpi(KpiName.COST, ceiling=1.0)])
    for number in range(40):
        post(made, number, 72)
    (breach,) = made.of(KPIBreached)
    assert breach.kpi is KpiName.COST
    assert breach.observed > breach.limit
    assert breach.ratio > 1


def accounts(made: Desk, unfollows: Sequence[int | None], days: Sequence[float] | None = None) -> None:
    """Daily readings of the account; None where the counter was not given."""
    for number, total in enumerate(unfollows):
        counters = {"unfollows": total} if total is not None else {"followers": 10}
        at = START + timedelta(days=days[number] if days else number)
        made.hear(MetricObserved(account=ACCOUNT, counters=counters), at=at)


def test_people_who_leave_faster_than_the_ceiling_breach_it() -> None:
    made = desk([kpi(KpiName.UNFOLLOWS, dispersion=3)])
    accounts(made, [30 * day for day in range(40)])
    (breach,) = made.of(KPIBreached)
    assert (breach.kpi, breach.limit) == (KpiName.UNFOLLOWS, UNFOLLOWS)
    assert breach.observed > breach.limit


def test_people_who_left_before_the_campaign_are_not_held_against_it() -> None:
    made = desk([kpi(KpiName.UNFOLLOWS)])
    accounts(made, [5000] * 40)
    assert made.said == []


def test_a_missing_account_reading_is_no_day_of_its_own() -> None:
    """Ten days between two readings may lose ten times as many people as one."""
    made = desk([kpi(KpiName.UNFOLLOWS, dispersion=50)])
    accounts(made, [int(0.9 * UNFOLLOWS * 10 * number) for number in range(20)], [10 * number for number in range(20)])
    assert made.said == []


def test_a_finished_post_is_forgotten() -> None:
    made = desk()
    name = publish(made, 0)
    made.hear(reading(name, 24, reach=100, engagements=9))
    assert name in made.state.posts
    made.hear(reading(name, 168, final=True, reach=100, engagements=9))
    assert made.state.posts == {}
