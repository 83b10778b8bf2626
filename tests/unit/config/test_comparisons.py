"""What an owner says of a SWOT's criteria in a brief: read pair by pair, refused where it contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.problems import Problem
from config.yaml_text import parse_yaml
from events.campaign import Comparison
from events.terms import Criterion
from tests.unit.config.test_brief import MINIMAL, load, problems
from tests.unit.config.test_brief_schema import errors

LINES = len(MINIMAL.splitlines())


def wrong(tmp_path: Path, *answers: str) -> list[Problem]:
    return problems(tmp_path, written(*answers))


def written(*answers: str) -> str:
    return MINIMAL + "swot_weights:\n" + "".join(f"  {answer}\n" for answer in answers)


def test_each_answer_becomes_a_comparison(tmp_path: Path) -> None:
    fact = load(tmp_path, written("risk over speed: 3", "evidence  over cost: 1.5")).fact
    assert fact.swot_weights == (
        Comparison(more=Criterion.RISK, less=Criterion.SPEED, times=3),
        Comparison(more=Criterion.EVIDENCE, less=Criterion.COST, times=1.5),
    )
    assert load(tmp_path, MINIMAL).fact.swot_weights is None


def test_an_unknown_criterion_is_answered_with_all_and_the_nearest(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, "riks over speed: 3")
    assert (found.line, found.field, found.hint) == (LINES + 2, "swot_weights.riks over speed", "risk")
    assert str(found).endswith("did you mean 'risk'?")


def test_what_is_no_pair_is_answered_with_an_example(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, "risk: 3")
    assert (found.line, found.given) == (LINES + 2, "'risk'")
    assert "risk over speed" in found.allowed


@pytest.mark.parametrize("times", ["0.5", "10", "much"])
def test_a_matter_of_more_than_nine_or_less_than_one_is_refused_with_its_line(tmp_path: Path, times: str) -> None:
    (found,) = wrong(tmp_path, "cost over speed: 2", f"risk over speed: {times}")
    assert (found.line, found.field) == (LINES + 3, "swot_weights.risk over speed")


def test_a_circle_is_refused_at_one_of_its_answers_with_what_the_others_say(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, "risk over speed: 5", "speed over cost: 4", "cost over risk: 3")
    assert (found.line, found.given) == (LINES + 4, "cost over risk: 3")
    assert "the other answers together say risk over cost: 20" in found.allowed
    assert "a circle, cost over risk over speed over cost" in found.allowed


def test_sizes_that_disagree_are_refused_with_their_consistency_ratio(tmp_path: Path) -> None:
    (found,) = wrong(
        tmp_path, "risk over speed: 8", "speed over cost: 6", "risk over cost: 1.5", "evidence over cost: 2"
    )
    assert found.given == "risk over cost: 1.5"
    assert "the other answers together say risk over cost: 48" in found.allowed
    assert "consistency ratio is 1." in found.allowed


def test_answers_that_nearly_agree_are_taken(tmp_path: Path) -> None:
    assert load(tmp_path, written("risk over speed: 2", "speed over cost: 2", "risk over cost: 3")).fact.swot_weights


def test_a_pair_is_answered_once(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, "risk over speed: 2", "speed over risk: 2")
    assert (found.line, found.allowed) == (LINES + 3, "each pair once; above it says risk over speed: 2")
    (found,) = wrong(tmp_path, "risk over risk: 2")
    assert found.allowed == "two criteria that differ"


@pytest.mark.parametrize(
    "answer", ["riks over speed: 3", "risk: 3", "risk over speed: 0.5", "risk over speed: 10", "risk over speed: much"]
)
def test_the_schema_refuses_what_no_other_answer_is_needed_for(answer: str) -> None:
    assert errors(parse_yaml(written("risk over cost: 3"), "brief.yaml").data) == []
    assert len(errors(parse_yaml(written(answer), "brief.yaml").data)) == 1
