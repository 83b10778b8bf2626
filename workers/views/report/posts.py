"""The posts of a campaign as a table, and its calendar around today.

Invariants: pure. A figure that the network did not give is None, never 0. Links are kept only where they are http or
https: a page must not run what somebody wrote into a link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from events.campaign import CampaignEnded
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    ExecutionRevised,
    PlanMade,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostScheduled,
    PostUncertain,
    Slot,
    Variant,
)
from events.terms import PostTraits
from workers.analysis import engagements_of
from workers.lives import PostState, slot_of
from workers.views.course import Course
from workers.views.figures import GOAL_COUNTERS

MONDAY, SATURDAY = 0, 5
"""First days of a week, as Python counts them."""
WEEKS: Final = 2
"""Weeks of the calendar before and after this one."""


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post that was sent, failed, or may or may not be there."""

    event: str
    post: str
    at: datetime
    account: str
    state: PostState
    traits: PostTraits
    text: str
    link: str | None
    url: str | None
    reach: int | None
    engagements: float | None
    follows: int | None
    outcomes: int | None
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in the calendar, sent or still ahead."""

    at: datetime
    state: PostState
    traits: PostTraits
    explores: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    at: datetime
    is_today: bool
    entries: tuple[Entry, ...]


def rows(events: Sequence[Event], course: Course) -> list[PostRow]:
    """Newest first."""
    variants: dict[str, tuple[Variant, PostTraits]] = {}
    found: dict[str, PostRow] = {}
    for event in events:
        match event.data:
            case PostProposed() as post:
                variants[post.post] = (post.variant, post.traits)
            case PostScheduled() as post:
                variants[post.post] = (post.variant, post.traits)
            case PostPublished() as sent:
                found[sent.post] = _published(event, sent, variants.get(sent.post), course)
            case PostFailed(post=name, account=account) | PostUncertain(post=name, account=account):
                state = PostState.FAILED if isinstance(event.data, PostFailed) else PostState.UNCERTAIN
                found[name] = _unsent(event, name, account, state, variants.get(name))
            case _:
                pass
    return sorted(found.values(), key=lambda row: (row.at, row.post), reverse=True)


def _published(event: Event, sent: PostPublished, shown: tuple[Variant, PostTraits] | None, course: Course) -> PostRow:
    reading = course.readings.get(sent.post)
    counters: Mapping[str, int] = reading.counters if reading is not None else {}
    boost = sent.boost.amount if sent.boost is not None else Decimal(0)
    return PostRow(
        event=event.id,
        post=sent.post,
        at=sent.at,
        account=sent.account,
        state=PostState.PUBLISHED,
        traits=sent.traits,
        text=shown[0].text if shown is not None else "",
        link=safe_link(shown[0].link) if shown is not None else None,
        url=safe_link(sent.url),
        reach=counters.get("reach"),
        engagements=engagements_of(counters, None),
        follows=counters.get("follows"),
        outcomes=_outcomes(sent.post, counters, course),
        cost=sent.cost.amount + boost,
    )


def _outcomes(post: str, counters: Mapping[str, int], course: Course) -> int | None:
    """Conversions are told from outside, and none told is none; what the network counts may be unknown."""
    counter = GOAL_COUNTERS.get(course.brief.goal)
    return course.conversions.get(post, 0) if counter is None else counters.get(counter)


def _unsent(
    event: Event, post: str, account: str, state: PostState, shown: tuple[Variant, PostTraits] | None
) -> PostRow:
    return PostRow(
        event=event.id,
        post=post,
        at=event.recordedtime,
        account=account,
        state=state,
        traits=shown[1] if shown is not None else PostTraits(channel="?"),
        text=shown[0].text if shown is not None else "",
        link=None,
        url=None,
        reach=None,
        engagements=None,
        follows=None,
        outcomes=None,
        cost=Decimal(0),
    )


def safe_link(link: str | None) -> str | None:
    """The link where a browser may follow it; None for everything but http and https."""
    if link is None:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme.lower() in {"http", "https"} and parts.netloc else None


def calendar(events: Sequence[Event], course: Course, now: datetime, first_weekday: int) -> list[CalendarDay]:
    """Whole weeks around today, or around the campaign's last day once that is over."""
    entries = _entries(events, course)
    if not entries:
        return []
    zone = course.zone
    times = [entry.at for entry in entries]
    middle = min(max(now, min(times)), max(times)).astimezone(zone).date()
    monday = middle - timedelta(days=(middle.weekday() - first_weekday) % 7)
    by_day: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.at):
        by_day.setdefault(entry.at.astimezone(zone).date(), []).append(entry)
    days = [monday + timedelta(days=number) for number in range(-7 * WEEKS, 7 * (WEEKS + 1))]
    used = [day for day in days if day in by_day]
    if not used:
        return []
    shown = [
        day
        for day in days
        if _week(used[0], first_weekday) <= _week(day, first_weekday) <= _week(used[-1], first_weekday)
    ]
    today = now.astimezone(zone).date()
    return [
        CalendarDay(
            day, datetime(day.year, day.month, day.day, 12, tzinfo=zone), day == today, tuple(by_day.get(day, ()))
        )
        for day in shown
    ]


def _week(day: date, first_weekday: int) -> date:
    """The first day of its week."""
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def _entries(events: Sequence[Event], course: Course) -> list[Entry]:
    """What was sent and what is ahead; what was cancelled is in neither."""
    ahead: dict[str, Entry] = {}
    slots: dict[str, Slot] = {}
    settled: list[Entry] = []
    for event in events:
        match event.data:
            case PlanMade(slots=made) | ExecutionRevised(slots=made):
                ahead = {name: entry for name, entry in ahead.items() if entry.state is not PostState.PLANNED}
                ahead |= {slot.slot: _planned(slot) for slot in made}
                slots |= {slot.slot: slot for slot in made}
            case CalendarExtended(slots=made):
                ahead |= {slot.slot: _planned(slot) for slot in made}
                slots |= {slot.slot: slot for slot in made}
            case PostProposed() as post:
                ahead[post.slot] = Entry(post.at, PostState.PROPOSED, post.traits, post.explores, None)
            case PostScheduled() as post:
                explores = ahead[slot_of(post.post)].explores if slot_of(post.post) in ahead else False
                ahead[slot_of(post.post)] = Entry(post.at, PostState.SCHEDULED, post.traits, explores, None)
            case PostCancelled(slot=slot):
                ahead.pop(slot, None)
            case PostPublished() as sent:
                before = ahead.pop(slot_of(sent.post), None)
                explores = before.explores if before is not None else False
                settled.append(Entry(sent.at, PostState.PUBLISHED, sent.traits, explores, safe_link(sent.url)))
            case PostFailed(post=name) | PostUncertain(post=name):
                before = ahead.pop(slot_of(name), None)
                state = PostState.FAILED if isinstance(event.data, PostFailed) else PostState.UNCERTAIN
                if before is not None:
                    settled.append(Entry(before.at, state, before.traits, before.explores, None))
            case CampaignEnded():
                ahead.clear()
            case _:
                pass
    return [*settled, *(entry for entry in ahead.values() if entry.at >= course.now)]


def _planned(slot: Slot) -> Entry:
    return Entry(slot.at, PostState.PLANNED, slot.traits, slot.explores, None)
