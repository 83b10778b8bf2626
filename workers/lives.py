"""The state machines of a post and of a KPI, as tables; the documentation's diagrams are drawn from them.

Invariants: a pair that is not in a table is not a transition: the event leaves that life where it is. Terminal states
have no way out, except that an operator may settle what was uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.execution import (
    PostApproved,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostRejected,
    PostScheduled,
    PostUncertain,
    Slot,
)
from events.terms import Fact


class PostState(StrEnum):
    PLANNED = "planned"
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class KpiState(StrEnum):
    HEALTHY = "healthy"
    BREACHED = "breached"
    MET = "met"


Occasion = type[Fact] | type[Slot]
StateT = TypeVar("StateT", bound=StrEnum)

POST_LIFE: Final[Mapping[tuple[PostState, Occasion], PostState]] = {
    (PostState.PLANNED, PostProposed): PostState.PROPOSED,
    (PostState.PLANNED, PostCancelled): PostState.CANCELLED,
    (PostState.PROPOSED, PostScheduled): PostState.SCHEDULED,
    (PostState.PROPOSED, PostApproved): PostState.PROPOSED,
    (PostState.PROPOSED, PostRejected): PostState.PROPOSED,
    (PostState.PROPOSED, PostCancelled): PostState.CANCELLED,
    (PostState.SCHEDULED, PostPublished): PostState.PUBLISHED,
    (PostState.SCHEDULED, PostFailed): PostState.FAILED,
    (PostState.SCHEDULED, PostUncertain): PostState.UNCERTAIN,
    (PostState.SCHEDULED, PostCancelled): PostState.CANCELLED,
    # The cancellation met a post that was already on its way.
    (PostState.CANCELLED, PostPublished): PostState.PUBLISHED,
    (PostState.CANCELLED, PostUncertain): PostState.UNCERTAIN,
    # Somebody looked, and told the ledger what is true.
    (PostState.UNCERTAIN, PostPublished): PostState.PUBLISHED,
    (PostState.UNCERTAIN, PostFailed): PostState.FAILED,
}

KPI_LIFE: Final[Mapping[tuple[KpiState, Occasion], KpiState]] = {
    (KpiState.HEALTHY, KPIBreached): KpiState.BREACHED,
    (KpiState.BREACHED, KPIRecovered): KpiState.HEALTHY,
    (KpiState.BREACHED, CorrectionDecided): KpiState.HEALTHY,
    (KpiState.HEALTHY, KPIMet): KpiState.MET,
    (KpiState.BREACHED, KPIMet): KpiState.MET,
}


def post_id(slot: str, mark: str) -> str:
    """A post's id is its slot's with a mark behind it: one slot, whatever content it is given."""
    return f"{slot}#{mark}"


def slot_of(post: str) -> str:
    """The slot that a post fills."""
    return post.rsplit("#", 1)[0]


def post_after(state: PostState, occasion: Occasion) -> PostState | None:
    """The next state of a post's life, or None where the occasion does not move it."""
    return POST_LIFE.get((state, occasion))


def mermaid(life: Mapping[tuple[StateT, Occasion], StateT]) -> str:
    """A Mermaid state diagram of a table."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {before} --> {after}: {occasion.__name__}" for (before, occasion), after in life.items()]
    return "\n".join(lines)
