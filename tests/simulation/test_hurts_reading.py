"""Where the users of other tools are hurt today (STYLE.md) by what is read back, and by logins that are lost."""

from __future__ import annotations

import pytest

from events.campaign import (
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignAccount,
    Constraints,
)
from events.correction import KPIBreached
from events.execution import (
    KpiName,
    MetricObserved,
    ObservationMissed,
    PostPublished,
)
from events.strategy import AudienceAnalyzed
from tests.simulation.between import assert_no_burst, between, moments, posts, raising
from tests.simulation.loop import (
    ACCOUNT,
    CHANNEL,
    START,
    Site,
    brief,
    tell,
)
from workers.platforms import protocol
from workers.platforms.protocol import OutcomeUnknown, RateLimited


def test_readings_that_fail_are_missing_and_never_zero() -> None:
    """postiz-app #1470. With its readings this plan is breached by now (see test_loop_crashes)."""
    site = Site()
    between(site, reading=raising(OutcomeUnknown("timed out"), "before"))
    site.live(4)
    published = posts(site, PostPublished)
    assert len(published) > 8
    assert not [fact for fact in site.facts(MetricObserved) if fact.post in published]
    assert {fact.post for fact in site.facts(ObservationMissed)} >= set(sorted(published)[:3])
    assert not [fact for fact in site.facts(KPIBreached) if fact.kpi in {KpiName.REACH, KpiName.ENGAGEMENT}]


def test_a_counter_that_is_missing_is_unknown_all_the_way_to_the_mathematics() -> None:
    site = Site()
    site.network.faults.missing = {"reach", "impressions"}
    site.live(4)
    published = posts(site, PostPublished)
    own = [fact for fact in site.facts(MetricObserved) if fact.post in published]
    assert len(own) > 20
    assert not [fact for fact in own if "reach" in fact.counters]
    assert [fact for fact in own if "likes" in fact.counters]
    assert not [fact for fact in site.facts(KPIBreached) if fact.kpi in {KpiName.REACH, KpiName.ENGAGEMENT}]
    imported = site.facts(AudienceAnalyzed)[0].statistics.cells
    last = site.facts(AudienceAnalyzed)[-1].statistics.cells
    assert sum(cell.posts for cell in last) > sum(cell.posts for cell in imported), "posts were counted"
    assert sum(cell.reach_exposure for cell in last) <= sum(cell.reach_exposure for cell in imported), "not their reach"


@pytest.mark.parametrize("error", [OutcomeUnknown("502"), protocol.ProvenUnsent("refused"), RateLimited(START)])
def test_a_passing_error_never_ends_an_authorization(error: Exception) -> None:
    """postiz-app #1884, #1091, #1822."""
    site, calls = Site(), [0]

    def passing(when: str) -> None:
        calls[0] += 1
        if calls[0] < 8 and when == "before":
            raise error

    between(site, publishing=passing, reading=passing)
    site.live(2)
    assert not site.facts(AuthorizationExpired)
    assert posts(site, PostPublished)


def test_a_lost_login_pauses_its_account_alone_and_is_lifted_by_a_person() -> None:
    accounts = (CampaignAccount(account=ACCOUNT, channel=CHANNEL), CampaignAccount(account="second", channel=CHANNEL))
    site = Site(brief=brief(accounts=accounts, constraints=Constraints(posts_per_day=3)))
    site.network.faults.expired = {ACCOUNT}
    site.live(1.5)
    assert {fact.account for fact in site.facts(AuthorizationExpired)} == {ACCOUNT}
    assert len(site.facts(AuthorizationExpired)) == 1, "said once, not at every try"
    assert not moments(site)
    assert len(moments(site, "second")) >= 2
    site.network.faults.expired = set()
    runtime = site.start()
    back = site.clock.now()
    tell(runtime, AuthorizationRestored(account=ACCOUNT, reason="signed in again"), "restored")
    site.live(4)
    assert len(moments(site)) >= 2
    assert_no_burst(moments(site))
    assert all(at >= back for at in moments(site))
    assert len(site.facts(AuthorizationExpired)) == 1
