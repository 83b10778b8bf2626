"""The analyst counts what it was told once, completes what is young, and speaks when there is reason to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from events.campaign import (
    AudienceObserved,
    CampaignEnded,
    Constraints,
    ConversionRecorded,
    HistoryImported,
    PostObserved,
    SegmentHypothesis,
)
from events.execution import KpiName, MetricObserved
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Cell, LevelEstimate
from events.terms import Appeal, Goal
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import ACCOUNT, START, breach, brief, published, reading, traits
from workers import analyst
from workers.analysis import AGES, OUTCOME_CURVE, REACH_CURVE
from workers.model import response

WHOLE = {"reach": 200, "engagements": 10, "follows": 2}
EARLIER = START - timedelta(days=100)


def desk(**changes: Any) -> Desk:
    made = Desk(analyst.WORKER, START)
    made.hear(brief(**changes))
    return made


def observed(name: str, *, history: str | None = None, **of: Any) -> PostObserved:
    return PostObserved(post=name, account=ACCOUNT, published=EARLIER, traits=traits(**of), history=history)


def newest(made: Desk) -> AudienceAnalyzed:
    return made.of(AudienceAnalyzed)[-1]


def asked(made: Desk) -> AudienceAnalyzed:
    """What it says when it is asked now."""
    made.hear(AudienceObserved(segment="workers", asked=1))
    return newest(made)


def only(analysis: AudienceAnalyzed) -> Cell:
    (cell,) = analysis.statistics.cells
    return cell


def level(analysis: AudienceAnalyzed, factor: str, name: str) -> LevelEstimate:
    return next(one for one in analysis.levels if (one.factor, one.level) == (factor, name))


def history(made: Desk, count: int, *, counters: dict[str, int] | None = None, **of: Any) -> None:
    for number in range(count):
        name = f"{of}-{number}"
        made.hear(observed(name, history="year", **of))
        made.hear(reading(name, 200, counters or WHOLE, final=True))


def test_the_brief_alone_gives_an_analysis_that_says_it_is_a_pilot() -> None:
    made = desk()
    analysis = newest(made)
    assert (analysis.prompt, analysis.pilot, analysis.posts) == (AnalysisPrompt.BRIEF, True, 0)
    assert {(one.segment, one.topic) for one in analysis.directions} == {
        (segment, topic) for segment in ("workers", "travelers") for topic in ("grammar", "travel")
    }


def test_where_every_topic_is_forbidden_there_is_no_direction_and_no_warning() -> None:
    made = desk(constraints=Constraints(forbidden_topics=("grammar", "travel")))
    assert newest(made).directions == ()


def test_with_evidence_it_is_no_pilot() -> None:
    made = desk()
    made.hear(AudienceObserved(segment="workers", asked=50, interests={"grammar": 0.5}))
    assert not newest(made).pilot
    made = desk()
    history(made, 1)
    made.hear(brief())
    assert not newest(made).pilot


def test_the_history_that_the_brief_names_is_waited_for() -> None:
    made = Desk(analyst.WORKER, START)
    made.hear(brief(history="year"))
    made.hear(AudienceObserved(segment="workers", asked=50))
    history(made, 3)
    made.hear(HistoryImported(history="another", posts=1, rows=1))
    assert made.said == []
    made.hear(HistoryImported(history="year", posts=3, rows=3))
    assert newest(made).prompt is AnalysisPrompt.HISTORY
    assert newest(made).posts == 3


def test_a_brief_after_its_history_does_not_wait_for_ever() -> None:
    made = Desk(analyst.WORKER, START)
    history(made, 3)
    made.hear(HistoryImported(history="year", posts=3, rows=3))
    made.hear(brief(history="year"))
    assert newest(made).posts == 3


def test_posts_of_the_account_from_before_the_brief_are_not_lost() -> None:
    made = Desk(analyst.WORKER, START)
    made.hear(observed("old"))
    made.hear(reading("old", 200, WHOLE, final=True))
    made.hear(brief())
    assert newest(made).posts == 1


def test_a_counter_that_was_not_given_adds_nothing_and_is_not_zero() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 24, likes=3))
    cell = only(asked(made))
    assert cell.posts == 1
    assert (cell.reach_exposure, cell.reach, cell.engaged_reach, cell.engagements, cell.outcome_engagements) == (0,) * 5


def test_engagements_without_reach_say_nothing_of_their_rate() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 24, engagements=30))
    cell = only(asked(made))
    assert (cell.engaged_reach, cell.engagements) == (0, 0)
    assert cell.outcome_engagements > 0


def test_likes_comments_and_shares_make_engagements_only_together() -> None:
    def engagements(**counters: int) -> float:
        made = desk()
        made.hear(published("a", START))
        made.hear(reading("a#x", 24, {"reach": 100, **counters}))
        return only(asked(made)).engagements

    assert engagements(likes=3, comments=2, shares=1) == 6
    assert engagements(likes=3, comments=2) == 0
    assert engagements(likes=3, comments=2, shares=1, engagements=9) == 9


def test_an_unknown_counter_moves_no_estimate() -> None:
    """Thirty posts without reach leave the belief on reach where it was; thirty at zero do not."""

    def reach(counters: Mapping[str, int]) -> float:
        made = desk()
        for number in range(30):
            made.hear(published(f"a{number}", START))
            made.hear(reading(f"a{number}#x", 24, counters))
        return believed(asked(made))

    def believed(analysis: AudienceAnalyzed) -> float:
        return float(response(brief(), analysis.statistics).reach.mean[0])

    assert reach({"likes": 1}) == believed(newest(desk()))
    assert reach({"reach": 0}) < believed(newest(desk())) - 0.5


def test_an_early_reading_is_completed_and_does_not_look_weak() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 8, reach=100, engagements=5))
    cell = only(asked(made))
    assert cell.reach == 100
    assert cell.reach_exposure == pytest.approx(REACH_CURVE.at(8))
    assert cell.outcome_engagements == pytest.approx(5 * OUTCOME_CURVE.at(8))


def test_a_post_that_is_hardly_out_says_nothing_yet() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 1, reach=3))
    assert asked(made).statistics.cells == ()


def test_a_late_and_older_reading_takes_nothing_back() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 24, reach=100, engagements=9, follows=4))
    made.hear(reading("a#x", 3, reach=20, engagements=1, follows=0))
    cell = only(asked(made))
    assert (cell.reach, cell.engagements) == (100, 9)
    assert cell.reach_exposure == pytest.approx(REACH_CURVE.at(24))


def test_a_post_is_counted_once_however_often_it_is_named_or_read() -> None:
    made = desk()
    for _ in range(2):
        made.hear(observed("old", history="year"))
    made.hear(reading("old", 24, WHOLE))
    made.hear(reading("old", 200, WHOLE, final=True))
    made.hear(observed("old", history="year"))
    cell = only(asked(made))
    assert (cell.posts, cell.reach) == (1, 200)


def test_a_finished_post_leaves_the_state_and_stays_in_the_statistics() -> None:
    made = desk()
    made.hear(published("a", START))
    for age in AGES:
        made.hear(reading("a#x", age, WHOLE, final=age == AGES[-1]))
    assert made.state.open == {}
    cell = only(asked(made))
    assert (cell.posts, cell.reach, cell.reach_exposure) == (1, 200, 1)


def test_maturity_is_learned_from_posts_that_have_run_their_course() -> None:
    made = desk()
    growth = dict(zip(AGES, (10, 10, 10, 10, 20, 30, 600, 1000), strict=True))
    for number in range(40):
        made.hear(published(f"a{number}", START))
        for age, reach in growth.items():
            made.hear(reading(f"a{number}#x", age, {"reach": reach}, final=age == AGES[-1]))
    shares = [point.reach for point in asked(made).statistics.maturity]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert shares[3] < 0.1 < REACH_CURVE.shares[3]


def test_a_reading_that_was_missed_teaches_no_wrong_growth() -> None:
    """What a post had by then is unknown: surely not already everything, nor nothing."""
    made = desk()
    growth = dict(zip(AGES, (10, 10, 10, 10, 20, 30, 600, 1000), strict=True))
    for number in range(40):
        made.hear(published(f"a{number}", START))
        for age, reach in growth.items():
            if age != AGES[2]:
                made.hear(reading(f"a{number}#x", age, {"reach": reach}, final=age == AGES[-1]))
    assert asked(made).statistics.maturity[3].reach < 0.1


def test_conversions_count_for_the_post_that_led_to_them() -> None:
    made = desk()
    made.hear(published("a", START))
    made.hear(reading("a#x", 24, WHOLE))
    made.hear(ConversionRecorded(count=3, post="a#x"))
    made.hear(ConversionRecorded(count=5, post="nobody"))
    made.hear(ConversionRecorded(count=7))
    assert only(asked(made)).outcomes == 3


def test_history_says_nothing_of_conversions_that_nobody_recorded() -> None:
    made = desk()
    history(made, 5)
    cell = only(asked(made))
    assert (cell.outcome_engagements, cell.outcomes) == (0, 0)
    made = desk(goal=Goal.FOLLOW)
    history(made, 5)
    assert only(asked(made)).outcomes == 10


def test_a_breach_is_answered_with_its_own_id() -> None:
    made = desk()
    made.hear(breach(), id="breach-7")
    assert (newest(made).prompt, newest(made).breach) == (AnalysisPrompt.BREACH, "breach-7")


def test_what_was_learned_before_a_breach_counts_for_less_and_what_came_since_in_full() -> None:
    made = desk(goal=Goal.FOLLOW)
    for number, day in enumerate((0, 0, 30, 30, 30)):
        at = START + timedelta(days=day)
        made.hear(published(f"a{number}", at, traits=traits(format="photo" if day else "video")), at=at)
        made.hear(reading(f"a{number}#x", 170, WHOLE, final=True), at=at + timedelta(days=7))
    before = {cell.format: cell.outcome_engagements for cell in asked(made).statistics.cells}
    made.hear(breach(since=START + timedelta(days=28)))
    after = {cell.format: cell.outcome_engagements for cell in newest(made).statistics.cells}
    assert after["video"] < 0.5 * before["video"]
    assert after["photo"] == before["photo"] == 30


def test_two_kpis_that_breach_together_discount_the_past_once() -> None:
    """Too few outcomes and too dear outcomes are one finding."""

    def after(*kpis: KpiName) -> float:
        made = desk(goal=Goal.FOLLOW)
        history(made, 10)
        for kpi in kpis:
            made.hear(breach(kpi))
        return only(newest(made)).outcome_engagements

    assert after(KpiName.OUTCOMES, KpiName.COST) == after(KpiName.OUTCOMES) < 100


def test_two_links_that_break_together_are_both_doubted() -> None:
    def cells(*kpis: KpiName) -> Cell:
        made = desk(goal=Goal.FOLLOW)
        history(made, 10)
        for kpi in kpis:
            made.hear(breach(kpi))
        return only(asked(made))

    both = cells(KpiName.ENGAGEMENT, KpiName.OUTCOMES)
    assert both.engagements == cells(KpiName.ENGAGEMENT).engagements < cells().engagements
    assert both.outcomes == cells(KpiName.OUTCOMES).outcomes < cells().outcomes


def far_off(kpi: KpiName | None) -> AudienceAnalyzed:
    """A history of a large account, three posts of the small one, and a breach of the KPI, if any."""
    made = desk()
    history(made, 40, counters={"reach": 40_000, "engagements": 400}, format="video")
    history(made, 40, counters={"reach": 10_000, "engagements": 100}, format="photo")
    made.hear(brief())
    for number in range(3):
        made.hear(published(f"a{number}", START, traits=traits(format="photo")))
        made.hear(reading(f"a{number}#x", 24, {"reach": 100 + number, "engagements": 1}))
    if kpi is not None:
        made.hear(breach(kpi))
    return asked(made)


def test_history_that_own_posts_refute_tells_how_posts_differ_but_no_longer_how_far_they_go() -> None:
    believed, refuted = far_off(None), far_off(KpiName.REACH)
    assert level(believed, "format", "photo").reach.mean > 2_000
    photo, video = (level(refuted, "format", name).reach.mean for name in ("photo", "video"))
    assert 80 < photo < 250
    assert 2 < video / photo < 5


def test_history_keeps_its_level_of_reach_where_another_link_of_the_chain_was_breached() -> None:
    for kpi in (KpiName.ENGAGEMENT, KpiName.OUTCOMES):
        analysis = far_off(kpi)
        assert level(analysis, "format", "photo").reach.mean > 2_000
        assert {cell.elsewhere for cell in analysis.statistics.cells} == {None}


def test_history_and_own_posts_of_the_same_traits_stay_apart_once_their_levels_differ() -> None:
    cells = far_off(KpiName.REACH).statistics.cells
    assert sorted((cell.format, cell.elsewhere or False) for cell in cells) == [
        ("photo", False), ("photo", True), ("video", True),
    ]  # fmt: skip


def test_it_speaks_again_once_enough_was_learned_and_not_with_every_reading() -> None:
    made = desk()
    for number in range(12):
        made.hear(published(f"a{number}", START))
        made.hear(reading(f"a{number}#x", 3, WHOLE))
    assert len(made.said) == 1
    for number in range(12):
        made.hear(reading(f"a{number}#x", 24, WHOLE))
    assert [analysis.prompt for analysis in made.of(AudienceAnalyzed)[1:]] == [AnalysisPrompt.SCHEDULE] * 2


def test_a_long_history_does_not_keep_it_silent_about_the_campaign() -> None:
    made = desk()
    history(made, 120)
    asked(made)
    count = len(made.said)
    for number in range(12):
        made.hear(published(f"a{number}", START))
        made.hear(reading(f"a{number}#x", 24, WHOLE))
    assert len(made.said) > count


def test_an_ended_campaign_is_analyzed_no_more() -> None:
    made = desk()
    made.hear(CampaignEnded(reason="over", by="/people/olivia"))
    made.hear(breach())
    made.hear(brief())
    assert len(made.said) == 1


def test_before_the_brief_nothing_is_said() -> None:
    made = Desk(analyst.WORKER, START)
    made.hear(AudienceObserved(segment="workers", asked=4))
    made.hear(MetricObserved(account=ACCOUNT, counters={"followers": 4}))
    assert made.said == []


def test_better_formats_hours_and_topics_come_out_ahead() -> None:
    made = desk()
    history(made, 25, counters={"reach": 400, "engagements": 40}, format="video", hour=20, topic="travel")
    history(made, 25, counters={"reach": 100, "engagements": 3}, format="photo", hour=9, topic="grammar")
    analysis = asked(made)
    for factor, good, bad in (("format", "video", "photo"), ("hour", "20", "9"), ("topic", "travel", "grammar")):
        assert level(analysis, factor, good).reach.mean > level(analysis, factor, bad).reach.mean
    assert level(analysis, "format", "video").posts == 25
    assert analysis.directions[0].topic == "travel"
    for one in analysis.levels:
        assert one.reach.low <= one.reach.mean <= one.reach.high * (1 + 1e-6)


def test_what_the_owner_believes_ranks_the_directions_until_evidence_says_otherwise() -> None:
    believed = (
        SegmentHypothesis(name="workers", people=1000, interests={"grammar": 3}),
        SegmentHypothesis(name="travelers", people=1000),
    )
    made = desk(segments=believed)
    assert (newest(made).directions[0].segment, newest(made).directions[0].topic) == ("workers", "grammar")
    history(made, 40, counters={"reach": 100, "engagements": 1}, segment="workers", topic="grammar")
    history(made, 40, counters={"reach": 100, "engagements": 20}, segment="travelers", topic="travel")
    first = asked(made).directions[0]
    assert (first.segment, first.topic) == ("travelers", "travel")


def test_a_survey_moves_what_is_believed_of_a_segment() -> None:
    made = desk()
    made.hear(AudienceObserved(segment="workers", asked=200, interests={"grammar": 0.1, "travel": 0.8}))
    scores = {(one.segment, one.topic): one.score for one in newest(made).directions}
    assert scores["workers", "travel"] > 1.5 * scores["workers", "grammar"]


def test_forbidden_topics_are_no_directions() -> None:
    made = desk(constraints={"forbidden_topics": ("travel",)})
    assert {one.topic for one in newest(made).directions} == {"grammar"}


def test_many_posts_make_narrow_intervals() -> None:
    def width(count: int) -> float:
        made = desk()
        history(made, count)
        estimate = level(asked(made), "format", "photo").engagement_rate
        return (estimate.high - estimate.low) / estimate.mean

    assert width(60) < width(6)


def test_an_analysis_fits_into_what_a_later_worker_may_read() -> None:
    made = desk()
    for form in ("photo", "video"):
        for topic in ("grammar", "travel"):
            for hour in range(24):
                for appeal in (Appeal.TEACH, Appeal.OFFER):
                    history(made, 1, format=form, topic=topic, hour=hour, appeal=appeal)
    assert len(asked(made).statistics.model_dump_json(exclude_none=True)) < 64 * 1024
