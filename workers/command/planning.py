"""A campaign from its brief to its plan and no further: what `mowj plan` prints.

Invariants: only the workers that analyze, choose and plan are there, on a store in memory and a clock that stands
still; there is no network, so nothing can be published.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from events.envelope import Event
from events.strategy import StrategyApproved, StrategyChosen
from workers import analyst, planner, strategist
from workers.command.inputs import Inputs, offer
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.store.memory import MemoryStore

PLANNERS: Final = (analyst.WORKER, strategist.WORKER, planner.WORKER)
PREVIEW: Final = "/people/preview"
"""Who approves the strategy in a preview, so that its plan can be seen before it is approved in earnest."""


def planned(inputs: Inputs, now: datetime) -> list[Event]:
    """Everything that is said from the brief to the plan. Raises intake.Refused."""
    store = MemoryStore()
    runtime = assemble(PLANNERS, store, VirtualClock(now))
    offer(inputs, runtime.intake, store, now)
    runtime.run_until_idle()
    brief = inputs.brief
    for event in runtime.history(brief.campaign):
        if isinstance(event.data, StrategyChosen) and event.data.awaits_approval:
            chosen = event.data
            approval = StrategyApproved(strategy=chosen.strategy, fingerprint=chosen.fingerprint, by=PREVIEW)
            runtime.intake.accept(approval, brief.campaign, brief.tenant, PREVIEW, event.id, now, person=True)
    runtime.run_until_idle()
    return runtime.history(brief.campaign)
