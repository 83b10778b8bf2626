"""A person's approval of a post that was planned anew before it was sent.

Invariants: an approval holds for exactly what was seen (variant and account by their fingerprint, and what boosting it
costs), on the local day for which it was given, and for one post: whoever uses it uses it up, and content that may
return to its account within a day is asked for each time, since the first post may be out in spite of its
cancellation. Whoever rejects what was approved takes the approval back, also from the post that has it now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from events.execution import CancelReason, PostProposed, PostRejected
from events.terms import Money
from workers.decision import State

PLANNED_ANEW: Final = frozenset({CancelReason.REVISED, CancelReason.PAUSED})
ONE_DAY: Final = timedelta(days=1)


class Approval(State):
    """`post` is what a person approved, `at` when it was to be sent."""

    post: str
    at: datetime
    boost: Money | None = None


Approvals = Mapping[str, Approval]
"""By fingerprint."""


def kept(approvals: Approvals, proposal: PostProposed, reason: CancelReason, zone: ZoneInfo) -> Approvals:
    """The approvals that are left when a scheduled post is cancelled; those for earlier days are forgotten."""
    if reason not in PLANNED_ANEW or not (proposal.awaits_approval or proposal.approved_as):
        return approvals
    day = proposal.at.astimezone(zone).date()
    left = {mark: one for mark, one in approvals.items() if one.at.astimezone(zone).date() >= day}
    approval = Approval(post=proposal.approved_as or proposal.post, at=proposal.at, boost=proposal.boost)
    return {**left, proposal.fingerprint: approval}


def without(approvals: Approvals, fingerprint: str) -> Approvals:
    return {mark: one for mark, one in approvals.items() if mark != fingerprint}


def taken_back(approvals: Approvals, rejected: PostRejected) -> Approvals:
    """The approvals that are left once a person has rejected what was seen, or the post for which one was given."""
    left = without(approvals, rejected.fingerprint)
    return {mark: one for mark, one in left.items() if one.post != rejected.post}


def held(approvals: Approvals, proposal: PostProposed, rests: timedelta, zone: ZoneInfo) -> PostProposed:
    """The proposal, approved already where an approval holds for it; `rests` is how long its content does."""
    found = approvals.get(proposal.fingerprint)
    if found is None or found.boost != proposal.boost or rests < ONE_DAY:
        return proposal
    if found.at.astimezone(zone).date() != proposal.at.astimezone(zone).date():
        return proposal
    return proposal.model_copy(update={"awaits_approval": False, "approve_by": None, "approved_as": found.post})
