"""What was written yesterday is read tomorrow: the pinned schemas, and what counts as breaking them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from events.compatibility import broken_promises, incompatibilities, pin, pinned
from events.reference import reference
from events.schema import export, schemas

ROOT = Path(__file__).parents[2]
PINNED = ROOT / "tests" / "schemas"

OLD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "goal": {"enum": ["follow", "reach"], "type": "string"},
        "days": {"type": "integer", "minimum": 1},
        "share": {"type": "number", "maximum": 1},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "money": {"$ref": "#/$defs/Money"},
        "hours": {"type": "array", "items": {"type": "integer"}},
        "weights": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "required": ["goal"],
    "additionalProperties": False,
    "$defs": {"Money": {"type": "object", "properties": {"amount": {"type": "string"}}, "additionalProperties": False}},
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    schema = copy.deepcopy(OLD)
    place: Any = schema
    for part in path[:-1]:
        place = place[part]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return schema


COMPATIBLE = [
    changed("properties", "more", to={"type": "string"}),
    changed("properties", "goal", "enum", to=["follow", "reach", "convert"]),
    changed("properties", "days", to={"type": "number", "minimum": 1}),
    changed("properties", "days", "minimum", to=0),
    changed("properties", "share", "maximum", to=2),
    changed("properties", "hours", to={"type": "array", "items": {"type": "number"}}),
    changed("properties", "days", to={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}),
    changed("required", to=[]),
    changed("$defs", "Money", "properties", "currency", to={"type": "string"}),
]

INCOMPATIBLE = [
    (changed("properties", "share", to=None), "/share: the field is gone"),
    (changed("required", to=["goal", "days"]), "/days: now required"),
    (changed("properties", "goal", "enum", to=["follow"]), "/goal: 'reach' is gone"),
    (changed("properties", "share", "type", to="integer"), "/share: was number, is integer"),
    (changed("properties", "days", "minimum", to=2), "/days: minimum was 1, is 2"),
    (changed("properties", "days", "maximum", to=9), "/days: maximum was None, is 9"),
    (changed("properties", "note", to={"type": "string"}), "/note: was null, is string"),
    (changed("properties", "hours", "items", to={"type": "string"}), "/hours/items: was integer, is string"),
    (changed("properties", "hours", "maxItems", to=3), "/hours: maxItems was None, is 3"),
    (changed("properties", "weights", to={"type": "object", "additionalProperties": {"type": "string"}}),
     "/weights/*: was number, is string"),
    (changed("properties", "weights", "propertyNames", to={"enum": ["a"]}),
     "/weights/propertyNames: any word, now one of a"),
    (changed("$defs", "Money", "properties", "amount", to=None), "/money/amount: the field is gone"),
    (changed("$defs", "Money", "properties", "amount", "pattern", to="^[0-9]+$"),
     "/money/amount: pattern was None, is ^[0-9]+$"),
]  # fmt: skip


def test_an_unchanged_schema_is_compatible() -> None:
    assert incompatibilities(OLD, OLD) == []


@pytest.mark.parametrize("new", COMPATIBLE)
def test_adding_what_is_optional_and_widening_are_compatible(new: dict[str, Any]) -> None:
    assert incompatibilities(OLD, new) == []


@pytest.mark.parametrize(("new", "change"), INCOMPATIBLE)
def test_removing_requiring_and_narrowing_are_incompatible(new: dict[str, Any], change: str) -> None:
    assert change in incompatibilities(OLD, new)


def test_a_renamed_field_is_incompatible() -> None:
    new = changed("properties", "share", to=None)
    new["properties"]["part"] = OLD["properties"]["share"]
    assert incompatibilities(OLD, new) == ["/share: the field is gone"]


def test_an_event_that_is_gone_breaks_a_promise() -> None:
    assert broken_promises({"mowj.Forgotten.v1": OLD}, {}) == ["mowj.Forgotten.v1: the event is gone"]


def test_a_new_version_needs_an_upcast_from_the_old_one() -> None:
    found = broken_promises({"mowj.CampaignBriefed.v1": OLD}, {"mowj.CampaignBriefed.v2": {"type": "string"}})
    assert found == ["mowj.CampaignBriefed.v1: no upcast from version 1"]


def test_no_current_schema_breaks_a_pinned_one() -> None:
    assert pinned(PINNED), "no schema is pinned; run `make schemas`"
    assert broken_promises(pinned(PINNED), schemas()) == []


def test_the_pinned_schemas_are_the_current_ones() -> None:
    """A compatible change that is not pinned could be taken back unnoticed; `make schemas` pins it."""
    old = pinned(PINNED)
    assert [name for name, schema in schemas().items() if old.get(name) != schema] == []


def test_pinning_refuses_to_hide_an_incompatible_change(tmp_path: Path) -> None:
    (first, *_) = export(tmp_path)
    schema = json.loads(first.read_text(encoding="utf-8"))
    schema["properties"]["no_longer_here"] = {"type": "string"}
    schema["additionalProperties"] = False
    schema["$defs"][schema["title"]]["properties"]["gone_from_here"] = {"type": "string"}
    first.write_text(json.dumps(schema), encoding="utf-8")
    with pytest.raises(ValueError, match="gone_from_here: the field is gone"):
        pin(tmp_path)
    assert json.loads(first.read_text(encoding="utf-8")) == schema


def test_the_event_reference_is_up_to_date() -> None:
    """`make docs` writes it."""
    assert (ROOT / "docs" / "events.md").read_text(encoding="utf-8") == reference()
