"""Where the users of other tools are hurt today (STYLE.md): one test for each of these that the loop touches, with the
eight real workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from events.campaign import (
    AuthorizationExpired,
    AuthorizationRestored,
    CampaignAccount,
    CampaignPaused,
    CampaignResumed,
    Constraints,
)
from events.correction import KPIBreached
from events.execution import (
    CancelReason,
    ExecutionRevised,
    KpiName,
    MetricObserved,
    ObservationMissed,
    PostApproved,
    PostCancelled,
    PostFailed,
    PostProposed,
    PostPublished,
    PostScheduled,
    PostUncertain,
)
from events.runtime import EventSetAside
from events.strategy import AudienceAnalyzed, StrategyApproved, StrategyChosen
from events.terms import Mode
from tests.simulation.loop import (
    ACCOUNT,
    CAMPAIGN,
    CHANNEL,
    OWNER,
    START,
    TENANT,
    Site,
    audit,
    brief,
    content,
    tell,
    world,
)
from workers import observer
from workers.decision import Delivery, Worker
from workers.methods.planning import SPACING_HOURS
from workers.platforms import protocol
from workers.platforms.protocol import Limits, OutcomeUnknown, OutgoingPost, Platform, Published, RateLimited, Reading
from workers.platforms.simulated.world import OutageKind
from workers.roster import ROSTER
from workers.runtime.executors.inline import InlineExecutor
from workers.runtime.intake import Refused
from workers.runtime.running import Runtime
from workers.runtime.store.sqlite import SqliteStore

SPACING: Final = timedelta(hours=SPACING_HOURS)
SLACK: Final = timedelta(minutes=65)
"""A post may be late by its grace (an hour) and what a lease costs."""


@dataclass
class Between:
    """Stands between Mowj and the network; `publishing`, `finding` and `reading` are asked around such calls."""

    network: Platform
    publishing: Callable[[str], None]
    finding: Callable[[str], None]
    reading: Callable[[str], None]
    sent: Counter[str] = field(default_factory=Counter)

    def limits(self, account: str) -> Limits:
        return self.network.limits(account)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self.sent[post.post] += 1
        self.publishing("before")
        published = self.network.publish(account, post, key)
        self.publishing("after")
        return published

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        self.finding("before")
        return self.network.find(account, key, fingerprint, since)

    def read_post(self, account: str, reference: str) -> Reading:
        self.reading("before")
        return self.network.read_post(account, reference)

    def read_account(self, account: str) -> Reading:
        return self.network.read_account(account)

    def advance(self, to: datetime) -> None:
        self.network.advance(to)


def raising(error: Exception, when: str) -> Callable[[str], None]:
    def ask(moment: str) -> None:
        if moment == when:
            raise error

    return ask


def nothing(_when: str) -> None:
    pass


def between(
    site: Site,
    *,
    publishing: Callable[[str], None] = nothing,
    finding: Callable[[str], None] = nothing,
    reading: Callable[[str], None] = nothing,
) -> list[Between]:
    """Put something between a site and its network; one for each process that will be started."""
    made: list[Between] = []

    def through(network: Platform) -> Platform:
        made.append(Between(network, publishing, finding, reading))
        return made[-1]

    site.through = through
    return made


def moments(site: Site, account: str = ACCOUNT) -> list[datetime]:
    """When the network accepted the account's posts."""
    return sorted(each.at for each in site.network.accepted() if each.account == account)


def posts(site: Site, kind: type[Any]) -> set[str]:
    return {fact.post for fact in site.facts(kind)}


def assert_no_burst(times: list[datetime]) -> None:
    """Posts of one account keep their distance, but for what their grace allows."""
    assert all(later - earlier >= SPACING - SLACK for earlier, later in pairwise(times)), times


