"""The report: one HTML page that needs nothing else, from a campaign's events.

Invariants: pure: the same events and the same *now* give the same bytes. Every text passes through the template's
escaping; only the charts, whose letters matplotlib has escaped, are put in as they are. No script, nothing that is
fetched from elsewhere: the page's own security policy forbids both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from events.envelope import Event
from workers.views.explain.locale import PERSIAN
from workers.views.explain.saying import say, short
from workers.views.explain.story import Chapter, Sentence
from workers.views.report import posts, standing
from workers.views.report.charts import audience, course
from workers.views.report.headings import Headings
from workers.views.report.material import Material, gathered
from workers.views.report.strategies import Examined, examined

TEMPLATES: Final = Path(__file__).parent / "templates"
NEWEST: Final = 12
"""Posts that are shown at once; the older ones are folded away."""
PARTS: Final = ("decided", "evidence", "changed", "otherwise")
NAMED: Final = 4
"""Events that a sentence names; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the story, and the events it rests on; `more` of them are not named."""

    text: str
    links: tuple[Link, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Link:
    """An event, and where the page tells of it: in a chapter, or among the others that are named; None: it is not
    on the campaign's log.
    """

    event: str
    short: str
    anchor: str | None


@dataclass(frozen=True, slots=True)
class Cited:
    """An event that the story names and that is no chapter of it."""

    anchor: str
    event: str
    short: str
    kind: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A chapter of the story."""

    anchor: str
    event: str
    kind: str
    title: str
    day: str
    at: datetime
    parts: tuple[tuple[str, tuple[Said, ...]], ...]


def page(events: Sequence[Event], now: datetime) -> str:
    """The whole page. Raises ValueError where the campaign was never briefed."""
    material = gathered(events, now)
    headings = Headings(material.locale)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html").render(_context(material, headings))


def _context(material: Material, headings: Headings) -> dict[str, Any]:
    locale, analysis = material.locale, material.course.analysis
    rows = posts.rows(material.events, material.course)
    weekday = posts.SATURDAY if locale.code == PERSIAN else posts.MONDAY
    story = _story(material)
    return {
        "m": material,
        "h": headings,
        "l": locale,
        "facts": standing.facts(material, headings),
        "tiles": standing.tiles(material, headings),
        "sentence": standing.sentence(material, headings),
        "kpis": standing.kpis(material, headings),
        "course_charts": [course.outcomes(material, headings), *course.kpis(material, headings)],
        "marks": _marks(material, headings),
        "analysis": standing.analysis(material, headings),
        "audience_charts": [
            chart
            for chart in (
                *((audience.hours(analysis, material, headings),) if analysis is not None else ()),
                *(audience.levels(analysis, material, headings) if analysis is not None else ()),
                *((audience.directions(analysis, material, headings),) if analysis is not None else ()),
            )
            if chart is not None
        ],
        "choices": _choices(material, headings),
        "calendar": posts.calendar(material.events, material.course, material.now, weekday),
        "money": course.spending(material, headings),
        "budget": standing.budget(material, headings),
        "newest": rows[:NEWEST],
        "older": rows[NEWEST:],
        "story": story,
        "cited": _cited(story, material),
        "last": material.events[-1],
    }


def _marks(material: Material, headings: Headings) -> list[dict[str, str]]:
    return [
        {
            "number": material.locale.digits(str(mark.number)),
            "kind": mark.kind,
            "word": headings[f"mark.{mark.kind}"],
            "when": material.locale.moment(mark.at),
            "anchor": anchor(mark.event),
            "short": short(mark.event),
        }
        for mark in material.marks
    ]


def _choices(material: Material, headings: Headings) -> list[Examined]:
    """Newest first."""
    return [
        examined(choice, number, material, headings)
        for number, choice in reversed(list(enumerate(material.choices, start=1)))
    ]


def _story(material: Material) -> list[Told]:
    chapters = material.story.chapters
    anchored = {event.id: anchor(event.id) for event in material.events}
    anchored |= {event: anchor(chapter.event) for chapter in chapters for event in chapter.events}
    return [_told(chapter, material, anchored) for chapter in chapters]


def _cited(story: Sequence[Told], material: Material) -> list[Cited]:
    """In the order of the log."""
    told = {event for chapter in material.story.chapters for event in chapter.events}
    named = {link.event for one in story for _, part in one.parts for said in part for link in said.links}
    return [
        Cited(
            anchor=anchor(event.id),
            event=event.id,
            short=short(event.id),
            kind=event.name,
            what=material.locale.terms.get(f"cause.{event.name}", event.name),
            at=event.recordedtime,
        )
        for event in material.events
        if event.id in named - told
    ]


def _told(chapter: Chapter, material: Material, anchored: dict[str, str]) -> Told:
    def said(sentence: Sentence) -> Said:
        named = [event for event in dict.fromkeys(sentence.events) if event not in chapter.events]
        links = tuple(Link(event, short(event), anchored.get(event)) for event in named[:NAMED])
        return Said(say(sentence, material.locale), links, len(named) - len(links))

    return Told(
        anchor=anchor(chapter.event),
        event=chapter.event,
        kind=chapter.kind,
        title=say(chapter.title, material.locale),
        day=material.locale.digits(str(chapter.day)),
        at=chapter.at,
        parts=tuple(
            (name, tuple(said(sentence) for sentence in getattr(chapter, name)))
            for name in PARTS
            if getattr(chapter, name)
        ),
    )


def anchor(event: str) -> str:
    """An event's place in the page."""
    return f"event-{event}"
