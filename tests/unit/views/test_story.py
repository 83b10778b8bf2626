"""What of a campaign is shown, and how it reads."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from events.campaign import ConversionRecorded
from events.correction import CorrectionDecided, KPIMet, KPIRecovered, Option, Verdict
from events.execution import (
    CancelReason,
    Kpi,
    KpiName,
    MetricObserved,
    PostCancelled,
    PostUncertain,
)
from events.strategy import AnalysisPrompt, StrategyChosen, StrategyProposed, Swot, SwotFactor
from events.terms import Appeal, Criterion, Fact
from tests.unit.views.told import course_of, drawn, said
from tests.unit.workers.material import (
    ACCOUNT,
    START,
    WORTH,
    analysis,
    breach,
    brief,
    cell,
    plan,
    published,
    reading,
    revision,
    slot,
)
from workers.views.correction import reasons
from workers.views.figures import figures
from workers.views.plan import made
from workers.views.status import daily, status
from workers.views.story import SPOTLIGHT, line, panel, when
from workers.views.strategy import swot_table

STRATEGY = "teach/workers/grammar"
LOSS = SwotFactor(statement="the chance that it loses money is 12%", measure=0.12, unit="probability", evidence=("a",))
PROPOSED = StrategyProposed(
    strategy=STRATEGY,
    family="authority by teaching",
    appeal=Appeal.TEACH,
    segment="workers",
    topic="grammar",
    expected=WORTH,
    swot=Swot(strengths=(), weaknesses=(), opportunities=(), threats=(LOSS,)),
)
CHOSEN = StrategyChosen(
    strategy=STRATEGY,
    family="authority by teaching",
    appeal=Appeal.TEACH,
    segment="workers",
    topic="grammar",
    expected=WORTH,
    why="worth the most",
    awaits_approval=False,
    fingerprint="seen",
)
KPI = Kpi(kpi=KpiName.REACH, unit="post", expected=200, floor=140, age_hours=24, dispersion=2.0, alpha=0.02)
OPTIONS = tuple(
    Option(
        verdict=verdict,
        strategy=STRATEGY,
        value=value,
        low=value - 9,
        high=value + 9,
        outcomes=3,
        cost=1,
        sure=0.41,
        why="so",
    )
    for verdict, value in ((Verdict.KEEP, 10.0), (Verdict.REVISE, 20.0), (Verdict.SWITCH, 15.0))
)
DECIDED = CorrectionDecided(
    verdict=Verdict.REVISE, kpi=KpiName.REACH, options=OPTIONS, sure=0.8, why="it is worth most", decided_for=START
)
SLOT = slot("plan-1:teach/workers/grammar.1", START + timedelta(hours=3))


def shown(fact: Fact, before: tuple[Fact, ...] = (), width: int = 100) -> str:
    """The panel of a fact that comes after others."""
    events = [
        said(brief(), START),
        *(said(other, START, number) for number, other in enumerate(before)),
        said(fact, START),
    ]
    found = panel(events[-1], course_of(brief(), events))
    assert found is not None
    return drawn(found, width)


@pytest.mark.parametrize(
    "fact",
    [
        CHOSEN,
        plan((SLOT,), (KPI,)),
        DECIDED,
        breach(),
        revision((SLOT,)),
        analysis(brief()),
        KPIMet(kpi=KpiName.OUTCOMES, plan="p", observed=40, target=40),
        KPIRecovered(kpi=KpiName.REACH, plan="p", observed=200, limit=140, measured=9),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_every_event_worth_a_stop_has_a_panel_that_names_it(fact: Fact) -> None:
    assert type(fact) in SPOTLIGHT
    assert type(fact).__name__ in shown(fact)


def test_a_choice_is_shown_with_its_candidates_and_the_swot_of_the_chosen_one() -> None:
    text = shown(CHOSEN, (PROPOSED,))
    (chosen,) = [row for row in text.splitlines() if "►" in row]
    assert STRATEGY in chosen
    assert LOSS.statement in text
    assert "worth the most" in text


def test_a_swot_shows_what_its_factors_weigh_where_the_owner_said_it() -> None:
    weighed = LOSS.model_copy(update={"criterion": Criterion.RISK, "weight": 0.31})
    swot = Swot(strengths=(), weaknesses=(), opportunities=(), threats=(weighed,), balance=-0.31)
    text = shown(CHOSEN, (PROPOSED.model_copy(update={"swot": swot}),))
    assert f"{LOSS.statement} (weight 31%)" in drawn(swot_table(swot), width=200)
    assert "Of what you weigh, 0% speaks for it and 31% against it." in text
    assert "weigh" not in shown(CHOSEN, (PROPOSED,))


def test_candidates_of_an_earlier_choice_are_not_shown_again() -> None:
    other = PROPOSED.model_copy(update={"strategy": "proof/workers/travel"})
    assert "proof/workers/travel" not in shown(CHOSEN, (other, CHOSEN, PROPOSED))


def test_a_correction_shows_all_three_options_with_their_values_and_marks_the_best() -> None:
    text = shown(DECIDED)
    assert [verdict in text for verdict in ("keep", "revise", "switch")] == [True, True, True]
    (best,) = [row for row in text.splitlines() if "►" in row]
    assert "revise" in best
    assert "20 (11 to 29)" in best


def test_a_breach_stands_beside_the_evidence_that_it_needed() -> None:
    assert "evidence 40 where 30 is needed" in shown(breach()).replace("\n", " ")


def test_an_analysis_without_evidence_is_called_a_pilot_and_one_with_it_is_not() -> None:
    assert "a pilot" in shown(analysis(brief()))
    assert "a pilot" not in shown(analysis(brief(), [cell()]))


def test_an_analysis_on_schedule_is_a_line_and_no_panel() -> None:
    event = said(analysis(brief(), [cell()], prompt=AnalysisPrompt.SCHEDULE), START)
    course = course_of(brief(), [event])
    assert panel(event, course) is None
    told = line(event, course)
    assert told is not None
    assert "20 posts' worth of evidence" in drawn(told)


def test_a_plans_calendar_shows_local_hours() -> None:
    made = plan((SLOT,), (KPI,))
    events = [said(brief(zone="Asia/Tehran"), START), said(made, START)]
    found = panel(events[-1], course_of(brief(zone="Asia/Tehran"), events))
    assert found is not None
    assert "15:30 teach/grammar/photo" in drawn(found)


def test_a_counter_that_is_unknown_is_a_question_mark_and_not_zero() -> None:
    post = published("s.1", START)
    events = [said(post, START), said(reading(post.post, 24, reach=12), START + timedelta(days=1))]
    told = line(events[-1], course_of(brief(), events))
    assert told is not None
    assert "24 h: reach 12, engagements ?, outcomes 0" in drawn(told)


def test_readings_before_and_after_the_first_day_are_not_told() -> None:
    young = MetricObserved(account=ACCOUNT, post="s.1#x", age_hours=3, counters={})
    assert line(said(young, START), course_of(brief(), [])) is None


def test_trouble_is_told_and_what_a_revision_replaces_is_not() -> None:
    course = course_of(brief(), [])
    uncertain = line(said(PostUncertain(post="p", account=ACCOUNT, detail="no answer"), START), course)
    replaced = line(said(PostCancelled(slot="s", reason=CancelReason.REVISED), START), course)
    assert uncertain is not None
    assert "no answer" in drawn(uncertain)
    assert replaced is None


def test_days_are_counted_from_one_and_hours_are_local() -> None:
    course = course_of(brief(zone="Asia/Tehran"), [])
    assert when(START, course) == "day  1 Mon 12:30"
    assert when(START + timedelta(days=1), course) == "day  2 Tue 12:30"


def test_the_foot_fits_into_a_small_terminal() -> None:
    post = published("s.1", START + timedelta(hours=3))
    events = [
        said(brief(), START),
        said(analysis(brief(), [cell()]), START),
        said(plan((SLOT,), tuple(KPI.model_copy(update={"kpi": kpi}) for kpi in KpiName)), START),
        said(post, START),
        said(reading(post.post, 24, reach=100), START + timedelta(days=1)),
    ]
    lines = drawn(status(course_of(brief(), events), figures(events), events, 60), width=80).splitlines()
    assert len(lines) <= 14
    assert all(len(row) <= 80 for row in lines)
    assert "reach 100 engagements ? outcomes 0" in "\n".join(lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_and_no_number_is_cut_however_narrow_the_terminal_is(width: int) -> None:
    long = "collaborate/professionals/grammar"
    valued = {"value": 12_345.0, "low": -1_234.0, "high": 56_789.0}
    options = tuple(option.model_copy(update={"strategy": long, **valued}) for option in OPTIONS)
    expected = PROPOSED.expected.model_copy(update=valued)
    proposed = PROPOSED.model_copy(update={"strategy": long, "expected": expected})
    facts: list[tuple[Fact, tuple[Fact, ...]]] = [
        (DECIDED.model_copy(update={"options": options}), ()),
        (CHOSEN.model_copy(update={"strategy": long}), (proposed,)),
        (plan((SLOT,), tuple(KPI.model_copy(update={"kpi": kpi}) for kpi in KpiName)), ()),
        (analysis(brief(), [cell()]), ()),
    ]
    for fact, before in facts:
        text = shown(fact, before, width)
        assert "…" not in text
        assert all(len(row) <= width for row in text.splitlines())
        whole = words(shown(fact, before, 200)) - STRIP
        assert whole - words(text) == set(), type(fact).__name__


@pytest.mark.parametrize("width", [60, 80])
def test_a_whole_plan_cuts_nothing_either(width: int) -> None:
    indicators = tuple(
        KPI.model_copy(update={"kpi": kpi, "unit": "reached person", "smallest_drop": 0.85, "reveals_by": START})
        for kpi in KpiName
    )
    text = drawn(made(plan((SLOT,), indicators), ZoneInfo("Europe/Berlin"), "EUR", whole=True), width)
    assert "…" not in text
    assert words("engagement_rate reached person 85% by 02 Mar") <= words(text)


def test_a_plan_promises_to_show_no_fall_by_all_of_it() -> None:
    hopeless = KPI.model_copy(update={"smallest_drop": 0.999, "reveals_by": START})
    text = drawn(made(plan((SLOT,), (hopeless,)), ZoneInfo("Europe/Berlin"), "EUR", whole=True), 80)
    assert "none in time" in text
    assert "100%" not in text


def test_a_reading_is_told_whole_in_eighty_columns() -> None:
    post = published("s.1", START)
    events = [said(post, START), said(reading(post.post, 24, reach=1162, engagements=150), START + timedelta(days=1))]
    told = line(events[-1], course_of(brief(), events))
    assert told is not None
    assert drawn(told, 80).splitlines() == [
        "day  2 Tue 09:00  MetricObserved: 24 h: reach 1162, engagements 150, outcomes 0"
    ]


STRIP = {"0", "6", "12", "18", "P"}
"""What a calendar draws beside its words."""


def words(text: str) -> set[str]:
    """What is written, whatever line it stands on; what is drawn left out."""
    return set(re.findall(r"[\w.,%€-]*\w%?", text))


def test_outcomes_are_laid_to_their_days() -> None:
    at = START + timedelta(days=2, hours=5)
    events = [said(brief(), START), said(ConversionRecorded(count=3), at)]
    assert daily(course_of(brief(), events), events, 60) == [0, 0, 3]


def test_an_option_that_was_passed_over_for_being_unlikely_to_gain_is_named() -> None:
    (keep, revise, switch) = OPTIONS
    unlikely = DECIDED.model_copy(update={"verdict": Verdict.KEEP, "sure": 1.0})
    assert reasons(unlikely, "EUR") == (
        "it is worth most. The higher means of revise (20 EUR, 41% sure to gain) and switch (15 EUR, 41% sure to gain)"
        " did not count: they were less likely than not to gain over keeping."
    )
    alone = unlikely.model_copy(update={"options": (keep, switch)})
    assert "The higher mean of switch (15 EUR, 41% sure to gain) did not count: it was less likely than not" in reasons(
        alone, "EUR"
    )
    assert "The higher mean" not in reasons(DECIDED, "EUR"), "what is worth most was taken"
    assert "Sure that it gains anything over keeping: 80%." in reasons(DECIDED, "EUR")
    assert revise.verdict is DECIDED.verdict