@pytest.mark.parametrize("keyed", [True, False])
def test_a_timeout_after_every_post_makes_no_double_posts(keyed: bool) -> None:
    """postiz-app #1813, #1681: the network took the post, the answer was lost, and a retry posted it again."""
    site = Site(world=world(keyed=keyed, find_lag_minutes=10))
    between(site, publishing=raising(OutcomeUnknown("timed out"), "after"))
    assert audit(site.live(1.5)).clean
    assert len(site.accepted()) >= 4
    assert set(site.accepted().values()) == {1}
    assert posts(site, PostPublished) == set(site.accepted())
    assert not site.facts(PostUncertain)


def test_a_timeout_before_every_post_makes_none_on_a_keyless_network_and_says_so() -> None:
    """Nobody can know that it did not arrive, so it is never sent again: it stands as uncertain."""
    site = Site(world=world(keyed=False, find_lag_minutes=10))
    processes = between(site, publishing=raising(OutcomeUnknown("timed out"), "before"))
    site.live(1.5)
    assert not site.accepted()
    assert set(processes[0].sent.values()) == {1}
    assert posts(site, PostUncertain) == set(processes[0].sent)


def test_a_lost_post_is_not_taken_for_a_later_one_of_the_same_content() -> None:
    """Without keys a post is looked for by what it shows; evergreen content shows the same again some hours later."""
    site, lost = Site(world=world(keyed=False), content=content()[:1]), [0]

    def losing(when: str) -> None:
        lost[0] += when == "before"
        if lost[0] == 1:
            raise OutcomeUnknown("timed out")

    def unable(_when: str) -> None:
        if site.clock.now() < START + timedelta(days=1):
            raise OutcomeUnknown("timed out")

    between(site, publishing=losing, finding=unable)
    assert audit(site.live(3)).clean
    assert len(site.accepted()) >= 2
    assert len({each.post.fingerprint for each in site.network.accepted()}) == 1
    assert posts(site, PostPublished) == set(site.accepted())
    references = [fact.reference for fact in site.facts(PostPublished)]
    assert len(set(references)) == len(references)
    assert len(posts(site, PostUncertain)) == 1


def test_a_worker_that_fails_after_publishing_does_not_keep_posting() -> None:
    """postiz-app #1321: a step after publishing failed, so the whole job was tried again, and again."""

    def broken(state: Any, delivery: Delivery) -> Any:
        if isinstance(delivery.data, PostPublished):
            raise ZeroDivisionError("a bug behind publishing")
        return observer.WORKER.evolve(state, delivery)

    roster: list[Worker[Any]] = [
        replace(worker, evolve=broken) if worker.name == "observer" else worker for worker in ROSTER
    ]
    site = Site()
    processes = between(site)
    site.live(1.5, roster=roster)
    assert len(site.accepted()) >= 4
    assert set(processes[0].sent.values()) == {1}
    assert len(site.facts(EventSetAside)) == len(site.facts(PostPublished)) == len(site.accepted())


def test_a_disk_that_fails_after_publishing_does_not_keep_posting() -> None:
    """The answer cannot be written, time after time; each process ends with the error and is started again."""
    site, failures = Site(world=world(keyed=False)), [0]
    processes = between(site)

    def full(moment: str) -> None:
        if moment == "before answer commit" and failures[0] < 6:
            failures[0] += 1
            raise OSError("no space left on device")

    while failures[0] < 6:
        with pytest.raises(OSError, match="no space left"):
            site.live(2, fault=full)
    assert audit(site.live(2)).clean
    assert len(site.accepted()) >= 5
    sent = sum((process.sent for process in processes), Counter[str]())
    assert set(sent.values()) == set(site.accepted().values()) == {1}
    assert posts(site, PostPublished) == set(site.accepted())


def test_a_machine_that_was_off_for_days_makes_up_for_nothing_in_a_burst() -> None:
    """postiz-app #1840: what repeats (here, evergreen content every few hours) fired for every time that was missed."""
    site = Site()
    site.live(1)
    before = len(moments(site))
    assert before >= 2
    site.clock.advance(START + timedelta(days=3))
    assert audit(site.live(4)).clean
    after = moments(site)[before:]
    assert after
    assert_no_burst(after)
    missed = [fact for fact in site.facts(PostCancelled) if fact.reason is CancelReason.LATE]
    assert len(missed) >= 3, "each slot that was missed is said to be"
    assert all(at - START <= timedelta(days=1) or at - START >= timedelta(days=3) for at in moments(site))


