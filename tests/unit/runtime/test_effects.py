"""What becomes of one effect, in every way that a network can answer."""

from __future__ import annotations

from collections.abc import Callable
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
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, CHANNEL, START, ScriptedNetwork, World, publish_effect, tell
from workers.decision import Effect, ReadAccount
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, ProvenUnsent, RateLimited, Rejected
from workers.runtime.ledger import TRANSITIONS, ForbiddenMove, backoff, diagram, move, planned
from workers.runtime.operating import Operator
from workers.runtime.performing import Performer
from workers.runtime.running import Runtime
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.rows import EffectRow, EffectState

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=61)


class Desk:
    """A ledger with one publish effect in it, due now and good for two hours; time moves by hand."""

    def __init__(self, *, keyed: bool = True, kind: EffectKind = EffectKind.PUBLISH) -> None:
        self.world = World()
        self.network = self.world.network
        self.network.keyed = keyed
        self.runtime: Runtime = self.world.runtime(roster=())
        self.world.briefed(self.runtime)
        effect = publish_effect("one", "print of one", START + 2 * HOUR)
        if kind is not EffectKind.PUBLISH:
            effect = Effect("one", kind, ACCOUNT, ReadAccount(), START + 2 * HOUR)
        cause = self.runtime.history(CAMPAIGN)[-1]
        with self.world.store.transaction() as tx:
            tx.put_effect(planned(effect, "publisher", cause, 3, START))

    def perform(self) -> EffectRow:
        Performer(self.runtime.shell, {CHANNEL: self.network}).perform("one")
        return self.row

    @property
    def row(self) -> EffectRow:
        with self.world.store.view() as view:
            row = view.effect("one")
        assert row is not None
        return row

    def wait(self, span: timedelta) -> None:
        self.world.clock.advance(self.world.clock.now() + span)

    def crash(self, moment: str) -> None:
        """Somebody took the effect, and died at this moment."""

        def fault(name: str) -> None:
            if name == moment:
                raise SimulatedCrash

        shell = replace(self.runtime.shell, fault=fault)
        with pytest.raises(SimulatedCrash):
            Performer(shell, {CHANNEL: self.network}).perform("one")

    def tell(self, fact: Fact) -> None:
        tell(self.runtime, fact, type(fact).__name__)


def raising(
    error: BaseException, operation: str = "publish", times: int = 10**6
) -> Callable[[ScriptedNetwork, str], None]:
    """A script that answers an operation with an error, so many times."""
    left = [times]

    def script(_network: ScriptedNetwork, called: str) -> None:
        if called == operation and left[0] > 0:
            left[0] -= 1
            raise error

    return script


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


@pytest.mark.parametrize("moment", ["after sending commit", "before call", "after call", "before answer commit"])
@pytest.mark.parametrize("keyed", [True, False])
def test_whoever_takes_over_an_expired_lease_reads_back_first(moment: str, keyed: bool) -> None:
    desk = Desk(keyed=keyed)
    desk.crash(moment)
    accepted = len(desk.network.accepted)
    assert desk.perform().state is EffectState.SENDING, "nobody touches it before its lease has expired"
    desk.wait(LEASE)
    desk.network.calls.clear()
    while desk.perform().state in {EffectState.ASKING, EffectState.PLANNED}:
        pass
    assert desk.network.calls[0] == "find"
    if accepted:
        assert (desk.row.state, desk.network.calls) == (EffectState.DONE, ["find"])
    elif keyed:
        assert (desk.row.state, desk.network.calls) == (EffectState.DONE, ["find", "publish"])
    else:
        assert (desk.row.state, desk.network.calls) == (EffectState.UNCERTAIN, ["find"])
    assert len(desk.network.accepted) == (1 if accepted or keyed else 0)


def test_a_sender_whose_lease_was_lost_does_not_settle() -> None:
    desk = Desk(keyed=False)

    def frozen(network: ScriptedNetwork, operation: str) -> None:
        if operation == "publish":
            desk.wait(LEASE)
            network.trouble = None
            assert desk.perform().state is EffectState.UNCERTAIN

    desk.network.trouble = frozen
    desk.perform()
    assert desk.row.state is EffectState.UNCERTAIN, "the frozen sender woke, and published, but may not say so"
    assert len(desk.network.accepted) == 1
    assert Operator(desk.runtime.shell).resolve("one", "ref-0").state is EffectState.DONE


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


def test_a_crashed_reading_is_repeated_once_its_lease_has_expired() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.crash("after call")
    desk.wait(LEASE)
    assert desk.perform().state is EffectState.DONE


def test_an_ended_campaign_publishes_nothing_more() -> None:
    desk = Desk()
    desk.tell(CampaignEnded(reason="r", by="olivia"))
    assert desk.perform().state is EffectState.CANCELLED
    assert desk.network.calls == []


