"""A campaign of the eight real workers with random interleavings: whatever happens in whatever order, the promises to
its owner hold.

Faults, crashes, workers in another order and in other batches, facts that come twice, late or out of order, people who
approve, reject, pause, resume, stop and end at random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationRestored,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    Constraints,
    ConversionRecorded,
)
from events.envelope import Event
from events.execution import (
    MetricObserved,
    PlanMade,
    PostApproved,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostRejected,
    PostScheduled,
    PostUncertain,
)
from events.strategy import StrategyApproved, StrategyChosen, StrategyRejected
from events.terms import Fact, Mode
from tests.simulation.loop import ACCOUNT, CAMPAIGN, TENANT, Site, audit, brief, euros, tell, world
from workers.platforms.simulated.faults import Fault
from workers.platforms.simulated.world import OutageKind
from workers.roster import ROSTER
from workers.runtime import reading
from workers.runtime.rebuilding import rebuilt
from workers.runtime.shell import SimulatedCrash

BUDGET: Final = 24
POST_COST: Final = 2
PER_DAY: Final = 3
QUIET: Final = (0, 1, 2, 3, 4, 5)
ZONE: Final = ZoneInfo("Europe/Berlin")
READER: Final = "/imports/readings"
HARMLESS: Final = (Fault.TIMEOUT_BEFORE, Fault.PROVEN_UNSENT, Fault.RATE_LIMITED)
HOURS: Final = st.integers(0, 24)


class Loop(RuleBasedStateMachine):
    """One site; processes come and go. After whatever happens, some hours pass."""

    def __init__(self) -> None:
        super().__init__()
        self.said = 0
        self.held: dict[str, int] = {}
        """What keeps everybody from publishing, and how many posts were out when it began."""
        self.lifted: dict[str, datetime] = {}
        """When it will end."""
        self.read: list[tuple[Fact, str, datetime]] = []

    @initialize(
        mode=st.sampled_from([Mode.APPROVE, Mode.AUTOMATIC]),
        keyed=st.booleans(),
        lag=st.sampled_from([0.0, 20.0]),
        batch=st.sampled_from([1, 3, 256]),
        order=st.permutations(range(len(ROSTER))),
    )
    def begin(self, mode: Mode, keyed: bool, lag: float, batch: int, order: Sequence[int]) -> None:
        told = brief(
            constraints=Constraints(posts_per_day=PER_DAY, quiet_hours=QUIET),
            mode=mode,
            budget=euros(str(BUDGET)),
            post_cost=euros(str(POST_COST)),
            horizon_days=9,
        )
        self.site = Site(brief=told, world=world(keyed=keyed, find_lag_minutes=lag))
        self.batches = patch.object(reading, "BATCH", batch)
        self.batches.start()
        self.start(order)
        self.live(1)
        self.approve(right=True)

    def start(self, order: Sequence[int] = range(len(ROSTER))) -> None:
        """A process; the order of its workers breaks ties between them."""
        self.runtime = self.site.start([ROSTER[number] for number in order])

    def say(self, fact: Fact) -> None:
        self.said += 1
        tell(self.runtime, fact, f"said-{self.said}")

    def hold(self, what: str, hours: int) -> None:
        self.held.setdefault(what, len(self.site.accepted()))
        self.lifted[what] = self.site.clock.now() + timedelta(hours=hours)

    def live(self, hours: float) -> None:
        """Let time pass; what was held for a while is let go when its time has come."""
        end = self.site.clock.now() + timedelta(hours=hours)
        for what, moment in sorted(self.lifted.items(), key=lambda item: (item[1], item[0])):
            if moment <= end:
                self.runtime.advance_to(max(moment, self.site.clock.now()))
                self.the_promises_hold()
                del self.lifted[what], self.held[what]
                self.let_go(what)
        self.runtime.advance_to(end)

    def let_go(self, what: str) -> None:
        if what == "stop":
            self.runtime.intake.resume_all()
        elif what == "account":
            self.say(AccountResumed(account=ACCOUNT, reason="r"))
        elif what == "login":
            self.site.network.faults.expired = set()
            self.say(AuthorizationRestored(account=ACCOUNT, reason="signed in again"))
        else:
            self.say(CampaignResumed(reason="r", by="olivia"))

    def approve(self, *, right: bool) -> None:
        """Answer what was shown last; or approve something that was not shown."""
        for chosen in self.site.facts(StrategyChosen)[-1:]:
            seen = chosen.fingerprint if right else "another"
            self.say(StrategyApproved(strategy=chosen.strategy, fingerprint=seen, by="olivia"))
        self.runtime.run_until_idle()
        for proposal in self.site.facts(PostProposed)[-4:]:
            seen = proposal.fingerprint if right else "another"
            self.say(PostApproved(post=proposal.post, fingerprint=seen, by="olivia"))

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.live(hours)
        self.approve(right=True)

    @rule(minutes=st.integers(1, 90))
    def a_little_time_passes(self, minutes: int) -> None:
        self.live(minutes / 60)

    @rule(order=st.permutations(range(len(ROSTER))), hours=HOURS)
    def another_process_takes_over_with_its_workers_in_another_order(self, order: Sequence[int], hours: int) -> None:
        self.start(order)
        self.live(hours)

    @rule(moment=st.integers(0, 400), hours=HOURS)
    def the_process_dies_while_time_passes(self, moment: int, hours: int) -> None:
        left = [moment]

        def fault(_name: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SimulatedCrash

        with suppress(SimulatedCrash):
            self.site.start(fault=fault).advance_to(self.site.clock.now() + timedelta(hours=hours))
        self.start()

    @rule(publishing=st.sampled_from(Fault), finding=st.sampled_from(HARMLESS), hours=HOURS)
    def posts_meet_faults(self, publishing: Fault, finding: Fault, hours: int) -> None:
        self.site.network.faults.next_publish = publishing
        self.site.network.faults.next_find = finding
        self.live(hours)

    @rule(fault=st.sampled_from(HARMLESS), hours=HOURS)
    def a_reading_meets_a_fault(self, fault: Fault, hours: int) -> None:
        self.site.network.faults.next_read = fault
        self.live(hours)

    @rule(kind=st.sampled_from(OutageKind), hours=st.integers(1, 9))
    def the_network_is_down(self, kind: OutageKind, hours: int) -> None:
        self.site.network.faults.outage = kind
        self.live(hours)
        self.site.network.faults.outage = None

    @rule(hours=HOURS)
    def the_login_is_lost_for_a_while(self, hours: int) -> None:
        self.site.network.faults.expired = {ACCOUNT}
        self.hold("login", hours)
        self.live(hours // 2)

    @rule(own_id=st.integers(0, 5), late=st.integers(0, 200), post=st.integers(0, 20))
    def an_order_comes_late(self, own_id: int, late: int, post: int) -> None:
        """From a shop of its own; an id that comes again is a duplicate, whatever else it says."""
        posts = sorted(self.site.accepted())
        fact = ConversionRecorded(post=posts[post % len(posts)] if posts else None, account=ACCOUNT)
        time = self.site.clock.now() - timedelta(hours=late)
        self.runtime.intake.accept(fact, CAMPAIGN, TENANT, "/shops/a", str(own_id), time)

    @rule(reach=st.integers(0, 400), age=st.integers(0, 300), post=st.integers(0, 20))
    def a_reading_comes_late_or_out_of_order(self, reach: int, age: int, post: int) -> None:
        posts = [*sorted(self.site.accepted()), "old-1", "unheard of"]
        counters = {"reach": reach}
        fact = MetricObserved(account=ACCOUNT, post=posts[post % len(posts)], age_hours=float(age), counters=counters)
        self.read.append((fact, f"reading-{len(self.read)}", self.site.clock.now() - timedelta(hours=age)))
        self.runtime.intake.accept(fact, CAMPAIGN, TENANT, READER, *self.read[-1][1:])

    @precondition(lambda self: self.read)
    @rule(which=st.integers(0, 50))
    def a_reading_is_delivered_again(self, which: int) -> None:
        fact, own_id, time = self.read[which % len(self.read)]
        before = len(self.site.events())
        self.runtime.intake.accept(fact, CAMPAIGN, TENANT, READER, own_id, time)
        assert len(self.site.events()) == before

    @rule(hours=HOURS)
    def a_person_pauses_for_a_while(self, hours: int) -> None:
        self.say(CampaignPaused(reason="r", by="olivia"))
        self.hold("campaign", hours)
        self.live(hours // 2)

    @rule(hours=HOURS)
    def an_operator_stops_everything_for_a_while(self, hours: int) -> None:
        self.runtime.intake.stop_all()
        self.hold("stop", hours)
        self.live(hours // 2)

    @rule(hours=HOURS)
    def an_account_is_paused_for_a_while(self, hours: int) -> None:
        self.say(AccountPaused(account=ACCOUNT, reason="r"))
        self.hold("account", hours)
        self.live(hours // 2)

    @precondition(lambda self: self.said > 25)
    @rule()
    def a_person_ends_the_campaign(self) -> None:
        self.say(CampaignEnded(reason="enough", by="olivia"))
        self.held.setdefault("end", len(self.site.accepted()))

    @rule()
    def a_person_approves_what_nobody_has_shown(self) -> None:
        self.approve(right=False)

    @rule()
    def a_person_rejects_what_waits(self) -> None:
        for chosen in self.site.facts(StrategyChosen)[-1:]:
            self.say(StrategyRejected(strategy=chosen.strategy, fingerprint=chosen.fingerprint, by="o", reason="no"))
        for proposal in self.site.facts(PostProposed)[-1:]:
            self.say(PostRejected(post=proposal.post, fingerprint=proposal.fingerprint, by="o", reason="no"))

    @invariant()
    def the_promises_hold(self) -> None:
        """No post twice, none while publishing is held, none at a quiet hour, beyond the cap or beyond the budget."""
        accepted = self.site.accepted()
        assert set(accepted.values()) <= {1}
        assert all(since == len(accepted) for since in self.held.values()), self.held
        local = [each.at.astimezone(ZONE) for each in self.site.network.accepted()]
        assert not [at for at in local if at.hour in QUIET]
        assert max(Counter(at.date() for at in local).values(), default=0) <= PER_DAY
        assert len(local) * POST_COST <= BUDGET

    def teardown(self) -> None:
        if not hasattr(self, "runtime"):
            return
        try:
            self.finish()
        finally:
            self.batches.stop()

    def finish(self) -> None:
        """The network recovers, time passes, and everything is accounted for."""
        faults = self.site.network.faults
        faults.next_publish = faults.next_read = faults.next_find = None
        faults.expired = set()
        self.held.pop("login", None)
        self.start()
        self.runtime.advance_to(self.site.clock.now() + timedelta(hours=30))
        self.the_promises_hold()
        report = audit(self.runtime)
        assert report.clean, report.failures
        events = self.site.events()
        assert not [event for event in events if event.name == "EventSetAside"]
        assert_posts_are_accounted_for(self.site)
        assert_only_what_was_approved(self.site, events)
        with self.site.store.view() as view:
            assert view.halts() == []
            for worker in ROSTER:
                live = view.state(worker.name, CAMPAIGN, worker.state)
                again = rebuilt(view, self.runtime.shell, worker, CAMPAIGN)
                assert (live == again) if live is not None else (again.state == worker.state())


def assert_posts_are_accounted_for(site: Site) -> None:
    """Every post that was due has ended, once, as the network knows it."""
    facts = site.facts
    scheduled = {fact.post: fact for fact in facts(PostScheduled)}
    assert len(scheduled) == len(facts(PostScheduled)), "a post is scheduled once"
    ended = Counter(fact.post for kind in (PostPublished, PostFailed, PostUncertain) for fact in facts(kind))
    assert set(ended.values()) <= {1}
    cancelled = {fact.post for fact in facts(PostCancelled)}
    due = {post for post, fact in scheduled.items() if fact.not_after + timedelta(hours=26) < site.clock.now()}
    assert due <= set(ended) | cancelled
    for fact in facts(PostPublished):
        assert scheduled[fact.post].fingerprint == fact.fingerprint
    published = {fact.post for fact in facts(PostPublished)}
    uncertain = {fact.post for fact in facts(PostUncertain)}
    assert published <= set(site.accepted()) <= published | uncertain


def assert_only_what_was_approved(site: Site, events: Sequence[Event]) -> None:
    if site.brief.mode is not Mode.APPROVE:
        return
    approved: set[tuple[str, str]] = set()
    origin: dict[str, str] = {}
    used: set[str] = set()
    days: dict[str, date] = {}
    chosen: dict[str, str] = {}
    for event in events:
        match event.data:
            case StrategyChosen(strategy=strategy, fingerprint=seen):
                chosen[strategy] = seen
            case StrategyApproved(strategy=strategy, fingerprint=seen):
                approved.add((strategy, seen))
            case PostApproved(post=post, fingerprint=seen):
                approved.add((post, seen))
            case PlanMade(strategy=strategy):
                assert (strategy, chosen[strategy]) in approved
            case PostProposed(post=post, fingerprint=seen, at=at, approved_as=earlier):
                days[post] = at.astimezone(ZoneInfo(site.brief.zone)).date()
                origin[post] = earlier or post
                if earlier is not None:
                    assert (earlier, seen) in approved
                    assert days[earlier] == days[post]
                    approved.add((post, seen))
            case PostScheduled(post=post, fingerprint=seen):
                assert (post, seen) in approved
            case PostPublished(post=post, fingerprint=seen):
                assert (post, seen) in approved
                assert origin[post] not in used, "an approval is for one post"
                used.add(origin[post])


Loop.TestCase.settings = settings(max_examples=15, stateful_step_count=25)
TestLoop = Loop.TestCase
