"""The report is one whole page that loads nothing, runs nothing, and says what the log says."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from events.campaign import CampaignEnded, CampaignPaused, ContentOffered
from events.correction import CorrectionDecided, KPIBreached
from events.envelope import Event
from events.execution import (
    ExecutionRevised,
    MetricObserved,
    PostFailed,
    PostProposed,
    PostPublished,
    PostScheduled,
    PostUncertain,
)
from events.strategy import AudienceAnalyzed, StrategyChosen, StrategyProposed
from events.terms import Appeal, PostTraits
from tests.unit.views.report.pages import (
    SVG,
    XHTML,
    by_id,
    elements,
    end,
    history,
    html,
    parsed,
    rebriefed,
    words,
)
from tests.unit.views.told import said
from tests.unit.workers.material import START, analysis, brief
from workers.views.figures import figures
from workers.views.report.page import page

HOSTILE: Final = "</style><script>alert('x')</script><img src=x onerror=alert(1)>&\"' $x^2$ -->"


def test_the_page_is_well_formed_and_every_id_is_its_own() -> None:
    root = parsed(html("corrected"))
    ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids)) > 50


@pytest.mark.parametrize("name", ["approved", "corrected"])
def test_every_link_within_the_page_leads_somewhere(name: str) -> None:
    root = parsed(html(name))
    ids = {element.get("id") for element in root.iter()}
    inner = [str(link.get("href")) for link in elements(root, "a") if str(link.get("href")).startswith("#")]
    assert len(inner) > 8
    assert {link for link in inner if link[1:] not in ids} == set()
    svg = [value for element in root.iter() for value in element.attrib.values() if "url(#" in value]
    assert {name for value in svg for name in re.findall(r"url\(#([^)]*)\)", value)} <= ids


@pytest.mark.parametrize("name", ["approved", "corrected"])
def test_every_event_that_a_sentence_names_is_a_link_to_what_it_is(name: str) -> None:
    root = parsed(html(name))
    sentences = list(elements(root, "dd"))
    named = [link for one in sentences for link in one.iter(f"{XHTML}a") if link.get("class") == "event"]
    assert len(named) > 20
    assert not [code for one in sentences for code in one.iter(f"{XHTML}code") if code.get("class") == "event"]
    analyzed = next(event for event in history(name) if isinstance(event.data, AudienceAnalyzed))
    (listed,) = (item for item in elements(root, "li") if item.get("id") == f"event-{analyzed.id}")
    assert "an analysis of the audience" in words(listed)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_is_loaded_from_anywhere_and_nothing_runs(language: str) -> None:
    text = html("corrected", language)
    root = parsed(text)
    tags = {element.tag for element in root.iter()}
    for tag in ("script", "img", "link", "iframe", "object", "embed", "base", "form"):
        assert f"{XHTML}{tag}" not in tags
    for element in root.iter():
        assert not {name for name in element.attrib if name.startswith("on") or name.endswith("src")}
        link = element.get("href")
        if link is not None and not link.startswith("#"):
            assert element.tag == f"{XHTML}a"
            assert re.match(r"https?://", link)
    style = words(next(elements(root, "style")))
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [meta for meta in elements(root, "meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy.get("content") == "default-src 'none'; style-src 'unsafe-inline'"


def test_what_people_wrote_stays_text_wherever_it_stands() -> None:
    events = hostile()
    root = parsed(page(events, end(events)))
    tags = {element.tag for element in root.iter()}
    assert f"{XHTML}script" not in tags
    assert f"{XHTML}img" not in tags
    post = words(by_id(root, "posts"))
    assert "<script>alert('x')</script>" in post
    assert words(next(elements(root, "h1"))) == HOSTILE
    links = [str(link.get("href")) for link in elements(root, "a")]
    assert not [link for link in links if link.lower().startswith(("javascript:", "data:"))]
    # A topic in a chart is text of the drawing, and no formula.
    assert [one for one in root.iter(f"{SVG}text") if (one.text or "").endswith("<b>$tea$</b> & -- 茶")]


def hostile() -> list[Event]:
    """The corrected history, with everything that somebody wrote made as bad as can be."""

    def spoiled(event: Event) -> Event:
        match event.data:
            case (PostProposed(variant=variant) as post) | (PostScheduled(variant=variant) as post):
                bad = variant.model_copy(update={"text": HOSTILE, "link": "javascript:alert(1)"})
                return replace(event, data=post.model_copy(update={"variant": bad}))
            case PostPublished() as post:
                return replace(event, data=post.model_copy(update={"url": " JavaScript:alert(1)"}))
            case _:
                return event

    events = [spoiled(event) for event in rebriefed(history("corrected"), title=HOSTILE)]
    known = next(event for event in reversed(events) if event.name == "AudienceAnalyzed")
    told = known.data
    directions = tuple(
        one.model_copy(update={"topic": "<b>$tea$</b> & -- 茶"}) for one in getattr(told, "directions", ())
    )
    return [
        replace(event, data=told.model_copy(update={"directions": directions})) if event is known else event
        for event in events
    ]


def test_persian_is_written_from_the_right_in_its_own_digits_and_calendar() -> None:
    root = parsed(html("corrected", "fa"))
    assert (root.get("dir"), root.get("lang")) == ("rtl", "fa")
    assert words(next(elements(root, "h2"))) == "وضعیت کنونی"
    facts = words(next(elements(root, "dl")))
    assert "۱۱ اسفند ۱۴۰۴" in facts
    for number in elements(by_id(root, "standing"), "td"):
        assert not re.search(r"[0-9]", words(number))


def test_other_languages_are_written_from_the_left_with_english_headings() -> None:
    root = parsed(html("paused"))
    assert (root.get("dir"), root.get("lang")) == ("ltr", "en")
    assert words(next(elements(root, "h2"))) == "Where it stands"


def test_the_figures_are_those_of_the_log() -> None:
    events, root = history("corrected"), parsed(html("corrected"))
    known = figures(events)
    tiles = [words(tile) for tile in elements(root, "li") if tile.find(f"{XHTML}b") is not None][:5]
    assert tiles[0].startswith(f"{known.outcomes:,.0f} outcomes")
    assert tiles[1].startswith(f"{known.spent:,.2f} EUR spent")
    assert tiles[2].startswith(f"{known.net_value:,.0f} EUR")
    assert tiles[3].startswith(f"{known.posts} posts sent")
    revised, switched = known.execution_revisions, known.strategy_switches
    # Never two bare numbers: written from the right, nobody could tell which is which.
    assert tiles[4] == f"{revised + switched} changes of plan revisions: {revised}, switches: {switched}"
    assert last_cell(by_id(root, "outcomes")) == f"{known.outcomes:,.0f}"
    assert last_cell(by_id(root, "spending")) == f"{known.spent:,.2f} EUR"


def last_cell(figure: object) -> str:
    """The newest number of a chart's table."""
    return words([*elements(figure, "td")][-1])  # type: ignore[arg-type]


