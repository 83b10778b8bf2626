"""What strategist, planner and reviser know alike: brief, analysis, content, the networks' limits and what was spent.

Invariants: they value by the same `Known`, so that what one of them promises is what the others count on; content that
none of the campaign's accounts can show carries no plan, and a strategy that the brief no longer allows makes no posts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar

from events.campaign import AccountConnected, CampaignBriefed, ContentOffered, SpendRecorded
from events.execution import PostPublished
from events.strategy import AudienceAnalyzed
from events.terms import Fact
from workers.candidates import Candidate, Known, aim_of, planned
from workers.decision import Delivery, State
from workers.inventory import Inventory
from workers.methods.planning import Choice
from workers.model import is_possible, spending_of

INFORMS: Final[frozenset[type[Fact]]] = frozenset(
    {CampaignBriefed, AudienceAnalyzed, ContentOffered, AccountConnected, PostPublished, SpendRecorded}
)
"""What a worker has to hear for `informed`."""

InformedT = TypeVar("InformedT", bound="Informed")


class Informed(State):
    brief: CampaignBriefed | None = None
    analysis: AudienceAnalyzed | None = None
    inventory: Inventory = Inventory()
    limits: Mapping[str, AccountConnected] = {}
    """By account, as its network said when it was last connected."""
    spent: Decimal = Decimal(0)


def informed(state: InformedT, event: Delivery) -> InformedT:
    """The state with what the event says of the campaign's means."""
    match event.data:
        case CampaignBriefed() as brief:
            return state.model_copy(update={"brief": brief})
        case AudienceAnalyzed() as analysis:
            return state.model_copy(update={"analysis": analysis})
        case ContentOffered() as content:
            return state.model_copy(update={"inventory": state.inventory.offered(content, event.id)})
        case AccountConnected() as account:
            return state.model_copy(update={"limits": {**state.limits, account.account: account}})
        case PostPublished() as post:
            spent = state.spent + spending_of(state.brief, post)
            return state.model_copy(update={"inventory": state.inventory.published(post), "spent": spent})
        case SpendRecorded() as money:
            return state.model_copy(update={"spent": state.spent + spending_of(state.brief, money)})
        case _:
            return state


def known_by(state: Informed, now: datetime) -> Known:
    """What a valuation at this moment is based on; only for a state that has its brief and an analysis."""
    assert state.brief is not None
    assert state.analysis is not None
    usable = state.inventory.usable_on(state.brief.accounts, state.limits)
    return Known(state.brief, state.analysis, usable, float(state.spent), now, state.limits)


def carried_out(known: Known, strategy: str, allowed: Callable[[Choice], bool] | None = None) -> Candidate:
    """A running strategy through what is left; nothing of it, where an amended brief forbids what it is about."""
    aim = aim_of(strategy)
    return planned(known, aim, allowed=allowed if is_possible(known.brief, aim) else _never)


def _never(_choice: Choice) -> bool:
    return False
