"""YAML with lines: what is data, and what is refused."""

from __future__ import annotations

import pytest

from config.document import Document
from config.problems import InputError, Problem
from config.yaml_text import parse_yaml


def refused(text: str) -> Problem:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    (found,) = caught.value.problems
    return found


def test_scalars_are_read_as_yaml_1_2_has_them() -> None:
    data = parse_yaml("a: 1\nb: 1.5\nc: true\nd: null\ne: no\nf: 2026-01-01\ng: 12:30\nh: '1'\n", "f.yaml").data
    assert data == {
        "a": 1, "b": 1.5, "c": True, "d": None, "e": "no", "f": "2026-01-01", "g": "12:30", "h": "1",
    }  # fmt: skip


def test_keys_are_the_text_that_was_written() -> None:
    assert parse_yaml("1: a\ntrue: b\n", "f.yaml").data == {"1": "a", "true": "b"}


def test_a_problem_names_the_line_of_the_field_or_of_what_is_around_it() -> None:
    document = parse_yaml("a:\n  b: [x,\n      y]\n", "f.yaml", first_line=10)
    assert document.problem(("a", "b", 1), "y", "z").line == 12
    assert document.problem(("a", "c"), "nothing", "z").line == 10
    assert document.problem((), "nothing", "z").line == 10


def test_a_problem_of_a_field_from_elsewhere_names_its_origin() -> None:
    document = Document("f.yaml", {}, {("a",): 1}, {("a", "b"): "somewhere"})
    assert (document.problem(("a", "b"), "x", "y").file, document.problem(("a", "b"), "x", "y").line) == (
        "somewhere", None,
    )  # fmt: skip
    assert document.problem(("a", "c"), "x", "y").file == "f.yaml"


@pytest.mark.parametrize(
    ("text", "line", "given"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a second time, after line 1"),
        ("a: &x [1]\nb: *x\n", 1, "an alias"),
        ("a: [1\nb: 2\n", 2, ""),
        ("- 1\n- 2\n", 1, ""),
        ("", 1, "nothing"),
        ("[1, 2]: x\n", 1, "a key of several values"),
    ],
)
def test_what_has_no_one_line_or_is_no_mapping_is_refused(text: str, line: int, given: str) -> None:
    found = refused(text)
    assert found.line == line
    assert given in found.given


def test_an_endless_alias_is_refused_and_not_followed() -> None:
    assert refused("a: &x [*x]\n").given == "an alias"


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a:\n  b: 1\n\tc: 2\n", "a:\n  - x\n\t- y\n"])
def test_a_tab_is_answered_with_what_to_write_instead(text: str) -> None:
    found = refused(text)
    assert (found.field, found.given) == ("(syntax)", "a tab")
    assert "spaces" in found.allowed
    assert found.line == text[: text.index("\t")].count("\n") + 1