def test_every_post_is_in_the_table_with_its_newest_reading() -> None:
    events, root = history("keyless"), parsed(html("keyless"))
    rows = [row for row in elements(by_id(root, "posts"), "tr") if row.find(f"{XHTML}td") is not None]
    sent = [event.data for event in events if isinstance(event.data, PostPublished)]
    lost = {event.data.post for event in events if isinstance(event.data, PostFailed | PostUncertain)}
    assert len(rows) == len(sent) + len(lost)
    first = max(sent, key=lambda post: (post.at, post.post))
    reading = [e.data.counters for e in events if isinstance(e.data, MetricObserved) and e.data.post == first.post]
    (row,) = [row for row in rows if first.at.isoformat() in (row.find(f".//{XHTML}time").get("datetime") or "")]  # type: ignore[union-attr]
    cells = {cell.get("data-label"): words(cell) for cell in elements(row, "td")}
    assert cells["reach"] == (str(reading[-1]["reach"]) if reading else "?")
    assert cells["cost"] == f"{first.cost.amount:,.2f} EUR"


def test_a_figure_that_nobody_knows_is_no_zero() -> None:
    sent = PostPublished(
        post="a.1#x",
        content="c",
        account="shop",
        at=START,
        traits=PostTraits(channel="net"),
        reference="r",
        url="https://example.org/a?b=1&c=2",
        fingerprint="f",
        cost=brief().post_cost,
    )
    events = [said(brief(), START), said(sent, START)]
    root = parsed(page(events, START + timedelta(hours=1)))
    cells = {cell.get("data-label"): words(cell) for cell in elements(by_id(root, "posts"), "td")}
    assert (cells["reach"], cells["engagements"], cells["follows"]) == ("?", "?", "?")
    assert "https://example.org/a?b=1&c=2" in {link.get("href") for link in elements(root, "a")}


