"""Claims, seen from the loop: who may commit, and what becomes of a place."""

from __future__ import annotations

import pytest

from events.campaign import ConversionRecorded
from tests.unit.runtime.loops import HOUR, PARTITION, run
from tests.unit.runtime.toys import (
    PUBLISHER,
    ROSTER,
    START,
    World,
    tell,
)
from workers.runtime.commit import ClaimLost, Commit, acquire, apply
from workers.runtime.holding import UNSAVED
from workers.runtime.operating import Operator
from workers.runtime.store.rows import Position


class TestClaims:
    def test_a_commit_under_an_older_claim_fails_and_changes_nothing(self) -> None:
        world = World()
        shell = world.runtime().shell
        with world.store.transaction() as tx:
            older = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
            newer = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
        assert older is not None
        assert newer is not None
        assert newer > older
        with pytest.raises(ClaimLost), world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, older, position=Position(9)))
        with world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, newer, position=Position(4)))
        with world.store.view() as view:
            assert view.position("editor", 3).offset == 4

    def test_a_raised_epoch_fences_every_claim_before_it(self) -> None:
        world = World()
        shell = world.runtime().shell
        with world.store.transaction() as tx:
            claim = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
            tx.put_epoch(2)
        assert claim is not None
        with pytest.raises(ClaimLost), world.store.transaction() as tx:
            apply(tx, shell, Commit("editor", 3, claim))
        with world.store.transaction() as tx:
            renewed = acquire(tx, shell, "editor", 3, HOUR, takeover=True)
        assert renewed is not None
        assert (renewed.epoch, renewed.generation) > (claim.epoch, claim.generation)

    def test_another_member_waits_until_the_holder_falls_silent(self) -> None:
        world = World()
        one, other = world.runtime(member="one").shell, world.runtime(member="other").shell
        with world.store.transaction() as tx:
            assert acquire(tx, one, "editor", 3, HOUR, takeover=True) is not None
            assert acquire(tx, other, "editor", 3, HOUR, takeover=True) is None
        world.clock.advance(START + HOUR)
        with world.store.transaction() as tx:
            assert acquire(tx, other, "editor", 3, HOUR, takeover=False) is not None

    def test_a_runtime_whose_claims_were_taken_says_nothing_more(self) -> None:
        world, alone = World(), World()
        run(alone, 20)
        first = world.runtime()
        world.briefed(first)
        first.advance_to(START + 2 * HOUR)
        second = world.runtime()
        second.run_until_idle()
        tell(second, ConversionRecorded(), "sale")
        second.run_until_idle()
        said = world.log()
        first.run_until_idle()
        assert world.log() == said
        first.advance_to(START + 20 * HOUR)
        report = Operator(second.shell).audit(ROSTER, "toys")
        assert report.clean, report.failures
        assert len([e for e in world.names() if e == "PostPublished"]) == alone.names().count("PostPublished")

    def test_a_raised_epoch_makes_a_running_process_claim_anew_and_go_on(self) -> None:
        world = World()
        runtime = world.runtime()
        world.briefed(runtime)
        runtime.advance_to(START + 2 * HOUR)
        with world.store.transaction() as tx:
            tx.put_epoch(2)
        runtime.advance_to(START + 20 * HOUR)
        assert world.names().count("PostPublished") == 4
        with world.store.view() as view:
            claim = view.claim("editor", PARTITION)
        assert claim is not None
        assert claim.epoch == 2

    def test_the_place_of_a_worker_that_hears_nothing_is_saved_now_and_then(self) -> None:
        world = World()
        runtime = world.runtime(roster=(PUBLISHER,))
        world.briefed(runtime)
        for number in range(UNSAVED):
            tell(runtime, ConversionRecorded(), f"sale {number}")
        runtime.run_until_idle()
        with world.store.view() as view:
            assert view.position("publisher", PARTITION).offset == view.log.ends()[PARTITION]
