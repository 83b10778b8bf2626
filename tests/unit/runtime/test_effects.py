"""What becomes of one effect, in every way that a network can answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationRestored,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
)
from events.runtime import EffectKind, Settlement
from events.terms import Fact
from tests.unit.runtime.ledgers import HOUR, MINUTE, Desk, raising
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, START
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, ProvenUnsent, RateLimited, Rejected
from workers.runtime.ledger import TRANSITIONS, ForbiddenMove, backoff, diagram, due_effects, move
from workers.runtime.operating import Operator
from workers.runtime.performing import Performer
from workers.runtime.store.memory import MemoryTransaction
from workers.runtime.store.rows import EffectState, Hold, HoldKind


def test_an_accepted_post_is_done_with_its_reference() -> None:
    desk = Desk()
    row = desk.perform()
    assert (row.state, row.reference, row.attempts, row.number) == (EffectState.DONE, "ref-0", 1, 1)


def test_a_rejected_post_is_never_sent_again() -> None:
    desk = Desk()
    desk.network.trouble = raising(Rejected("too long"))
    assert desk.perform().state is EffectState.REJECTED
    desk.perform()
    assert desk.network.calls == ["publish"]
    assert desk.row.detail == "too long"


def test_a_rate_limited_post_waits_until_the_network_says() -> None:
    desk = Desk()
    desk.network.trouble = raising(RateLimited(START + 30 * MINUTE), times=1)
    row = desk.perform()
    assert (row.state, row.due) == (EffectState.PLANNED, START + 30 * MINUTE)
    desk.wait(29 * MINUTE)
    assert desk.perform().state is EffectState.PLANNED
    desk.wait(MINUTE)
    assert desk.perform().state is EffectState.DONE


def test_a_post_that_stays_rate_limited_expires() -> None:
    desk = Desk()
    desk.network.trouble = raising(RateLimited(START + 100 * HOUR))
    assert desk.perform().due == START + 2 * HOUR
    desk.wait(2 * HOUR)
    assert desk.perform().state is EffectState.EXPIRED
    assert desk.network.accepted == []


def test_a_network_that_certainly_got_nothing_is_tried_again_until_it_is_too_late() -> None:
    desk = Desk()
    desk.network.trouble = raising(ProvenUnsent("connection refused"))
    spans = []
    while (row := desk.perform()).state is EffectState.PLANNED:
        spans.append(row.due - desk.world.clock.now())
        desk.wait(row.due - desk.world.clock.now())
    assert row.state is EffectState.UNREACHABLE
    assert len(spans) > 5
    assert spans[0] < MINUTE
    assert max(spans) <= 30 * MINUTE
    assert desk.world.clock.now() == START + 2 * HOUR


def test_a_timeout_after_success_is_found_and_not_sent_again() -> None:
    for keyed in (True, False):
        desk = Desk(keyed=keyed)
        desk.network.aftermath = raising(OutcomeUnknown("timed out"))
        assert desk.perform().state is EffectState.ASKING
        assert desk.perform().state is EffectState.DONE
        assert desk.network.calls == ["publish", "find"]
        assert len(desk.network.accepted) == 1


def test_a_keyed_network_that_does_not_show_the_post_gets_it_again_under_its_key() -> None:
    desk = Desk(keyed=True)
    desk.network.trouble = raising(OutcomeUnknown("reset"), times=1)
    states = [desk.perform().state for _ in range(3)]
    assert states == [EffectState.ASKING, EffectState.PLANNED, EffectState.DONE]
    assert desk.network.calls == ["publish", "find", "publish"]
    assert len(desk.network.accepted) == 1


def test_a_keyed_network_that_hides_a_post_still_has_it_once() -> None:
    desk = Desk(keyed=True)
    desk.network.read_lag = 10 * MINUTE
    desk.network.aftermath = raising(OutcomeUnknown("timed out"), times=1)
    while desk.perform().state is not EffectState.DONE:
        pass
    assert desk.network.calls == ["publish", "find", "publish"]
    assert len(desk.network.accepted) == 1


def test_a_keyless_network_is_asked_after_the_read_lag_and_never_sent_to_again() -> None:
    desk = Desk(keyed=False)
    desk.network.read_lag = 10 * MINUTE
    desk.network.trouble = raising(OutcomeUnknown("reset"), times=1)
    assert desk.perform().state is EffectState.ASKING
    row = desk.perform()
    assert (row.state, row.until) == (EffectState.ASKING, START + 10 * MINUTE)
    desk.wait(9 * MINUTE)
    desk.perform()
    assert desk.network.calls == ["publish", "find"], "not asked before the lag is over"
    desk.wait(MINUTE)
    assert desk.perform().state is EffectState.UNCERTAIN
    desk.wait(HOUR)
    desk.perform()
    assert desk.network.calls == ["publish", "find", "find"]
    assert desk.network.accepted == []


def test_a_keyless_post_that_shows_after_the_lag_is_found() -> None:
    desk = Desk(keyed=False)
    desk.network.read_lag = 10 * MINUTE
    desk.network.aftermath = raising(OutcomeUnknown("timed out"))
    desk.perform()
    desk.perform()
    desk.wait(10 * MINUTE)
    assert desk.perform().state is EffectState.DONE
    assert len(desk.network.accepted) == 1


def test_a_post_that_is_found_later_was_published_when_the_network_says() -> None:
    desk = Desk(keyed=False)
    desk.network.read_lag = 10 * MINUTE
    desk.wait(3 * MINUTE)
    desk.network.aftermath = raising(OutcomeUnknown("timed out"))
    desk.perform()
    desk.perform()
    desk.wait(10 * MINUTE)
    row = desk.perform()
    assert (row.state, row.settled_at, row.sent) == (EffectState.DONE, START + 3 * MINUTE, START + 3 * MINUTE)


@pytest.mark.parametrize("ahead", [-HOUR, HOUR, timedelta(days=365 * 70)])
def test_a_networks_clock_that_is_wrong_cannot_leave_the_time_of_the_call(ahead: timedelta) -> None:
    desk = Desk()
    desk.network.published_at = lambda at: at + ahead
    desk.wait(MINUTE)
    assert desk.perform().settled_at == START + MINUTE


@pytest.mark.parametrize("error", [Rejected, OutcomeUnknown, ProvenUnsent, AuthorizationExpired])
def test_a_network_that_answers_with_a_whole_page_does_not_stop_the_loop(error: type[Exception]) -> None:
    desk = Desk()
    desk.network.trouble = raising(error("<html>" * 10_000))
    assert 0 < len(desk.perform().detail) <= 2000


@pytest.mark.parametrize("reference", ["", "r" * 501])
def test_a_reference_that_no_event_can_carry_leaves_the_outcome_unknown(reference: str) -> None:
    desk = Desk(keyed=False)
    desk.network.named = reference
    assert desk.perform().state is EffectState.ASKING


def test_a_reading_is_never_of_the_future() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.network.published_at = lambda at: at + timedelta(days=365 * 70)
    assert desk.perform().settled_at == START


def test_a_counter_below_zero_is_unknown() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.network.account = {"followers": -1, "reach": 0}
    assert desk.perform().counters == {"reach": 0}


def test_a_network_that_gives_no_usable_time_leaves_the_outcome_unknown() -> None:
    desk = Desk(keyed=False)
    desk.network.published_at = lambda at: at.replace(tzinfo=None)
    row = desk.perform()
    assert (row.state, row.detail) == (EffectState.ASKING, "ValueError")


def test_a_post_that_a_person_found_has_the_moment_of_its_last_call() -> None:
    desk = Desk(keyed=False)
    desk.network.trouble = raising(OutcomeUnknown("reset"))
    desk.perform()
    desk.perform()
    desk.wait(HOUR)
    assert Operator(desk.runtime.shell).resolve("one", "ref-0").settled_at == START


def test_an_error_that_the_protocol_does_not_know_counts_as_unknown() -> None:
    desk = Desk(keyed=False)
    desk.network.trouble = raising(ZeroDivisionError("a bug in the plug-in"))
    row = desk.perform()
    assert row.state is EffectState.ASKING
    assert "ZeroDivisionError" in row.detail


def test_while_the_network_cannot_be_asked_the_question_stays_open_and_then_ends_uncertain() -> None:
    desk = Desk(keyed=False)
    desk.network.trouble = raising(OutcomeUnknown("reset"))
    desk.perform()
    desk.network.trouble = raising(ProvenUnsent("down"), "find")
    while (row := desk.perform()).state is EffectState.ASKING:
        assert row.until is not None
        desk.wait(max(row.until - desk.world.clock.now(), timedelta(seconds=1)))
    assert row.state is EffectState.UNCERTAIN
    assert desk.world.clock.now() >= START + 24 * HOUR


@pytest.mark.parametrize(
    ("hold", "release"),
    [
        (CampaignPaused(reason="r", by="olivia"), CampaignResumed(reason="r", by="olivia")),
        (AccountPaused(account=ACCOUNT, reason="r"), AccountResumed(account=ACCOUNT, reason="r")),
    ],
)
def test_what_is_paused_is_not_sent_until_it_is_resumed(hold: Fact, release: Fact) -> None:
    desk = Desk()
    desk.tell(hold)
    assert desk.perform().state is EffectState.PLANNED
    assert desk.network.calls == []
    desk.tell(release)
    assert desk.perform().state is EffectState.DONE


def test_the_emergency_stop_holds_everything_until_it_is_lifted() -> None:
    desk = Desk()
    desk.runtime.intake.stop_all()
    assert desk.perform().state is EffectState.PLANNED
    desk.runtime.intake.resume_all()
    assert desk.perform().state is EffectState.DONE


def test_a_paused_post_expires_when_its_time_is_over() -> None:
    desk = Desk()
    desk.tell(CampaignPaused(reason="r", by="olivia"))
    desk.wait(2 * HOUR)
    assert desk.perform().state is EffectState.EXPIRED
    desk.tell(CampaignResumed(reason="r", by="olivia"))
    desk.perform()
    assert desk.network.calls == []


def test_a_pause_does_not_stop_reading() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.tell(CampaignPaused(reason="r", by="olivia"))
    row = desk.perform()
    assert (row.state, row.counters) == (EffectState.DONE, {"followers": 300})


def test_a_reading_whose_outcome_is_unknown_is_simply_repeated() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.network.trouble = raising(OutcomeUnknown("timed out"), "read", times=1)
    row = desk.perform()
    assert row.state is EffectState.PLANNED
    desk.wait(row.due - desk.world.clock.now())
    assert desk.perform().state is EffectState.DONE
    assert desk.network.calls == ["read", "read"]


def test_an_ended_campaign_publishes_nothing_more() -> None:
    desk = Desk()
    desk.tell(CampaignEnded(reason="r", by="olivia"))
    assert desk.perform().state is EffectState.CANCELLED
    assert desk.network.calls == []


def test_a_lost_login_holds_the_account_tells_its_campaigns_and_goes_on_when_restored() -> None:
    desk = Desk()
    desk.network.trouble = raising(AuthorizationExpired("token expired"))
    row = desk.perform()
    assert row.state is EffectState.PLANNED
    assert desk.runtime.history(CAMPAIGN)[-1].name == "AuthorizationExpired"
    desk.wait(HOUR)
    desk.perform()
    assert desk.network.calls == ["publish"], "nobody knocks at a closed door"
    desk.network.trouble = None
    desk.tell(AuthorizationRestored(account=ACCOUNT, reason="r"))
    assert desk.perform().state is EffectState.DONE


def test_a_post_whose_login_never_came_back_is_unauthorized() -> None:
    desk = Desk()
    desk.network.trouble = raising(AuthorizationExpired("token expired"))
    desk.perform()
    desk.wait(2 * HOUR)
    assert desk.perform().state is EffectState.UNAUTHORIZED


def test_an_account_that_no_platform_serves_is_unreachable_in_the_end() -> None:
    desk = Desk()
    stranger = Performer(desk.runtime.shell, {})
    while desk.row.state is EffectState.PLANNED:
        stranger.perform("one")
        desk.wait(5 * MINUTE)
    assert desk.row.state is EffectState.UNREACHABLE


def test_what_has_not_been_sent_can_be_cancelled_and_what_was_sent_cannot() -> None:
    desk = Desk()
    operator = Operator(desk.runtime.shell)
    assert operator.cancel("one")
    assert (desk.perform().state, desk.row.detail) == (EffectState.CANCELLED, "cancelled by an operator")
    sent = Desk()
    sent.perform()
    assert not Operator(sent.runtime.shell).cancel("one")


def test_only_an_uncertain_effect_is_resolved_and_only_once() -> None:
    desk = Desk(keyed=False)
    operator = Operator(desk.runtime.shell)
    with pytest.raises(ForbiddenMove):
        operator.resolve("one", "ref-0")
    assert desk.row.state is EffectState.PLANNED
    with pytest.raises(KeyError):
        operator.resolve("nothing", None)
    desk.network.trouble = raising(OutcomeUnknown("reset"))
    desk.perform()
    assert desk.perform().state is EffectState.UNCERTAIN
    for nothing in ("", " ", "r" * 501):
        with pytest.raises(ForbiddenMove, match="1 to 500"):
            operator.resolve("one", nothing)
    row = operator.resolve("one", None)
    assert (row.state, row.number) == (EffectState.UNREACHABLE, 2)
    with pytest.raises(ForbiddenMove):
        operator.resolve("one", None)


def test_every_end_of_an_effect_has_a_settlement_and_the_other_way_round() -> None:
    ends = {
        state for state in EffectState if state not in {EffectState.PLANNED, EffectState.SENDING, EffectState.ASKING}
    }
    assert {state.value for state in ends} == {settlement.value for settlement in Settlement}
    reached = {to for moves in TRANSITIONS.values() for to in moves}
    assert ends <= reached


def test_only_an_uncertain_end_can_be_left() -> None:
    desk = Desk()
    for state in EffectState:
        for to in EffectState:
            row = replace(desk.row, state=state)
            if to in TRANSITIONS.get(state, {}):
                assert move(row, to).state is to
            else:
                with pytest.raises(ForbiddenMove):
                    move(row, to)
    left = {state for state in TRANSITIONS if state.value in set(Settlement)}
    assert left == {EffectState.UNCERTAIN}
    assert EffectState.SENDING not in TRANSITIONS[EffectState.ASKING], "what is in doubt is planned anew, or not sent"


def test_backoff_doubles_is_capped_and_is_the_same_every_time() -> None:
    spans = [backoff("key", n, timedelta(seconds=30), 30 * MINUTE) for n in range(1, 60)]
    assert spans == [backoff("key", n, timedelta(seconds=30), 30 * MINUTE) for n in range(1, 60)]
    assert all(timedelta(seconds=22) < span <= 30 * MINUTE for span in spans)
    assert spans[3] > spans[0]
    assert backoff("other", 1, timedelta(seconds=30), 30 * MINUTE) != spans[0]


def test_the_documentation_shows_the_table_as_it_is() -> None:
    page = Path(__file__).parents[3] / "docs" / "runtime.md"
    assert f"```mermaid\n{diagram()}\n```" in page.read_text(encoding="utf-8")


def test_holds_are_gone_through_once_however_many_effects_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of accounts are paused with a post due on each: every turn of the loop looks at what they hold back."""
    desk = Desk()
    with desk.world.store.transaction() as tx:
        row = tx.effect("one")
        assert row is not None
        for number in range(50):
            tx.put_effect(replace(row, key=f"one-{number}", account=f"shop-{number}"))
            tx.put_hold(Hold(HoldKind.ACCOUNT, f"shop-{number}"))
    walks: list[int] = []

    class Counted(frozenset[Hold]):
        def __iter__(self) -> Iterator[Hold]:
            walks.append(len(self))
            return super().__iter__()

    found = MemoryTransaction.holds_on
    monkeypatch.setattr(MemoryTransaction, "holds_on", lambda view, subjects: Counted(found(view, subjects)))
    with desk.world.store.view() as view:
        due = due_effects(view, START, START, {"publisher"})
    assert [row.key for row in due] == ["one"]
    assert walks == [50]
