"""An explanation says when the owner's weights decided, what was given up for them, and what would have changed it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from events.envelope import Event
from events.strategy import AudienceAnalyzed, StrategyChosen, StrategyProposed
from events.terms import Fact
from tests.unit.views.explain.test_explain import decision, words
from tests.unit.views.told import said
from tests.unit.workers.material import START, analysis, brief
from tests.unit.workers.test_strategist import SEEN, TIED, TWO, choices, known
from workers.views.explain.locale import Locale
from workers.views.explain.saying import say
from workers.views.explain.story import Chapter
from workers.weighing import NEAR


def explained(*, weighed: bool) -> tuple[Chapter, list[StrategyProposed], StrategyChosen]:
    made = known(cells=TIED, swot_weights=SEEN if weighed else None, **TWO)
    looked = said(analysis(brief(), TIED), START)
    assert isinstance(looked.data, AudienceAnalyzed)

    def following(fact: Fact, number: int) -> Event:
        return replace(said(fact, START, number), causationid=looked.id)

    proposals = made.of(StrategyProposed)
    followed = [following(fact, number) for number, fact in enumerate([*proposals, choices(made)[0]])]
    return decision([said(brief(), START), looked, *followed]), proposals, choices(made)[0]


def test_the_candidate_that_was_worth_more_is_named_with_both_balances() -> None:
    chapter, (best, own), choice = explained(weighed=True)
    assert choice.weighed_against == best.strategy
    told = words(chapter.decided)
    assert f"{best.strategy} was worth" in told
    assert "the weights in the brief decided" in told
    assert f"is {own.swot.balance:.2f} for this one and {best.swot.balance:.2f} for that" in told
    assert "(weight 36%)" in words(chapter.evidence)


def test_what_would_have_changed_a_weighed_choice_is_worth_beyond_every_near_tie() -> None:
    chapter, (best, _), _ = explained(weighed=True)
    needed = best.expected.value / (1 - NEAR) - best.expected.value
    assert f"had it been worth {needed:.0f} EUR more" in words(chapter.otherwise)


def test_without_weights_nothing_is_said_of_them() -> None:
    chapter, _, _ = explained(weighed=False)
    told = words((*chapter.decided, *chapter.evidence))
    assert "weigh" not in told


@pytest.mark.parametrize("language", ["en", "fa"])
def test_it_is_said_in_every_language(language: str) -> None:
    chapter, _, _ = explained(weighed=True)
    locale = Locale(language, ZoneInfo("UTC"))
    (sentence,) = [one for one in chapter.decided if one.phrase == "choice.weighed"]
    assert "{" not in say(sentence, locale)
    assert say(sentence, locale) != sentence.phrase
