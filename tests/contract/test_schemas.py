"""The schemas say what the models say: a real JSON Schema validator and the catalogue agree on what is an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from events.catalogue import ENTRIES, UnreadableEvent, from_json
from events.envelope import to_json, type_name
from events.schema import export, schemas, unclassified
from tests.contract.examples import events

SCHEMAS = schemas()


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[type_name(ENTRIES[name].model)], format_checker=FormatChecker())


@pytest.mark.parametrize("name", ENTRIES)
def test_every_schema_is_a_valid_schema_of_its_draft(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[type_name(ENTRIES[name].model)])


@pytest.mark.parametrize("name", ENTRIES)
@settings(max_examples=10)
@given(data=st.data())
def test_what_is_written_fits_its_schema_and_is_read_back_the_same(name: str, data: st.DataObject) -> None:
    event = data.draw(events(ENTRIES[name]))
    written = json.loads(json.dumps(to_json(event)))
    validator(name).validate(written)
    assert to_json(from_json(written)) == written


def without(field: str) -> Callable[[dict[str, Any]], None]:
    return lambda event: event["data"].pop(field)


def with_(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda event: event["data"].update({field: value})


def envelope(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda event: event.update({field: value})


def no_envelope(field: str) -> Callable[[dict[str, Any]], None]:
    return lambda event: event.pop(field)


REFUSED = [
    ("CampaignBriefed", without("goal")),
    ("CampaignBriefed", with_("goal", "fame")),
    ("CampaignBriefed", with_("horizon_days", 0)),
    ("CampaignBriefed", with_("lost_per_day", 1)),
    ("CampaignBriefed", with_("topics", [])),
    ("CampaignBriefed", with_("budget", {"amount": "many", "currency": "EUR"})),
    ("CampaignBriefed", with_("budget", {"amount": "5", "currency": "euros"})),
    ("CampaignBriefed", with_("unheard_of", 1)),
    ("CampaignBriefed", with_("starts", "tomorrow")),
    ("CampaignBriefed", with_("starts", "2026-01-01T00:00:00")),
    ("AudienceObserved", with_("hours", {"24": 0.5})),
    ("AudienceObserved", with_("hours", {"9": 1.5})),
    ("MetricObserved", with_("counters", {"reach": -1})),
    ("MetricObserved", with_("counters", {"applause": 3})),
    ("MetricObserved", with_("counters", {"reach": None})),
    ("EffectSettled", with_("number", 0)),
    ("KPIBreached", with_("threshold", 1)),
    ("PostPublished", envelope("time", "yesterday")),
    ("PostPublished", no_envelope("id")),
    ("PostPublished", no_envelope("subject")),
    ("PostPublished", no_envelope("data")),
]


@pytest.mark.parametrize(("name", "spoil"), REFUSED)
@settings(max_examples=2)
@given(data=st.data())
def test_what_the_schema_refuses_is_not_read_either(
    name: str, spoil: Callable[[dict[str, Any]], None], data: st.DataObject
) -> None:
    written = to_json(data.draw(events(ENTRIES[name])))
    spoil(written)
    assert not validator(name).is_valid(written)
    with pytest.raises(UnreadableEvent):
        from_json(written)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_string_of_every_schema_says_whether_it_may_hold_words_of_a_person(name: str) -> None:
    assert list(unclassified(SCHEMAS[type_name(ENTRIES[name].model)])) == []


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ({"type": "string"}, "/field"),
        ({"type": "array", "items": {"type": "string"}}, "/field/*"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "/field"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "/field/(key)"),
        ({"type": "object", "additionalProperties": True, "propertyNames": {"x-data-class": "plain"}}, "/field/*"),
        ({"$ref": "#/$defs/Part"}, "/field/word"),
        ({}, "/field"),
    ],
)
def test_an_unclassified_string_is_found_wherever_it_hides(field: dict[str, Any], place: str) -> None:
    part = {"type": "object", "properties": {"word": {"type": "string"}}}
    schema = {"type": "object", "properties": {"field": field}, "$defs": {"Part": part}}
    assert list(unclassified(schema)) == [place]


def test_export_writes_one_file_a_type_that_names_no_host(tmp_path: Path) -> None:
    written = export(tmp_path / "schemas")
    assert {path.name.removesuffix(".json") for path in written} == set(SCHEMAS)
    for path in written:
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["$id"].startswith("urn:mowj:event:")
        assert schema == SCHEMAS[path.name.removesuffix(".json")]
