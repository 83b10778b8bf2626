"""Reports of known histories, read back by a strict parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from events.campaign import CampaignBriefed
from events.envelope import Event
from tests.histories.record import read
from workers.views.report.page import page

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@cache
def history(name: str) -> tuple[Event, ...]:
    return tuple(read(name))


def end(events: Sequence[Event]) -> datetime:
    return max(event.recordedtime for event in events)


@cache
def html(name: str, language: str = "en") -> str:
    """The report of a saved history, whose brief may speak another language."""
    events = history(name) if language == "en" else rebriefed(history(name), language=language)
    return page(events, end(events))


def rebriefed(events: Sequence[Event], **changes: Any) -> tuple[Event, ...]:
    """The same history under another brief."""
    return tuple(
        replace(event, data=event.data.model_copy(update=changes)) if isinstance(event.data, CampaignBriefed) else event
        for event in events
    )


def parsed(text: str) -> ET.Element:
    """The page as XML: stricter than any browser. Raises ParseError where it is not well-formed."""
    assert text.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def elements(root: ET.Element, tag: str) -> Iterator[ET.Element]:
    yield from root.iter(f"{XHTML}{tag}")


def by_id(root: ET.Element, identity: str) -> ET.Element:
    (found,) = [element for element in root.iter() if element.get("id") == identity]
    return found


def words(element: ET.Element) -> str:
    """All text in it, with single spaces."""
    return " ".join("".join(element.itertext()).split())
