"""The blows of a chaos run follow from its seed."""

from __future__ import annotations

from collections import Counter

from tests.chaos.schedule import Blow, Kind, blows, duration

PROCESSES = ["run", "beside", "executor-1", "executor-2"]
EXECUTORS = ["executor-1", "executor-2"]
BROKERS = ["kafka-1", "kafka-2", "kafka-3"]


def drawn(seed: int = 1, kills: int = 50, gap: float = 9.0) -> list[Blow]:
    return blows(seed, kills, gap, PROCESSES, EXECUTORS, BROKERS)


def test_the_same_seed_deals_the_same_blows_and_another_seed_others() -> None:
    assert drawn(seed=7) == drawn(seed=7)
    assert drawn(seed=7) != drawn(seed=8)


def test_a_run_has_the_kills_that_were_asked_for_and_every_other_kind_of_blow() -> None:
    kinds = Counter(blow.kind for blow in drawn(kills=50))
    assert kinds[Kind.KILL] == 50
    assert kinds[Kind.BROKER] == 7
    assert set(Counter(blow.kind for blow in drawn(kills=1))) == set(Kind)


def test_a_blow_falls_only_on_what_it_can_hurt() -> None:
    for blow in drawn(kills=200):
        if blow.kind is Kind.BROKER:
            assert blow.victim in BROKERS
        elif blow.kind is Kind.FREEZE_LEASE:
            assert blow.victim in EXECUTORS
            assert blow.lasts > 60, "longer than a lease"
        elif blow.kind in {Kind.KILL, Kind.FREEZE}:
            assert blow.victim in PROCESSES
        else:
            assert blow.victim == ""


def test_a_lone_executor_is_never_frozen_beyond_its_lease() -> None:
    assert all(blow.kind is not Kind.FREEZE_LEASE for blow in blows(1, 100, 9.0, PROCESSES, ["executor-1"], BROKERS))


def test_blows_are_the_asked_gap_apart_on_average() -> None:
    planned = drawn(kills=400, gap=6.0)
    assert 5.4 < duration(planned) / len(planned) < 6.6