def limited(when: str) -> None:
    if when == "before":
        raise RateLimited(START + timedelta(days=300))


@pytest.mark.parametrize("trouble", ["refused", "error", "limited", "login", "lost"])
def test_no_post_is_stuck_in_the_queue_for_ever(trouble: str) -> None:
    """postiz-app #1724, mixpost #8: every post that was scheduled ends, whatever network and executor do."""
    site = Site()
    processes = between(site, publishing=limited if trouble == "limited" else nothing)
    faults = site.network.faults
    faults.outage = {"refused": OutageKind.REFUSED, "error": OutageKind.ERROR}.get(trouble)
    faults.expired = {ACCOUNT} if trouble == "login" else set()
    if trouble == "lost":
        site.start(executor=Losing()).advance_to(START + timedelta(days=2))
    site.live(3)
    asked = timedelta(hours=26) if trouble == "error" else SLACK
    due = {fact.post for fact in site.facts(PostScheduled) if fact.not_after + asked < site.clock.now()}
    assert due
    assert due <= posts(site, PostPublished) | posts(site, PostFailed) | posts(site, PostUncertain) | posts(
        site, PostCancelled
    )
    with site.store.view() as view:
        assert all(row.not_after + asked >= site.clock.now() for row in view.open_effects())
    assert max((count for process in processes for count in process.sent.values()), default=0) < 12, "nor hammered"


class Losing(InlineExecutor):
    """An executor that loses whatever it is given."""

    def offer(self, keys: Any) -> bool:
        del keys
        return False


def test_the_backlog_of_a_paused_campaign_is_planned_anew_when_it_is_resumed() -> None:
    """mautic #3340: everything that had been due during the pause went out at once."""
    site = Site()
    paused, resumed = timedelta(hours=20), timedelta(hours=60)
    site.script = {
        paused: CampaignPaused(reason="a holiday", by="olivia"),
        resumed: CampaignResumed(reason="back", by="olivia"),
    }
    site.live(60 / 24)
    before = len(moments(site))
    assert not [at for at in moments(site) if at > START + paused]
    site.live(4)
    after = moments(site)[before:]
    assert after
    assert_no_burst(after)
    revised = site.facts(ExecutionRevised)[0]
    assert all(slot.at > START + resumed for slot in revised.slots)
    planned = {slot.slot for slot in revised.slots}
    assert all(post.rsplit("#", 1)[0] in planned for post in list(site.accepted())[before:])


@pytest.mark.parametrize("members", [("one", "other"), ("same", "same")])
def test_two_schedulers_on_one_file_publish_everything_once(tmp_path: Path, members: tuple[str, str]) -> None:
    """mautic #3669: overlapping runs each sent what was due. Here two processes live through each hour in turns."""
    path = tmp_path / "mowj.sqlite"
    site = Site(store=SqliteStore(path))
    one = site.start(member=members[0])
    mine, site.store = site.store, SqliteStore(path)
    other = site.start(member=members[1])
    for hour in range(1, 40):
        first, second = (one, other) if hour % 3 else (other, one)
        first.advance_to(START + timedelta(hours=hour))
        second.run_until_idle()
    report = audit(one)
    assert report.clean, report.failures[:3]
    assert len(site.accepted()) >= 5
    assert set(site.accepted().values()) == {1}
    ended = Counter(fact.post for fact in site.facts(PostPublished))
    assert ended == site.accepted()
    mine.close()
    site.store.close()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tehran", "Asia/Kathmandu", "Pacific/Auckland"])
