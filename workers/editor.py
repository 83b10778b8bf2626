"""The editor: a slot becomes a post, with content chosen for it, its variant fixed, and a person's approval where
asked.

It works through the calendar by one timer at the next moment at which anything is due.

Invariants: a slot has at most one post; a post is scheduled with exactly the fingerprint that was proposed (in approve
mode, approved); a content rests between two uses; nothing is proposed while paused, and what was missed is cancelled,
never made up for in a burst; in advise mode nothing is ever scheduled; no post is made that
the budget no longer pays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
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
    ContentOffered,
    SpendPurpose,
    SpendRecorded,
)
from events.execution import (
    CalendarExtended,
    CancelReason,
    ExecutionRevised,
    FailureKind,
    PlanMade,
    PostApproved,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostRejected,
    PostScheduled,
    PostUncertain,
    Slot,
    Variant,
)
from events.runtime import StateMigrated, TimerFired
from events.terms import Fact, Mode, Money
from workers.analysis import fingerprint
from workers.calendar import usable_until
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.inventory import Inventory, Piece
from workers.lives import PostState, post_after, post_id, slot_of
from workers.model import in_currency

DESK: Final = "desk"
LEAD: Final = timedelta(minutes=30)
"""How long before its slot a post is made where no person has to see it."""


class Draft(State):
    """A slot and what has become of it so far."""

    slot: Slot
    state: PostState = PostState.PLANNED
    proposal: PostProposed | None = None


class EditorState(State):
    brief: CampaignBriefed | None = None
    contents: Mapping[str, ContentOffered] = {}
    inventory: Inventory = Inventory()
    drafts: Mapping[str, Draft] = {}
    closed_accounts: tuple[str, ...] = ()
    spent: Decimal = Decimal(0)
    paused: bool = False
    ended: bool = False


def evolve(state: EditorState, event: Delivery) -> EditorState:
    state = _paid(state, event.data)
    match event.data:
        case CampaignBriefed() as brief:
            return state.model_copy(update={"brief": brief})
        case ContentOffered() as content:
            contents = {**state.contents, content.content: content}
            return state.model_copy(
                update={"contents": contents, "inventory": state.inventory.offered(content, event.id)}
            )
        case PlanMade(slots=slots) | ExecutionRevised(slots=slots) | CalendarExtended(slots=slots):
            drafts = {**state.drafts, **{slot.slot: Draft(slot=slot) for slot in slots}}
            return state.model_copy(update={"drafts": drafts})
        case PostProposed() as proposal:
            draft = Draft(slot=state.drafts[proposal.slot].slot, state=PostState.PROPOSED, proposal=proposal)
            inventory = state.inventory.reserved(proposal.content, proposal.at)
            return state.model_copy(update={"drafts": {**state.drafts, proposal.slot: draft}, "inventory": inventory})
        case PostScheduled(post=post) | PostPublished(post=post) | PostFailed(post=post) | PostUncertain(post=post):
            return _moved(state, slot_of(post), event.data)
        case PostCancelled(slot=slot):
            return _moved(state, slot, event.data)
        case CampaignPaused():
            return state.model_copy(update={"paused": True})
        case CampaignResumed():
            return state.model_copy(update={"paused": False})
        case CampaignEnded():
            return state.model_copy(update={"ended": True})
        case AccountPaused(account=account) | AuthorizationExpired(account=account):
            return state.model_copy(update={"closed_accounts": tuple(sorted({*state.closed_accounts, account}))})
        case AccountResumed(account=account) | AuthorizationRestored(account=account):
            closed = tuple(other for other in state.closed_accounts if other != account)
            return state.model_copy(update={"closed_accounts": closed})
        case _:
            return state


def _paid(state: EditorState, fact: Fact) -> EditorState:
    """The money that has left, as far as it is in the brief's currency."""
    match fact:
        case PostPublished(cost=cost, boost=boost):
            spent = cost.amount + (boost.amount if boost is not None else 0)
        case SpendRecorded(purpose=SpendPurpose.FEE | SpendPurpose.OTHER, amount=amount) if in_currency(
            state.brief, amount
        ):
            spent = amount.amount
        case _:
            return state
    return state.model_copy(update={"spent": state.spent + spent})


def _moved(state: EditorState, slot: str, fact: Fact) -> EditorState:
    """The draft in its next state; one that is over leaves the desk, and what it did not use goes back to the stock."""
    draft = state.drafts.get(slot)
    if draft is None and isinstance(fact, PostPublished):
        # Its cancellation came too late: what went back to the stock has been used after all.
        return state.model_copy(update={"inventory": state.inventory.published(fact)})
    if draft is None:
        return state
    after = post_after(draft.state, type(fact))
    if after is None:
        return state
    if after in (PostState.SCHEDULED, PostState.UNCERTAIN):
        moved = draft.model_copy(update={"state": after})
        return state.model_copy(update={"drafts": {**state.drafts, slot: moved}})
    drafts = {name: other for name, other in state.drafts.items() if name != slot}
    inventory = state.inventory
    if after in (PostState.CANCELLED, PostState.FAILED) and draft.proposal is not None:
        inventory = inventory.released(draft.proposal.content)
    return state.model_copy(update={"drafts": drafts, "inventory": inventory})


