"""Two campaigns of the eight real workers on one account: neither knows the other's plans, the account bears both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from events.campaign import CampaignAccount, CampaignBriefed, Constraints, ContentOffered, HistoryImported
from events.execution import CancelReason, FailureKind, PostCancelled, PostFailed
from tests.simulation.loop import (
    ACCOUNT,
    ARCHIVE,
    CHANNEL,
    HISTORY,
    OWNER,
    START,
    TENANT,
    Site,
    brief,
    content,
    world,
)
from workers import publisher
from workers.decision import Decision, Effect, Publish, Worker
from workers.methods.planning import SPACING_HOURS
from workers.platforms.simulated.feed import Accepted
from workers.roster import ROSTER
from workers.runtime.running import Runtime

CAP: Final = 3
APART: Final = timedelta(hours=SPACING_HOURS)
REST: Final = timedelta(days=2)
DAYS: Final = 5
CAMPAIGNS: Final = ("spring", "autumn")
UNPACED: Final[Sequence[Worker[Any]]] = tuple(
    replace(worker, decide=lambda state, event: _unpaced(publisher.WORKER.decide(state, event)))
    if worker is publisher.WORKER
    else worker
    for worker in ROSTER
)
"""The eight workers, of which none says what an account bears."""


def _unpaced(decision: Decision) -> Decision:
    effects = tuple(
        replace(effect, payload=effect.payload.model_copy(update={"pacing": None}))
        if isinstance(effect, Effect) and isinstance(effect.payload, Publish)
        else effect
        for effect in decision.effects
    )
    return replace(decision, effects=effects)


def shared(*quiet: int) -> CampaignBriefed:
    return brief(
        accounts=(CampaignAccount(account=ACCOUNT, channel=CHANNEL, shared=True),),
        constraints=Constraints(posts_per_day=CAP, quiet_hours=quiet),
    )


def pieces() -> tuple[ContentOffered, ...]:
    """Three variants of every piece; both campaigns offer the same."""
    rest = REST / timedelta(days=1)
    return tuple(
        piece.model_copy(update={"content": f"{piece.content}-{n}", "text": f"{piece.text} {n}", "rest_days": rest})
        for piece in content()
        for n in range(3)
    )


def second(runtime: Runtime) -> None:
    """Brief another campaign on the same account; it posts in the afternoon."""
    for piece in pieces():
        runtime.intake.accept(piece, "autumn", TENANT, OWNER, f"autumn/{piece.content}", START)
    runtime.intake.accept(shared(*range(13)), "autumn", TENANT, OWNER, "autumn/brief", START, person=True)
    imported = HistoryImported(history=HISTORY, posts=10, rows=10)
    runtime.intake.accept(imported, "autumn", TENANT, ARCHIVE, "autumn/end", START)


def lived(
    roster: Sequence[Worker[Any]] = ROSTER, *, keyed: bool = True, cap: int | None = None
) -> tuple[list[Accepted], Runtime]:
    """What the network accepted, in order, and the runtime."""
    site = Site(brief=shared(*range(6)), content=pieces(), world=world(keyed=keyed, posts_per_day=cap))
    runtime = site.start(roster)
    second(runtime)
    runtime.advance_to(START + timedelta(days=DAYS))
    return sorted(site.network.accepted(), key=lambda post: post.at), runtime


def too_much(accepted: Sequence[Accepted]) -> tuple[int, int, int]:
    """Days beyond the cap, pairs closer than the spacing, contents shown again before they have rested."""
    zone = ZoneInfo(brief().zone)
    days = Counter(post.at.astimezone(zone).date() for post in accepted)
    shown: dict[str, datetime] = {}
    again = 0
    for post in accepted:
        last = shown.get(post.post.fingerprint)
        again += last is not None and post.at - last < REST
        shown[post.post.fingerprint] = post.at
    near = sum(later.at - earlier.at < APART for earlier, later in pairwise(accepted))
    return sum(count > CAP for count in days.values()), near, again


@pytest.mark.parametrize("keyed", [True, False])
def test_two_campaigns_on_one_account_never_exceed_what_it_bears(keyed: bool) -> None:
    accepted, runtime = lived(keyed=keyed)
    assert too_much(accepted) == (0, 0, 0)
    assert len(accepted) > 2 * DAYS, "the account is used"
    assert {post.post.campaign for post in accepted} == set(CAMPAIGNS), "and both use it"
    told = [event.data for name in CAMPAIGNS for event in runtime.history(name)]
    failed = [fact for fact in told if isinstance(fact, PostFailed)]
    assert failed
    assert {fact.kind for fact in failed} <= {FailureKind.EXPIRED, FailureKind.REJECTED}
    assert all("|publish|" in fact.detail for fact in failed), "each says which post took the room"
    late = {fact.post for fact in told if isinstance(fact, PostCancelled) and fact.reason is CancelReason.LATE}
    assert {fact.post for fact in failed if fact.kind is FailureKind.EXPIRED} <= late, "and the editor lets go of it"


def test_the_same_two_campaigns_would_exceed_it_if_nobody_held_them() -> None:
    """What the test above tests is there to be tested."""
    crowded, near, again = too_much(lived(UNPACED)[0])
    assert crowded
    assert near
    assert again


def test_the_networks_own_cap_holds_over_both_campaigns_though_neither_knows_the_others_posts() -> None:
    accepted, _ = lived(UNPACED, cap=2)
    assert len(accepted) >= 2 * DAYS - 2
    assert {post.post.campaign for post in accepted} == set(CAMPAIGNS)
    for first, third in zip(accepted, accepted[2:], strict=False):
        assert third.at - first.at >= timedelta(hours=24)
