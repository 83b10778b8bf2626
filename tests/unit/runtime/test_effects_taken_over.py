"""What becomes of an effect that is tried again: at once, or by somebody else after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from events.campaign import (
    AccountPaused,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
)
from events.runtime import EffectKind
from tests.unit.runtime.ledgers import HOUR, LEASE, MINUTE, Desk, quick, raising
from tests.unit.runtime.toys import ACCOUNT, CHANNEL, START, ScriptedNetwork
from workers.platforms.protocol import OutcomeUnknown, ProvenUnsent, RateLimited, Rejected
from workers.runtime.observing import Observer
from workers.runtime.operating import Operator
from workers.runtime.performing import Performer
from workers.runtime.store.rows import EffectState


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


def frozen(desk: Desk, meanwhile: Callable[[], object], wakes_with: Exception | None = None) -> None:
    """The sender freezes before the network gets the post; its lease expires, others act, then it wakes."""

    def trouble(network: ScriptedNetwork, operation: str) -> None:
        if operation == "publish":
            network.trouble = None
            desk.wait(LEASE)
            meanwhile()
            if wakes_with is not None:
                raise wakes_with

    desk.network.trouble = trouble
    desk.perform()


def test_a_frozen_sender_that_is_accepted_after_all_settles_what_was_called_uncertain() -> None:
    desk = Desk(keyed=False)
    frozen(desk, desk.perform)
    row = desk.row
    assert desk.network.calls == ["publish", "find"]
    assert (row.state, row.reference, row.number) == (EffectState.DONE, "ref-0", 2)
    assert row.settled_at == START + LEASE, "when the network took it"


def test_a_frozen_sender_that_is_accepted_settles_a_row_that_is_still_being_asked_for() -> None:
    desk = Desk(keyed=False)
    desk.network.read_lag = 10 * MINUTE
    frozen(desk, desk.perform)
    assert (desk.row.state, desk.row.reference, desk.row.number) == (EffectState.DONE, "ref-0", 1)


def test_a_frozen_sender_that_is_accepted_settles_a_doubtful_row_that_was_planned_again() -> None:
    desk = Desk(keyed=True)

    def found_missing() -> None:
        assert desk.perform().state is EffectState.PLANNED

    frozen(desk, found_missing)
    assert (desk.row.state, desk.row.reference) == (EffectState.DONE, "ref-0")
    desk.wait(HOUR)
    desk.perform()
    assert desk.network.calls == ["publish", "find"], "and it is not sent again"


@pytest.mark.parametrize("error", [Rejected("no"), ProvenUnsent("refused"), OutcomeUnknown("reset")])
def test_any_other_answer_of_a_frozen_sender_is_not_heard(error: Exception) -> None:
    desk = Desk(keyed=False)
    frozen(desk, desk.perform, error)
    assert (desk.row.state, desk.row.number) == (EffectState.UNCERTAIN, 1)


def test_a_frozen_sender_does_not_overrule_a_person_and_the_operator_hears_of_it() -> None:
    heard: list[tuple[str, str]] = []

    class Hearing(Observer):
        def troubled(self, what: str, detail: str) -> None:
            heard.append((what, detail))

    desk = Desk(keyed=False)
    performer = Performer(replace(desk.runtime.shell, observer=Hearing()), {CHANNEL: desk.network})

    def resolved() -> None:
        performer.perform("one")
        Operator(desk.runtime.shell).resolve("one", None)

    def trouble(network: ScriptedNetwork, _operation: str) -> None:
        network.trouble = None
        desk.wait(LEASE)
        resolved()

    desk.network.trouble = trouble
    performer.perform("one")
    assert desk.row.state is EffectState.UNREACHABLE
    assert heard == [("effect", "one: accepted as ref-0, when it was unreachable already")]


def test_a_crashed_reading_is_repeated_once_its_lease_has_expired() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.crash("after call")
    desk.wait(LEASE)
    assert desk.perform().state is EffectState.DONE


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


@pytest.mark.parametrize("how", ["stop", "campaign", "account", "end", "late"])
def test_what_is_stopped_between_two_quick_tries_is_not_tried_again(how: str) -> None:
    desk = Desk()

    def pause(_seconds: float) -> None:
        match how:
            case "stop":
                desk.runtime.intake.stop_all()
            case "campaign":
                desk.tell(CampaignPaused(reason="r", by="olivia"))
            case "account":
                desk.tell(AccountPaused(account=ACCOUNT, reason="r"))
            case "end":
                desk.tell(CampaignEnded(reason="r", by="olivia"))
            case _:
                desk.wait(2 * HOUR)

    desk.network.trouble = raising(ProvenUnsent("connection refused"))
    Performer(desk.runtime.shell, {CHANNEL: desk.network}, pause).perform("one")
    assert desk.network.calls == ["publish"]
    assert desk.row.state is EffectState.PLANNED, "it was certainly not sent"


def test_a_stop_does_not_keep_a_reading_from_a_second_try() -> None:
    desk = Desk(kind=EffectKind.READ_ACCOUNT)
    desk.network.trouble = raising(ProvenUnsent("connection refused"), "read", times=1)
    stop = desk.runtime.intake.stop_all
    Performer(desk.runtime.shell, {CHANNEL: desk.network}, lambda _seconds: stop()).perform("one")
    assert desk.row.state is EffectState.DONE
