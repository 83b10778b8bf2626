"""What waits for a person: strategies and posts that were proposed and have been answered by nobody.

Invariants: pure functions over a campaign's events in order. Whoever approves names the fingerprint of exactly what
the log shows; a strategy that was replaced, or whose time to be approved has passed, no longer waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from events.campaign import CampaignBriefed, CampaignEnded, CampaignPaused
from events.envelope import Event
from events.execution import PostApproved, PostCancelled, PostProposed, PostRejected, PostScheduled
from events.strategy import StrategyApproved, StrategyChosen, StrategyRejected
from events.terms import Mode
from workers.command.output import short


class Kind(StrEnum):
    STRATEGY = "strategy"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to approve or reject. `proposed` is the event's id; `until` None: as long as its owner likes."""

    kind: Kind
    campaign: str
    tenant: str
    id: str
    fingerprint: str
    proposed: str
    until: datetime | None
    what: StrategyChosen | PostProposed

    def answers_to(self, word: str) -> bool:
        """Whether a person who types `word` may mean this: its id, its fingerprint, or the beginning of either."""
        return bool(word) and (self.id.startswith(word) or self.fingerprint.startswith(word))


def waiting(events: Iterable[Event], now: datetime) -> list[Waiting]:
    """What waits in one campaign, oldest first. In advise mode nothing does: it is advice."""
    open_: dict[str, Waiting] = {}
    mode = Mode.APPROVE
    for event in events:
        match event.data:
            case CampaignBriefed(mode=given):
                mode = given
            case StrategyChosen() as chosen:
                open_ = {mark: item for mark, item in open_.items() if item.kind is not Kind.STRATEGY}
                if chosen.awaits_approval:
                    open_[chosen.fingerprint] = _item(Kind.STRATEGY, event, chosen.strategy, chosen)
            case PostProposed(awaits_approval=True) as proposed:
                open_[proposed.post] = _item(Kind.POST, event, proposed.post, proposed)
            case StrategyApproved(fingerprint=mark) | StrategyRejected(fingerprint=mark):
                open_.pop(mark, None)
            case (
                PostApproved(post=post) | PostRejected(post=post) | PostScheduled(post=post) | PostCancelled(post=post)
            ):
                open_.pop(post or "", None)
            case CampaignEnded():
                open_.clear()
            case CampaignPaused():
                open_ = {mark: item for mark, item in open_.items() if item.kind is not Kind.POST}
            case _:
                pass
    if mode is Mode.ADVISE:
        return []
    return [item for item in open_.values() if item.until is None or item.until > now]


def described(item: Waiting, zone: tzinfo) -> list[str]:
    """What is to be answered and until when, as a person reads it: so that nobody answers unseen."""
    what = item.what
    until = f", waits until {short(item.until, zone)}" if item.until is not None else ""
    if isinstance(what, StrategyChosen):
        return [f"strategy {what.strategy}{until}: {what.why}"]
    kind = f"{what.traits.format} about {what.traits.topic}"
    boosted = f", boosted for {what.boost.amount:,.2f} {what.boost.currency}" if what.boost is not None else ""
    return [
        f"post {what.content}, {kind}, on {what.account} at {short(what.at, zone)}{boosted}{until}",
        *(f"  | {line}" for line in what.variant.text.splitlines()),
        *([f"  | {what.variant.link}"] if what.variant.link else []),
        *(f"  | with {medium.kind}: {medium.alt or 'nothing says what it shows'}" for medium in what.variant.media),
    ]


def meant(items: Sequence[Waiting], word: str) -> list[Waiting]:
    """What `word` may mean: an exact id or fingerprint before any beginning."""
    exact = [item for item in items if word in {item.id, item.fingerprint}]
    return exact or [item for item in items if item.answers_to(word)]


def _item(kind: Kind, event: Event, name: str, what: StrategyChosen | PostProposed) -> Waiting:
    return Waiting(kind, event.subject, event.tenant, name, what.fingerprint, event.id, what.approve_by, what)
