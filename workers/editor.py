"""The editor: a slot becomes a post, with content chosen for it, its variant fixed, and a person's approval where
asked.

It works through the calendar by one timer at the next moment at which anything is due.

Invariants: a slot has at most one post at a time, and another only where the content of the first was withdrawn; a post
is scheduled with exactly the fingerprint that was proposed (in approve mode, approved, perhaps for a slot of the same
day that was planned anew: `approvals.py`); nothing is proposed while paused, and what was missed is cancelled, never
made up for in a burst; in advise mode nothing is ever scheduled; no post is made that the budget no longer pays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from events.campaign import (
    AccountConnected,
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    ContentOffered,
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
)
from events.runtime import StateMigrated, TimerFired
from events.terms import Fact, Mode
from workers.approvals import Approval, held, kept, taken_back, without
from workers.calendar import usable_until
from workers.decision import NOTHING, Decision, Delivery, State, Timer, Worker
from workers.lives import PostState, post_after, slot_of
from workers.model import spending_of
from workers.posts import Stock, chosen, is_stale, lack, price, proposed, scheduled, usable

DESK: Final = "desk"
LEAD: Final = timedelta(minutes=30)
"""How long before its slot a post is made where no person has to see it."""


class Draft(State):
    """A slot and what has become of it so far. `withdrawn`: how many posts of it were given up for their content."""

    slot: Slot
    state: PostState = PostState.PLANNED
    proposal: PostProposed | None = None
    not_after: datetime | None = None
    """Until when the scheduled post may be sent."""
    withdrawn: int = 0

    def is_of(self, post: str | None) -> bool:
        return post == (self.proposal.post if self.proposal is not None else None)


class EditorState(Stock):
    drafts: Mapping[str, Draft] = {}
    approvals: Mapping[str, Approval] = {}
    """Of posts that were planned anew before they were sent, by fingerprint."""
    closed_accounts: tuple[str, ...] = ()
    spent: Decimal = Decimal(0)
    paused: bool = False
    ended: bool = False


def evolve(state: EditorState, event: Delivery) -> EditorState:
    state = state.model_copy(update={"spent": state.spent + spending_of(state.brief, event.data)})
    match event.data:
        case CampaignBriefed() as brief:
            return state.model_copy(update={"brief": brief})
        case AccountConnected() as account:
            return state.model_copy(update={"limits": {**state.limits, account.account: account}})
        case ContentOffered() as content:
            contents = {**state.contents, content.content: content}
            return state.model_copy(
                update={"contents": contents, "inventory": state.inventory.offered(content, event.id)}
            )
        case PlanMade(slots=slots) | ExecutionRevised(slots=slots) | CalendarExtended(slots=slots):
            drafts = {**state.drafts, **{slot.slot: Draft(slot=slot) for slot in slots}}
            return state.model_copy(update={"drafts": drafts})
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
        case PostRejected() as rejected:
            return state.model_copy(update={"approvals": taken_back(state.approvals, rejected)})
        case _:
            return _lived(state, event.data)


def _lived(state: EditorState, fact: Fact) -> EditorState:
    """The desk after one moment of a post's life."""
    match fact:
        case PostProposed(slot=slot) as proposal:
            draft = state.drafts[slot].model_copy(update={"state": PostState.PROPOSED, "proposal": proposal})
            inventory = state.inventory.reserved(proposal.content, proposal.at)
            used = state.approvals if proposal.approved_as is None else without(state.approvals, proposal.fingerprint)
            drafts = {**state.drafts, slot: draft}
            return state.model_copy(update={"drafts": drafts, "inventory": inventory, "approvals": used})
        case PostScheduled(post=post) | PostPublished(post=post) | PostFailed(post=post) | PostUncertain(post=post):
            return _moved(state, slot_of(post), post, fact)
        case PostCancelled(slot=slot, post=cancelled):
            return _moved(state, slot, cancelled, fact)
        case _:
            return state


