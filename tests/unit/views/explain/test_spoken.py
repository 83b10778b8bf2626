"""An explanation on a terminal: in the brief's language, in plain words, and without what a terminal would obey."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from events.campaign import CampaignBriefed, CampaignPaused, CampaignResumed
from events.catalogue import ENTRIES
from events.envelope import Event
from events.execution import CancelReason, PostApproved, PostCancelled
from events.terms import Fact
from tests.unit.views.told import drawn, said
from tests.unit.workers.material import START, brief, plan, revision, slot
from workers.command.errors import UserError
from workers.command.explain import spoken
from workers.views.explain import english, shown
from workers.views.explain.locale import Locale
from workers.views.explain.record import Record
from workers.views.explain.saying import say
from workers.views.explain.story import Chapter, Sentence
from workers.views.explain.telling import told

ENGLISH: Final = Locale("en", ZoneInfo("Europe/Berlin"))
PERSIAN: Final = Locale("fa", ZoneInfo("Asia/Tehran"))
SLOT: Final = slot("plan-1.1", START + timedelta(hours=9))
SHY: Final = "خانه‌نشینان"
"""A word that is spelled with a zero-width non-joiner."""


def log(*facts: Fact) -> list[Event]:
    """Each said an hour after the one before, and caused by the last that is not the brief."""
    events: list[Event] = []
    for hours, fact in enumerate(facts):
        event = said(fact, START + timedelta(hours=hours), hours)
        cause = events[-1].id if len(events) > 1 else None
        events.append(event if cause is None else replace(event, causationid=cause))
    return events


def briefed(**changes: object) -> CampaignBriefed:
    return brief().model_copy(update=changes)


def chapter(events: list[Event], kind: type[Fact]) -> Chapter:
    return next(one for one in told(events).chapters if one.kind == kind.__name__)


def words(part: tuple[Sentence, ...]) -> str:
    return " ".join(say(sentence, ENGLISH) for sentence in part)


def test_a_persian_word_keeps_the_joiners_that_it_is_spelled_with() -> None:
    page = drawn(shown.story(told(log(briefed(title=SHY, language="fa"))), PERSIAN))
    assert SHY in page
    assert "\N{REPLACEMENT CHARACTER}" not in page


def test_what_a_terminal_would_obey_is_still_no_part_of_a_word() -> None:
    assert shown.safe("a\x1b[2Jb\u202ec") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c"


def test_a_persian_explanation_has_no_english_labels() -> None:
    events = log(briefed(language="fa"), plan([SLOT]))
    page = drawn(shown.story(told(events), PERSIAN))
    one = drawn(shown.event(events[1], Record(events), PERSIAN)).partition("\n}")[2]
    for key, label in english.TERMS.items():
        if key.startswith("shown.") and "{" not in label:
            assert label not in page + one, key
    assert "روز ۱" in page


@pytest.mark.parametrize(
    ("wanted", "of_the_brief", "language"),
    [(None, "fa-IR", "fa-IR"), (None, "de", "de"), ("en", "fa", "en"), ("FA", "en", "fa")],
)
def test_the_briefs_language_explains_unless_another_is_asked_for(
    wanted: str | None, of_the_brief: str, language: str
) -> None:
    assert spoken(wanted, of_the_brief) == language


def test_a_language_without_a_catalogue_cannot_be_asked_for() -> None:
    with pytest.raises(UserError, match="allowed: en, fa"):
        spoken("de", "fa")


def test_a_pause_without_a_reason_gives_none() -> None:
    silent = chapter(log(briefed(), CampaignPaused(by="olivia", reason="")), CampaignPaused)
    assert words(silent.decided) == "By olivia."
    spoken_of = chapter(log(briefed(), CampaignPaused(by="olivia", reason="stocktaking")), CampaignPaused)
    assert words(spoken_of.decided) == "By olivia, because “stocktaking”."


def test_a_resumption_says_that_it_made_a_new_calendar() -> None:
    events = log(briefed(), plan([SLOT]), CampaignResumed(by="olivia", reason=""), revision([SLOT]))
    resumed = chapter(events, CampaignResumed)
    assert words(resumed.changed) == "What lay ahead was planned anew."
    assert resumed.changed[0].events == (events[3].id,)


def test_a_persons_answers_to_posts_are_decisions_too() -> None:
    answers = [PostApproved(post=f"{SLOT.slot}#{mark}", fingerprint=mark, by="olivia") for mark in ("aa", "bb")]
    approved = chapter(log(briefed(), plan([SLOT]), *answers), PostApproved)
    assert say(approved.title, ENGLISH) == "2 posts approved by a person"
    assert len(approved.events) == 2
    assert "exactly as they were seen" in words(approved.changed)


def test_what_something_followed_from_is_said_in_words() -> None:
    cancelled = PostCancelled(slot=SLOT.slot, reason=CancelReason.PAUSED)
    events = log(briefed(), plan([SLOT]), CampaignPaused(by="olivia", reason=""), cancelled)
    assert words(chapter(events, PostCancelled).evidence) == "It followed from the campaign's pause."


def test_every_cause_that_has_words_is_an_event() -> None:
    assert {key.removeprefix("cause.") for key in english.TERMS if key.startswith("cause.")} <= set(ENTRIES)


def test_one_event_whole_is_readable_in_its_own_script() -> None:
    events = log(briefed(title=SHY, language="fa"))
    assert f'"title": "{SHY}"' in drawn(shown.event(events[0], Record(events), PERSIAN))
