"""Whoever asks for the best strategy alone gets the one that would lead the list of all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.campaign import CampaignBriefed
from events.terms import Appeal
from tests.unit.workers.material import START, analysis, brief, euros, inventory
from workers import candidates as rooms
from workers.candidates import DIRECTIONS, Candidate, Known, leader, leaders, planned
from workers.inventory import Inventory
from workers.methods.planning import Draft, Menu, draft
from workers.model import Aim, design, is_possible, levels_of


def known(told: CampaignBriefed, now: datetime) -> Known:
    carried = Inventory()
    for number, offer in enumerate(inventory()):
        carried = carried.offered(offer, f"offer-{number}")
    return Known(told, analysis(told), carried, 0.0, now, {})


def candidates(at: Known, without: Iterable[str] = (), delay_days: float = 0.0) -> list[Candidate]:
    """Every family along the leading directions, planned through, best first."""
    aims = [
        Aim(appeal, direction.segment, direction.topic)
        for direction in at.analysis.directions[:DIRECTIONS]
        for appeal in at.brief.appeals
    ]
    made = [planned(at, aim, delay_days) for aim in aims if is_possible(at.brief, aim)]
    ranked = sorted(made, key=lambda one: (-round(one.draft.value.mean, 6), one.strategy))
    return [one for one in ranked if one.strategy not in frozenset(without)]


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


@pytest.mark.parametrize("days", [0, 10, 25])
def test_the_leaders_are_the_first_of_every_family(days: int) -> None:
    at = known(brief(), START + timedelta(days=days))
    best: dict[str, Candidate] = {}
    for one in candidates(at):
        best.setdefault(one.aim.appeal.value, one)
    found = leaders(at)
    assert [one.strategy for one in found] == [one.strategy for one in best.values()]
    assert [one.draft.value for one in found] == [one.draft.value for one in best.values()]
    assert len(found) == len(brief().appeals)


def test_what_a_grid_of_rows_yields_is_what_the_rows_yield_to_the_last_bit() -> None:
    at = known(brief(boost_price=euros(5)), START)
    aims = [
        Aim(appeal, segment.name, topic)
        for appeal in Appeal
        for segment in at.brief.segments
        for topic in at.brief.topics
    ]
    grid = design(at.ways, aims)
    engagements, outcomes = at.about.expected(grid)
    for number, aim in enumerate(aims):
        written_out = at.about.per_post([levels_of(choice, aim) for choice in at.ways])
        for drawn, same in zip(at.about.per_post(grid.of_aim(number)), written_out, strict=True):
            assert (drawn == same).all()
        assert engagements[number] == pytest.approx(written_out[1].mean(axis=1), rel=1e-9)
        assert outcomes[number] == pytest.approx(written_out[2].mean(axis=1), rel=1e-9)


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
