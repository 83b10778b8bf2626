"""What an account bears, over all campaigns that publish on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events.execution import Pacing
from tests.unit.runtime.ledgers import LEASE, raising
from tests.unit.runtime.toys import CHANNEL, START, World, brief, publish_effect, tell
from workers.platforms.protocol import OutcomeUnknown, Rejected
from workers.runtime.ledger import planned
from workers.runtime.operating import Operator
from workers.runtime.performing import Performer
from workers.runtime.running import Runtime
from workers.runtime.store.rows import EffectRow, EffectState

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
CAMPAIGNS = ("spring", "autumn")


def pacing(**changes: Any) -> Pacing:
    told: dict[str, Any] = {"posts_per_day": 20, "zone": "UTC", "apart_minutes": 0, "rest_days": 0}
    return Pacing(**(told | changes))


class Shared:
    """Two live campaigns that share an account; posts are put into the ledger by hand, and performed by hand."""

    def __init__(self, *, keyed: bool = True, networks_cap: int | None = None) -> None:
        self.world = World()
        self.network = self.world.network
        self.network.keyed, self.network.posts_per_day = keyed, networks_cap
        self.runtime: Runtime = self.world.runtime(roster=())
        self.runtime.connect("shop", CHANNEL)
        for campaign in CAMPAIGNS:
            tell(self.runtime, brief(campaign, shared=True), campaign, campaign)

    def plan(
        self,
        key: str,
        campaign: str = "spring",
        shows: str | None = None,
        lasts: timedelta = 2 * HOUR,
        bears: Pacing | None = None,
    ) -> None:
        """Put a post into the ledger that is due now."""
        now = self.world.clock.now()
        effect = publish_effect(key, shows or f"print of {key}", now + lasts, bears)
        row = planned(effect, "publisher", self.runtime.history(campaign)[-1], 3, now)
        with self.world.store.transaction() as tx:
            tx.put_effect(row)

    def perform(self, key: str) -> EffectRow:
        Performer(self.runtime.shell, {CHANNEL: self.network}).perform(key)
        return self.row(key)

    def row(self, key: str) -> EffectRow:
        with self.world.store.view() as view:
            row = view.effect(key)
        assert row is not None
        return row

    def send(self, key: str, campaign: str = "spring", **more: Any) -> EffectRow:
        self.plan(key, campaign, **more)
        return self.perform(key)

    def wait(self, span: timedelta) -> None:
        self.world.clock.advance(self.world.clock.now() + span)


def test_two_campaigns_never_come_closer_than_what_the_account_bears() -> None:
    shared, bears = Shared(), pacing(apart_minutes=60)
    assert shared.send("a", bears=bears).state is EffectState.DONE
    shared.wait(30 * MINUTE)
    row = shared.send("b", "autumn", bears=bears)
    assert (row.state, row.due) == (EffectState.PLANNED, START + HOUR)
    assert row.detail == "within 60 minutes of 'a' of 2026-03-01T00:00+00:00"
    shared.wait(29 * MINUTE)
    assert shared.perform("b").state is EffectState.PLANNED
    shared.wait(MINUTE)
    assert shared.perform("b").state is EffectState.DONE
    assert [at - START for _, _, at in shared.network.accepted] == [timedelta(0), HOUR]


def test_a_post_that_finds_no_room_in_its_time_expires_and_says_what_took_the_room() -> None:
    shared, bears = Shared(), pacing(apart_minutes=180)
    shared.send("a", bears=bears)
    assert shared.send("b", "autumn", bears=bears).due == START + 2 * HOUR
    shared.wait(2 * HOUR)
    row = shared.perform("b")
    assert (row.state, row.detail) == (EffectState.EXPIRED, "within 180 minutes of 'a' of 2026-03-01T00:00+00:00")
    assert len(shared.network.accepted) == 1


def test_the_cap_holds_for_a_local_day_over_both_campaigns() -> None:
    tehran = ZoneInfo("Asia/Tehran")
    shared, bears = Shared(), pacing(posts_per_day=2, zone="Asia/Tehran")
    shared.send("a", bears=bears)
    shared.send("b", "autumn", bears=bears)
    row = shared.send("c", lasts=30 * HOUR, bears=bears)
    assert row.state is EffectState.PLANNED
    assert row.due.astimezone(tehran).isoformat() == "2026-03-02T00:00:00+03:30"
    assert row.detail.startswith("the account bears 2 a day of Asia/Tehran, and has 2 on 2026-03-01; the last is 'b'")
    shared.wait(row.due - START)
    assert shared.perform("c").state is EffectState.DONE


def test_the_networks_own_cap_counts_the_last_24_hours() -> None:
    shared = Shared(networks_cap=2)
    shared.send("a")
    shared.wait(5 * HOUR)
    shared.send("b", "autumn")
    shared.wait(HOUR)
    row = shared.send("c", lasts=DAY)
    assert (row.state, row.due) == (EffectState.PLANNED, START + DAY)
    assert row.detail.startswith("the network takes 2 in 24 hours, and has 2; the last is 'b'")
    shared.wait(18 * HOUR)
    assert shared.perform("c").state is EffectState.DONE
    row = shared.send("d", "autumn", lasts=DAY)
    assert row.due == START + 5 * HOUR + DAY


def test_a_network_that_takes_no_posts_gets_none() -> None:
    shared = Shared(networks_cap=0)
    assert shared.send("a").state is EffectState.PLANNED
    shared.wait(2 * HOUR)
    row = shared.perform("a")
    assert (row.state, row.detail) == (EffectState.EXPIRED, "the network takes no posts on the account 'shop'")
    assert shared.network.calls == []


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_what_the_account_shows_already_is_rejected_and_the_other_post_named(campaign: str) -> None:
    shared, bears = Shared(), pacing(rest_days=14)
    shared.send("a", shows="words", bears=bears)
    shared.wait(13 * DAY)
    row = shared.send("b", campaign, shows="words", bears=bears)
    assert row.state is EffectState.REJECTED
    assert row.detail == "the account shows the same within 14 days in 'a' of 2026-03-01T00:00+00:00"
    assert shared.send("c", campaign, shows="other words", bears=bears).state is EffectState.DONE
    shared.wait(DAY)
    assert shared.send("d", campaign, shows="words", bears=bears).state is EffectState.DONE


def test_what_has_rested_before_its_time_is_over_waits_for_that() -> None:
    shared, bears = Shared(), pacing(rest_days=1)
    shared.wait(10 * MINUTE)
    shared.send("a", shows="words", bears=bears)
    shared.wait(DAY - 10 * MINUTE)
    row = shared.send("b", shows="words", bears=bears)
    assert (row.state, row.due) == (EffectState.PLANNED, START + DAY + 10 * MINUTE)
    shared.wait(10 * MINUTE)
    assert shared.perform("b").state is EffectState.DONE


def test_the_stricter_word_of_two_campaigns_holds() -> None:
    strict = pacing(posts_per_day=1, apart_minutes=90, rest_days=7)
    shared = Shared()
    shared.send("a", shows="words", bears=strict)
    assert shared.send("b", "autumn", bears=pacing()).due == START + 2 * HOUR, "not before midnight, so never"
    assert shared.send("c", "autumn", shows="words").state is EffectState.REJECTED
    other = Shared()
    other.send("a", bears=pacing())
    assert other.send("b", "autumn", bears=strict).state is EffectState.PLANNED


def test_a_campaigns_newest_word_replaces_its_own_earlier_ones() -> None:
    shared = Shared()
    shared.send("a", bears=pacing(posts_per_day=1, apart_minutes=120))
    shared.wait(HOUR)
    assert shared.send("b", bears=pacing(posts_per_day=3, apart_minutes=30)).state is EffectState.DONE


def test_a_post_that_may_be_out_takes_its_room_until_it_is_known_not_to_be() -> None:
    shared, bears = Shared(keyed=False), pacing(posts_per_day=1)
    shared.network.trouble = raising(OutcomeUnknown("reset"), times=1)
    shared.send("a", bears=bears)
    assert shared.perform("a").state is EffectState.UNCERTAIN
    row = shared.send("b", "autumn", bears=bears)
    assert (row.state, row.due) == (EffectState.PLANNED, START + 2 * HOUR)
    Operator(shared.runtime.shell).resolve("a", None)
    shared.wait(HOUR)
    assert shared.send("c", "autumn", bears=bears).state is EffectState.DONE


def test_room_that_a_post_on_its_way_takes_is_looked_at_again_soon() -> None:
    shared, bears = Shared(), pacing(apart_minutes=90)
    shared.plan("a", bears=bears)
    shared.plan("b", "autumn", bears=bears)

    def rejected(_network: object, _operation: str) -> None:
        assert shared.perform("b").due == START + 5 * MINUTE, "not known yet whether it takes the room"
        raise Rejected("no")

    shared.network.trouble = rejected
    assert shared.perform("a").state is EffectState.REJECTED
    shared.network.trouble = None
    shared.wait(5 * MINUTE)
    assert shared.perform("b").state is EffectState.DONE


def test_a_post_that_is_not_sent_takes_no_room() -> None:
    shared, bears = Shared(), pacing(posts_per_day=1, apart_minutes=90, rest_days=9)
    shared.network.trouble = raising(Rejected("no"), times=1)
    assert shared.send("a", shows="words", bears=bears).state is EffectState.REJECTED
    shared.plan("b", shows="words", bears=bears)
    assert Operator(shared.runtime.shell).cancel("b")
    assert shared.send("c", "autumn", shows="words", bears=bears).state is EffectState.DONE


def test_a_doubtful_post_whose_words_are_out_by_another_is_looked_for_and_not_sent_again() -> None:
    shared = Shared(keyed=True)
    shared.send("theirs", "autumn", shows="words")
    shared.plan("ours", shows="words", bears=pacing(rest_days=3))
    ours = replace(shared.row("ours"), doubtful=True, first_sent=START, sent=START)
    with shared.world.store.transaction() as tx:
        tx.put_effect(ours)
    for _ in range(3):
        shared.perform("ours")
        shared.wait(LEASE)
    assert shared.row("ours").state is EffectState.UNCERTAIN
    assert [key for key, _, _ in shared.network.accepted] == ["theirs"]
