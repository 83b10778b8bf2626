"""Editors with a plan to fill, and what people say to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from events.campaign import (
    CampaignPaused,
    CampaignResumed,
    Constraints,
    ContentOffered,
)
from events.execution import (
    CancelReason,
    PostApproved,
    PostCancelled,
    PostProposed,
    Slot,
)
from events.terms import Mode
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import START, brief, content, plan, slot
from workers import editor

OLIVIA = "/people/olivia"
LIMITS = Constraints(grace_minutes=60, approval_hours=12)


def slots(count: int, *, first: datetime = START + timedelta(days=1), every: float = 24) -> list[Slot]:
    return [slot(f"plan-1.{n + 1}", first + timedelta(hours=every * n)) for n in range(count)]


def desk(
    mode: Mode = Mode.AUTOMATIC,
    offers: Sequence[ContentOffered] = (content("lesson", uses=9, rest_days=0.5),),
    planned: Sequence[Slot] | None = None,
) -> Desk:
    made = Desk(editor.WORKER, START)
    made.hear(brief(LIMITS, mode=mode))
    for offer in offers:
        made.hear(offer)
    made.hear(plan(slots(3) if planned is None else planned))
    return made


def pause() -> CampaignPaused:
    return CampaignPaused(reason="holidays", by=OLIVIA)


def resume() -> CampaignResumed:
    return CampaignResumed(reason="back", by=OLIVIA)


def proposed(mode: Mode = Mode.APPROVE) -> tuple[Desk, PostProposed]:
    """A desk with its first post proposed."""
    made = desk(mode)
    made.fire("desk")
    return made, made.of(PostProposed)[0]


def approved(proposal: PostProposed, **changes: Any) -> PostApproved:
    told = {"post": proposal.post, "fingerprint": proposal.fingerprint, "by": OLIVIA}
    return PostApproved(**(told | changes))


def reasons(made: Desk) -> list[CancelReason]:
    return [fact.reason for fact in made.of(PostCancelled)]