def _moved(state: EditorState, slot: str, post: str | None, fact: Fact) -> EditorState:
    """The draft in its next state; one that is over leaves the desk, and what it did not use goes back to the stock."""
    draft = state.drafts.get(slot)
    if draft is None or not draft.is_of(post):
        # Its cancellation came too late: what went back to the stock has been used after all.
        used = state.inventory.published(fact) if isinstance(fact, PostPublished) else state.inventory
        return state.model_copy(update={"inventory": used})
    after = post_after(draft.state, type(fact))
    if after is None:
        return state
    drafts, inventory = {name: other for name, other in state.drafts.items() if name != slot}, state.inventory
    approvals = state.approvals
    if after in (PostState.SCHEDULED, PostState.UNCERTAIN):
        until = fact.not_after if isinstance(fact, PostScheduled) else draft.not_after
        drafts[slot] = draft.model_copy(update={"state": after, "not_after": until})
    elif draft.proposal is not None:
        inventory = inventory.released(draft.proposal.content, draft.proposal.at)
        if isinstance(fact, PostCancelled) and draft.state is PostState.SCHEDULED and state.brief is not None:
            approvals = kept(approvals, draft.proposal, fact.reason, ZoneInfo(state.brief.zone))
    if isinstance(fact, PostPublished):
        inventory = inventory.published(fact)
    if isinstance(fact, PostCancelled) and fact.reason is CancelReason.WITHDRAWN:
        drafts[slot] = Draft(slot=draft.slot, withdrawn=draft.withdrawn + 1)
    return state.model_copy(update={"drafts": drafts, "inventory": inventory, "approvals": approvals})


def decide(state: EditorState, event: Delivery) -> Decision:
    if state.brief is None:
        return NOTHING
    match event.data:
        case PlanMade(slots=slots) | ExecutionRevised(slots=slots):
            new = {slot.slot for slot in slots}
            old = [draft for name, draft in state.drafts.items() if name not in new]
            return _desk(state, event, _cancelled(old, CancelReason.REVISED))
        # A resumption is answered by the planner: its slots lie ahead, what is on the desk may not.
        case CalendarExtended() | TimerFired() | StateMigrated():
            return _desk(state, event, ())
        case CampaignPaused():
            return _desk(state, event, _cancelled(state.drafts.values(), CancelReason.PAUSED))
        case CampaignEnded():
            return _desk(state, event, _cancelled(state.drafts.values(), CancelReason.ENDED))
        case PostApproved(post=post, fingerprint=seen):
            return _approved(state, event, post, seen)
        case PostRejected(post=post, reason=reason) if drafts := _approved_as(state, post):
            # A person may think better of it until it is sent.
            return _desk(state, event, _cancelled(drafts, CancelReason.REJECTED, reason))
        case ContentOffered(content=content) if withdrawn := _withdrawn(state, content, event.now):
            return _desk(state, event, withdrawn)
        case PostPublished(post=post) if slot_of(post) in state.drafts:
            # Its content was withdrawn too late: the slot has been used, and needs no other post.
            detail = f"{post} was sent before its cancellation came"
            return _desk(state, event, _cancelled((state.drafts[slot_of(post)],), CancelReason.LATE, detail))
        case PostFailed(post=post, kind=FailureKind.EXPIRED):
            return Decision(emits=(PostCancelled(slot=slot_of(post), post=post, reason=CancelReason.LATE),))
        case _:
            return NOTHING


def _draft(state: EditorState, post: str) -> Draft | None:
    """What the post is on the desk, if it still is."""
    draft = state.drafts.get(slot_of(post))
    return draft if draft is not None and draft.is_of(post) else None


def _approved_as(state: EditorState, post: str) -> list[Draft]:
    """The post, and the one that has its approval since it was planned anew, if they are on the desk."""
    proposals = ((draft, draft.proposal) for draft in state.drafts.values())
    return [draft for draft, made in proposals if made is not None and post in (made.post, made.approved_as)]


def _cancelled(drafts: Iterable[Draft], reason: CancelReason, detail: str = "") -> tuple[PostCancelled, ...]:
    return tuple(
        PostCancelled(
            slot=draft.slot.slot,
            post=draft.proposal.post if draft.proposal is not None else None,
            reason=reason,
            detail=detail,
        )
        for draft in sorted(drafts, key=lambda draft: (draft.slot.at, draft.slot.slot))
        if draft.state in (PostState.PLANNED, PostState.PROPOSED, PostState.SCHEDULED)
    )


def _withdrawn(state: EditorState, content: str, now: datetime) -> tuple[PostCancelled, ...]:
    """The posts, not sent yet, that do not show the content as it was offered last, or would show it for too long."""
    stale = (
        draft
        for draft in state.drafts.values()
        if draft.proposal is not None
        and draft.proposal.content == content
        and is_stale(state, draft.proposal, draft.slot, draft.not_after, now)
    )
    return _cancelled(stale, CancelReason.WITHDRAWN, f"{content} was offered anew")


