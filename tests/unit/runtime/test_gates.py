"""The gate before an account's network: what it lets through, and when it lets nothing through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, CHANNEL, START, ScriptedNetwork, World, publish_effect
from workers.platforms.protocol import OutcomeUnknown, ProvenUnsent, RateLimited
from workers.runtime import calls, gates
from workers.runtime.gates import FIRST_REST, LONGEST_REST, LONGEST_RETRY, TRIAL, CallLimits, begun, ended, wait
from workers.runtime.ledger import planned
from workers.runtime.observing import Observer
from workers.runtime.performing import Performer
from workers.runtime.store.rows import EffectRow, EffectState, Gate

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LEASE = MINUTE
SILENT = calls.Unsent("connection refused")
LIMITS = CallLimits(at_once=2, per_minute=6, failures=3)


def let_through(gate: Gate, key: str, now: object = START, limits: CallLimits = LIMITS) -> Gate:
    return begun(gate, key, START, START, START + LEASE, limits)


def test_no_more_calls_are_let_through_at_once_than_the_account_bears() -> None:
    gate = let_through(let_through(Gate(ACCOUNT), "one"), "two")
    held = wait(gate, "three", START, START, LIMITS)
    assert held is not None
    assert START < held.until <= START + timedelta(seconds=10)
    assert wait(ended(gate, "one", calls.Refused("no"), START), "three", START + MINUTE, START, LIMITS) is None


def test_a_caller_that_died_holds_its_place_for_its_lease_only() -> None:
    gate = let_through(let_through(Gate(ACCOUNT), "one"), "two")
    assert wait(gate, "three", START + LEASE, START + LEASE, LIMITS) is None
    assert set(begun(gate, "three", START, START + LEASE, START + 2 * LEASE, LIMITS).under_way) == {"three"}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80))
def test_no_minute_has_more_calls_than_the_rate_and_those_at_once(pauses: list[int]) -> None:
    gate, now, made = Gate(ACCOUNT), START, []
    for number, pause in enumerate(pauses):
        now += pause * SECOND
        held = wait(gate, str(number), now, now, LIMITS)
        if held is None:
            gate = ended(begun(gate, str(number), now, now, now, LIMITS), str(number), calls.Refused("no"), now, LIMITS)
            made.append(now)
        else:
            assert held.until > now
    for first in made:
        assert sum(first <= moment < first + MINUTE for moment in made) <= 6 + 2 - 1


def test_a_network_that_says_nothing_is_left_alone_and_tried_at_growing_distances() -> None:
    gate, now = Gate(ACCOUNT), START
    for _ in range(2):
        gate = ended(gate, "one", SILENT, now, LIMITS)
        assert wait(gate, "two", now, now, LIMITS) is None
    rests = []
    for _ in range(8):
        gate = ended(gate, "one", SILENT, now, LIMITS)
        held = wait(gate, "two", now, now, LIMITS)
        assert held is not None
        assert (held.late_as, "connection refused" in held.why) == (EffectState.UNREACHABLE, True)
        rests.append(held.until - now)
        now = held.until
    assert rests[:4] == [FIRST_REST * factor for factor in (1, 2, 4, 8)]
    assert rests[-1] == LONGEST_REST


def test_while_one_call_tries_whether_the_network_is_back_all_others_wait() -> None:
    gate = Gate(ACCOUNT, failures=3, last="nothing", opens=START)
    assert wait(gate, "one", START, START, LIMITS) is None
    trial = let_through(gate, "one")
    held = wait(trial, "two", START, START, LIMITS)
    assert held is not None
    assert held.until == START + TRIAL, "whoever tries may die"
    assert wait(ended(trial, "one", calls.Refused("no"), START, LIMITS), "two", START + MINUTE, START, LIMITS) is None


@pytest.mark.parametrize(
    "answer",
    [calls.Refused("no"), calls.Unauthorized("log in"), calls.Missing(True, MINUTE), calls.Counted({}, START)],
)
def test_any_answer_shows_that_the_network_is_there(answer: calls.Answer) -> None:
    gate = ended(Gate(ACCOUNT, failures=9, last="nothing", opens=START + HOUR), "one", answer, START, LIMITS)
    assert (gate.failures, gate.opens) == (0, None)


def test_a_call_that_was_never_made_says_nothing_of_the_network() -> None:
    gate = let_through(Gate(ACCOUNT, failures=2, last="nothing", opens=START), "one")
    assert ended(gate, "one", None, START, LIMITS) == Gate(ACCOUNT, {}, 2, "nothing", START, None, gate.paced_to)


def test_what_the_network_asks_to_wait_holds_for_the_whole_account_but_not_for_ever() -> None:
    gate = ended(Gate(ACCOUNT), "one", calls.Limited(START + HOUR), START)
    assert ended(gate, "two", calls.Limited(START + MINUTE), START).retry_at == START + HOUR, "the later word holds"
    held = wait(gate, "two", START, START)
    assert held is not None
    assert (held.until, held.late_as) == (START + HOUR, EffectState.EXPIRED)
    assert wait(gate, "two", START + HOUR, START) is None
    far = ended(Gate(ACCOUNT), "one", calls.Limited(START + timedelta(days=27_000)), START)
    assert far.retry_at == START + LONGEST_RETRY


class Told(Observer):
    def __init__(self) -> None:
        self.circuits: list[bool] = []

    def circuit(self, account: str, *, opened: bool, detail: str) -> None:
        self.circuits.append(opened)


class Desk:
    """Posts that are due, performed by two processes that share nothing but the store."""

    def __init__(self, posts: int, limits: CallLimits = gates.DEFAULT) -> None:
        self.world, self.told = World(), Told()
        runtime = self.world.runtime(roster=(), observer=self.told)
        self.world.briefed(runtime)
        cause = runtime.history(CAMPAIGN)[-1]
        self.keys = [f"post-{number}" for number in range(posts)]
        with self.world.store.transaction() as tx:
            for key in self.keys:
                effect = publish_effect(key, f"print of {key}", START + timedelta(hours=20))
                tx.put_effect(planned(effect, "publisher", cause, 3, START))
        self.processes = [
            Performer(
                self.world.runtime(roster=(), observer=self.told, member=name).shell,
                {CHANNEL: self.world.network},
                limits={CHANNEL: limits},
            )
            for name in ("one", "other")
        ]

    def row(self, key: str) -> EffectRow:
        with self.world.store.view() as view:
            row = view.effect(key)
        assert row is not None
        return row

    def gate(self) -> Gate:
        with self.world.store.view() as view:
            return view.gate(ACCOUNT)


def test_a_rate_limit_that_one_process_met_is_kept_by_another() -> None:
    desk = Desk(2)
    until = desk.world.clock.now() + HOUR

    def limited(_network: ScriptedNetwork, _operation: str) -> None:
        raise RateLimited(until)

    desk.world.network.trouble = limited
    desk.processes[0].perform("post-0")
    desk.processes[1].perform("post-1")
    assert desk.world.network.calls == ["publish"], "the second asked nobody"
    assert desk.row("post-1").due == until
    desk.world.network.trouble = None
    desk.world.clock.advance(until)
    desk.processes[1].perform("post-1")
    assert desk.row("post-1").state is EffectState.DONE


def test_a_silent_network_is_called_no_more_by_any_process_until_a_trial_succeeds() -> None:
    desk = Desk(8)

    def silent(_network: ScriptedNetwork, _operation: str) -> None:
        raise ProvenUnsent("connection refused")

    desk.world.network.trouble = silent
    for number, key in enumerate(desk.keys):
        desk.processes[number % 2].perform(key)
    assert desk.world.network.calls == ["publish"] * 5
    assert desk.told.circuits == [True]
    assert (desk.row("post-6").late_as, desk.row("post-6").attempts) == (EffectState.UNREACHABLE, 0)
    desk.world.network.trouble = None
    desk.world.clock.advance(desk.world.clock.now() + 2 * MINUTE)
    for number, key in enumerate(desk.keys):
        desk.processes[number % 2].perform(key)
    assert desk.told.circuits == [True, False]
    assert desk.gate().failures == 0
    assert {desk.row(key).state for key in desk.keys} == {EffectState.DONE}


def test_a_post_whose_outcome_is_in_doubt_is_read_back_though_the_network_is_left_alone() -> None:
    desk = Desk(6)

    def lost(_network: ScriptedNetwork, _operation: str) -> None:
        raise OutcomeUnknown("reset")

    desk.world.network.aftermath = lost
    for key in desk.keys:
        desk.processes[0].perform(key)
    assert desk.row("post-5").state is EffectState.PLANNED, "held: five calls came to nothing"
    desk.world.network.aftermath = None
    desk.processes[1].perform("post-0")
    assert desk.row("post-0").state is EffectState.DONE
    assert desk.told.circuits == [True, False]


def test_a_channel_that_nobody_here_serves_says_nothing_of_its_network() -> None:
    desk = Desk(6)
    elsewhere = Performer(desk.processes[0].shell, {})
    for key in desk.keys:
        elsewhere.perform(key)
    assert desk.gate() == Gate(ACCOUNT)


def test_a_call_that_another_process_makes_counts_as_under_way_here() -> None:
    desk = Desk(2, CallLimits(at_once=1))

    def meanwhile(_network: ScriptedNetwork, _operation: str) -> None:
        desk.world.network.trouble = None
        desk.processes[1].perform("post-1")

    desk.world.network.trouble = meanwhile
    desk.processes[0].perform("post-0")
    assert desk.row("post-0").state is EffectState.DONE
    assert desk.row("post-1").attempts == 0
    desk.world.clock.advance(desk.row("post-1").due)
    desk.processes[1].perform("post-1")
    assert desk.row("post-1").state is EffectState.DONE
