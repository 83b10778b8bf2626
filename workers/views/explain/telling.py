"""From a campaign's log to its story: every decision in order, each explained by the room that knows its kind.

Invariants: pure; the same events tell the same story. Answers to posts, and their mishaps, that lie between the same
two decisions and have the same reason are one chapter, at the place of the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import Event
from events.execution import ExecutionRevised, PlanMade
from events.strategy import StrategyChosen
from workers.views.explain import alarms, choices, corrections, people, plans, posts
from workers.views.explain.record import Record
from workers.views.explain.story import Chapter, Story


def told(events: Sequence[Event]) -> Story:
    """The story of one campaign's events, in the order of the log. Raises ValueError where it was never briefed."""
    record = Record(events)
    parts: list[Chapter | str] = []
    groups: dict[str, list[Event]] = {}
    number = 0
    for event in events:
        name = posts.group_of(event, record)
        if name is not None:
            key = f"{name} {number}"
            if key not in groups:
                groups[key] = []
                parts.append(key)
            groups[key].append(event)
            continue
        chapter = _chapter(event, record)
        if chapter is not None:
            number += 1
            parts.append(chapter)
    chapters = tuple(
        part if isinstance(part, Chapter) else posts.group(part.split(" ", 1)[0], groups[part], record)
        for part in parts
    )
    brief = record.brief
    return Story(events[0].subject, brief.title, brief.language, brief.zone, chapters)


def _chapter(event: Event, record: Record) -> Chapter | None:
    match event.data:
        case StrategyChosen() as choice:
            return choices.chosen(event, choice, record)
        case PlanMade() as plan:
            return plans.made(event, plan, record)
        case ExecutionRevised() as revision:
            return plans.revised(event, revision, record)
        case KPIBreached() as breach:
            return alarms.breached(event, breach, record)
        case KPIRecovered() as fact:
            return alarms.recovered(event, fact, record)
        case KPIMet() as fact:
            return alarms.met(event, fact, record)
        case CorrectionDecided() as correction:
            return corrections.decided(event, correction, record)
        case fact if isinstance(fact, people.HEARD):
            return people.heard(event, record)
        case _:
            return None
