"""What an explanation says, on histories of real workers and on single decisions whose numbers are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from events.correction import CorrectionDecided, KPIBreached, KPIMet, Option, Verdict
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    CancelReason,
    ExecutionRevised,
    FailureKind,
    Kpi,
    KpiName,
    MetricObserved,
    PlanMade,
    PostCancelled,
    PostFailed,
)
from events.runtime import TimerFired
from events.strategy import AnalysisPrompt, StrategyChosen, StrategyProposed, StrategyRejected
from events.terms import Fact, Mode
from tests.histories.record import HISTORIES, WRONG, read
from tests.unit.views.told import drawn, said
from tests.unit.workers.material import START, analysis, brief, cell, plan, slot
from workers.decision import Delivery, State, Worker
from workers.evaluator import WORKER
from workers.runtime.rebuilding import past_of, step
from workers.views.explain import shown
from workers.views.explain.data import event_json, story_json
from workers.views.explain.locale import Locale
from workers.views.explain.record import Record
from workers.views.explain.saying import say
from workers.views.explain.story import Chapter, Counted, Sentence, Story
from workers.views.explain.telling import told

DECISIONS: Final = (StrategyChosen, PlanMade, ExecutionRevised, CorrectionDecided, KPIBreached, KPIMet)
ENGLISH: Final = Locale("en", ZoneInfo("Europe/Berlin"))
PERSIAN: Final = Locale("fa", ZoneInfo("Asia/Tehran"))
NAMES: Final = (*HISTORIES, WRONG)


@cache
def history(name: str) -> tuple[Event, ...]:
    return tuple(read(name))


def sentences(story: Story) -> list[Sentence]:
    return [sentence for chapter in story.chapters for sentence in parts(chapter)]


def parts(chapter: Chapter) -> list[Sentence]:
    return [chapter.title, *chapter.decided, *chapter.evidence, *chapter.changed, *chapter.otherwise]


def words(found: tuple[Sentence, ...]) -> str:
    return " ".join(say(sentence, ENGLISH) for sentence in found)


def linked(*facts: Event) -> list[Event]:
    """Each of them caused by the one before."""
    return [facts[0], *(replace(one, causationid=before.id) for before, one in pairwise(facts))]


def decision(events: list[Event]) -> Chapter:
    return next(chapter for chapter in told(events).chapters if chapter.event == events[-1].id)


def correction(
    verdict: Verdict, values: dict[Verdict, float], *, sure: float = 1.0, breach: str | None
) -> CorrectionDecided:
    options = tuple(
        Option(
            verdict=name,
            strategy="teach/workers/grammar" if name is not Verdict.SWITCH else "proof/travelers/travel",
            value=value,
            low=value - 50,
            high=value + 50,
            outcomes=value / 10,
            cost=0.0 if name is Verdict.KEEP else 4.0,
            sure=sure if name is verdict else 0.41,
            why="so",
        )
        for name, value in values.items()
    )
    return CorrectionDecided(
        verdict=verdict, breach=breach, kpi=None, options=options, sure=sure, why="so", decided_for=START
    )


def answered(verdict: Verdict, values: dict[Verdict, float], *, sure: float = 1.0, breach: str | None = "b") -> Chapter:
    """The chapter of a correction after an analysis."""
    looked = said(analysis(brief(), [cell()], prompt=AnalysisPrompt.SCHEDULE), START)
    decided = said(correction(verdict, values, sure=sure, breach=breach), START)
    return decision(linked(said(brief(), START), looked, decided))


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_of_a_history_has_its_chapter_in_the_order_of_the_log(name: str) -> None:
    events = history(name)
    chapters = told(events).chapters
    wanted = [event.id for event in events if isinstance(event.data, DECISIONS)]
    assert wanted
    assert [chapter.event for chapter in chapters if chapter.event in set(wanted)] == wanted
    places = {event.id: place for place, event in enumerate(events)}
    assert [places[chapter.event] for chapter in chapters] == sorted(places[chapter.event] for chapter in chapters)


@pytest.mark.parametrize("name", NAMES)
def test_every_post_that_was_cancelled_is_told_once(name: str) -> None:
    """Alone, in a group, or with the revision (or plan) that took it out."""
    story = told(history(name))
    grouped = [event for chapter in story.chapters if chapter.kind == "PostCancelled" for event in chapter.events]
    assert len(grouped) == len(set(grouped))
    replaced = {
        event for sentence in sentences(story) if sentence.phrase == "revision.replaced" for event in sentence.events
    }
    cancelled = {event.id for event in history(name) if isinstance(event.data, PostCancelled)}
    assert set(grouped) | replaced == cancelled
    assert not set(grouped) & replaced


@pytest.mark.parametrize("locale", [ENGLISH, PERSIAN], ids=["en", "fa"])
@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_can_be_said_and_rests_on_events_of_the_log(name: str, locale: Locale) -> None:
    known = {event.id for event in history(name)}
    for sentence in sentences(told(history(name))):
        assert sentence.phrase in locale.phrases
        assert sentence.events
        assert set(sentence.events) <= known
        assert say(sentence, locale).strip()


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_says_what_it_was_on_what_evidence_and_what_would_have_changed_it(name: str) -> None:
    for chapter in told(history(name)).chapters:
        assert chapter.decided
        if chapter.kind in {kind.__name__ for kind in DECISIONS}:
            assert chapter.evidence, chapter.kind
            assert chapter.otherwise, chapter.kind


def test_a_strategy_passed_over_is_told_how_much_more_it_had_to_be_worth() -> None:
    events = history("corrected")
    choice = next(event for event in events if isinstance(event.data, StrategyChosen))
    candidates = [
        e.data for e in events if isinstance(e.data, StrategyProposed) and e.causationid == choice.causationid
    ]
    assert isinstance(choice.data, StrategyChosen)
    chapter = next(chapter for chapter in told(events).chapters if chapter.event == choice.id)
    (other,) = [candidate for candidate in candidates if candidate.strategy != choice.data.strategy]
    gap = choice.data.expected.value - other.expected.value
    assert f"{other.strategy} would have been chosen had it been worth {gap:,.0f} EUR more." in words(chapter.otherwise)


def test_an_option_worth_less_is_told_how_much_it_lacked() -> None:
    chapter = answered(Verdict.REVISE, {Verdict.KEEP: 100.0, Verdict.REVISE: 138.0, Verdict.SWITCH: 120.0}, sure=0.7)
    text = words(chapter.otherwise)
    assert "“switch the strategy” would have been the answer had it been worth 18 EUR more" in text
    assert "“keep the plan” would have been the answer had it been worth 38 EUR more." in text
    assert "“revise the execution” would not have been the answer had its chance to gain over keeping been" in text
    assert "below 50% (it was 70%)." in text


def test_an_option_worth_more_was_less_likely_than_not_to_gain() -> None:
    chapter = answered(Verdict.KEEP, {Verdict.KEEP: 100.0, Verdict.REVISE: 90.0, Verdict.SWITCH: 130.0})
    text = words(chapter.otherwise)
    assert "“switch the strategy” was worth 30 EUR more than “keep the plan”" in text
    assert "but its chance to gain over keeping was 41%; with 50% or more it would have been the answer" in text
    assert "“revise the execution” would have been the answer had it been worth 10 EUR more" in text


def test_where_nothing_is_to_be_lost_the_odds_would_have_ruled_nothing_out() -> None:
    chapter = answered(Verdict.REVISE, {Verdict.KEEP: 0.0, Verdict.REVISE: 40.0}, sure=0.6)
    text = words(chapter.otherwise)
    assert "“keep the plan” would have been the answer had it been worth 40 EUR more." in text
    assert "chance" not in text
    assert "No switch was among the answers." in text


def test_odds_below_even_rule_as_soon_as_there_is_something_to_lose() -> None:
    """Its own cost is 4 EUR: were keeping worth more than that, a gain at 40 % would not have been enough."""
    chapter = answered(Verdict.REVISE, {Verdict.KEEP: 0.0, Verdict.REVISE: 40.0}, sure=0.4)
    assert "“keep the plan” would have been the answer had it been worth 4.00 EUR more." in words(chapter.otherwise)


def test_a_review_without_an_alarm_says_how_sure_it_had_to_be() -> None:
    chapter = answered(Verdict.REVISE, {Verdict.KEEP: 100.0, Verdict.REVISE: 150.0}, sure=0.93, breach=None)
    text = words(chapter.otherwise)
    assert "had it been worth 30 EUR more: without an alarm a correction must gain 15% of that." in text
    assert "had its chance to gain over keeping been below 80% (it was 93%)." in text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (StrategyRejected(strategy="a/b/c", fingerprint="f", by="olivia", reason="no"), "had refused the switch"),
        (
            TimerFired(worker="reviser", timer="approval", due=START, fired=START, set_by="x"),
            "Nobody had answered the switch in time",
        ),
        (CalendarExtended(plan="p", slots=(), calendar_until=START), "the plan had stopped posting"),
        (analysis(brief(), [cell()], prompt=AnalysisPrompt.SCHEDULE), "it was a review with a new analysis"),
    ],
    ids=["refused", "lapsed", "silent", "review"],
)
def test_a_correction_without_a_breach_says_what_asked_for_it(asked: Fact, sentence: str) -> None:
    decided = said(correction(Verdict.KEEP, {Verdict.KEEP: 10.0, Verdict.REVISE: 5.0}, breach=None), START)
    asking = replace(said(analysis(brief()), START), data=asked, id="asking")
    chapter = decision(linked(said(brief(), START), asking, decided))
    assert sentence in words(chapter.evidence)


def breach_of(name: str) -> tuple[Event, KPIBreached, Chapter]:
    events = history(name)
    event = next(event for event in events if isinstance(event.data, KPIBreached))
    assert isinstance(event.data, KPIBreached)
    return event, event.data, next(chapter for chapter in told(events).chapters if chapter.event == event.id)


@pytest.mark.parametrize("name", ["corrected", "keyless"])
def test_the_count_said_to_be_enough_is_the_least_with_which_the_evaluator_says_nothing(name: str) -> None:
    event, breach, chapter = breach_of(name)
    assert breach.kpi is KpiName.REACH
    (told_enough,) = [sentence for sentence in chapter.otherwise if sentence.phrase == "breach.enough_under"]
    enough = told_enough.values["enough"]
    assert isinstance(enough, Counted)
    assert enough.value >= 1
    assert not alarmed(history(name), event, int(enough.value))
    assert alarmed(history(name), event, int(enough.value) - 1)


def alarmed(events: tuple[Event, ...], breach: Event, more: int) -> bool:
    """Whether the evaluator would have spoken had the last reading shown so many more people reached."""
    worker: Worker[Any] = WORKER
    state: State = worker.state()
    for past in past_of(worker, events):
        if past.event.id == breach.causationid:
            reading = past.event.data
            assert isinstance(reading, MetricObserved)
            counters = {**reading.counters, "reach": reading.counters["reach"] + more}
            other = Delivery(
                past.event.id,
                worker.name,
                past.event.subject,
                past.event.tenant,
                reading.model_copy(update={"counters": counters}),
                past.event.time,
                past.now,
            )
            known = worker.evolve(state, other)
            emits = worker.decide(known, other).emits
            assert isinstance(breach.data, KPIBreached)
            return any(isinstance(fact, KPIBreached) and fact.kpi is breach.data.kpi for fact in emits)
        state = step(worker, state, past)
    raise AssertionError("the breach has no cause on this log")


def test_a_breach_says_how_far_below_the_floor_it_was_and_what_was_missing() -> None:
    _, breach, chapter = breach_of("corrected")
    assert f"{1 - breach.observed / breach.limit:.0%} below the floor" in words(chapter.decided)
    missing = (breach.limit - breach.observed) * breach.measured * 0.8
    (at_floor,) = [sentence for sentence in chapter.otherwise if sentence.phrase == "breach.at_limit_under"]
    counted = at_floor.values["missing"]
    assert isinstance(counted, Counted)
    assert missing < counted.value < missing / 0.7


def test_a_breach_whose_test_is_not_on_the_log_claims_to_know_nothing_of_it() -> None:
    event, breach, _ = breach_of("corrected")
    other = replace(event, data=breach.model_copy(update={"evidence": breach.evidence * 2}))
    events = [other if one.id == event.id else one for one in history("corrected")]
    chapter = next(chapter for chapter in told(events).chapters if chapter.event == event.id)
    assert words(chapter.otherwise) == "What would have avoided it cannot be told from this log."


def test_a_target_that_was_met_says_how_many_fewer_would_have_left_it_open() -> None:
    fact = KPIMet(kpi=KpiName.OUTCOMES, plan="p", observed=42, target=40)
    chapter = decision(linked(said(brief(), START), said(fact, START)))
    assert words(chapter.otherwise) == "With 3 outcomes fewer it would still have been open."


def test_extensions_of_the_calendar_are_told_with_their_plan() -> None:
    made = plan((slot("a", START),))
    longer = [
        said(CalendarExtended(plan=made.plan, slots=(slot(f"b{n}", START),), calendar_until=START), START, n)
        for n in range(3)
    ]
    events = linked(said(brief(), START), said(made, START), *longer)
    chapter = next(chapter for chapter in told(events).chapters if chapter.kind == "PlanMade")
    assert "extended 3 times, by 3 posts" in words(chapter.changed)


@pytest.mark.parametrize("reason", CancelReason)
@pytest.mark.parametrize("locale", [ENGLISH, PERSIAN], ids=["en", "fa"])
def test_every_reason_to_cancel_has_words_in_every_language(reason: CancelReason, locale: Locale) -> None:
    made = plan((slot("a", START + timedelta(days=1)),))
    gone = said(PostCancelled(slot="a", reason=reason), START)
    chapter = decision([said(brief(), START), said(made, START), gone])
    assert all(sentence.phrase in locale.phrases for sentence in parts(chapter))
    assert f"reason.cancelled.{reason.name.lower()}" in locale.terms


def test_where_mowj_only_advises_no_approval_would_have_sent_a_post() -> None:
    gone = said(PostCancelled(slot="a", reason=CancelReason.NOT_APPROVED), START)
    chapter = decision([said(brief(mode=Mode.ADVISE), START), said(plan((slot("a", START),)), START), gone])
    assert say(chapter.title, ENGLISH) == "1 post cancelled: they were advice only"
    assert words(chapter.otherwise) == "In another mode than advise, a person's approval would have sent them."


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("locale", [ENGLISH, PERSIAN], ids=["en", "fa"])
def test_every_kind_of_failure_has_words_in_every_language(kind: FailureKind, locale: Locale) -> None:
    failed = said(PostFailed(post="a#1", account="shop", kind=kind, detail="no"), START)
    chapter = decision(linked(said(brief(), START), failed))
    assert all(sentence.phrase in locale.phrases for sentence in parts(chapter))
    assert f"reason.failed.{kind.name.lower()}" in locale.terms


@pytest.mark.parametrize("name", NAMES)
def test_at_eighty_columns_nothing_is_cut(name: str) -> None:
    story = told(history(name))
    text = drawn(shown.story(story, ENGLISH), width=80)
    assert all(len(line) <= 80 for line in text.splitlines())
    letters = "".join(text.split()).replace("onwhat", "")
    for chapter in story.chapters:
        for sentence in parts(chapter)[1:]:
            assert "".join(say(sentence, ENGLISH).split()) in letters


def test_words_from_outside_cannot_move_the_terminal() -> None:
    hostile = PostFailed(post="a#1", account="shop", kind=FailureKind.GONE, detail="\x1b[2Jgone [bold]\x07")
    events = linked(said(brief(title="\x1b]0;x\x07Sale"), START), said(hostile, START))
    text = drawn(shown.story(told(events), ENGLISH), width=80) + drawn(
        shown.event(events[-1], Record(events), ENGLISH), width=80
    )
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]" in text


@pytest.mark.parametrize("name", HISTORIES)
def test_a_decision_is_traced_back_to_the_brief(name: str) -> None:
    events = history(name)
    record = Record(events)
    last = next(event for event in reversed(events) if isinstance(event.data, DECISIONS))
    causes = event_json(last, record)["causes"]
    assert causes
    assert causes[0]["type"] == "mowj.CampaignBriefed.v1"
    text = drawn(shown.event(last, record, ENGLISH), width=80)
    assert "CampaignBriefed" in text
    assert last.id in text


def test_the_same_as_data_has_the_numbers_behind_the_words() -> None:
    _, breach, _ = breach_of("corrected")
    document = story_json(told(history("corrected")), ENGLISH)
    (chapter,) = [chapter for chapter in document["chapters"] if chapter["kind"] == "KPIBreached"]
    assert chapter["decided"][0]["values"]["observed"] == {"value": breach.observed}
    assert chapter["decided"][0]["events"] == [chapter["event"]]


def test_a_campaign_that_was_never_briefed_cannot_be_explained() -> None:
    with pytest.raises(ValueError, match="never briefed"):
        told([said(plan(()), START)])


def test_nobody_is_told_of_a_fall_by_all_of_it_or_more() -> None:
    kpi = Kpi(
        kpi=KpiName.REACH, unit="post", expected=200, floor=140, dispersion=2.0, alpha=0.02,
        smallest_drop=1.0, reveals_by=START,
    )  # fmt: skip
    events = linked(said(brief(), START), said(plan((), (kpi,)), START))
    said_otherwise = words(decision(events).otherwise)
    assert "100%" not in said_otherwise
    assert "no fall could be shown in time" in said_otherwise
