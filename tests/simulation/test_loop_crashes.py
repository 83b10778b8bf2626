"""The eight real workers on a network with its own memory: the process dies at every moment of the loop and is started
again under the halted clock. The campaign is short and complete: an imported past, a plan that goes wrong, a pause, a
breach, a correction, orders.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from events.campaign import CampaignPaused, CampaignResumed, Constraints
from events.execution import PostFailed, PostPublished, PostScheduled, PostUncertain
from events.runtime import EffectKind
from tests.contract.stores import POSTGRES, opened_again, store_of
from tests.simulation.crashing import INSIDE, Course, DyingAt, Key, Label, Overheard, chosen
from tests.simulation.loop import Site, audit, brief, world
from workers.platforms.protocol import Platform
from workers.roster import ROSTER
from workers.runtime.shell import FaultPoint, SimulatedCrash
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.protocol import Store
from workers.runtime.store.rows import EffectState

DAYS: Final = 2.9
BEFORE_THE_BREACH: Final = 2.2
SCRIPT: Final = {
    timedelta(hours=20): CampaignPaused(reason="a holiday", by="olivia"),
    timedelta(hours=23): CampaignResumed(reason="back", by="olivia"),
}
SPOKEN: Final = {
    "AccountConnected", "AudienceAnalyzed", "CampaignBriefed", "CampaignPaused", "CampaignResumed", "ContentOffered",
    "ContentRequested", "ConversionRecorded", "CorrectionDecided", "EffectSettled", "ExecutionRevised",
    "HistoryImported", "KPIBreached", "MetricObserved", "PlanMade", "PostCancelled", "PostObserved", "PostProposed",
    "PostPublished", "PostScheduled", "StrategyChosen", "StrategyProposed", "TimerFired",
}  # fmt: skip
CALLS: Final = {"publish", "read post", "read account"}
SIDES: Final = ("before", "after")


def site(*, keyed: bool = True, store: Store | None = None, **options: Any) -> Site:
    return Site(
        brief=brief(constraints=Constraints(posts_per_day=5, quiet_hours=(0, 1, 2, 3, 4, 5))),
        world=world(keyed=keyed),
        script=SCRIPT,
        store=store or MemoryStore(),
        **options,
    )


@cache
def undisturbed() -> tuple[list[dict[str, Any]], dict[Key, Label]]:
    """The log of a life without a crash, and its moments."""
    course = Course()

    def overheard(network: Platform) -> Platform:
        return Overheard(network, course)

    whole = site(through=overheard)
    whole.live(DAYS, fault=course, observer=course)
    return whole.log(), course.labels


def survive(one: Site, days: float, fault: FaultPoint, died: Callable[[Site], None]) -> int:
    """Live to the end through however many crashes; returns how many there were."""
    crashes = 0
    while True:
        try:
            runtime = one.live(days, fault=fault)
        except SimulatedCrash:
            crashes += 1
            died(one)
            continue
        report = audit(runtime)
        assert report.clean, report.failures[:3]
        return crashes


def same_until_the_difference(log: list[dict[str, Any]], expected: list[dict[str, Any]], died: list[Key]) -> None:
    """Equality, with a message that says where two long logs part."""
    for place, (one, other) in enumerate(zip(log, expected, strict=False)):
        assert one == other, f"event {place} differs; the last deaths were at {died[-5:]}"
    assert len(log) == len(expected)


def test_every_kind_of_moment_of_the_loop_occurs() -> None:
    """What the other tests enumerate is everything: each event, each worker's commit, each call, on either side."""
    _, moments = undisturbed()
    labels = set(moments.values())
    assert len(chosen(moments, every=1)) > 1000
    assert not [label for label in labels if "EventSetAside" in label]
    assert {(f"{side} append", name) for side in SIDES for name in SPOKEN} <= labels
    assert {(f"{side} batch commit", worker.name) for side in SIDES for worker in ROSTER} <= labels
    assert {
        (moment, call) for moment in (*INSIDE, "before sending commit", "after answer commit") for call in CALLS
    } <= (labels)
    for kind in ("intake", "claim", "settled", "timers"):
        assert {(f"{side} {kind} commit", "") for side in SIDES} <= labels


def test_a_process_that_dies_once_at_every_moment_outside_a_call_leaves_the_same_log() -> None:
    """Ids, types, data, times and order, after some thousand deaths."""
    expected, moments = undisturbed()
    keys = chosen(moments, every=1)
    fault = DyingAt(set(keys))

    def died(one: Site) -> None:
        with one.store.view() as view:
            calls = [row.key for row in view.open_effects() if row.state in {EffectState.SENDING, EffectState.ASKING}]
        assert not calls, "it died outside of any call"

    one = site()
    survive(one, DAYS, fault, died)
    same_until_the_difference(one.log(), expected, fault.died)
    assert set(fault.died) == keys, "it died at every one of them"
    assert set(one.accepted().values()) == {1}


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
def test_on_disk_a_process_that_dies_at_every_kind_of_moment_leaves_the_same_log(kind: str, tmp_path: Path) -> None:
    """Each (moment, event type, worker or call) at least once, and every fortieth moment; the store is opened anew."""
    expected, moments = undisturbed()
    keys = chosen(moments, every=40)
    assert {moments[key] for key in keys} == {label for label in moments.values() if label[0] not in INSIDE}
    fault = DyingAt(set(keys))

    def died(one: Site) -> None:
        one.store.close()
        one.store = opened_again(kind, one.store, tmp_path)

    with store_of(kind, tmp_path) as store:
        one = site(store=store)
        survive(one, DAYS, fault, died)
        same_until_the_difference(one.log(), expected, fault.died)
        assert set(fault.died) == keys
        assert set(one.accepted().values()) == {1}
        one.store.close()


