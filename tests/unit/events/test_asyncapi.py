"""The AsyncAPI document. That the real parser takes it is a test of its own, in test-services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from typing import Any

from events.asyncapi import document
from events.catalogue import ENTRIES
from events.envelope import to_json
from events.log.kafka import attributes_and_data, message_of
from tests.unit.events.test_kafka_codec import conversion


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_event_has_a_message_and_every_reference_leads_somewhere() -> None:
    found = document("0.1.0", "mowj", 64)
    assert set(found["components"]["messages"]) == {*ENTRIES, "refused"}
    for reference in set(references(found)):
        reduce(lambda node, key: node[key], reference.removeprefix("#/").split("/"), found)
    json.dumps(found)


def test_outside_producers_are_offered_what_they_may_say_and_nothing_else() -> None:
    found = document("0.1.0", "agency", 12)
    said = set(found["channels"]["intake"]["messages"])
    assert "ConversionRecorded" in said
    assert not said & {"CampaignBriefed", "StrategyApproved", "PlanMade", "TimerFired"}
    assert found["channels"]["events"]["bindings"]["kafka"]["partitions"] == 12
    assert found["channels"]["intake"]["address"] == "agency.intake.{producer}"


def test_the_headers_it_names_are_those_that_are_sent() -> None:
    message = document("0.1.0", "mowj", 64)["components"]["messages"]["ConversionRecorded"]
    sent = {name for name, _ in message_of(*attributes_and_data(conversion(causationid="a", recipient="b"))).headers}
    assert sent <= set(message["headers"]["properties"])
    assert set(message["headers"]["required"]) <= sent
    assert "ce_datacontenttype" not in message["headers"]["properties"]
    assert set(to_json(conversion())["data"]) == {"count"}