def decide(state: EditorState, event: Delivery) -> Decision:
    if state.brief is None:
        return NOTHING
    match event.data:
        case PlanMade(slots=slots) | ExecutionRevised(slots=slots):
            new = {slot.slot for slot in slots}
            old = [draft for name, draft in state.drafts.items() if name not in new]
            return _desk(state, event, _cancelled(old, CancelReason.REVISED))
        # A resumption is answered by the planner: its slots lie ahead, what is on the desk may not.
        case CalendarExtended() | StateMigrated():
            return _desk(state, event, ())
        case CampaignPaused():
            return Decision(emits=_cancelled(state.drafts.values(), CancelReason.PAUSED), timers=(Timer(DESK, None),))
        case CampaignEnded():
            return Decision(emits=_cancelled(state.drafts.values(), CancelReason.ENDED), timers=(Timer(DESK, None),))
        case TimerFired():
            return _desk(state, event, ())
        case PostApproved(post=post, fingerprint=seen):
            return _approved(state, event, post, seen)
        case PostRejected(post=post, reason=reason):
            draft = state.drafts.get(slot_of(post))
            # A person may think better of it until it is sent.
            if draft is None or draft.state is PostState.PLANNED or not _is(draft, post):
                return NOTHING
            cancelled = PostCancelled(slot=draft.slot.slot, post=post, reason=CancelReason.REJECTED, detail=reason)
            return _desk(state, event, (cancelled,))
        case PostFailed(post=post, kind=FailureKind.EXPIRED):
            return Decision(emits=(PostCancelled(slot=slot_of(post), post=post, reason=CancelReason.LATE),))
        case _:
            return NOTHING


def _is(draft: Draft, post: str) -> bool:
    return draft.proposal is not None and draft.proposal.post == post


def _cancelled(drafts: Iterable[Draft], reason: CancelReason) -> tuple[PostCancelled, ...]:
    return tuple(
        PostCancelled(
            slot=draft.slot.slot,
            post=draft.proposal.post if draft.proposal is not None else None,
            reason=reason,
        )
        for draft in sorted(drafts, key=lambda draft: (draft.slot.at, draft.slot.slot))
        if draft.state in (PostState.PLANNED, PostState.PROPOSED, PostState.SCHEDULED)
    )


def _desk(state: EditorState, event: Delivery, before: tuple[PostCancelled, ...]) -> Decision:
    """Everything that is due now, and the timer for what is due next."""
    assert state.brief is not None
    if state.paused or state.ended:
        return Decision(emits=before, timers=(Timer(DESK, None),))
    gone = {fact.slot for fact in before}
    emits: list[Fact] = list(before)
    inventory = state.inventory
    left = state.brief.budget.amount - state.spent - _committed(state, gone)
    waiting: list[datetime] = []
    for draft in sorted(state.drafts.values(), key=lambda draft: (draft.slot.at, draft.slot.slot)):
        if draft.slot.slot in gone or draft.state in (PostState.SCHEDULED, PostState.UNCERTAIN):
            continue
        due = _due(state, draft)
        if due > event.now:
            waiting.append(due)
        elif draft.state is PostState.PROPOSED:
            emits.append(_missed(draft))
        else:
            facts, inventory = _made(state, draft, inventory, event.now, left)
            emits += facts
            proposal = next((fact for fact in facts if isinstance(fact, PostProposed)), None)
            left -= _price(state, proposal) if proposal is not None else 0
            if proposal is not None and len(facts) == 1:
                waiting.append(usable_until(state.brief, proposal.at))
    return Decision(emits=tuple(emits), timers=(Timer(DESK, min(waiting, default=None)),))


def _committed(state: EditorState, gone: set[str]) -> Decimal:
    """What the posts will cost that are proposed, on their way, or perhaps out."""
    proposals = (draft.proposal for name, draft in state.drafts.items() if name not in gone)
    return sum((_price(state, proposal) for proposal in proposals if proposal is not None), Decimal(0))


def _price(state: EditorState, proposal: PostProposed) -> Decimal:
    boost = proposal.boost.amount if proposal.boost is not None else Decimal(0)
    return _cost(state, proposal.content).amount + boost


def _cost(state: EditorState, content: str) -> Money:
    """What the content costs by itself, or what any post does; an amount in another currency cannot be counted."""
    assert state.brief is not None
    own = state.contents[content].cost
    return own if own is not None and in_currency(state.brief, own) else state.brief.post_cost


def _due(state: EditorState, draft: Draft) -> datetime:
    """When the editor must look at a draft: to propose it, or to give up on its approval."""
    assert state.brief is not None
    if draft.state is PostState.PROPOSED:
        return usable_until(state.brief, draft.slot.at)
    if state.brief.mode is Mode.AUTOMATIC:
        return draft.slot.at - LEAD
    return draft.slot.at - timedelta(hours=state.brief.constraints.approval_hours)


