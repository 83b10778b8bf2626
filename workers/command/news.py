"""What an event says to a person in a few words.

Invariants: pure; times are in the campaign's own zone, and name it; nothing is said to wait that nobody is asked for.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    HistoryImported,
)
from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import Event
from events.execution import (
    ContentRequested,
    ExecutionRevised,
    PlanMade,
    PostApproved,
    PostFailed,
    PostProposed,
    PostPublished,
    PostRejected,
    PostUncertain,
)
from events.runtime import EventSetAside
from events.strategy import (
    AudienceAnalyzed,
    StrategyApproved,
    StrategyChosen,
    StrategyOverridden,
    StrategyRejected,
)
from events.terms import Fact, Mode
from workers.command.output import short
from workers.views.bars import counted
from workers.views.correction import reasons

ASKED_AGAIN: Final = "of posts that were approved, those that come otherwise or on another day are proposed again"


def by(request: ContentRequested) -> str:
    """What stands before the day by which content is needed: a plan uses one piece after the other."""
    return "the first by" if request.pieces > 1 else "by"


def awaiting(fact: Fact, brief: CampaignBriefed | None) -> str | None:
    """The fingerprint that a person is to answer; None where nothing waits. In advise mode it is advice."""
    match fact:
        case StrategyChosen(awaits_approval=True) | PostProposed(awaits_approval=True):
            return None if brief is not None and brief.mode is Mode.ADVISE else fact.fingerprint
        case _:
            return None


def news(event: Event, brief: CampaignBriefed | None = None) -> str | None:
    """What the event says to a person in a few words; None where it is routine. `brief` is its campaign's."""
    zone = ZoneInfo(brief.zone) if brief is not None else UTC
    match event.data:
        case CampaignBriefed() as given:
            over = f"{given.budget} over {counted(given.horizon_days, 'day')}"
            return f"{given.goal.value}, {over}, mode {given.mode.value}"
        case HistoryImported(posts=posts, notes=notes):
            return "; ".join([counted(posts, "past post"), *notes])
        case AudienceAnalyzed(posts=posts, pilot=pilot, directions=directions):
            best = f"; best: {directions[0].segment} about {directions[0].topic}" if directions else ""
            return f"{'no evidence yet' if pilot else f'from {posts:.3g} posts of evidence'}{best}"
        case StrategyChosen() as chosen:
            return f"{chosen.strategy}: {chosen.why}{_waits(chosen, brief, zone)}"
        case PlanMade() as plan:
            expected = f"{plan.expected.outcomes:.3g} outcomes expected"
            return f"{counted(len(plan.slots), 'slot')} until {short(plan.calendar_until, zone)}, {expected}"
        case ExecutionRevised() as revised:
            again = f"; {ASKED_AGAIN}" if brief and brief.mode is Mode.APPROVE else ""
            changes = ", ".join(filter(_is_change, revised.changes)) or "the same hours and formats"
            return f"{revised.reason.value}: {changes}{again}"
        case PostProposed(awaits_approval=True) as proposed:
            return f"{_what(proposed, zone)}{_waits(proposed, brief, zone)}"
        case PostProposed(approved_as=earlier) as proposed if earlier is not None:
            return f"{_what(proposed, zone)}: approved already, as {earlier}"
        case PostPublished(content=content, reference=reference):
            return f"{content} as {reference}"
        case PostFailed(post=post, kind=kind, detail=detail):
            return f"{post}: {kind.value} {detail}".rstrip()
        case PostUncertain(post=post):
            return f"{post}: look at the account, then `mowj effects resolve`"
        case _:
            return _judged(event, brief, zone)


def _is_change(words: str) -> bool:
    """Whether it is none of the planner's `hours 7 -> 7`."""
    what, arrow, after = words.partition(" -> ")
    return not arrow or what.partition(" ")[2] != after


def _what(proposed: PostProposed, zone: tzinfo) -> str:
    kind = f"{proposed.traits.format} about {proposed.traits.topic}"
    return f"{proposed.content}, {kind}, for {short(proposed.at, zone)}, as {proposed.post}"


def _waits(fact: StrategyChosen | PostProposed, brief: CampaignBriefed | None, zone: tzinfo) -> str:
    if not fact.awaits_approval:
        return ""
    if awaiting(fact, brief) is None:
        return "; advice: in the mode advise nothing is published"
    return f"; WAITS for approval{f' until {short(fact.approve_by, zone)}' if fact.approve_by is not None else ''}"


def _judged(event: Event, brief: CampaignBriefed | None, zone: tzinfo) -> str | None:
    match event.data:
        case ContentRequested() as request:
            wanted = f"{request.pieces} × {request.format} about {request.topic} ({request.appeal.value})"
            return f"{wanted}, {by(request)} {short(request.needed_by, zone)}"
        case KPIBreached() as breach:
            return f"{breach.kpi.value}: {breach.observed:.3g} against a limit of {breach.limit:.3g}"
        case KPIRecovered(kpi=kpi, observed=observed) | KPIMet(kpi=kpi, observed=observed):
            return f"{kpi.value}: {observed:.3g}"
        case CorrectionDecided() as correction:
            return reasons(correction, brief.outcome_worth.currency if brief is not None else "").rstrip(".")
        case EventSetAside() as aside:
            return f"{aside.worker} could not decide on {aside.event_type}: {aside.error}; see `mowj set-aside`"
        case _:
            return _from_people(event.data)


def _from_people(fact: Fact) -> str | None:
    """What a person said, or a network about an account, and why."""
    match fact:
        case StrategyApproved(strategy=what, by=by) | PostApproved(post=what, by=by):
            return f"{what}, by {by}"
        case (
            StrategyRejected(strategy=what, by=by, reason=reason)
            | StrategyOverridden(strategy=what, by=by, reason=reason)
            | PostRejected(post=what, by=by, reason=reason)
        ):
            return f"{what}, by {by}{_why(reason)}"
        case CampaignPaused(by=by, reason=reason):
            return f"by {by}{_why(reason)}; nothing is published until it is resumed"
        case CampaignResumed(by=by, reason=reason) | CampaignEnded(by=by, reason=reason):
            return f"by {by}{_why(reason)}"
        case (
            AccountPaused(account=account, reason=reason)
            | AccountResumed(account=account, reason=reason)
            | AuthorizationExpired(account=account, reason=reason)
            | AuthorizationRestored(account=account, reason=reason)
        ):
            return f"{account}{_why(reason)}"
        case _:
            return None


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""
