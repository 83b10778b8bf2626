"""What intake takes, refuses, orders, keeps and copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from events.campaign import (
    AccountConnected,
    AccountPaused,
    AccountResumed,
    AuthorizationExpired,
    CampaignBriefed,
    CampaignEnded,
    CampaignPaused,
    ContentOffered,
    ConversionRecorded,
    HistoryImported,
    PostObserved,
    SegmentHypothesis,
    SpendPurpose,
    SpendRecorded,
)
from events.envelope import Event, content_hash, outside_id
from events.execution import MetricObserved
from events.runtime import TimerFired
from events.terms import Appeal, Fact, Money
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, EVALUATOR, PERSON, START, TRAITS, World, brief, tell
from workers.platforms.protocol import Limits
from workers.runtime.intake import Offered, Refused
from workers.runtime.running import Runtime
from workers.runtime.store.rows import Hold, HoldKind

SHOP = "/shops/roastery"
LIMITS = Limits(True, 3, None, ("photo",), ("reach",), timedelta(0))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def runtime(world: World) -> Runtime:
    return world.runtime(roster=())


def from_shop(runtime: Runtime, fact: Fact, own_id: str, campaign: str = CAMPAIGN, own: str | None = None) -> Event:
    return runtime.intake.accept(fact, campaign, "default", SHOP, own_id, START, producersequence=own)


def names(runtime: Runtime, campaign: str = CAMPAIGN) -> list[str]:
    return [event.name for event in runtime.history(campaign)]


def observed(post: str) -> PostObserved:
    return PostObserved(post=post, account=ACCOUNT, published=START, traits=TRAITS, history="2025")


def test_what_was_accepted_is_on_the_log_in_order_with_its_hash(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    for number in range(3):
        from_shop(runtime, ConversionRecorded(count=number + 1), f"sale {number}")
    events = runtime.history(CAMPAIGN)
    assert [event.lane for event in events] == [1, 2, 3, 4], "everybody outside shares the lane of intake"
    assert [int(event.sequence) for event in events] == [1, 1, 2, 3], "sequences are counted per source"
    assert all(event.hash == content_hash(event) for event in events)
    assert {event.correlationid for event in events} == {events[0].id}, "the brief correlates everything"


def test_saying_an_id_twice_changes_nothing_and_returns_what_was_said_first(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    first = from_shop(runtime, ConversionRecorded(count=1), "sale")
    assert from_shop(runtime, ConversionRecorded(count=1), "sale") == first
    assert runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/other", "sale", START) != first
    assert names(runtime).count("ConversionRecorded") == 2


@pytest.mark.parametrize("source", ["/mowj/workers/analyst", "/mowj/runtime/editor", "/mowj/intake", ""])
def test_reserved_sources_are_refused(runtime: Runtime, source: str) -> None:
    with pytest.raises(Refused):
        runtime.intake.accept(brief(), CAMPAIGN, "default", source, "1", START, person=True)
    assert runtime.history(CAMPAIGN) == []


def test_nobody_outside_says_what_workers_the_runtime_or_people_say(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    fired = TimerFired(worker="editor", timer="next", due=START, fired=START, set_by="x")
    expired = AuthorizationExpired(account=ACCOUNT, reason="r")
    for person in (True, False):
        for fact in (fired, expired):
            with pytest.raises(Refused):
                runtime.intake.accept(fact, CAMPAIGN, "default", SHOP, "1", START, person=person)
    assert names(runtime) == ["CampaignBriefed"]


@pytest.mark.parametrize(("campaign", "tenant", "own_id"), [("", "t", "1"), ("c", "", "1"), ("c", "t", "")])
def test_a_fact_without_campaign_tenant_or_id_is_refused(
    runtime: Runtime, campaign: str, tenant: str, own_id: str
) -> None:
    with pytest.raises(Refused):
        runtime.intake.accept(brief(), campaign, tenant, PERSON, own_id, START, person=True)


def test_a_naive_time_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Refused, match="no zone"):
        runtime.intake.accept(brief(), CAMPAIGN, "default", PERSON, "1", datetime(2026, 1, 1), person=True)  # noqa: DTZ001


def test_an_unknown_campaign_and_a_foreign_tenant_are_refused(runtime: Runtime) -> None:
    with pytest.raises(Refused, match="no campaign 'sprnig'"):
        from_shop(runtime, ConversionRecorded(), "sale", "sprnig")
    tell(runtime, brief(), "brief")
    with pytest.raises(Refused, match="tenant"):
        runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "somebody else", SHOP, "sale", START)
    assert names(runtime) == ["CampaignBriefed"]


def test_an_event_that_is_too_large_is_refused(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    facts = HistoryImported(history="2025", posts=1, rows=1, notes=("x" * 20_000,) * 60)
    with pytest.raises(Refused, match="1000000"):
        from_shop(runtime, facts, "1")


def test_content_may_be_offered_before_the_brief(runtime: Runtime) -> None:
    offered = ContentOffered(content="a", topic="beans", format="photo", appeal=Appeal.TEACH, text="words")
    from_shop(runtime, offered, "a")
    tell(runtime, brief(), "brief")
    assert names(runtime) == ["ContentOffered", "CampaignBriefed"]


def test_a_fact_of_the_future_or_the_past_does_not_move_now(world: World) -> None:
    runtime = world.runtime(roster=(EVALUATOR,))
    world.briefed(runtime)
    for own_id, time in (("late", datetime(2020, 1, 1, tzinfo=UTC)), ("early", datetime(2040, 1, 1, tzinfo=UTC))):
        event = runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", SHOP, own_id, time)
        assert (event.time, event.recordedtime) == (time, START)
    runtime.run_until_idle()
    with world.store.view() as view:
        row = view.state("evaluator", CAMPAIGN, EVALUATOR.state)
    assert row is not None
    assert row.now == START


def test_the_producers_own_sequence_is_kept_beside_ours(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    event = from_shop(runtime, ConversionRecorded(), "sale", own="991")
    assert (event.producersequence, int(event.sequence)) == ("991", 1)


def test_floats_are_rounded_and_decimals_never(runtime: Runtime) -> None:
    fact = brief().model_copy(update={"lost_per_day": 0.1 + 0.2})
    tell(runtime, fact, "brief")
    amount = Money(amount=Decimal("0.12345678901234567890"), currency="EUR")
    from_shop(runtime, SpendRecorded(amount=amount, purpose=SpendPurpose.FEE), "fee")
    briefed, spent = runtime.history(CAMPAIGN)
    assert isinstance(briefed.data, CampaignBriefed)
    assert briefed.data.lost_per_day == 0.3
    assert isinstance(spent.data, SpendRecorded)
    assert spent.data.amount == amount


def test_an_owned_account_is_refused_to_a_second_campaign_until_the_first_has_ended(runtime: Runtime) -> None:
    tell(runtime, brief(), "1")
    with pytest.raises(Refused, match="belongs to the live campaign 'spring'"):
        tell(runtime, brief("Autumn"), "2", "autumn")
    with pytest.raises(Refused):
        tell(runtime, brief("Autumn", shared=True), "2", "autumn")
    assert names(runtime, "autumn") == []
    tell(runtime, CampaignEnded(reason="r", by="olivia"), "3")
    tell(runtime, brief("Autumn"), "2", "autumn")
    assert names(runtime, "autumn") == ["CampaignBriefed"]


def test_an_account_that_both_briefs_share_serves_both(runtime: Runtime) -> None:
    tell(runtime, brief(shared=True), "1")
    tell(runtime, brief("Autumn", shared=True), "2", "autumn")
    tell(runtime, AccountPaused(account=ACCOUNT, reason="r"), "3", "ignored")
    assert names(runtime)[-1] == names(runtime, "autumn")[-1] == "AccountPaused"


def test_a_brief_for_what_no_campaign_does_is_refused_whoever_says_it(runtime: Runtime) -> None:
    for wrong in (
        brief("Buy followers"),
        brief().model_copy(update={"segments": (SegmentHypothesis(name="schoolchildren"),)}),
        brief().model_copy(update={"segments": (SegmentHypothesis(name="diabetics"),)}),
    ):
        with pytest.raises(Refused, match="allowed: "):
            tell(runtime, wrong, "1")
    assert names(runtime) == []


def test_a_brief_that_no_file_would_have_given_is_refused(runtime: Runtime) -> None:
    told = brief()
    for wrong in (
        {"budget": Money(amount=Decimal(-5), currency=told.budget.currency)},
        {"topics": (*told.topics, told.topics[0])},
        {"accounts": told.accounts * 2},
    ):
        with pytest.raises(Refused, match="allowed: "):
            tell(runtime, told.model_copy(update=wrong), "1")
    assert names(runtime) == []


def test_a_second_brief_amends_the_campaign(runtime: Runtime) -> None:
    first = tell(runtime, brief(), "1")
    amended = tell(runtime, brief("Spring, amended", "other"), "2")
    assert amended.correlationid == first.id
    tell(runtime, brief("Autumn"), "3", "autumn")
    assert names(runtime, "autumn") == ["CampaignBriefed"], "the amended campaign has let go of the account"


def test_account_facts_are_copied_to_a_new_campaign_before_its_brief(runtime: Runtime) -> None:
    runtime.intake.connect(ACCOUNT, "net", LIMITS)
    for number in range(3):
        from_shop(runtime, observed(f"old-{number}"), f"post {number}", "nobody's")
        from_shop(runtime, MetricObserved(account=ACCOUNT, post=f"old-{number}", counters={"reach": 7}), f"m {number}")
    assert runtime.history("nobody's") == []
    tell(runtime, brief(), "brief")
    assert names(runtime) == ["AccountConnected", *["PostObserved", "MetricObserved"] * 3, "CampaignBriefed"]
    assert {event.subject for event in runtime.history(CAMPAIGN)} == {CAMPAIGN}


def test_history_imported_twice_changes_nothing_before_and_after_the_brief(runtime: Runtime) -> None:
    for _ in range(2):
        from_shop(runtime, observed("old-1"), "post 1")
    tell(runtime, brief(), "brief")
    for _ in range(2):
        from_shop(runtime, observed("old-1"), "post 1")
        from_shop(runtime, observed("old-2"), "post 2")
    tell(runtime, brief("amended"), "again")
    assert names(runtime) == ["PostObserved", "CampaignBriefed", "PostObserved", "CampaignBriefed"]


def test_connecting_again_says_something_only_when_the_limits_have_changed(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    other = Limits(True, 9, None, ("photo",), ("reach",), timedelta(0))
    for limits in (LIMITS, LIMITS, other, other, LIMITS):
        runtime.intake.connect(ACCOUNT, "net", limits)
    said = [event.data for event in runtime.history(CAMPAIGN) if isinstance(event.data, AccountConnected)]
    assert [fact.posts_per_day for fact in said] == [3, 9, 3]


def test_pauses_become_holds_in_the_same_transaction(world: World, runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    tell(runtime, CampaignPaused(reason="r", by="olivia"), "1")
    tell(runtime, AccountPaused(account=ACCOUNT, reason="r"), "2")
    runtime.intake.stop_all()
    with world.store.view() as view:
        assert view.holds() == {
            Hold(HoldKind.CAMPAIGN, CAMPAIGN), Hold(HoldKind.ACCOUNT, ACCOUNT), Hold(HoldKind.STOP, "*")
        }  # fmt: skip
    tell(runtime, AccountResumed(account=ACCOUNT, reason="r"), "3")
    with world.store.view() as view:
        assert view.holds() == {Hold(HoldKind.CAMPAIGN, CAMPAIGN), Hold(HoldKind.STOP, "*")}


def test_a_refused_brief_leaves_no_trace(world: World, runtime: Runtime) -> None:
    tell(runtime, brief(), "1")
    with pytest.raises(Refused):
        tell(runtime, brief("Autumn"), "2", "autumn")
    with world.store.view() as view:
        assert [row.campaign for row in view.campaigns()] == [CAMPAIGN]


def offered(fact: Fact, own_id: str, campaign: str = CAMPAIGN) -> Offered:
    return Offered(fact, campaign, None, SHOP, own_id, START)


def test_facts_that_are_offered_together_enter_in_their_order_each_once(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    from_shop(runtime, ConversionRecorded(), "1")
    runtime.intake.accept_all([offered(ConversionRecorded(), own) for own in ("2", "1", "3", "2")])
    own = [event for event in runtime.history(CAMPAIGN) if event.source == SHOP]
    assert [event.id for event in own] == [outside_id(SHOP, number) for number in ("1", "2", "3")]


def test_of_facts_that_are_offered_together_none_enters_where_one_is_refused(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    with pytest.raises(Refused, match="no campaign 'unknown'"):
        runtime.intake.accept_all([offered(ConversionRecorded(), "1"), offered(ConversionRecorded(), "2", "unknown")])
    assert "ConversionRecorded" not in names(runtime)