class DyingInCalls:
    """Dies at one of the moments around calls, every so many times that it comes."""

    def __init__(self, moment: str, every: int) -> None:
        self.moment, self.every, self.seen = moment, every, 0

    def __call__(self, name: str) -> None:
        if name == self.moment:
            self.seen += 1
            if self.seen % self.every == 0:
                raise SimulatedCrash(name)


class Interrupted:
    """Which kinds of calls a process died in, and how often.

    Not every death after a sending commit is one: a post that its account has no room for yet, since the one before it
    went out a lease late, is put off by that commit, and nobody is called.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.kinds: set[EffectKind] = set()
        self.posts: set[str] = set()

    def __call__(self, one: Site) -> None:
        with one.store.view() as view:
            rows = [row for row in view.open_effects() if row.state in {EffectState.SENDING, EffectState.ASKING}]
        self.calls += bool(rows)
        self.kinds |= {row.kind for row in rows}
        self.posts |= {row.key.rsplit("|", 1)[1] for row in rows if row.kind is EffectKind.PUBLISH}


_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)")
_TIMED: Final = {"attempts", "age_hours"}
"""How often a call was taken, and how old a post was when it was read: both tell of the lease that was waited for."""


def told(log: list[dict[str, Any]], *, counted: bool) -> dict[str, list[tuple[str, Any]]]:
    """What a log says of each post, slot and account, in order, but for ids and times.

    Readings of several posts at one hour change places when one of them waits for a lease, so each thing has an order
    of its own. `counted`: with what people did meanwhile.
    """
    left_out = _TIMED if counted else _TIMED | {"counters"}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items() if name not in left_out}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return _TIME.sub("<time>", _ID.sub("<id>", value)) if isinstance(value, str) else value

    things: dict[str, list[tuple[str, Any]]] = {}
    for event in log:
        things.setdefault(_about(event), []).append((event["type"], plain(event["data"])))
    return things


def _about(event: dict[str, Any]) -> str:
    """The post, slot, account or kind of event that an event is about."""
    data = event["data"]
    if "key" in data:
        return str(data["key"].split("|")[2])
    return str(data.get("post") or data.get("slot") or data.get("timer") or event["type"])


@pytest.mark.parametrize("moment", INSIDE)
def test_a_crash_inside_a_call_to_a_keyed_network_leaves_the_same_events_but_for_ids_and_times(moment: str) -> None:
    """A post that went out a lease later is seen by others, so counters are compared where it had already gone out."""
    whole, one, interrupted = site(), site(), Interrupted()
    whole.live(BEFORE_THE_BREACH)
    survive(one, BEFORE_THE_BREACH, DyingInCalls(moment, every=3), interrupted)
    assert interrupted.calls > 15
    assert interrupted.kinds == set(EffectKind)
    counted = moment in {"after call", "before answer commit"}
    assert told(one.log(), counted=counted) == told(whole.log(), counted=counted)
    assert one.accepted() == whole.accepted()
    assert set(one.accepted().values()) == {1}


@pytest.mark.parametrize("moment", INSIDE)
def test_a_campaign_that_dies_inside_its_calls_is_corrected_and_has_no_post_twice(moment: str) -> None:
    """Through breach and correction, where a minute's delay may change what is decided: the promises hold."""
    one, interrupted = site(), Interrupted()
    survive(one, DAYS, DyingInCalls(moment, every=4), interrupted)
    assert interrupted.calls > 15
    said = Counter(event["type"].split(".")[1] for event in one.log())
    assert said["KPIBreached"] >= 1
    assert said["CorrectionDecided"] >= 1
    assert said["EventSetAside"] == said["PostUncertain"] == 0
    published = Counter(fact.post for fact in one.facts(PostPublished))
    assert published == one.accepted()
    assert set(published.values()) == {1}


@pytest.mark.parametrize("moment", INSIDE)
def test_a_crash_inside_a_call_to_a_keyless_network_makes_at_most_one_post(moment: str) -> None:
    one, interrupted = site(keyed=False), Interrupted()
    survive(one, BEFORE_THE_BREACH, DyingInCalls(moment, every=3), interrupted)
    assert interrupted.calls > 10
    assert len(interrupted.posts) > 1
    accepted = one.accepted()
    assert set(accepted.values()) == {1}
    uncertain = {fact.post for fact in one.facts(PostUncertain)}
    published = {fact.post for fact in one.facts(PostPublished)}
    assert published == set(accepted), "what the network has is known to be there"
    assert uncertain == interrupted.posts - set(accepted), "what it has not is uncertain"
    assert not one.facts(PostFailed)
    due = {fact.post for fact in one.facts(PostScheduled) if fact.not_after < one.clock.now()}
    assert due <= published | uncertain
    assert bool(uncertain) == (moment in {"after sending commit", "before call"})
