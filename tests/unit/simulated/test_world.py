"""Worlds are read strictly, and those that ship fit the briefs that they name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.brief import load_brief
from config.problems import InputError
from events.terms import Appeal, PostTraits
from tests.contract.platform_suite import MovableClock
from tests.unit.simulated.posting import MIDNIGHT, ignore
from workers.platforms.simulated import factory
from workers.platforms.simulated.people import Population
from workers.platforms.simulated.shipped import load_world, shipped_worlds

BRIEFS = Path(__file__).parents[3] / "config" / "briefs"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "town.yaml"


@pytest.mark.parametrize("name", sorted(set(shipped_worlds()) - {"open"}))
def test_a_shipped_world_speaks_the_words_of_its_brief(name: str) -> None:
    world = load_world(name)
    brief = load_brief(BRIEFS / f"{world.brief}.yaml", datetime(2026, 3, 2, tzinfo=UTC)).fact
    assert world.zone == brief.zone
    assert set(world.segments) == {segment.name for segment in brief.segments}
    assert set(world.network.formats) == set(brief.formats)
    for segment in world.segments.values():
        assert set(segment.interests) == set(brief.topics)
        assert set(segment.formats) == set(brief.formats)
        assert set(segment.appeals) == set(brief.appeals)
    assert 2000 <= world.size <= 3000
    assert sum(segment.followers for segment in world.segments.values()) == 300


def test_every_shipped_world_is_valid_and_says_what_it_is_for() -> None:
    assert len(shipped_worlds()) == 15
    for name, path in shipped_worlds().items():
        assert load_world(name).size > 0
        assert path.read_text(encoding="utf-8").lower().startswith(f"# {name}: ")


def test_a_mistake_is_named_with_file_line_field_what_was_given_and_what_is_allowed(written: Path) -> None:
    written.write_text("brief: steady\nsegments:\n  locals:\n    poeple: 10\n    people: -3\n    peaks: [25]\n")
    with pytest.raises(InputError) as raised:
        load_world(str(written))
    said = {(problem.line, problem.field): problem for problem in raised.value.problems}
    assert said[4, "segments.locals.poeple"].hint == "people"
    assert said[5, "segments.locals.people"].given == "-3"
    assert "23" in said[6, "segments.locals.peaks[0]"].allowed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people: 5, followers: 9, peaks: [9]", "followers are among"),
        ("people: 5", "either peaks or hours"),
        ("people: 5, hours: [1, 2]", "24 weights"),
        ("people: 5, peaks: [9], purchase_delay_hours: 1.0e+300", "1000000"),
    ],
)
def test_a_segment_that_cannot_be_is_refused(written: Path, text: str, said: str) -> None:
    written.write_text(f"brief: steady\nsegments:\n  locals: {{{text}}}\n")
    with pytest.raises(InputError, match=said):
        load_world(str(written))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zone: Mars/Olympus", "IANA"),
        ("changes: [{day: 3, segments: [nobody]}]", "unknown segment nobody"),
        ("rivals: [{day: 3, segments: [nobody], reach: 1, interest: 0}]", "rivals name unknown segment nobody"),
        ("rivals: [{day: 3, reach: 1, interest: 0, taste: 2}]", "taste"),
        ("seasons: [{weekdays: [1, 1, 1]}]", "7 weights"),
        ("seasons: [{months: [1, 1, 1]}]", "12 weights"),
        ("feed: {throttle: {posts: 3, days: 7}}", "demotion"),
        ("luck: {explosion: 0.5}", "explosion"),
        ("feed: {friends_per_share: .inf}", "1000000"),
        ("feed: {boost_aim: .inf}", "1000000"),
        ("network: {text_length: 1000000000000000000000000000000}", "1000000"),
        ("faults: {outages: [{day: .nan, hours: 1}]}", "day"),
        ("faults: {missing_counters: [applause]}", "unknown counter applause"),
        ("unlisted: {low: 0.9, high: 0.1}", "low is at most high"),
    ],
)
def test_a_world_that_cannot_be_is_refused(written: Path, text: str, said: str) -> None:
    written.write_text(f"brief: steady\nsegments:\n  locals: {{people: 5, peaks: [9]}}\n{text}\n")
    with pytest.raises(InputError, match=said):
        load_world(str(written))


def test_an_unknown_world_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'steady'"):
        load_world("stedy")


def test_an_unknown_option_of_the_plug_in_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'world'"):
        factory(clock=MovableClock(), seed=1, say=ignore, options={"wrold": "steady"})


def test_the_open_world_has_a_taste_for_any_words() -> None:
    people = Population(load_world("open"), 1, MIDNIGHT.date())
    likings = [
        people.liking(PostTraits(channel="simulated", topic=topic, format="carousel", appeal=Appeal.OFFER)).mean()
        for topic in ("gardening", "chess", "opera")
    ]
    assert len({round(liking, 6) for liking in likings}) == 3
    assert min(likings) > 0
