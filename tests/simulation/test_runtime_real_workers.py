"""The eight real workers on the simulated network, crashed at moments all over the loop and restarted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from events.envelope import to_json
from workers.command.inputs import offer
from workers.command.laboratory import SIMULATED, Experiment, simulated
from workers.platforms import registry
from workers.platforms.protocol import Clock, Platform, Say
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.operating import Operator
from workers.runtime.shell import FaultPoint, SimulatedCrash
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.rows import EffectState

DAYS = 4
MOMENTS = 12
"""How many moments, spread over the whole run, the process dies at."""


class Site:
    """What survives a crash: store, time, and a network that has its own memory."""

    def __init__(self) -> None:
        self.experiment: Experiment = simulated("steady", 3, DAYS)
        self.clock = VirtualClock(self.experiment.start)
        self.store = MemoryStore()
        self.say: Say | None = None
        self.network: Platform = registry.load(SIMULATED)(
            clock=self.clock, seed=3, say=self._said, options=self.experiment.options
        )

    def _said(self, *fact: Any) -> None:
        assert self.say is not None
        self.say(*fact)

    def live(self, fault: FaultPoint | None = None) -> None:
        def network(_clock: Clock, say: Say) -> Platform:
            self.say = say
            return self.network

        runtime = assemble(ROSTER, self.store, self.clock, platforms={SIMULATED: network}, fault=fault)
        brief = self.experiment.inputs.brief
        for account in brief.fact.accounts:
            runtime.connect(account.account, account.channel, brief.tenant)
        offer(self.experiment.inputs, runtime.intake, self.store, self.experiment.start)
        runtime.advance_to(self.experiment.start + timedelta(days=DAYS))
        report = Operator(runtime.shell).audit(ROSTER, runtime.shell.decidedby)
        assert report.clean, report.failures[:3]

    def log(self) -> list[dict[str, Any]]:
        with self.store.view() as view:
            return [to_json(record.event) for record in view.log.campaign(self.experiment.campaign)]


@cache
def undisturbed() -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    site, moments = Site(), list[str]()
    site.live(moments.append)
    return site.log(), tuple(moments)


@pytest.mark.parametrize("sample", range(MOMENTS))
def test_a_crash_of_the_whole_loop_outside_a_call_leaves_the_same_log(sample: int) -> None:
    expected, moments = undisturbed()
    moment = (2 * sample + 1) * len(moments) // (2 * MOMENTS)
    left = [moment]

    def fault(_name: str) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise SimulatedCrash

    site = Site()
    with pytest.raises(SimulatedCrash):
        site.live(fault)
    with site.store.view() as view:
        inside = [row.key for row in view.open_effects() if row.state in {EffectState.SENDING, EffectState.ASKING}]
    site.live()
    published = [event["data"]["post"] for event in site.log() if event["type"] == "mowj.PostPublished.v1"]
    assert set(Counter(published).values()) <= {1}
    if not inside:
        assert site.log() == expected, f"crashed {moments[moment]}"


def test_the_undisturbed_run_lives_through_the_loop() -> None:
    log, moments = undisturbed()
    names = Counter(event["type"].split(".")[1] for event in log)
    assert {"AudienceAnalyzed", "StrategyChosen", "PlanMade", "PostPublished", "MetricObserved"} <= set(names)
    assert "EventSetAside" not in names
    assert len(moments) > 1000
