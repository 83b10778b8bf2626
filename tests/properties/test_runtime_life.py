"""A campaign's life with random interleavings: crashes, faults, duplicates, late facts, pauses, rebuilds."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from events.campaign import CampaignPaused, CampaignResumed, ConversionRecorded
from events.execution import MetricObserved
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, ROSTER, ScriptedNetwork, World, tell
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, ProvenUnsent, RateLimited
from workers.runtime.operating import Operator
from workers.runtime.rebuilding import rebuilt
from workers.runtime.shell import SimulatedCrash

ENDINGS = {"mowj.PostPublished.v1", "mowj.PostUncertain.v1", "mowj.PostFailed.v1"}
FAULTS = ("timeout before", "timeout after", "unsent", "rate limited", "expired")


class Life(RuleBasedStateMachine):
    """One world; processes come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.said = 0

    @initialize(keyed=st.booleans(), lag=st.sampled_from([0, 20]))
    def begin(self, keyed: bool, lag: int) -> None:
        self.world.network.keyed = keyed
        self.world.network.read_lag = timedelta(minutes=lag)
        self.start()
        self.world.briefed(self.runtime)

    def start(self) -> None:
        self.runtime = self.world.runtime()

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.runtime.advance_to(self.world.clock.now() + timedelta(minutes=minutes))

    @rule(moment=st.integers(0, 60), minutes=st.integers(1, 600))
    def the_process_dies_while_time_passes(self, moment: int, minutes: int) -> None:
        left = [moment]

        def fault(_name: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SimulatedCrash

        doomed = self.world.runtime(fault=fault)
        with suppress(SimulatedCrash):
            doomed.advance_to(self.world.clock.now() + timedelta(minutes=minutes))
        self.start()

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def the_network_misbehaves(self, fault: str, times: int) -> None:
        network, left = self.world.network, [times]

        def script(_network: ScriptedNetwork, operation: str) -> None:
            if operation != "publish" or left[0] <= 0:
                return
            left[0] -= 1
            if fault == "unsent":
                raise ProvenUnsent(fault)
            if fault == "rate limited":
                raise RateLimited(self.world.clock.now() + timedelta(minutes=40))
            if fault == "expired":
                raise AuthorizationExpired(fault)
            raise OutcomeUnknown(fault)

        network.trouble = None if fault == "timeout after" else script
        network.aftermath = script if fault == "timeout after" else None

    @rule(own_id=st.integers(0, 5), late=st.integers(0, 1000))
    def somebody_buys(self, own_id: int, late: int) -> None:
        """An id that comes again is a duplicate."""
        time = self.world.clock.now() - timedelta(hours=late)
        self.runtime.intake.accept(ConversionRecorded(), CAMPAIGN, "default", "/shops/a", str(own_id), time)

    @rule(reach=st.integers(0, 1000))
    def a_metric_comes_from_outside(self, reach: int) -> None:
        self.said += 1
        tell(self.runtime, MetricObserved(account=ACCOUNT, post="old", counters={"reach": reach}), f"m{self.said}")

    @rule(pause=st.booleans())
    def a_person_pauses_or_resumes(self, pause: bool) -> None:
        self.said += 1
        kind = CampaignPaused if pause else CampaignResumed
        tell(self.runtime, kind(reason="r", by="olivia"), f"p{self.said}")

    @rule(worker=st.sampled_from(ROSTER))
    def an_operator_rebuilds(self, worker: object) -> None:
        for one in ROSTER:
            if one is worker:
                Operator(self.runtime.shell).rebuild(one, CAMPAIGN, "why not")
        self.start()

    @invariant()
    def no_post_is_on_the_network_twice(self) -> None:
        prints = Counter(fingerprint for _, fingerprint, _ in self.world.network.accepted)
        assert set(prints.values()) <= {1}

    def teardown(self) -> None:
        network = self.world.network
        network.trouble = network.aftermath = None
        if not self.world.log():
            return
        self.start()
        self.runtime.advance_to(self.world.clock.now() + timedelta(hours=6))
        log = self.world.log()
        endings = Counter(event["data"]["post"] for event in log if event["type"] in ENDINGS)
        assert set(endings.values()) <= {1}, "every post ends once"
        scheduled = {event["data"]["post"] for event in log if event["type"] == "mowj.PostScheduled.v1"}
        old = (self.world.clock.now() - timedelta(hours=5)).isoformat().replace("+00:00", "Z")
        due = {e["data"]["post"] for e in log if e["type"] == "mowj.PostScheduled.v1" and e["time"] < old}
        assert due <= set(endings) <= scheduled, "every post ends"
        shown = {event["data"]["post"] for event in log if event["type"] == "mowj.PostPublished.v1"}
        for _, fingerprint, _ in network.accepted:
            post = fingerprint.removeprefix("print of ")
            assert post not in endings or post in shown or _uncertain(log, post)
        report = Operator(self.runtime.shell).audit(ROSTER, "toys")
        assert report.clean, report.failures
        assert "EventSetAside" not in self.world.names()
        with self.world.store.view() as view:
            assert view.halts() == []
            for worker in ROSTER:
                live = view.state(worker.name, CAMPAIGN, worker.state)
                again = rebuilt(view, self.runtime.shell, worker, CAMPAIGN)
                if live is None:
                    assert again.state == worker.state(), "who has read nothing knows nothing"
                else:
                    assert live == again, "a rebuilt state is the live one, its *now* included"


def _uncertain(log: list[dict[str, object]], post: str) -> bool:
    return any(
        event["type"] == "mowj.PostUncertain.v1" and isinstance(data := event["data"], dict) and data["post"] == post
        for event in log
    )


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=30)
TestLife = Life.TestCase
