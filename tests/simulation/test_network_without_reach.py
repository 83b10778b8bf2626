"""A campaign on a network that counts no reach, as Bluesky does: what few engage with is noticed, and left.

The audience is that of tests/integration/test_bluesky_loop.py, on the virtual clock: one likes what the owner believes
that all like, and nearly all like beans.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from config.brief import load_brief
from config.content import load_content
from events.campaign import CampaignAccount
from events.correction import CorrectionDecided, KPIBreached, Verdict
from events.execution import KpiName, PlanMade
from events.terms import Money
from workers.platforms.protocol import Clock, Limits, OutgoingPost, Published, Reading, Rejected
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.store.memory import MemoryStore

FANS: Final = {"beans": 29, "gear": 2, "brewing": 1}
START: Final = datetime(2026, 11, 24, 10, tzinfo=UTC)


@dataclass
class Quiet:
    """Takes keys; says likes, comments and shares, and never how many people saw a post."""

    clock: Clock
    luck: random.Random
    posts: dict[str, tuple[Published, list[datetime]]] = field(default_factory=dict)

    def limits(self, account: str) -> Limits:
        counters = ("likes", "comments", "shares", "followers")
        return Limits(True, None, 2500, (), counters, read_lag=timedelta(0))

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        if key not in self.posts:
            made = Published(f"post-{len(self.posts)}", self.clock.now())
            fans = range(FANS.get(post.traits.topic or "", 0))
            likes = [made.at + timedelta(hours=self.luck.uniform(0, 20)) for _ in fans if self.luck.random() < 0.8]
            self.posts[key] = made, likes
        return self.posts[key][0]

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        return self.posts[key][0] if key in self.posts else None

    def read_post(self, account: str, reference: str) -> Reading:
        now = self.clock.now()
        for made, likes in self.posts.values():
            if made.reference == reference:
                return Reading(now, {"likes": sum(at <= now for at in likes), "comments": 0, "shares": 0})
        raise Rejected(f"no post {reference}")

    def read_account(self, account: str) -> Reading:
        return Reading(self.clock.now(), {"followers": 9})

    def advance(self, to: datetime) -> None:
        """Nothing happens that nobody asked for."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_nobody_engages_with_breaches_and_is_corrected_though_nobody_counts_reach(seed: int) -> None:
    briefed = load_brief(Path("config/briefs/steady.yaml"), START)
    account = CampaignAccount(account="roastery", channel="quiet")
    fact = briefed.fact.model_copy(
        update={
            "accounts": (account,),
            "starts": START,
            "post_cost": Money(amount=Decimal("0.01"), currency="EUR"),
            "constraints": briefed.fact.constraints.model_copy(update={"posts_per_day": 4}),
        }
    )
    runtime = assemble(
        ROSTER,
        MemoryStore(),
        VirtualClock(START),
        platforms={"quiet": lambda clock, say: Quiet(clock, random.Random(seed))},
    )
    runtime.connect("roastery", "quiet")
    for piece in load_content(Path("config/content/steady"), replace(briefed, fact=fact)):
        offered = piece.model_copy(update={"uses": 100, "rest_days": 0, "cost": None, "link": None})
        runtime.intake.accept(offered, briefed.campaign, "default", "/people/olivia", piece.content, START)
    runtime.intake.accept(fact, briefed.campaign, "default", "/people/olivia", "brief", START, person=True)
    runtime.advance_to(START + timedelta(days=9))
    said = [event.data for event in runtime.history(briefed.campaign)]
    (breach,) = [one for one in said if isinstance(one, KPIBreached)][:1]
    (answer,) = [one for one in said if isinstance(one, CorrectionDecided) and one.breach is not None][:1]
    plan = next(one for one in said if isinstance(one, PlanMade))
    assert not {KpiName.REACH, KpiName.ENGAGEMENT} & {kpi.kpi for kpi in plan.kpis}
    assert breach.kpi is KpiName.ENGAGEMENTS
    assert breach.observed < breach.limit / 2
    assert answer.verdict is not Verdict.KEEP
