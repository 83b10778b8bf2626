"""What `mowj run` prints of a running loop: a compact line of what a person would want to know, or every event as JSON.

Invariants: observers are told of committed facts; printing never decides anything. Several threads may tell at once,
and lines never mix. What a person said through another process (`mowj approve`, `mowj pause`) is printed once, when the
first worker here reads it.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from threading import Lock
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from events.campaign import CampaignBriefed
from events.catalogue import ENTRIES, Speaker
from events.envelope import Event, to_json
from workers.command.news import awaiting, news
from workers.command.output import folded, folding_width, short
from workers.runtime.observing import Observer
from workers.runtime.store.rows import EffectRow, Halt

Approving = Callable[[str], str]
"""From a fingerprint to the command that approves it."""
MARK: Final = 12
"""Characters of a fingerprint that are typed."""
_PERSONS: Final = frozenset(entry.model for entry in ENTRIES.values() if entry.speakers == {Speaker.PERSON})
"""What only a person says: few enough to remember each."""


class Everyone(Observer):
    """Tells each of several observers, in order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def appended(self, event: Event) -> None:
        for observer in self._observers:
            observer.appended(event)

    def decided(self, worker: str, event: Event, seconds: float) -> None:
        for observer in self._observers:
            observer.decided(worker, event, seconds)

    def committed(self, worker: str, seconds: float) -> None:
        for observer in self._observers:
            observer.committed(worker, seconds)

    def lagging(self, worker: str, partition: int, records: int) -> None:
        for observer in self._observers:
            observer.lagging(worker, partition, records)

    def timer_fired(self, worker: str, late: timedelta) -> None:
        for observer in self._observers:
            observer.timer_fired(worker, late)

    def settled(self, row: EffectRow) -> None:
        for observer in self._observers:
            observer.settled(row)

    def halted(self, halt: Halt) -> None:
        for observer in self._observers:
            observer.halted(halt)

    def troubled(self, part: str, detail: str) -> None:
        for observer in self._observers:
            observer.troubled(part, detail)

    def circuit(self, account: str, *, opened: bool, detail: str) -> None:
        for observer in self._observers:
            observer.circuit(account, opened=opened, detail=detail)

    def connected(self, part: str, *, up: bool) -> None:
        for observer in self._observers:
            observer.connected(part, up=up)

    def queued(self, queue: str, messages: int) -> None:
        for observer in self._observers:
            observer.queued(queue, messages)


class Lines(Observer):
    """Prints what this process puts on the log, and what persons said elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lock = out, Lock()
        self._heard: set[str] = set()

    def appended(self, event: Event) -> None:
        with self._lock:
            if type(event.data) in _PERSONS:
                self._heard.add(event.id)
            self.tell(event)

    def decided(self, worker: str, event: Event, seconds: float) -> None:
        del worker, seconds
        with self._lock:
            if type(event.data) in _PERSONS and event.id not in self._heard:
                self._heard.add(event.id)
                self.tell(event)

    def tell(self, event: Event) -> None:
        """Print one event; nobody else prints meanwhile."""
        raise NotImplementedError


class EventLines(Lines):
    """Every event as one JSON line on standard output."""

    def tell(self, event: Event) -> None:
        self._out.write(f"{json.dumps(to_json(event), ensure_ascii=False)}\n")
        self._out.flush()


class NewsLines(Lines):
    """What a person would want to know: one line each, with the time in the campaign's own zone.

    `briefs` are those of campaigns that were briefed before; `approving` how an answer is given, if it can be given.
    A line is folded to `width`, unless that is None; the command to copy stands on a line of its own.
    """

    def __init__(
        self,
        out: TextIO,
        briefs: Mapping[str, CampaignBriefed] | None = None,
        approving: Approving | None = None,
        width: int | None = None,
    ) -> None:
        super().__init__(out)
        self._briefs = dict(briefs or {})
        self._approving, self._width = approving, width

    def tell(self, event: Event) -> None:
        if isinstance(event.data, CampaignBriefed):
            self._briefs[event.subject] = event.data
        brief = self._briefs.get(event.subject)
        said = news(event, brief)
        if said is None:
            return
        zone = ZoneInfo(brief.zone) if brief is not None else UTC
        line = f"{short(event.recordedtime, zone)}  {event.subject}  {event.name}: {said}"
        self._out.write(f"{folded(line, self._width)}\n")
        if (mark := awaiting(event.data, brief)) is not None and self._approving is not None:
            self._out.write(f"    {self._approving(mark)}\n")
        self._out.flush()


def approving_in(data: Path | None, config: Path | None = None) -> Approving:
    """How an answer is typed, with the options that the run was started with."""
    options = (("--data", data), ("--config", config))
    where = "".join(f" {name} {shlex.quote(str(path))}" for name, path in options if path is not None)
    return lambda mark: f"mowj approve {mark[:MARK]}{where}"


def standard_lines(
    json_lines: bool, briefs: Mapping[str, CampaignBriefed] | None = None, approving: Approving | None = None
) -> Observer:
    """Every event as JSON, or the news for a person, on standard output."""
    if json_lines:
        return EventLines(sys.stdout)
    return NewsLines(sys.stdout, briefs, approving, folding_width(sys.stdout))