def test_breaches_and_corrections_are_marked_by_number_on_every_time_axis() -> None:
    events, root = history("corrected"), parsed(html("corrected"))
    kinds = KPIBreached | CorrectionDecided | ExecutionRevised
    marks = [event for event in events if isinstance(event.data, kinds)]
    listed = [words(item.find(f"{XHTML}b") or item) for item in elements(by_id(root, "course"), "li")]
    assert [text[0] for text in listed] == [str(number) for number in range(1, len(marks) + 1)]
    for chart in ("outcomes", "kpi-reach-per-post", "spending"):
        lettered = {text.text for text in by_id(root, chart).iter(f"{SVG}text")}
        assert {str(number) for number in range(1, len(marks) + 1)} <= lettered


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_chart_says_in_words_and_numbers_what_it_draws(language: str) -> None:
    root = parsed(html("corrected", language))
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    drawings = [*root.iter(f"{SVG}svg")]
    assert len(drawings) >= 10
    for drawing in drawings:
        named = [ids[name] for name in str(drawing.get("aria-labelledby")).split()]
        assert all(words(name) for name in named)
        assert drawing.get("role") == "img"
    tables = [figure for figure in elements(root, "figure") if figure.find(f".//{XHTML}td") is not None]
    # Where nothing has been judged, there is no number to say.
    assert len(tables) >= len(drawings) - 3


def test_every_candidate_has_its_swot_and_the_chosen_one_is_marked() -> None:
    events, root = history("corrected"), parsed(html("corrected"))
    proposed = [event.data for event in events if isinstance(event.data, StrategyProposed)]
    cards = [card for card in elements(by_id(root, "strategies"), "article") if "card" in str(card.get("class"))]
    assert len(cards) == len(proposed)
    chosen = [words(card) for card in cards if "chosen" in str(card.get("class")).split()]
    said = {f"{event.data.strategy} chosen" for event in events if isinstance(event.data, StrategyChosen)}
    assert len(said) == len(chosen) == 2
    assert all(any(card.startswith(name) for card in chosen) for name in said)
    text = words(by_id(root, "strategies"))
    for candidate in proposed:
        for factor in (*candidate.swot.strengths, *candidate.swot.threats):
            assert factor.statement in text


def test_the_same_events_give_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; from tests.unit.views.report.pages import history, end;"
        "from workers.views.report.page import page;"
        "e = history('paused'); sys.stdout.reconfigure(encoding='utf-8'); sys.stdout.write(page(e, end(e)));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8", timeout=60
    )
    assert done.stdout == html("paused")


def test_a_campaign_that_has_only_a_brief_has_a_page() -> None:
    events = [said(brief(), START)]
    text = words(parsed(page(events, START - timedelta(days=2))))
    assert "It begins on 2 Mar 2026. There is no plan yet." in text
    assert "The audience has not been analyzed yet." in text
    assert "Nothing has been sent yet." in text


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (CampaignPaused(reason="a holiday", by="olivia"), "It is paused: nothing is published."),
        (CampaignEnded(reason="sold", by="olivia"), "The campaign was ended."),
        (analysis(brief()), "There is no plan yet."),
    ],
    ids=["paused", "ended", "analyzed"],
)
def test_the_first_sentence_says_where_it_stands(fact: CampaignPaused | CampaignEnded, sentence: str) -> None:
    events = [said(brief(), START), said(fact, START)]
    text = words(parsed(page(events, START + timedelta(hours=30))))
    assert f"Day 2 of 60: 0 outcomes and 0.00 EUR of 800.00 EUR spent. {sentence}" in text


def test_the_story_of_the_page_is_that_of_explain() -> None:
    root = parsed(html("corrected"))
    chapters = list(elements(by_id(root, "story"), "article"))
    assert "What would have changed it" in words(chapters[-1])
    breach = next(event for event in history("corrected") if isinstance(event.data, KPIBreached))
    assert "81% below the floor" in words(by_id(root, f"event-{breach.id}"))


def test_what_is_offered_by_nobody_is_not_on_the_page() -> None:
    """Content that was never published is not shown: a report is handed to clients."""
    secret = ContentOffered(content="c", topic="t", format="f", appeal=Appeal.TEACH, text="not yet for anybody")
    events = [said(brief(), START), said(secret, START)]
    assert "not yet for anybody" not in page(events, START)
