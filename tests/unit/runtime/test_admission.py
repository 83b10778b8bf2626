"""Who may say what of whom, and when: what intake refuses before anything is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from events.campaign import (
    AccountConnected,
    AccountPaused,
    AccountResumed,
    AuthorizationRestored,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Comparison,
    ContentOffered,
    ConversionRecorded,
    HistoryImported,
    PostObserved,
    SpendPurpose,
    SpendRecorded,
)
from events.execution import MetricObserved, PostApproved, PostRejected
from events.strategy import StrategyApproved, StrategyOverridden, StrategyRejected
from events.terms import Appeal, Criterion, Fact, Money
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, CHANNEL, PERSON, START, TRAITS, World, brief, tell
from workers.platforms.protocol import Limits
from workers.runtime.admission import person_source
from workers.runtime.intake import Refused
from workers.runtime.observing import Observer
from workers.runtime.running import Runtime
from workers.runtime.store.memory import MemoryStore

SHOP = "/shops/roastery"
LIMITS = Limits(True, 3, None, ("photo",), ("reach",), timedelta(0))
DOLLARS = Money(amount=Decimal(5), currency="USD")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def runtime(world: World) -> Runtime:
    return world.runtime(roster=())


def said(runtime: Runtime, fact: Fact, **changes: Any) -> None:
    told: dict[str, Any] = {
        "campaign": CAMPAIGN, "tenant": "default", "source": SHOP, "own_id": "1", "time": START, "person": False
    }  # fmt: skip
    runtime.intake.accept(fact, **(told | changes))


def stored(world: World) -> int:
    with world.store.view() as view:
        return sum(view.log.ends().values()) + len(view.kept(ACCOUNT))


@pytest.mark.parametrize(
    "source",
    [
        "/mowj", "/MOWJ/x", "//mowj/workers/x", "//MoWj/x", "///mowj/x", "mowj/workers/x", "/MOWJ/..", "/./mowj/x",
        "/x/../mowj/workers/x", "/x/%2e%2e/mowj/x", "/%6dowj/workers/x", "https://shop.example/mowj/x",
        "", " ", "/shops/a b", "/shops/a\n", "/shops/\x00", "/shops/rösterei", "/shops/%zz", "/a#b#c", "//[/x",
        "/x" * 1001,
    ],
)  # fmt: skip
def test_a_source_that_is_reserved_in_any_spelling_or_no_uri_reference_is_refused(
    world: World, runtime: Runtime, source: str
) -> None:
    tell(runtime, brief(), "brief")
    before = stored(world)
    with pytest.raises(Refused, match=r"^source "):
        said(runtime, ConversionRecorded(), source=source)
    assert stored(world) == before


@pytest.mark.parametrize(
    "source", ["/shops/roastery", "https://shop.example/a?b=c#d", "urn:shop:7", "shop", "/shops/mowj", "/mowjito/x"]
)
def test_every_other_uri_reference_is_a_source(runtime: Runtime, source: str) -> None:
    tell(runtime, brief(), "brief")
    said(runtime, ConversionRecorded(), source=source)
    assert runtime.history(CAMPAIGN)[-1].source == source


def test_a_person_may_be_called_anything_in_any_script(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    for by in ("olivia meier", "علی‌رضا", "../mowj/workers/x", "a/b"):
        said(runtime, CampaignPaused(reason="r", by=by), source=person_source(by), own_id=by, person=True)
    assert [event.source for event in runtime.history(CAMPAIGN)][1] == "/people/olivia%20meier"


@pytest.mark.parametrize("by", [" ", "\t", "a\nb", "o" * 201])
def test_whoever_says_it_is_named(runtime: Runtime, by: str) -> None:
    tell(runtime, brief(), "brief")
    for fact in (CampaignPaused(reason="r", by=by), PostApproved(post="p", fingerprint="f", by=by)):
        with pytest.raises(Refused, match="`by`"):
            said(runtime, fact, source=PERSON, person=True)


PERSONS_WORDS = (
    brief(),
    CampaignPaused(reason="r", by="o"),
    CampaignResumed(reason="r", by="o"),
    CampaignEnded(reason="r", by="o"),
    StrategyApproved(strategy="s", fingerprint="f", by="o"),
    StrategyRejected(strategy="s", fingerprint="f", by="o", reason="r"),
    StrategyOverridden(strategy="s", by="o", reason="r"),
    PostApproved(post="p", fingerprint="f", by="o"),
    PostRejected(post="p", fingerprint="f", by="o", reason="r"),
    AccountPaused(account=ACCOUNT, reason="r"),
    AccountResumed(account=ACCOUNT, reason="r"),
    AuthorizationRestored(account=ACCOUNT, reason="r"),
)


@pytest.mark.parametrize("fact", PERSONS_WORDS, ids=lambda fact: type(fact).__name__)
def test_what_steers_a_campaign_or_an_account_is_a_persons_word(world: World, runtime: Runtime, fact: Fact) -> None:
    tell(runtime, brief(), "brief")
    before = stored(world)
    with pytest.raises(Refused, match="a person's word"):
        said(runtime, fact)
    assert stored(world) == before
    with world.store.view() as view:
        assert view.holds() == frozenset()
    said(runtime, fact, source=PERSON, person=True)
    assert stored(world) > before


def test_what_happens_outside_may_be_said_by_anybody(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    facts = (
        ContentOffered(content="a", topic="beans", format="photo", appeal=Appeal.TEACH, text="words"),
        PostObserved(post="old", account=ACCOUNT, published=START, traits=TRAITS),
        HistoryImported(history="2025", posts=1, rows=1),
        MetricObserved(account=ACCOUNT, post="old", counters={"reach": 7}),
        ConversionRecorded(),
        SpendRecorded(amount=Money(amount=Decimal(5), currency="EUR"), purpose=SpendPurpose.FEE),
    )
    for number, fact in enumerate(facts):
        said(runtime, fact, own_id=str(number))
    assert [event.name for event in runtime.history(CAMPAIGN)[1:]] == [type(fact).__name__ for fact in facts]


@pytest.mark.parametrize(
    "fact", [SpendRecorded(amount=DOLLARS, purpose=SpendPurpose.FEE), ConversionRecorded(value=DOLLARS)]
)
def test_money_in_another_currency_than_the_briefs_is_refused(world: World, runtime: Runtime, fact: Fact) -> None:
    tell(runtime, brief(), "brief")
    before = stored(world)
    with pytest.raises(Refused, match="given USD; campaign 'spring' counts in EUR"):
        said(runtime, fact)
    assert stored(world) == before


def test_an_amended_brief_does_not_change_the_currency(runtime: Runtime) -> None:
    tell(runtime, brief(), "brief")
    money = dict.fromkeys(("outcome_worth", "budget", "post_cost"), DOLLARS)
    with pytest.raises(Refused, match="USD"):
        tell(runtime, brief().model_copy(update=money), "amended")


@pytest.mark.parametrize(
    "time",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime(1899, 12, 31, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_that_nobody_can_reckon_with_is_refused_with_a_sentence(
    world: World, runtime: Runtime, time: datetime
) -> None:
    tell(runtime, brief(), "brief")
    before = stored(world)
    with pytest.raises(Refused, match=r"time: given .*; moments lie between 1900 and 2200"):
        said(runtime, ConversionRecorded(), time=time)
    offered = ContentOffered(
        content="a", topic="beans", format="photo", appeal=Appeal.TEACH, text="words", valid_until=time
    )
    with pytest.raises(Refused, match=r"ContentOffered.valid_until: given"):
        said(runtime, offered)
    with pytest.raises(Refused, match=r"CampaignBriefed.starts: given"):
        tell(runtime, brief().model_copy(update={"starts": time}), "amended")
    assert stored(world) == before


def test_an_account_belongs_to_the_tenant_that_connected_it(world: World, runtime: Runtime) -> None:
    runtime.intake.connect(ACCOUNT, CHANNEL, LIMITS, "client")
    before = stored(world)
    refused = "belongs to another tenant than 'stranger'"
    with pytest.raises(Refused, match=refused):
        said(runtime, brief(), tenant="stranger", source=PERSON, person=True)
    for fact in (
        AccountPaused(account=ACCOUNT, reason="r"),
        PostObserved(post="old", account=ACCOUNT, published=START, traits=TRAITS),
        MetricObserved(account=ACCOUNT, post="old", counters={"reach": 7}),
    ):
        with pytest.raises(Refused, match=refused):
            said(runtime, fact, tenant="stranger", source=PERSON, person=True)
    with pytest.raises(Refused, match=refused):
        runtime.intake.connect(ACCOUNT, CHANNEL, LIMITS, "stranger")
    assert stored(world) == before
    said(runtime, brief(), tenant="client", source=PERSON, person=True)
    said(runtime, AccountPaused(account=ACCOUNT, reason="r"), tenant="client", source=PERSON, own_id="2", person=True)


def test_an_account_that_nobody_connected_is_its_live_campaigns_tenants(runtime: Runtime) -> None:
    said(runtime, brief(shared=True), tenant="client", source=PERSON, person=True)
    with pytest.raises(Refused, match="another tenant"):
        said(runtime, brief(shared=True), campaign="autumn", tenant="stranger", source=PERSON, own_id="2", person=True)


def test_what_a_stranger_said_of_an_account_before_it_was_connected_reaches_nobody(runtime: Runtime) -> None:
    said(runtime, PostObserved(post="false", account=ACCOUNT, published=START, traits=TRAITS), tenant="stranger")
    runtime.intake.connect(ACCOUNT, CHANNEL, LIMITS, "client")
    said(runtime, brief(), tenant="client", source=PERSON, person=True)
    assert [type(event.data) for event in runtime.history(CAMPAIGN)][:-1] == [AccountConnected]


def test_a_stranger_cannot_slip_content_into_a_campaign_before_its_brief(runtime: Runtime) -> None:
    offered = ContentOffered(content="a", topic="beans", format="photo", appeal=Appeal.TEACH, text="words")
    said(runtime, offered, tenant="stranger")
    with pytest.raises(Refused, match="another tenant has spoken"):
        said(runtime, brief(), tenant="client", source=PERSON, person=True)
    said(runtime, offered, campaign="summer", tenant="client", own_id="2")
    said(runtime, brief(), campaign="summer", tenant="client", source=PERSON, own_id="3", person=True)


@pytest.mark.parametrize(
    "fact",
    [
        AccountPaused(account="shpo", reason="r"),
        AccountResumed(account="shpo", reason="r"),
        AuthorizationRestored(account="shpo", reason="r"),
    ],
)
def test_a_mistyped_account_is_not_paused_in_silence(runtime: Runtime, fact: Fact) -> None:
    tell(runtime, brief(), "brief")
    with pytest.raises(Refused, match="there is no account 'shpo'"):
        tell(runtime, fact, "1")


def test_what_a_network_may_not_say_is_a_trouble_and_ends_nobodys_run() -> None:
    heard: list[tuple[str, str]] = []

    class Hearing(Observer):
        def troubled(self, part: str, detail: str) -> None:
            heard.append((part, detail))

    world = World(store=MemoryStore())
    runtime = world.runtime(roster=(), observer=Hearing())
    runtime.intake.connect(ACCOUNT, CHANNEL, LIMITS, "client")
    said(runtime, brief(), tenant="client", source=PERSON, person=True)
    say = runtime.intake.say("a net")
    say(ConversionRecorded(), "unheard of", "1", START)
    say(ConversionRecorded(value=DOLLARS), CAMPAIGN, "2", START)
    say(CampaignEnded(reason="r", by="net"), CAMPAIGN, "3", START)
    say(ConversionRecorded(), CAMPAIGN, "4", datetime.max.replace(tzinfo=UTC))
    assert [part for part, _ in heard] == ["platform"] * 4
    assert "there is no campaign 'unheard of'" in heard[0][1]
    say(MetricObserved(account=ACCOUNT, post="old", counters={"reach": 7}), "", "5", START)
    say(ConversionRecorded(), CAMPAIGN, "6", datetime(2099, 1, 1, tzinfo=UTC))
    assert len(heard) == 4
    last = runtime.history(CAMPAIGN)[-2:]
    assert [(event.name, event.tenant, event.source) for event in last] == [
        ("MetricObserved", "client", "/platforms/a%20net"),
        ("ConversionRecorded", "client", "/platforms/a%20net"),
    ]


def test_a_brief_with_more_topics_than_can_be_told_apart_is_refused_whoever_says_it(runtime: Runtime) -> None:
    topics = tuple(f"topic {number}" for number in range(101))
    with pytest.raises(Refused, match="topics: given 101 of them; allowed: at most 100"):
        tell(runtime, brief().model_copy(update={"topics": topics}), "brief")
    tell(runtime, brief().model_copy(update={"topics": topics[:100]}), "brief")


def test_a_brief_whose_weights_contradict_each_other_is_refused_whoever_says_it(runtime: Runtime, world: World) -> None:
    def over(more: Criterion, less: Criterion) -> Comparison:
        return Comparison(more=more, less=less, times=3)

    circle = (
        over(Criterion.RISK, Criterion.COST),
        over(Criterion.COST, Criterion.SPEED),
        over(Criterion.SPEED, Criterion.RISK),
    )
    before = stored(world)
    with pytest.raises(Refused, match=r"swot_weights: given .*a circle"):
        tell(runtime, brief().model_copy(update={"swot_weights": circle}), "brief")
    assert stored(world) == before
    tell(runtime, brief().model_copy(update={"swot_weights": circle[:2]}), "brief")
