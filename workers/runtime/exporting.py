"""One campaign's history as JSON lines of CloudEvents: written out of the log of record, read again, and audited.

Invariants: pure. A line is the event as the log keeps it, content hash and all, so that a file can be audited without
the store that it came from, and by whoever has only the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from events.catalogue import UnreadableEvent
from events.envelope import Event, content_hash
from events.log.protocol import Unread
from events.log.stored import event_of, event_text
from workers.decision import Worker
from workers.runtime.audit import AuditReport, Finding, audit_decisions


def lines_of(events: Iterable[Event]) -> Iterator[str]:
    """One line an event, in the log's order. Raises UnreadableEvent for what would not be read back as it was said."""
    for event in events:
        if isinstance(event.data, Unread):
            raise UnreadableEvent(f"event {event.id}: {event.data.error}")
        if content_hash(event) != event.hash:
            raise UnreadableEvent(f"event {event.id}: its content does not have the hash that it was said with")
        yield event_text(event)


def events_of(lines: Iterable[str]) -> list[Event]:
    """The events of such lines. Raises UnreadableEvent, naming the line."""
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(event_of(line))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise UnreadableEvent(f"line {number} is no event: {error}") from error
    return found


def audit_export(events: Sequence[Event], roster: Sequence[Worker[Any]], decidedby: str) -> AuditReport:
    """Hashes, ids, causes, numbers and decisions of one campaign's whole history.

    Its partition's other campaigns are not there, so that lanes may skip numbers, and only rise.
    """
    failures: list[Finding] = []
    known: set[str] = set()
    lanes: dict[str, int] = {}
    sequences: dict[str, int] = {}
    for event in events:

        def fail(kind: str, detail: str, event: Event = event) -> None:
            failures.append(Finding(kind, event.id, f"{event.name}: {detail}"))

        if event.subject != events[0].subject:
            fail("campaign", f"it is of {event.subject}, and the file of {events[0].subject}")
        if event.id in known:
            fail("id", "the id occurs twice")
        if event.causationid is not None and event.causationid not in known:
            fail("cause", f"its cause {event.causationid} is not before it")
        known.add(event.id)
        if isinstance(event.data, Unread):
            fail("unread", event.data.error)
        elif content_hash(event) != event.hash:
            fail("hash", "its content does not have the hash that it was said with")
        if event.lane <= lanes.get(event.writer, 0):
            fail("lane", f"number {event.lane} of {event.writer} comes after {lanes[event.writer]}")
        lanes[event.writer] = event.lane
        number, wanted = int(event.sequence or 0), sequences.get(event.source, 0) + 1
        if number != wanted:
            fail("sequence", f"sequence {number} where {wanted} was next")
        sequences[event.source] = number
    decisions = audit_decisions(events, roster, decidedby) if not failures else AuditReport(events=len(events))
    return replace(decisions, events=len(events), failures=(*failures, *decisions.failures))
