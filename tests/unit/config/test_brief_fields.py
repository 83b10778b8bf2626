"""Every field of a brief, wrong in its own way, is answered with line, field, what was given and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from config.brief import load_brief
from config.brief_file import BriefFile, WrittenAccount, WrittenConstraints, WrittenSegment
from config.problems import InputError, Problem
from tests.unit.config.test_brief import MINIMAL, NOW

WRONG: dict[str, dict[str, str]] = {
    "": {
        "campaign": "[a]", "tenant": "{}", "title": "[a]", "goal": "converts", "worth": "25", "tomorrow_costs": "0.05",
        "audience_worth": "1 euro", "starts": "tomorrow", "days": "sixty", "zone": "Europe/Berln", "language": "[en]",
        "mode": "aprove", "budget": "lots", "post_cost": "6", "boost_price": "-1 EUR", "minute_cost": "1 EURO",
        "minutes_per_post": "-1", "minutes_per_revision": "a while", "minutes_per_switch": "[]", "target": "0",
        "accounts": "shop", "segments": "[people]", "topics": "tea", "formats": "{photo: 1}", "appeals": "[teaching]",
        "constraints": "none", "history": "{}", "swot_weights": "risk",
    },
    "accounts.shop.": {"channel": "[simulated]", "shared": "perhaps"},
    "segments.people.": {
        "people": "many", "interests": "[tea]", "appeals": "{teech: 2}", "hours": "7 to 9",
    },
    "constraints.": {
        "posts_per_day": "0", "quiet_hours": "night", "forbidden_topics": "tea", "minutes_per_week": "0",
        "pieces_per_week": "-1", "grace_minutes": "1", "approval_hours": "1000",
    },
}  # fmt: skip
MODELS: dict[str, type[BaseModel]] = {
    "": BriefFile,
    "accounts.shop.": WrittenAccount,
    "segments.people.": WrittenSegment,
    "constraints.": WrittenConstraints,
}
CASES = [(place, field, wrong) for place, fields in WRONG.items() for field, wrong in fields.items()]
TOP = [line for line in MINIMAL.splitlines() if not line.startswith((" ", "accounts", "segments"))]


def written(place: str, field: str, line: str) -> list[str]:
    """A brief whose named field is written by `line` alone."""
    nested = {"accounts.shop.": [], "segments.people.": [], "constraints.": []}  # type: dict[str, list[str]]
    if place:
        nested[place] = [line]
    channel = [] if field == "channel" else ["channel: simulated"]
    lines = [one for one in TOP if one.split(":")[0] != field or place]
    if not place:
        lines.append(line)
    if place or field != "accounts":
        lines += ["accounts:", "  shop:", *(f"    {one}" for one in [*channel, *nested["accounts.shop."]])]
    if place or field != "segments":
        lines += ["segments:", "  people:" if nested["segments.people."] else "  people: {}"]
        lines += [f"    {one}" for one in nested["segments.people."]]
    if nested["constraints."]:
        lines += ["constraints:", f"  {line}"]
    return lines


def problems(folder: Path, lines: list[str]) -> list[Problem]:
    path = folder / "brief.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_brief(path, NOW)
    return list(caught.value.problems)


def test_no_field_is_left_out_here() -> None:
    assert {place: fields.keys() for place, fields in WRONG.items()} == {
        place: model.model_fields.keys() for place, model in MODELS.items()
    }


@pytest.mark.parametrize(("place", "field", "wrong"), CASES, ids=[f"{place}{field}" for place, field, _ in CASES])
def test_a_wrong_value_is_answered_at_its_line(tmp_path: Path, place: str, field: str, wrong: str) -> None:
    lines = written(place, field, f"{field}: {wrong}")
    (found,) = problems(tmp_path, lines)
    assert found.line is not None
    assert lines[found.line - 1].strip() == f"{field}: {wrong}"
    assert found.field.startswith(f"{place}{field}")
    assert found.given
    assert found.allowed
    assert "Input should" not in str(found)


@pytest.mark.parametrize(("place", "field", "_"), CASES, ids=[f"{place}{field}" for place, field, _ in CASES])
def test_a_misspelt_field_is_answered_with_the_one_that_was_meant(
    tmp_path: Path, place: str, field: str, _: str
) -> None:
    slip = field[:-1] + "x"
    found = [one for one in problems(tmp_path, written(place, field, f"{slip}: 1")) if one.field == f"{place}{slip}"]
    assert [one.hint for one in found] == [field]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = {field: value for place, field, value in CASES if not place}
    found = problems(tmp_path, [f"{field}: {value}" for field, value in wrong.items()])
    assert {one.field.split("[")[0] for one in found} >= wrong.keys() - {"worth", "budget"}
