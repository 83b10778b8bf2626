"""How everything stands: each campaign with its strategy, plan, KPIs and what it waits for; and what stands still.

Invariants: pure functions over events and rows. What nobody knows yet is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events.campaign import CampaignBriefed, CampaignEnded, ContentOffered, HistoryImported
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    ContentRequested,
    ExecutionRevised,
    PlanMade,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostScheduled,
    PostUncertain,
    Slot,
)
from events.terms import PostTraits
from workers.candidates import aim_of
from workers.command.waiting import Waiting, waiting
from workers.inventory import Inventory
from workers.lives import slot_of
from workers.requests import Open, asked, delivered, wanted
from workers.runtime.store.rows import CampaignRow, Hold, HoldKind
from workers.views.course import beginning
from workers.views.figures import figures
from workers.views.standing import Standing

SHOWN: Final = 5
"""How many of the next slots are shown."""


@dataclass(frozen=True, slots=True)
class NextPost:
    """A slot ahead; `post` and `content` once its content is chosen. `state` is planned, proposed or scheduled."""

    at: datetime
    account: str
    slot: str
    post: str | None
    state: str
    format: str
    topic: str
    content: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """One campaign. `phase` is what it does now; `holds` why it publishes nothing, if it does not."""

    campaign: str
    tenant: str
    title: str
    phase: str
    mode: str
    holds: tuple[str, ...]
    starts: datetime
    ends: datetime
    zone: str
    strategy: str | None
    plan: str | None
    next_posts: tuple[NextPost, ...]
    kpis: tuple[Standing, ...]
    waiting: tuple[Waiting, ...]
    content_requested: tuple[ContentRequested, ...]
    posts: int
    outcomes: float
    spent: float
    budget: float
    currency: str
    net_value: float


def overview(row: CampaignRow, events: Sequence[Event], holds: Iterable[Hold], now: datetime) -> CampaignOverview:
    """Raises ValueError where the events have no CampaignBriefed."""
    found = figures(events)
    brief = next(event.data for event in events if isinstance(event.data, CampaignBriefed))
    course = beginning(brief)
    for event in events:
        course = course.after(event)
    standing = tuple(sorted(_said(hold) for hold in holds if _concerns(hold, row)))
    return CampaignOverview(
        campaign=row.campaign,
        tenant=row.tenant,
        title=course.brief.title,
        phase=_phase(row, events, course.brief, standing, now),
        mode=course.brief.mode.value,
        holds=standing,
        starts=brief.starts,
        ends=brief.starts + timedelta(days=course.brief.horizon_days),
        zone=course.brief.zone,
        strategy=course.plan.strategy if course.plan is not None else None,
        plan=course.plan.plan if course.plan is not None else None,
        next_posts=tuple(next_posts(events, now)[:SHOWN]) if row.live else (),
        kpis=tuple(course.judging.standings()),
        waiting=tuple(waiting(events, now)),
        content_requested=tuple(requested(events)) if row.live else (),
        posts=found.posts,
        outcomes=round(found.outcomes, 2),
        spent=round(found.spent, 2),
        budget=float(course.brief.budget.amount),
        currency=found.currency,
        net_value=round(found.net_value, 2),
    )


def next_posts(events: Iterable[Event], now: datetime) -> list[NextPost]:
    """The slots ahead of now that may still be filled or sent, by time."""
    ahead: dict[str, NextPost] = {}
    for event in events:
        match event.data:
            case PlanMade(slots=slots) | ExecutionRevised(slots=slots):
                ahead = {name: post for name, post in ahead.items() if post.state != "planned"}
                ahead |= {slot.slot: _planned(slot) for slot in slots}
            case CalendarExtended(slots=slots):
                ahead |= {slot.slot: _planned(slot) for slot in slots}
            case PostProposed() as fact:
                ahead[fact.slot] = _filled(fact.slot, fact, "proposed")
            case PostScheduled() as fact:
                ahead[slot_of(fact.post)] = _filled(slot_of(fact.post), fact, "scheduled")
            case PostCancelled(slot=slot):
                ahead.pop(slot, None)
            case PostPublished(post=post) | PostFailed(post=post) | PostUncertain(post=post):
                ahead.pop(slot_of(post), None)
            case CampaignEnded():
                ahead.clear()
            case _:
                pass
    return sorted((post for post in ahead.values() if post.at >= now), key=lambda post: (post.at, post.slot))


def _planned(slot: Slot) -> NextPost:
    return NextPost(slot.at, slot.account, slot.slot, None, "planned", *_kind(slot.traits))


def _filled(slot: str, fact: PostProposed | PostScheduled, state: str) -> NextPost:
    return NextPost(fact.at, fact.account, slot, fact.post, state, *_kind(fact.traits), fact.content)


def _kind(traits: PostTraits) -> tuple[str, str]:
    return traits.format or "?", traits.topic or "?"


def requested(events: Iterable[Event]) -> list[ContentRequested]:
    """What the running strategy lacks still: the newest request of each kind, with the open pieces."""
    open_still: Open = {}
    newest: dict[str, ContentRequested] = {}
    stock, strategy = Inventory(), None
    for event in events:
        match event.data:
            case PlanMade():
                strategy = aim_of(event.data.strategy)
            case ContentOffered() as content:
                open_still, stock = delivered(open_still, content, stock), stock.offered(content, event.id)
            case ContentRequested() as request:
                open_still, newest[wanted(request)] = asked(open_still, request), request
            case _:
                pass
    return [
        request.model_copy(update={"pieces": open_still[kind]})
        for kind, request in newest.items()
        if kind in open_still
        and strategy is not None
        and (request.topic, request.appeal) == (strategy.topic, strategy.appeal)
    ]


def _phase(
    row: CampaignRow, events: Sequence[Event], brief: CampaignBriefed, holds: Sequence[str], now: datetime
) -> str:
    if not row.live:
        return "ended"
    facts = [event.data for event in events]
    if brief.history is not None and not any(
        isinstance(fact, HistoryImported) and fact.history == brief.history for fact in facts
    ):
        return f"waits for the history {brief.history}"
    if holds:
        return "held"
    if now > brief.starts + timedelta(days=brief.horizon_days):
        return "past its horizon"
    return "running" if any(isinstance(fact, PlanMade) for fact in facts) else "no plan yet"


def _concerns(hold: Hold, row: CampaignRow) -> bool:
    if hold.kind in {HoldKind.ACCOUNT, HoldKind.AUTHORIZATION}:
        return hold.subject in {use.account for use in row.accounts}
    return hold.subject in {row.campaign, "*"}


def _said(hold: Hold) -> str:
    return hold.kind.value if hold.subject == "*" else f"{hold.kind.value}: {hold.subject}"