def _desk(state: EditorState, event: Delivery, before: tuple[PostCancelled, ...]) -> Decision:
    """Everything that is due now, and the timer for what is due next."""
    emits: list[Fact] = list(before)
    for said in before:
        state = _lived(state, said)
    if state.paused or state.ended:
        return Decision(emits=tuple(emits), timers=(Timer(DESK, None),))
    waiting: list[datetime] = []
    for name in sorted(state.drafts, key=lambda name: (state.drafts[name].slot.at, name)):
        while (due := _due(state, state.drafts.get(name))) is not None and due <= event.now:
            for fact in _dealt_with(state, state.drafts[name], event.now):
                emits.append(fact)
                state = _lived(state, fact)
        if due is not None:
            waiting.append(due)
    return Decision(emits=tuple(emits), timers=(Timer(DESK, min(waiting, default=None)),))


def _due(state: EditorState, draft: Draft | None) -> datetime | None:
    """When the editor must look at a draft: to propose it, or to give up on its approval; None: not any more."""
    assert state.brief is not None
    if draft is None or draft.state not in (PostState.PLANNED, PostState.PROPOSED):
        return None
    if draft.proposal is not None:
        return usable(state, draft.slot, draft.proposal.content)
    if state.brief.mode is Mode.AUTOMATIC:
        return draft.slot.at - LEAD
    return draft.slot.at - timedelta(hours=state.brief.constraints.approval_hours)


def _dealt_with(state: EditorState, draft: Draft, now: datetime) -> tuple[Fact, ...]:
    """What becomes of a draft that is due: a proposal's time is over, a slot gets its post, or there is none."""
    assert state.brief is not None
    slot = draft.slot
    if draft.proposal is not None:
        return (_missed(state, draft, draft.proposal, now),)
    if now >= usable_until(state.brief, slot.at):
        return (PostCancelled(slot=slot.slot, reason=CancelReason.LATE),)
    if slot.account in state.closed_accounts:
        return (PostCancelled(slot=slot.slot, reason=CancelReason.ACCOUNT, detail=slot.account),)
    content = chosen(state, slot, now)
    if content is None:
        return (PostCancelled(slot=slot.slot, reason=CancelReason.NO_CONTENT, detail=lack(state, slot)),)
    proposal = proposed(state, slot, content, draft.withdrawn)
    if state.brief.mode is Mode.APPROVE:
        rests = timedelta(days=state.contents[content].rest_days)
        proposal = held(state.approvals, proposal, rests, ZoneInfo(state.brief.zone))
    asked, left = price(state, proposal), _left(state)
    if asked > left:
        detail = f"{asked} asked, {left} left"
        return (PostCancelled(slot=slot.slot, reason=CancelReason.BUDGET, detail=detail),)
    if proposal.awaits_approval:
        return (proposal,)
    return proposal, scheduled(state, slot, proposal, slot.at)


def _left(state: EditorState) -> Decimal:
    """The budget without what is spent and what the posts will cost that are proposed, on their way, or perhaps out."""
    assert state.brief is not None
    proposals = (draft.proposal for draft in state.drafts.values())
    committed = sum((price(state, proposal) for proposal in proposals if proposal is not None), Decimal(0))
    return state.brief.budget.amount - state.spent - committed


def _missed(state: EditorState, draft: Draft, proposal: PostProposed, now: datetime) -> PostCancelled:
    """Why a proposal comes to nothing: its slot is over, or only what it would have shown."""
    assert state.brief is not None
    reason = CancelReason.NOT_APPROVED if proposal.awaits_approval else CancelReason.LATE
    detail = ""
    if now < usable_until(state.brief, draft.slot.at):
        reason, detail = CancelReason.WITHDRAWN, f"{proposal.content} is no longer valid"
    return PostCancelled(slot=draft.slot.slot, post=proposal.post, reason=reason, detail=detail)


def _approved(state: EditorState, event: Delivery, post: str, seen: str) -> Decision:
    assert state.brief is not None
    draft = _draft(state, post)
    if draft is None or draft.state is not PostState.PROPOSED or draft.proposal is None or state.paused:
        return NOTHING
    if draft.proposal.fingerprint != seen or state.brief.mode is Mode.ADVISE:
        return NOTHING
    if event.now >= usable(state, draft.slot, draft.proposal.content):
        return _desk(state, event, ())
    if _left(state) < 0:
        # It was paid for when it was proposed, and counts as spent already; since then money has left otherwise.
        detail = f"{price(state, draft.proposal)} asked, {-_left(state)} short"
        gone = PostCancelled(slot=draft.slot.slot, post=post, reason=CancelReason.BUDGET, detail=detail)
        return _desk(state, event, (gone,))
    at = max(draft.slot.at, event.now)
    return Decision(emits=(scheduled(state, draft.slot, draft.proposal, at),))


WORKER: Final = Worker(
    name="editor",
    hears=frozenset(
        {
            CampaignBriefed,
            AccountConnected,
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
    rows=frozenset({"brief", "contents", "drafts", "inventory.pieces"}),
)
