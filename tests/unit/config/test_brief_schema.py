"""The brief's JSON Schema: it says what each field is for, and agrees with what is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner

from config.brief_file import MOST, Hours, Percent, Price, brief_schema
from config.yaml_text import parse_yaml, read_yaml
from tests.unit.config.test_brief import MINIMAL, load, problems
from workers.command.main import application

BRIEFS = sorted((Path(__file__).parents[3] / "config" / "briefs").glob("*.yaml"))


def errors(data: object) -> list[str]:
    return [error.json_path for error in Draft202012Validator(brief_schema()).iter_errors(data)]


def fields(node: Any) -> Iterator[tuple[str, Any]]:
    yield from node.get("properties", {}).items()
    for part in node.get("$defs", {}).values():
        yield from fields(part)


def test_the_schema_is_one_and_every_field_says_what_it_is_for() -> None:
    schema = brief_schema()
    Draft202012Validator.check_schema(schema)
    found = list(fields(schema))
    assert len(found) > 35
    assert [name for name, field in found if not field.get("description")] == []


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_every_brief_that_ships_is_valid_by_the_schema(path: Path) -> None:
    assert errors(read_yaml(path).data) == []


@pytest.mark.parametrize(
    ("written", "instead", "place"),
    [
        ("worth: 25 EUR", "worth: 25", "$.worth"),
        ("tomorrow_costs: 5%", "tomorrow_costs: 0.05", "$.tomorrow_costs"),
        ("goal: convert", "goal: fame", "$.goal"),
        ("days: 30", "days: 0", "$.days"),
        ("title: A shop\n", "", "$"),
        ("days: 30", "days: 30\ndaze: 3", "$"),
        ("hours: 7-9, 22", "hours: 7 to 9", "$.segments.people.hours"),
        ("{channel: simulated}", "{}", "$.accounts.shop"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses_too(written: str, instead: str, place: str) -> None:
    assert errors(parse_yaml(MINIMAL, "brief.yaml").data) == []
    assert errors(parse_yaml(MINIMAL.replace(written, instead), "brief.yaml").data) == [place]


@pytest.mark.parametrize("field", sorted(MOST))
def test_more_of_a_kind_than_can_be_told_apart_are_refused_with_how_many_are_allowed(
    tmp_path: Path, field: str
) -> None:
    most = MOST[field]
    values = {"accounts": "{channel: simulated}", "segments": "{}"}

    def written(count: int) -> str:
        names = [f"name {number}" for number in range(count)]
        many = (
            "{" + ", ".join(f"{name}: {values[field]}" for name in names) + "}"
            if field in values
            else "[" + ", ".join(names) + "]"
        )
        others = {"accounts": "{shop: {channel: simulated}}", "segments": "{people: {}}"}
        others |= {"topics": "[tea, cups]", "formats": "[photo]"}
        top = MINIMAL[: MINIMAL.index("accounts:")]
        return top + "".join(f"{name}: {many if name == field else other}\n" for name, other in others.items())

    load(tmp_path, written(most))
    (found,) = problems(tmp_path, written(most + 1))
    assert (found.field, found.given, found.allowed) == (field, f"{most + 1} of them", f"at most {most}")
    assert errors(parse_yaml(written(most), "brief.yaml").data) == []
    assert errors(parse_yaml(written(most + 1), "brief.yaml").data) == [f"$.{field}"]


@given(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["0", "7", "25", "007", "999999999999", "1000000000000", "1000000000001", "25000000000000"]),
        st.sampled_from(["", ".", ".5", ".50", ".000", ".123", ".0000", ",5"]),
        st.sampled_from([" ", "", "  "]),
        st.sampled_from(["EUR", "KWD", "eur", "EURO", ""]),
    )
)
def test_money_is_valid_by_the_schema_exactly_where_the_loader_takes_it(written: str) -> None:
    assert taken(Price, written) == valid("worth", written)


@given(st.from_regex(r"\d{1,4}(\.\d{1,2})? ?%?", fullmatch=True, alphabet="0123456789. %"))
def test_a_percentage_is_valid_by_the_schema_exactly_where_the_loader_takes_it(written: str) -> None:
    assert taken(Percent, written) == valid("tomorrow_costs", written)


@given(st.from_regex(r"\d{1,2}(-\d{1,2})?( ?, ?\d{1,2}(-\d{1,2})?){0,2}", fullmatch=True, alphabet="0123456789-, "))
def test_hours_are_valid_by_the_schema_exactly_where_the_loader_takes_them(written: str) -> None:
    assert taken(Hours, written) == valid_hours(written)


def taken(kind: Any, written: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(written)
    except ValidationError:
        return False
    return True


def valid(field: str, written: str) -> bool:
    data = parse_yaml(MINIMAL, "brief.yaml").data
    return errors({**data, field: written}) == []


def valid_hours(written: str) -> bool:
    data = parse_yaml(MINIMAL, "brief.yaml").data
    return errors({**data, "constraints": {"quiet_hours": written}}) == []


def test_the_schema_can_be_printed_or_written_to_a_file(tmp_path: Path) -> None:
    printed = CliRunner().invoke(application(), ["schema", "brief"])
    written = CliRunner().invoke(application(), ["schema", "brief", str(tmp_path / "brief.schema.json")])
    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert (tmp_path / "brief.schema.json").read_text(encoding="utf-8") == printed.stdout
