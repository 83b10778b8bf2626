"""Where the KPIs stand: the evaluator's own knowledge, looked at."""

from __future__ import annotations

from datetime import timedelta

from events.campaign import ConversionRecorded
from events.correction import KPIBreached, KPIMet
from events.envelope import Event
from events.execution import Kpi, KpiName
from tests.unit.views.told import CAMPAIGN, drawn, hours_after, said
from tests.unit.workers.material import START, brief, plan, published, reading, slot
from workers.decision import Delivery
from workers.evaluator import WORKER, EvaluatorState, decide
from workers.lives import KpiState
from workers.views.bars import UNKNOWN
from workers.views.standing import Judging, Standing, standings_table

REACH = Kpi(
    kpi=KpiName.REACH, unit="post", expected=200, floor=140, age_hours=24, maturity=0.8, dispersion=2.0, alpha=0.02
)
COST = Kpi(
    kpi=KpiName.COST, unit="outcome", expected=5, ceiling=10, age_hours=24, maturity=0.5, dispersion=1.0, alpha=0.02
)


def course(reaches: list[int], kpi: Kpi = REACH) -> list[Event]:
    """A plan with one post a day, and what each reached after a day."""
    days = [START + timedelta(days=number) for number in range(len(reaches))]
    slots = [slot(f"s.{number}", at) for number, at in enumerate(days)]
    events = [said(brief(), START), said(plan(slots, (kpi,)), START)]
    for number, (at, reach) in enumerate(zip(days, reaches, strict=True)):
        post = published(f"s.{number}", at)
        events.append(said(post, at))
        events.append(said(reading(post.post, 24, reach=reach, engagements=1), hours_after(at, 24)))
    return events


def judged(events: list[Event]) -> Judging:
    judging = Judging(START, EvaluatorState())
    for event in events:
        judging = judging.after(event)
    return judging


def only(judging: Judging) -> Standing:
    (standing,) = judging.standings()
    return standing


def test_before_anything_is_judged_a_kpi_is_unknown_and_not_zero() -> None:
    standing = only(judged(course([])))
    assert (standing.observed, standing.measured, standing.nearness) == (None, 0, 0.0)
    assert UNKNOWN in drawn(standings_table([standing]))


def test_the_observed_value_is_completed_by_the_expected_maturity() -> None:
    standing = only(judged(course([80, 80])))
    assert standing.observed == 100
    assert standing.measured == 2


def test_evidence_is_complete_exactly_when_the_evaluator_says_a_breach() -> None:
    judging, breached, nearness = Judging(START, EvaluatorState()), False, []
    for event in course([20] * 12):
        judging = judging.after(event)
        now = judging.now
        delivery = Delivery(event.id, WORKER.name, CAMPAIGN, "default", event.data, event.time, now)
        breached = any(isinstance(fact, KPIBreached) for fact in decide(judging.state, delivery).emits)
        nearness.append(only(judging).nearness if judging.state.kpis else 0.0)
        if breached:
            break
    assert breached
    assert nearness[-1] == 1.0
    assert all(share < 1.0 for share in nearness[:-1])


def test_posts_that_do_well_bring_no_evidence() -> None:
    assert only(judged(course([400] * 6))).nearness == 0.0


def test_while_there_is_no_outcome_an_outcome_costs_without_end() -> None:
    judging = judged(course([100, 100], COST))
    standing = only(judging)
    assert standing.is_ceiling
    assert standing.observed == float("inf")
    assert "∞" in drawn(standings_table([standing]))


def test_what_was_hardly_judged_is_too_early_to_say_and_never_healthy() -> None:
    assert only(judged(course([]))).verdict == "too early to say: 0 posts judged"
    assert only(judged(course([200]))).verdict == "too early to say: 1 post judged"
    assert only(judged(course([20]))).verdict == "too early to say: 1 post judged, beyond the limit so far"
    assert only(judged(course([400] * 12))).verdict == "healthy: 12 posts judged"


def test_beyond_the_limit_is_no_breach_before_it_is_proven() -> None:
    said = only(judged(course([100] * 15))).verdict
    assert said.startswith("beyond its limit, unproven: 15 posts judged, ")
    assert said.endswith("% of the evidence for a breach")


def test_an_outcome_gives_the_cost_an_end() -> None:
    events = course([100], COST)
    sold = said(ConversionRecorded(post=published("s.0", START).post), START + timedelta(hours=2))
    standing = only(judged([*events[:3], sold, *events[3:]]))
    assert standing.observed is not None
    assert standing.observed < 10
    assert standing.life is KpiState.HEALTHY


def test_a_target_that_is_met_is_said_with_its_number_and_no_pace_contradicts_it() -> None:
    wished = Kpi(
        kpi=KpiName.OUTCOMES, unit="post", expected=2, floor=1.4, age_hours=24, dispersion=2.0, alpha=0.02,
        target_total=3,
    )  # fmt: skip
    events = course([200, 200], wished)
    assert only(judged(events)).verdict.endswith("; the target of 3 outcomes is not reached yet")
    sold = [said(ConversionRecorded(count=3), hours_after(START, 30))]
    met = said(KPIMet(kpi=KpiName.OUTCOMES, plan=plan(()).plan, observed=3, target=3), hours_after(START, 31))
    assert only(judged([*events, *sold, met])).verdict == "met: the target of 3 outcomes is reached"
