"""Where the users of other tools are hurt today (STYLE.md), when a post is sent: doubled, lost, stuck."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.execution import (
    PostCancelled,
    PostFailed,
    PostPublished,
    PostScheduled,
    PostUncertain,
)
from events.runtime import EventSetAside
from tests.simulation.between import SLACK, between, nothing, posts, raising
from tests.simulation.loop import (
    ACCOUNT,
    START,
    Site,
    audit,
    content,
    world,
)
from workers import observer
from workers.decision import Delivery, Worker
from workers.platforms import protocol
from workers.platforms.protocol import OutcomeUnknown, RateLimited
from workers.platforms.simulated.world import OutageKind
from workers.roster import ROSTER
from workers.runtime.executors.inline import InlineExecutor


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
