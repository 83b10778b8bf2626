"""Planners that have a plan, and what every calendar of theirs must keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from events.campaign import (
    AccountConnected,
    CampaignBriefed,
    ContentOffered,
)
from events.execution import (
    CalendarExtended,
    ExecutionRevised,
    PlanMade,
    Slot,
)
from events.strategy import StrategyChosen
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import (
    analysis,
    brief,
    chosen,
    inventory,
)
from workers import planner


def known(
    told: CampaignBriefed,
    offers: Sequence[ContentOffered] | None = None,
    cells: Sequence[Any] = (),
    networks: Sequence[AccountConnected] = (),
) -> Desk:
    made = Desk(planner.WORKER, told.starts)
    for network in networks:
        made.hear(network)
    made.hear(told)
    made.hear(analysis(told, cells))
    for offer in inventory() if offers is None else offers:
        made.hear(offer)
    return made


def desk(strategy: StrategyChosen | None = None, *, told: CampaignBriefed | None = None, **changes: Any) -> Desk:
    made = known(told or brief(**changes))
    made.hear(strategy or chosen())
    return made


def plans(made: Desk) -> list[PlanMade]:
    return made.of(PlanMade)


def all_slots(made: Desk) -> list[Slot]:
    """What stands in the calendar when all was said: a revision replaces what was still ahead."""
    standing: list[Slot] = []
    for fact in made.said:
        if isinstance(fact, PlanMade | CalendarExtended | ExecutionRevised):
            standing += fact.slots
    return standing


def assert_local_rules_hold(slots: Sequence[Slot], told: CampaignBriefed) -> None:
    zone = ZoneInfo(told.zone)
    local = [(slot.account, slot.at.astimezone(zone)) for slot in slots]
    assert not {at.hour for _, at in local} & set(told.constraints.quiet_hours)
    a_day = Counter((account, at.date()) for account, at in local)
    assert max(a_day.values(), default=0) <= told.constraints.posts_per_day
