"""Facts as they lie on a log, for views to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from rich.console import Console, RenderableType

from events.campaign import CampaignBriefed
from events.catalogue import ENTRIES
from events.envelope import Event, type_name
from events.terms import Fact
from workers.views.course import Course, beginning

CAMPAIGN: Final = "school"


def said(fact: Fact, at: datetime, number: int = 0) -> Event:
    """One fact, said by whoever says such facts, recorded when it became true."""
    worker = ENTRIES[type(fact).__name__].worker
    return Event(
        id=f"{type(fact).__name__}-{at.isoformat()}-{number}",
        source=f"/mowj/workers/{worker}" if worker is not None else "/people/owner",
        type=type_name(type(fact)),
        subject=CAMPAIGN,
        tenant="default",
        time=at,
        recordedtime=at,
        data=fact,
        correlationid="brief",
    )


def course_of(brief: CampaignBriefed, events: list[Event]) -> Course:
    course = beginning(brief)
    for event in events:
        course = course.after(event)
    return course


def drawn(renderable: RenderableType, width: int = 100) -> str:
    """What a person reads, without color."""
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def hours_after(start: datetime, hours: float) -> datetime:
    return start + timedelta(hours=hours)
