"""However many topics, groups and hours posts were about, an analysis keeps its size and what tells most."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.campaign import AudienceObserved, CampaignBriefed, SegmentHypothesis
from events.envelope import Event, canonical_content, type_name
from events.strategy import AnalysisPrompt, AudienceAnalyzed, Cell, Prior
from events.terms import Appeal
from tests.unit.workers.desk import Desk
from tests.unit.workers.material import START, brief, cell, inventory
from workers import planner, strategist
from workers.analysis import Era, Learned, analyzed
from workers.beliefs import beliefs, believed_anyway, beyond, quantities
from workers.candidates import DIRECTIONS
from workers.cells import key_of, pooled
from workers.model import levels, response
from workers.runtime.deciding import exact
from workers.sizes import PRIORS_BYTES, size, telling
from workers.views.audience import DIRECTIONS as SHOWN

KB = 1024
SUMS = ("posts", "reach_exposure", "reach", "engaged_posts", "engaged_reach", "engagements", "outcomes")


def large(topics: int, groups: int, name: str = "{} {}") -> CampaignBriefed:
    """A brief that believes something of every topic in every group."""
    about = tuple(name.format("topic", number) for number in range(topics))
    return brief(
        topics=about,
        segments=tuple(
            SegmentHypothesis(name=name.format("group", number), people=500, interests=dict.fromkeys(about, 1.5))
            for number in range(groups)
        ),
    )


def posts(told: CampaignBriefed, count: int, seed: int = 1) -> list[Cell]:
    """One cell a post, about anything, in any way; offers reach twice as many people."""
    rng = np.random.Generator(np.random.PCG64(seed))
    found: dict[str, Cell] = {}
    for _ in range(count):
        appeal = list(Appeal)[int(rng.integers(6))]
        one = cell(
            1,
            topic=told.topics[int(rng.integers(len(told.topics)))],
            segment=told.segments[int(rng.integers(len(told.segments)))].name,
            format=told.formats[int(rng.integers(len(told.formats)))],
            appeal=appeal,
            hour=int(rng.integers(6, 23)),
            reach=float(rng.integers(50, 400)) * (2 if appeal is Appeal.OFFER else 1),
        )
        found[key_of(one)] = one
    return list(found.values())


def surveys(told: CampaignBriefed) -> list[AudienceObserved]:
    return [
        AudienceObserved(segment=group.name, asked=40, interests=dict.fromkeys(told.topics, 0.3))
        for group in told.segments
    ]


def looked(told: CampaignBriefed, cells: Sequence[Cell], observed: Sequence[AudienceObserved] = ()) -> AudienceAnalyzed:
    era = Era(number=0.0, cells={key_of(one): one for one in cells})
    return analyzed(told, observed, (era,), (), Learned(), AnalysisPrompt.BRIEF, None)


def appended(fact: AudienceAnalyzed) -> int:
    """Bytes of the event, its envelope filled with the longest names."""
    long = "n" * 200
    name, now = type_name(AudienceAnalyzed), START + timedelta(microseconds=1)
    event = Event(long, long, name, long, long, now, now, exact(fact), long, long, long, long, long)
    return len(canonical_content(event))


@pytest.mark.parametrize("name", ["{} {}", "{0:\N{GRINNING FACE}<70} {1}"], ids=["short names", "the longest names"])
@pytest.mark.parametrize(("topics", "groups"), [(30, 10), (100, 40)])
def test_an_analysis_of_many_topics_and_groups_has_at_most_64_kb(topics: int, groups: int, name: str) -> None:
    told = large(topics, groups, name)
    for cells, observed in (([], []), (posts(told, 2000), surveys(told))):
        fact = looked(told, cells, observed)
        assert appended(fact) <= 64 * KB
        assert fact.posts == pytest.approx(len(cells))
        assert len(fact.directions) >= max(DIRECTIONS, SHOWN)
        assert {one.level for one in fact.levels if one.factor == "hour"} == {str(hour) for hour in range(24)}


def test_planning_for_a_hundred_topics_and_forty_groups_takes_little_longer_than_for_few() -> None:
    def seconds(told: CampaignBriefed) -> float:
        began = time.perf_counter()
        fact = looked(told, [])
        chooses, plans = Desk(strategist.WORKER, START), Desk(planner.WORKER, START)
        for desk in (chooses, plans):
            desk.hear(told)
            for offer in inventory():
                desk.hear(offer)
            desk.hear(fact)
        plans.hear(chooses.said[-1])
        return time.perf_counter() - began

    seconds(large(4, 3))
    assert min(seconds(large(100, 40)) for _ in range(2)) < 30 * min(seconds(large(4, 3)) for _ in range(3))


def test_a_campaign_of_usual_size_keeps_every_cell_level_and_direction() -> None:
    told = large(4, 3)
    fact = looked(told, cells := posts(told, 100))
    assert len(fact.statistics.cells) == len(cells)
    assert len(fact.directions) == 12
    assert {one.level for one in fact.levels if one.factor == "topic"} == set(told.topics)


@given(st.integers(1, 200), st.integers(2_000, 40_000), st.randoms(use_true_random=False))
def test_pooling_loses_no_sum_keeps_its_size_and_does_not_depend_on_the_order(
    count: int, most: int, chance: object
) -> None:
    told = large(6, 3)
    cells = posts(told, count, seed=count)
    kept = pooled(cells, quantities(told), most)
    assert sum(map(size, kept)) <= most
    for name in SUMS:
        assert sum(getattr(one, name) for one in kept) == pytest.approx(sum(getattr(one, name) for one in cells))
    shuffled = list(cells)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = {key_of(one): one for one in pooled(shuffled, quantities(told), most)}
    assert again.keys() == {key_of(one) for one in kept}
    for one in kept:
        assert again[key_of(one)].reach == pytest.approx(one.reach)


def test_what_many_posts_taught_survives_pooling() -> None:
    """Two thousand posts over a hundred topics: hardly any topic is told apart, but what offers reach still is."""
    told = large(100, 40)
    cells = posts(told, 2000)
    fact = looked(told, cells)
    assert len(fact.statistics.cells) < len(cells) / 4
    offers = {one.level: one.reach.mean for one in fact.levels if one.factor == "appeal"}
    truth = 2.0
    for other in set(offers) - {"offer"}:
        assert offers["offer"] / offers[other] == pytest.approx(truth, rel=0.25)


def test_rare_levels_are_forgotten_before_common_ones() -> None:
    told = large(6, 1)
    common = [cell(5, topic="topic 0", hour=hour, segment="group 0") for hour in range(6, 22)]
    rare = [cell(1, topic=f"topic {number}", hour=12, segment="group 0") for number in range(1, 6)]
    kept = pooled([*common, *rare], quantities(told), sum(map(size, [*common, *rare])) - 600)
    assert {one.hour for one in kept} == set(range(6, 22))
    assert "topic 0" in {one.topic for one in kept}
    assert None in {one.topic for one in kept}


def test_what_the_brief_says_is_not_repeated_by_the_analysis() -> None:
    told = large(4, 2)
    assert looked(told, []).statistics.priors == ()
    asked = AudienceObserved(segment="group 0", asked=40, interests={"topic 1": 0.4, "topic 2": 0.1})
    priors = looked(told, [], [asked]).statistics.priors
    assert {(one.factor, one.level) for one in priors} == {
        ("segment:topic", "group 0:topic 1"), ("segment:topic", "group 0:topic 2"),
    }  # fmt: skip


def test_brief_and_analysis_together_are_believed_as_if_all_had_been_said() -> None:
    told = large(4, 2)
    asked = [AudienceObserved(segment="group 0", asked=40, interests={"topic 1": 0.4}, appeals={Appeal.TEACH: 0.2})]
    said = looked(told, posts(told, 30), asked).statistics
    whole = said.model_copy(update={"priors": beliefs(told, asked)})
    rows = [levels(one) for one in said.cells]
    assert response(told, said).engagement.rates(rows)[1] == pytest.approx(
        response(told, whole).engagement.rates(rows)[1]
    )


def test_of_more_surveys_than_fit_those_that_say_most_beyond_the_brief_are_kept() -> None:
    told = large(100, 40)
    priors = beyond(told, surveys(told))
    strong = Prior(quantity="engagement", factor="segment:topic", level="group 3:topic 7", mean=2.0, sd=0.1)
    kept = telling([*priors, strong], believed_anyway(told))
    assert strong in kept
    assert 0 < len(kept) < len(priors)
    assert sum(map(size, kept)) <= PRIORS_BYTES
