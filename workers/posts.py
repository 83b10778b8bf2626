"""How a slot becomes a post: which content fills it, exactly what will be seen, until when, and at what price.

Invariants: a content rests between two uses and is shown only where the account can show it and while it is valid; the
ledger is told what the account bears, so that campaigns that share it keep their distance too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from events.campaign import AccountConnected, CampaignBriefed, ContentOffered
from events.execution import Pacing, PostProposed, PostScheduled, Slot, Variant
from events.terms import Mode, Money
from workers.analysis import fingerprint
from workers.calendar import SPACING, usable_until
from workers.decision import State
from workers.inventory import Inventory, Piece
from workers.lives import post_id
from workers.model import in_currency

NAMED: Final = 3
"""How many contents a refusal names: it is read by a person."""


class Stock(State):
    """What posts are made of."""

    brief: CampaignBriefed | None = None
    contents: Mapping[str, ContentOffered] = {}
    inventory: Inventory = Inventory()
    limits: Mapping[str, AccountConnected] = {}
    """By account, as its network said when it was last connected."""


def chosen(stock: Stock, slot: Slot, now: datetime) -> str | None:
    """The content that fits best: same topic and appeal, the slot's format if there is one, least used, by name."""

    def fits(piece: Piece) -> bool:
        shown = piece.unfit(slot.traits.channel, stock.limits.get(slot.account)) is None
        return shown and piece.is_valid(max(slot.at, now)) and bool(piece.openings(slot.at, slot.at))

    usable = [(name, piece) for name, piece in stock.inventory.pieces.items() if _is_about(piece, slot) and fits(piece)]
    if not usable:
        return None
    return min(usable, key=lambda one: (one[1].format != slot.traits.format, one[1].used + len(one[1].held), one[0]))[0]


def _is_about(piece: Piece, slot: Slot) -> bool:
    return piece.topic == slot.traits.topic and piece.appeal is slot.traits.appeal


def lack(stock: Stock, slot: Slot) -> str:
    """What a slot that stays empty wanted, and which content was there but cannot be shown on its account."""
    wanted = f"{slot.traits.topic}, {slot.traits.appeal}, {slot.traits.format}"
    limits = stock.limits.get(slot.account)
    refused = [
        f"{name}: {why}"
        for name, piece in sorted(stock.inventory.pieces.items())
        if _is_about(piece, slot) and (why := piece.unfit(slot.traits.channel, limits)) is not None
    ]
    return "; ".join((wanted, *refused[:NAMED]))


def proposed(stock: Stock, slot: Slot, name: str, number: int) -> PostProposed:
    """The post of a slot from a content; `number` posts of the slot were withdrawn before it."""
    assert stock.brief is not None
    content = stock.contents[name]
    variant = variant_of(content)
    awaits = stock.brief.mode is not Mode.AUTOMATIC
    mark = fingerprint(name, number) if number else fingerprint(name)
    return PostProposed(
        post=post_id(slot.slot, mark[:8]),
        slot=slot.slot,
        content=name,
        account=slot.account,
        at=slot.at,
        traits=slot.traits.model_copy(update={"format": content.format}),
        variant=variant,
        fingerprint=fingerprint(variant.model_dump_json(), slot.account),
        awaits_approval=awaits,
        approve_by=usable(stock, slot, name) if awaits else None,
        boost=slot.boost,
        explores=slot.explores,
        propensity=slot.propensity,
    )


def variant_of(content: ContentOffered) -> Variant:
    return Variant(text=content.text, language=content.language, link=content.link, media=content.media)


def usable(stock: Stock, slot: Slot, content: str) -> datetime:
    """Until when the slot may show the content: through its grace, while the content is valid."""
    assert stock.brief is not None
    ends, valid = usable_until(stock.brief, slot.at), stock.contents[content].valid_until
    return ends if valid is None else min(ends, valid)


def scheduled(stock: Stock, slot: Slot, proposal: PostProposed, at: datetime) -> PostScheduled:
    assert stock.brief is not None
    limits = stock.brief.constraints
    return PostScheduled(
        post=proposal.post,
        content=proposal.content,
        account=proposal.account,
        at=at,
        not_after=usable(stock, slot, proposal.content),
        traits=proposal.traits,
        variant=proposal.variant,
        fingerprint=proposal.fingerprint,
        cost=_cost(stock, proposal.content),
        boost=proposal.boost,
        pacing=Pacing(
            posts_per_day=limits.posts_per_day,
            zone=stock.brief.zone,
            apart_minutes=SPACING / timedelta(minutes=1),
            rest_days=stock.contents[proposal.content].rest_days,
        ),
    )


def price(stock: Stock, proposal: PostProposed) -> Decimal:
    """What the post will cost, in the brief's currency."""
    boost = proposal.boost.amount if proposal.boost is not None else Decimal(0)
    return _cost(stock, proposal.content).amount + boost


def _cost(stock: Stock, content: str) -> Money:
    """What the content costs by itself, or what any post does; an amount in another currency cannot be counted."""
    assert stock.brief is not None
    own = stock.contents[content].cost
    return own if own is not None and in_currency(stock.brief, own) else stock.brief.post_cost


def is_stale(stock: Stock, proposal: PostProposed, slot: Slot, not_after: datetime | None, now: datetime) -> bool:
    """Whether its content, as it was offered since, is no longer what the post shows, or not there for so long."""
    content, piece = stock.contents[proposal.content], stock.inventory.pieces[proposal.content]
    as_shown = variant_of(content) == proposal.variant and content.format == proposal.traits.format
    fits = _is_about(piece, slot) and piece.unfit(slot.traits.channel, stock.limits.get(slot.account)) is None
    too_long = not_after is not None and not_after > usable(stock, slot, proposal.content)
    return not (as_shown and fits and piece.is_valid(max(slot.at, now))) or too_long