def _missed(draft: Draft) -> PostCancelled:
    assert draft.proposal is not None
    reason = CancelReason.NOT_APPROVED if draft.proposal.awaits_approval else CancelReason.LATE
    return PostCancelled(slot=draft.slot.slot, post=draft.proposal.post, reason=reason)


def _made(
    state: EditorState, draft: Draft, inventory: Inventory, now: datetime, left: Decimal
) -> tuple[list[Fact], Inventory]:
    """The post for one slot, or why there is none."""
    assert state.brief is not None
    slot = draft.slot
    if now >= usable_until(state.brief, slot.at):
        return [PostCancelled(slot=slot.slot, reason=CancelReason.LATE)], inventory
    if slot.account in state.closed_accounts:
        return [PostCancelled(slot=slot.slot, reason=CancelReason.ACCOUNT, detail=slot.account)], inventory
    chosen = _content(slot, inventory)
    if chosen is None:
        detail = f"{slot.traits.topic}, {slot.traits.appeal}, {slot.traits.format}"
        return [PostCancelled(slot=slot.slot, reason=CancelReason.NO_CONTENT, detail=detail)], inventory
    content = state.contents[chosen]
    variant = Variant(text=content.text, language=content.language, link=content.link, media=content.media)
    awaits = state.brief.mode is not Mode.AUTOMATIC
    proposal = PostProposed(
        post=post_id(slot.slot, fingerprint(content.content)[:8]),
        slot=slot.slot,
        content=content.content,
        account=slot.account,
        at=slot.at,
        traits=slot.traits.model_copy(update={"format": content.format}),
        variant=variant,
        fingerprint=fingerprint(variant.model_dump_json(), slot.account),
        awaits_approval=awaits,
        approve_by=usable_until(state.brief, slot.at) if awaits else None,
        boost=slot.boost,
        explores=slot.explores,
        propensity=slot.propensity,
    )
    if _price(state, proposal) > left:
        detail = f"{_price(state, proposal)} asked, {left} left"
        return [PostCancelled(slot=slot.slot, reason=CancelReason.BUDGET, detail=detail)], inventory
    facts: list[Fact] = [proposal]
    if not awaits:
        facts.append(_scheduled(state, proposal, slot.at))
    return facts, inventory.reserved(content.content, slot.at)


def _content(slot: Slot, inventory: Inventory) -> str | None:
    """The content that fits best: same topic and appeal, the slot's format if there is one, least used, by name."""

    def fits(piece: Piece) -> bool:
        right = piece.topic == slot.traits.topic and piece.appeal is slot.traits.appeal
        open_here = not piece.channels or slot.traits.channel in piece.channels
        return right and open_here and bool(piece.openings(slot.at, slot.at))

    usable = [(name, piece) for name, piece in inventory.pieces.items() if fits(piece)]
    if not usable:
        return None
    return min(usable, key=lambda one: (one[1].format != slot.traits.format, one[1].used, one[0]))[0]


def _approved(state: EditorState, event: Delivery, post: str, seen: str) -> Decision:
    assert state.brief is not None
    draft = state.drafts.get(slot_of(post))
    if draft is None or draft.state is not PostState.PROPOSED or draft.proposal is None or state.paused:
        return NOTHING
    if draft.proposal.fingerprint != seen or draft.proposal.post != post or state.brief.mode is Mode.ADVISE:
        return NOTHING
    if event.now >= usable_until(state.brief, draft.slot.at):
        return Decision(emits=(_missed(draft),))
    return Decision(emits=(_scheduled(state, draft.proposal, max(draft.slot.at, event.now)),))


def _scheduled(state: EditorState, proposal: PostProposed, at: datetime) -> PostScheduled:
    assert state.brief is not None
    return PostScheduled(
        post=proposal.post,
        content=proposal.content,
        account=proposal.account,
        at=at,
        not_after=usable_until(state.brief, proposal.at),
        traits=proposal.traits,
        variant=proposal.variant,
        fingerprint=proposal.fingerprint,
        cost=_cost(state, proposal.content),
        boost=proposal.boost,
    )


WORKER: Final = Worker(
    name="editor",
    hears=frozenset(
        {
            CampaignBriefed,
            ContentOffered,
            PlanMade,
            ExecutionRevised,
            CalendarExtended,
            PostApproved,
            PostRejected,
            PostPublished,
            PostFailed,
            PostUncertain,
            SpendRecorded,
            CampaignPaused,
            CampaignResumed,
            CampaignEnded,
            AccountPaused,
            AccountResumed,
            AuthorizationExpired,
            AuthorizationRestored,
        }
    ),
    says=frozenset({PostProposed, PostScheduled, PostCancelled}),
    state=EditorState,
    state_version=1,
    evolve=evolve,
    decide=decide,
)
