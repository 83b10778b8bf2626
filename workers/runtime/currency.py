"""Money of a campaign is counted in one currency: that of its first brief. In another nobody could add it up."""

from __future__ import annotations

from events.campaign import CampaignBriefed, ConversionRecorded, SpendRecorded
from events.terms import Fact, Money
from workers.runtime.store.protocol import Transaction
from workers.runtime.store.rows import CampaignRow


def wrong_currency(tx: Transaction, row: CampaignRow, fact: Fact) -> str | None:
    """What is wrong with the currency of a fact's money, if anything is."""
    given = _money(fact)
    brief = tx.log.find(row.brief) if given is not None else None
    if given is None or brief is None or not isinstance(brief.event.data, CampaignBriefed):
        return None
    counted = brief.event.data.budget.currency
    if given.currency == counted:
        return None
    return f"{type(fact).__name__}: given {given.currency}; campaign {row.campaign!r} counts in {counted}"


def _money(fact: Fact) -> Money | None:
    match fact:
        case SpendRecorded(amount=money) | CampaignBriefed(budget=money):
            return money
        case ConversionRecorded(value=money):
            return money
    return None
