"""Whoever asks for the best strategy alone gets the one that would lead the list of all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.campaign import CampaignBriefed
from tests.unit.workers.material import START, analysis, brief, inventory
from workers import candidates as rooms
from workers.candidates import Known, candidates, leader
from workers.inventory import Inventory
from workers.methods.planning import Draft, Menu, draft


def known(told: CampaignBriefed, now: datetime) -> Known:
    carried = Inventory()
    for number, offer in enumerate(inventory()):
        carried = carried.offered(offer, f"offer-{number}")
    return Known(told, analysis(told), carried, 0.0, now, {})


@pytest.mark.parametrize("days", [0, 10, 25])
@pytest.mark.parametrize("without", [(), ("all but the last",)])
def test_the_leader_is_the_first_of_all_candidates(days: int, without: tuple[str, ...]) -> None:
    at = known(brief(), START + timedelta(days=days))
    if without:
        without = tuple(one.strategy for one in candidates(at)[:-1])
    ranked = candidates(at, without, delay_days=2.0)
    found = leader(at, without, delay_days=2.0)
    assert found is not None
    assert (found.strategy, found.draft.value, found.draft.placements) == (
        ranked[0].strategy,
        ranked[0].draft.value,
        ranked[0].draft.placements,
    )


def test_without_any_strategy_nobody_leads() -> None:
    at = known(brief(), START)
    assert leader(at, [one.strategy for one in candidates(at)]) is None


def test_most_strategies_are_not_planned_through_to_find_the_leader(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Menu] = []

    def counted(menu: Menu, *of: Any) -> Draft:
        made.append(menu)
        return draft(menu, *of)

    monkeypatch.setattr(rooms, "draft", counted)
    at = known(brief(), START)
    leader(at)
    asked = len(made)
    candidates(at)
    assert 0 < asked < (len(made) - asked) / 2