def test_posts_keep_their_local_hour_in_any_zone_and_through_a_change_of_clocks(zone: str) -> None:
    """postiz-app #1954, mautic #7665: one hour early or late, or the zone ignored. New York changes on 8 March."""
    local = ZoneInfo(zone)
    quiet = (0, 1, 2, 3, 4, 5)
    site = Site(brief=brief(zone=zone, constraints=Constraints(posts_per_day=3, quiet_hours=quiet)))
    site.live(8.5)
    published = site.facts(PostPublished)
    assert len(published) > 10
    for fact in published:
        at = fact.at.astimezone(local)
        assert at.hour == fact.traits.hour
        assert at.hour not in quiet
        assert at.minute == 0, "a zone of half an hour is not rounded away"
    offsets = {fact.at.astimezone(local).utcoffset() for fact in published}
    assert len(offsets) == (2 if zone == "America/New_York" else 1)


def test_a_time_without_a_zone_is_refused_and_never_guessed() -> None:
    runtime, naive = Site().start(), datetime(2026, 3, 2, 9)  # noqa: DTZ001
    with pytest.raises(Refused, match="no zone"):
        runtime.intake.accept(
            CampaignPaused(reason="r", by="o"),
            CAMPAIGN,
            TENANT,
            OWNER,
            "naive",
            naive,
            person=True,
        )
    with pytest.raises(ValueError, match="timezone"):
        brief(starts=naive)


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


@pytest.mark.parametrize("keyed", [True, False])
def test_what_is_published_here_is_published_there(keyed: bool) -> None:
    """mixpost #184: one source of truth, though every way of failing comes in turn."""
    site, calls = Site(world=world(keyed=keyed)), [0]

    def trouble(when: str) -> None:
        calls[0] += when == "before"
        errors = {
            1: protocol.Rejected("against the rules"),
            2: OutcomeUnknown("timed out"),
            3: protocol.ProvenUnsent("refused"),
            4: RateLimited(site.clock.now() + timedelta(minutes=10)),
        }
        error = errors.get(calls[0] % 6)
        if error is not None and when == ("after" if calls[0] % 12 == 8 else "before"):
            raise error

    between(site, publishing=trouble)
    assert audit(site.live(4)).clean
    there = set(site.accepted())
    published, failed, uncertain = (posts(site, kind) for kind in (PostPublished, PostFailed, PostUncertain))
    assert published == there
    assert not failed & there
    assert not uncertain & there
    assert failed
    assert not published & (failed | uncertain)
    with site.store.view() as view:
        done = {row.key.rsplit("|", 1)[1] for row in view.effects() if row.kind == "publish" and row.reference}
    assert done == there, "the ledger says the same"


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


@pytest.mark.parametrize("mode", [Mode.AUTOMATIC, Mode.APPROVE])
def test_a_post_with_a_long_grace_is_late_rather_than_published_at_a_quiet_hour(mode: Mode) -> None:
    """What may never happen does not happen because the network was down, or the owner approved at night."""
    quiet = (0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23)
    constraints = Constraints(posts_per_day=3, quiet_hours=quiet, grace_minutes=24 * 60)
    site = Site(brief=brief(mode=mode, constraints=constraints))
    local = ZoneInfo(site.brief.zone)
    for hour in range(6, 24 * 4):
        runtime = site.start()
        runtime.advance_to(START + timedelta(hours=hour))
        night = site.clock.now().astimezone(local).hour in quiet
        site.network.faults.outage = None if night else OutageKind.REFUSED
        if night:
            answer_everything(runtime, site)
    assert site.facts(PostScheduled)
    assert not [at for at in moments(site) if at.astimezone(local).hour in quiet]


def answer_everything(runtime: Runtime, site: Site) -> None:
    for chosen in site.facts(StrategyChosen):
        said = StrategyApproved(strategy=chosen.strategy, fingerprint=chosen.fingerprint, by="olivia")
        tell(runtime, said, f"{chosen.fingerprint}/yes")
    for post in site.facts(PostProposed):
        tell(runtime, PostApproved(post=post.post, fingerprint=post.fingerprint, by="olivia"), f"{post.post}/yes")
