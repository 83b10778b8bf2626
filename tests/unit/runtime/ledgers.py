"""A ledger with one effect in it, and a network that answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from events.runtime import EffectKind
from events.terms import Fact
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, CHANNEL, START, ScriptedNetwork, World, publish_effect, tell
from workers.decision import Effect, ReadAccount
from workers.runtime.ledger import planned
from workers.runtime.performing import Performer
from workers.runtime.running import Runtime
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.rows import EffectRow

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


def quick(desk: Desk, pauses: list[float]) -> EffectRow:
    """Perform as on a real clock, where a call that certainly had no effect is tried again at once."""
    Performer(desk.runtime.shell, {CHANNEL: desk.network}, pauses.append).perform("one")
    return desk.row
