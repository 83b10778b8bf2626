"""Where the users of other tools are hurt today (STYLE.md) by when posts go out: bursts, backlogs, zones."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from events.campaign import (
    CampaignPaused,
    CampaignResumed,
    Constraints,
)
from events.execution import (
    CancelReason,
    ExecutionRevised,
    PostApproved,
    PostCancelled,
    PostProposed,
    PostPublished,
    PostScheduled,
)
from events.strategy import StrategyApproved, StrategyChosen
from events.terms import Mode
from tests.simulation.between import assert_no_burst, moments
from tests.simulation.loop import (
    CAMPAIGN,
    OWNER,
    START,
    TENANT,
    Site,
    audit,
    brief,
    tell,
)
from workers.platforms.simulated.world import OutageKind
from workers.runtime.intake import Refused
from workers.runtime.running import Runtime
from workers.runtime.store.sqlite import SqliteStore


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
