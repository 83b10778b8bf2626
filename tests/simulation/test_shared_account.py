"""Two campaigns of the eight real workers on one account: neither knows the other's plans, the account bears both."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from events.campaign import CampaignAccount, Constraints, ContentOffered, HistoryImported
from events.execution import CancelReason, FailureKind, Pacing, PostCancelled, PostFailed, PostScheduled
from tests.simulation.loop import ACCOUNT, ARCHIVE, CHANNEL, OWNER, START, TENANT, Site, brief, content, world
from workers import editor
from workers.decision import Decision, Delivery, Worker
from workers.platforms.simulated.feed import Accepted
from workers.roster import ROSTER
from workers.runtime.running import Runtime

CAP: Final = 3
APART: Final = timedelta(hours=3)
REST: Final = timedelta(days=2)
DAYS: Final = 5
BRIEF: Final = brief(
    accounts=(CampaignAccount(account=ACCOUNT, channel=CHANNEL, shared=True),),
    constraints=Constraints(posts_per_day=CAP, quiet_hours=(0, 1, 2, 3, 4, 5)),
)
PACING: Final = Pacing(
    posts_per_day=CAP, zone=BRIEF.zone, apart_minutes=APART / timedelta(minutes=1), rest_days=REST / timedelta(days=1)
)


def paced(worker: Worker[Any]) -> Worker[Any]:
    """The editor, saying of every post what the account bears."""

    def decide(state: Any, event: Delivery) -> Decision:
        decision = editor.WORKER.decide(state, event)
        emits = (
            fact.model_copy(update={"pacing": PACING}) if isinstance(fact, PostScheduled) else fact
            for fact in decision.emits
        )
        return replace(decision, emits=tuple(emits))

    return replace(worker, decide=decide) if worker is editor.WORKER else worker


def second(runtime: Runtime, pieces: tuple[ContentOffered, ...]) -> None:
    """Brief another campaign with the same content on the same account."""
    for piece in pieces:
        runtime.intake.accept(piece, "autumn", TENANT, OWNER, f"autumn/{piece.content}", START)
    runtime.intake.accept(BRIEF, "autumn", TENANT, OWNER, "autumn/brief", START, person=True)
    imported = HistoryImported(history=str(BRIEF.history), posts=10, rows=10)
    runtime.intake.accept(imported, "autumn", TENANT, ARCHIVE, "autumn/end", START)


def lived(*, pacing: bool, keyed: bool = True, cap: int | None = None) -> tuple[Site, Runtime]:
    pieces = tuple(
        piece.model_copy(
            update={
                "content": f"{piece.content}-{n}",
                "text": f"{piece.text} {n}",
                "rest_days": REST / timedelta(days=1),
            }
        )
        for piece in content()
        for n in range(3)
    )
    site = Site(brief=BRIEF, content=pieces, world=world(keyed=keyed, posts_per_day=cap))
    runtime = site.start(tuple(paced(worker) for worker in ROSTER) if pacing else ROSTER)
    second(runtime, pieces)
    runtime.advance_to(START + timedelta(days=DAYS))
    return site, runtime


def posts(site: Site) -> list[Accepted]:
    return sorted(site.network.accepted(), key=lambda post: post.at)


def too_much(accepted: list[Accepted]) -> tuple[int, int, int]:
    """Days beyond the cap, pairs closer than the spacing, contents shown again before they have rested."""
    zone = ZoneInfo(BRIEF.zone)
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
    site, runtime = lived(pacing=True, keyed=keyed)
    accepted = posts(site)
    assert too_much(accepted) == (0, 0, 0)
    assert len(accepted) > 2 * DAYS, "the account is used"
    assert {post.post.campaign for post in accepted} == {"spring", "autumn"}, "and both use it"
    told = [event.data for name in ("spring", "autumn") for event in runtime.history(name)]
    failed = [fact for fact in told if isinstance(fact, PostFailed)]
    assert {fact.kind for fact in failed} <= {FailureKind.EXPIRED, FailureKind.REJECTED}
    assert all("|publish|" in fact.detail for fact in failed), "each says which post took the room"
    late = {fact.post for fact in told if isinstance(fact, PostCancelled) and fact.reason is CancelReason.LATE}
    assert {fact.post for fact in failed if fact.kind is FailureKind.EXPIRED} <= late, "and the editor lets go of it"


def test_the_same_two_campaigns_would_exceed_it_if_nobody_held_them() -> None:
    """What the test above tests is there to be tested."""
    crowded, near, again = too_much(posts(lived(pacing=False)[0]))
    assert crowded
    assert near
    assert again


def test_the_networks_own_cap_holds_over_both_campaigns_though_no_worker_knows_it() -> None:
    accepted = posts(lived(pacing=False, cap=2)[0])
    assert len(accepted) >= 2 * DAYS - 2
    for first, third in zip(accepted, accepted[2:], strict=False):
        assert third.at - first.at >= timedelta(hours=24)