def test_a_doubtful_post_of_an_ended_campaign_is_looked_for_and_not_sent_again() -> None:
    desk = Desk(keyed=True)
    desk.crash("before call")
    desk.tell(CampaignEnded(reason="r", by="olivia"))
    desk.wait(LEASE)
    assert desk.perform().state is EffectState.UNCERTAIN
    assert desk.network.calls == ["find"]


def test_a_doubtful_keyed_post_that_was_cancelled_is_looked_for_and_not_sent_again() -> None:
    desk = Desk(keyed=True)
    desk.crash("before call")
    desk.wait(LEASE)
    desk.tell(CampaignPaused(reason="r", by="olivia"))
    assert desk.perform().state is EffectState.PLANNED
    assert not Operator(desk.runtime.shell).cancel("one"), "it may be out: nobody can say that it was cancelled"
    desk.tell(CampaignResumed(reason="r", by="olivia"))
    desk.wait(LEASE)
    for _ in range(3):
        desk.perform()
        desk.wait(LEASE)
    assert desk.row.state is EffectState.UNCERTAIN
    assert "publish" not in desk.network.calls


def test_a_doubtful_keyed_post_that_becomes_late_is_uncertain_and_never_called_expired() -> None:
    desk = Desk(keyed=True)
    desk.crash("before call")
    desk.wait(2 * HOUR)
    assert desk.perform().state is EffectState.UNCERTAIN


def test_a_doubtful_keyed_post_that_is_paused_waits_and_is_then_uncertain() -> None:
    desk = Desk(keyed=True)
    desk.crash("before call")
    desk.wait(LEASE)
    desk.tell(CampaignPaused(reason="r", by="olivia"))
    for _ in range(3):
        assert desk.perform().state is EffectState.PLANNED
    assert not Operator(desk.runtime.shell).cancel("one"), "it may be out: nobody can say that it was cancelled"
    desk.wait(2 * HOUR)
    assert desk.perform().state is EffectState.UNCERTAIN
    assert "publish" not in desk.network.calls


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
    assert desk.perform().state is EffectState.CANCELLED
    sent = Desk()
    sent.perform()
    assert not Operator(sent.runtime.shell).cancel("one")


def test_only_an_uncertain_effect_is_resolved_and_only_once() -> None:
    desk = Desk(keyed=False)
    operator = Operator(desk.runtime.shell)
    with pytest.raises(ForbiddenMove):
        operator.resolve("one", "ref-0")
    with pytest.raises(KeyError):
        operator.resolve("nothing", None)
    desk.network.trouble = raising(OutcomeUnknown("reset"))
    desk.perform()
    assert desk.perform().state is EffectState.UNCERTAIN
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


def quick(desk: Desk, pauses: list[float]) -> EffectRow:
    """Perform as on a real clock, where a call that certainly had no effect is tried again at once."""
    Performer(desk.runtime.shell, {CHANNEL: desk.network}, pauses.append).perform("one")
    return desk.row


def test_a_post_that_was_proven_unsent_is_tried_again_at_once_and_only_so_often() -> None:
    desk, pauses = Desk(), list[float]()
    desk.network.trouble = raising(ProvenUnsent("connection refused"), times=2)
    assert quick(desk, pauses).state is EffectState.DONE
    assert desk.row.attempts == 1, "within one taking of the row"
    assert len(pauses) == 2
    assert 0 < sum(pauses) <= 4
    down = Desk()
    down.network.trouble = raising(ProvenUnsent("connection refused"))
    assert quick(down, []).state is EffectState.PLANNED
    assert down.network.calls == ["publish"] * 3


@pytest.mark.parametrize("error", [OutcomeUnknown("timed out"), RateLimited(START + HOUR), Rejected("no")])
def test_a_post_that_may_be_out_or_was_refused_is_not_tried_again_at_once(error: Exception) -> None:
    desk, pauses = Desk(keyed=True), list[float]()
    desk.network.trouble = raising(error)
    quick(desk, pauses)
    assert desk.network.calls == ["publish"]
    assert pauses == []


def test_a_reading_is_tried_again_at_once_even_if_its_outcome_is_unknown() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.network.trouble = raising(OutcomeUnknown("timed out"), "read", times=1)
    assert quick(desk, []).state is EffectState.DONE
    assert desk.network.calls == ["read", "read"]


def test_the_documentation_shows_the_table_as_it_is() -> None:
    page = Path(__file__).parents[3] / "docs" / "runtime.md"
    assert f"```mermaid\n{diagram()}\n```" in page.read_text(encoding="utf-8")


def test_a_reader_whose_lease_was_lost_does_not_settle_what_another_is_reading() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)

    def frozen(network: ScriptedNetwork, _operation: str) -> None:
        network.trouble = None
        desk.wait(LEASE)
        desk.crash("before call")
        raise Rejected("an answer that comes too late")

    desk.network.trouble = frozen
    row = desk.perform()
    assert (row.state, row.attempts) == (EffectState.SENDING, 2), "the row is the second taker's"
