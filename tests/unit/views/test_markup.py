"""What somebody called a topic, group, format, content or campaign is shown as it was written, brackets and all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.console import RenderableType

from events.campaign import SegmentHypothesis
from events.correction import CorrectionDecided, Option, Verdict
from events.execution import ContentRequested, Step
from events.strategy import StrategyProposed, Swot
from events.terms import Appeal, FunnelStage
from tests.unit.views.told import course_of, drawn, said
from tests.unit.workers.material import START, WORTH, analysis, brief, chosen, plan, published, revision, slot, traits
from workers.views import audience, correction, strategy
from workers.views.comparison import comparison
from workers.views.figures import figures
from workers.views.proposal import proposal
from workers.views.status import status
from workers.views.story import line, panel

TOPIC, GROUP, FORM, TITLE = "a[red]b", "g[b]h", "f[bold]g", "t[i]u :warning:"
STRATEGY = f"teach/{GROUP}/{TOPIC}"
BRIEF = brief(title=TITLE, topics=(TOPIC, "tea"), segments=(SegmentHypothesis(name=GROUP),), formats=(FORM, "photo"))
ANALYSIS = analysis(BRIEF)
CHOSEN = chosen(STRATEGY, replaces=STRATEGY)
PROPOSED = StrategyProposed(
    strategy=STRATEGY,
    family=CHOSEN.family,
    appeal=Appeal.TEACH,
    segment=GROUP,
    topic=TOPIC,
    expected=WORTH,
    swot=Swot(strengths=(), weaknesses=(), opportunities=(), threats=()),
)
SLOT = slot("s", START + timedelta(hours=3), traits=traits(topic=TOPIC, format=FORM, segment=GROUP))
STEP = Step(step=f"write about {TOPIC}", worker="editor", due=START)
PLAN = plan((SLOT,), strategy=STRATEGY, steps=(STEP,))
ASKED = ContentRequested(
    request="r",
    topic=TOPIC,
    format=FORM,
    appeal=Appeal.TEACH,
    funnel_stage=FunnelStage.AWARENESS,
    channel="net",
    pieces=1,
    needed_by=START,
    why=f"{TOPIC} lacks content",
)
OPTION = Option(verdict=Verdict.KEEP, strategy=STRATEGY, value=1, low=0, high=2, outcomes=1, cost=0, sure=1, why=TOPIC)
DECIDED = CorrectionDecided(verdict=Verdict.KEEP, options=(OPTION,), sure=1, why=f"{TOPIC} pays", decided_for=START)
REVISED = revision((SLOT,), strategy=STRATEGY, changes=(f"more {TOPIC}",))
POST = published("s", START, content=f"about {TOPIC}", traits=SLOT.traits)
EVENTS = [said(fact, START) for fact in (BRIEF, ANALYSIS, PROPOSED, CHOSEN, PLAN, ASKED, POST)]
COURSE = course_of(BRIEF, EVENTS)
OTHER = [said(BRIEF, START), said(PROPOSED, START), said(chosen("offer/x/y"), START)]


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (audience.full_look(ANALYSIS), (TOPIC, GROUP, FORM)),
        (audience.brief_look(ANALYSIS), (FORM,)),
        (audience.directions(ANALYSIS), (TOPIC, GROUP)),
        (strategy.choice(CHOSEN, [PROPOSED], BRIEF), (f"StrategyChosen: {STRATEGY}", f"replaces {STRATEGY}")),
        (strategy.candidates([PROPOSED], STRATEGY, "EUR"), (STRATEGY,)),
        (proposal(EVENTS, BRIEF), (f"PlanMade: {STRATEGY}", f"write about {TOPIC}", f"teach/{TOPIC}/{FORM}")),
        (proposal(EVENTS[-2:-1], BRIEF), (f" {TOPIC} ", f" {FORM} ", f"{TOPIC} lacks")),
        (proposal(OTHER, BRIEF), (f"not chosen: {STRATEGY}",)),
        (panel(said(REVISED, START), COURSE), (STRATEGY, f"more {TOPIC}")),
        (correction.decided(DECIDED, "EUR"), (STRATEGY, f"{TOPIC} pays")),
        (status(COURSE, figures(EVENTS), EVENTS, 30), (TITLE, STRATEGY, f"about {TOPIC}")),
        (line(EVENTS[-1], COURSE), (TOPIC,)),
        (comparison(figures(EVENTS), figures(EVENTS)), (STRATEGY,)),
    ],
)  # fmt: skip
def test_words_in_brackets_are_shown_as_they_are(view: RenderableType, words: tuple[str, ...]) -> None:
    text = drawn(view, 160)
    for word in words:
        assert word in text
