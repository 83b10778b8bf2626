"""What people and the networks said that changed a campaign's course: the brief, approvals, pauses, logins."""

from __future__ import annotations

from typing import Final

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
)
from events.envelope import Event
from events.execution import CancelReason, ExecutionRevised, PostCancelled
from events.runtime import EventReplayed, EventSetAside
from events.strategy import StrategyApproved, StrategyOverridden, StrategyRejected
from events.terms import Fact
from workers.views.explain.record import Record
from workers.views.explain.story import Cash, Chapter, Counted, Day, Percent, Sentence, Strategy, Term, Value

HEARD: Final[tuple[type[Fact], ...]] = (
    CampaignBriefed,
    CampaignPaused,
    CampaignResumed,
    CampaignEnded,
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    StrategyApproved,
    StrategyRejected,
    StrategyOverridden,
    EventSetAside,
    EventReplayed,
)
"""What is told here."""


def heard(event: Event, record: Record) -> Chapter:
    decided, changed = (
        _briefed(event, event.data, record) if isinstance(event.data, CampaignBriefed) else _said(event, record)
    )
    return record.chapter(
        event,
        title=Sentence(f"heard.{_phrase(event, record)}", {}, (event.id,)),
        decided=decided,
        changed=changed,
    )


def _phrase(event: Event, record: Record) -> str:
    if isinstance(event.data, CampaignBriefed) and event.data is not record.first:
        return "CampaignAmended"
    return event.name


def _briefed(event: Event, brief: CampaignBriefed, record: Record) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    worth, budget = brief.outcome_worth, brief.budget
    values: dict[str, Value] = {
        "goal": Term(f"goal.{brief.goal.value}"),
        "worth": Cash(worth.amount, worth.currency),
        "lost": Percent(brief.lost_per_day),
        "budget": Cash(budget.amount, budget.currency),
        "days": Counted(brief.horizon_days, "day"),
        "start": Day(brief.starts),
        "mode": Term(f"mode.{brief.mode.value}"),
    }
    said = (Sentence("brief.goal", values, (event.id,)), Sentence("brief.frame", values, (event.id,)))
    before = record.before(event, CampaignBriefed)
    if before is None:
        return said, ()
    old, new = before[1].model_dump(), brief.model_dump()
    fields = ", ".join(name for name in new if new[name] != old[name]) or "–"
    return said, (Sentence("brief.amended", {"fields": fields}, (event.id,)), *_replanned(event, record))


def _said(event: Event, record: Record) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Who said it and why, and what became of the posts ahead by it."""
    said: list[Sentence] = []
    match event.data:
        case StrategyApproved(strategy=strategy, by=by):
            said.append(Sentence("heard.strategy", {"strategy": Strategy(strategy), "by": by}, (event.id,)))
        case (
            StrategyRejected(strategy=strategy, by=by, reason=reason)
            | StrategyOverridden(strategy=strategy, by=by, reason=reason)
        ):
            said.append(Sentence("heard.strategy", {"strategy": Strategy(strategy), "by": by}, (event.id,)))
            if reason:
                said.append(Sentence("heard.reason", {"reason": reason}, (event.id,)))
        case (
            CampaignPaused(by=by, reason=reason)
            | CampaignResumed(by=by, reason=reason)
            | CampaignEnded(by=by, reason=reason)
        ):
            said.append(Sentence(_with(reason, "heard.by"), {"by": by, "reason": reason}, (event.id,)))
        case (
            AccountPaused(account=account, reason=reason)
            | AccountResumed(account=account, reason=reason)
            | AuthorizationExpired(account=account, reason=reason)
            | AuthorizationRestored(account=account, reason=reason)
        ):
            said.append(Sentence(_with(reason, "heard.account"), {"account": account, "reason": reason}, (event.id,)))
        case EventSetAside(worker=worker, event_type=kind, error=error):
            said.append(Sentence("heard.set_aside", {"worker": worker, "kind": kind, "error": error}, (event.id,)))
        case EventReplayed(worker=worker):
            said.append(Sentence("heard.replayed", {"worker": worker}, (event.id,)))
        case _:
            pass
    cancelled = [other.id for other, fact in record.led_to(event, PostCancelled) if fact.reason in _STOPPED]
    changed = list(_replanned(event, record))
    if cancelled:
        changed.append(Sentence("heard.cancelled", {"posts": Counted(len(cancelled), "post")}, tuple(cancelled)))
    return tuple(said), tuple(changed)


def _replanned(event: Event, record: Record) -> tuple[Sentence, ...]:
    revisions = tuple(other.id for other, _ in record.led_to(event, ExecutionRevised))
    return (Sentence("heard.replanned", {}, revisions),) if revisions else ()


def _with(reason: str, phrase: str) -> str:
    """The phrase, or the one without a reason where none was given."""
    return phrase if reason else f"{phrase}_alone"


_STOPPED: Final = frozenset({CancelReason.PAUSED, CancelReason.ENDED})
