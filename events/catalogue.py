"""Every event type: its model, its versions, who may say it. JSON Schema and the event reference come from here.

Invariants: a type name and version is known or it is an error; nothing is skipped because it could not be read. A known
name in an unknown version raises `UnknownVersion`, which stops a partition; an unknown name raises `UnknownType`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import ModuleType
from typing import Any, Final

from events import campaign, correction, execution, runtime, strategy
from events.envelope import RESERVED_PREFIX, Event, type_name
from events.terms import Fact


class Speaker(StrEnum):
    WORKER = "worker"
    RUNTIME = "runtime"
    PERSON = "person"
    OUTSIDE = "outside"


class UnreadableEvent(ValueError):
    """The envelope or its data does not parse: a deterministic failure."""


class UnknownType(UnreadableEvent):
    """Nobody has defined this event."""


class UnknownVersion(Exception):
    """A defined event in a version that this code cannot read: stop, never skip."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event type. `worker` names the one worker that says it, if a worker does."""

    model: type[Fact]
    stage: str
    speakers: frozenset[Speaker]
    worker: str | None = None


_W, _R, _P, _O = Speaker.WORKER, Speaker.RUNTIME, Speaker.PERSON, Speaker.OUTSIDE

_SPOKEN: Final[tuple[tuple[ModuleType, frozenset[Speaker], str | None, tuple[type[Fact], ...]], ...]] = (
    (campaign, frozenset({_P}), None, (campaign.CampaignBriefed,)),
    (campaign, frozenset({_P, _O}), None, (
        campaign.AudienceObserved, campaign.ContentOffered, campaign.PostObserved, campaign.HistoryImported,
        campaign.ConversionRecorded, campaign.SpendRecorded,
    )),
    (campaign, frozenset({_P}), None, (
        campaign.AccountPaused, campaign.AccountResumed, campaign.AuthorizationRestored, campaign.CampaignPaused,
        campaign.CampaignResumed, campaign.CampaignEnded,
    )),
    (campaign, frozenset({_R}), None, (campaign.AccountConnected, campaign.AuthorizationExpired)),
    (strategy, frozenset({_W}), "analyst", (strategy.AudienceAnalyzed,)),
    (strategy, frozenset({_W}), "strategist", (strategy.StrategyProposed, strategy.StrategyChosen)),
    (strategy, frozenset({_P}), None, (
        strategy.StrategyApproved, strategy.StrategyRejected, strategy.StrategyOverridden,
    )),
    (execution, frozenset({_W}), "planner", (
        execution.PlanMade, execution.ExecutionRevised, execution.CalendarExtended, execution.ContentRequested,
    )),
    (execution, frozenset({_W}), "editor", (
        execution.PostProposed, execution.PostScheduled, execution.PostCancelled,
    )),
    (execution, frozenset({_P}), None, (execution.PostApproved, execution.PostRejected)),
    (execution, frozenset({_W}), "publisher", (
        execution.PostPublished, execution.PostFailed, execution.PostUncertain,
    )),
    (execution, frozenset({_W, _O}), "observer", (execution.MetricObserved,)),
    (execution, frozenset({_W}), "observer", (execution.ObservationMissed,)),
    (correction, frozenset({_W}), "evaluator", (
        correction.KPIBreached, correction.KPIRecovered, correction.KPIMet,
    )),
    (correction, frozenset({_W}), "reviser", (correction.CorrectionDecided,)),
    (runtime, frozenset({_R}), None, (
        runtime.TimerFired, runtime.EffectSettled, runtime.StateMigrated, runtime.EventSetAside, runtime.EventReplayed,
    )),
)  # fmt: skip

ENTRIES: Final[Mapping[str, Entry]] = {
    model.__name__: Entry(model, module.__name__.removeprefix("events."), speakers, worker)
    for module, speakers, worker, models in _SPOKEN
    for model in models
}

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = {}
"""(name, version) -> function from that version's data to the next version's. Applied in turn when reading."""


_TYPE: Final = re.compile(r"mowj\.([^.]+)\.v([0-9]{1,6})")


@lru_cache(maxsize=1024)
def read_version(type_: str) -> tuple[str, int]:
    """Name and version of `mowj.Name.vN`. Raises UnknownType."""
    found = _TYPE.fullmatch(type_)
    if found is None:
        raise UnknownType(f"{type_[:200]!r} is not an event type; they read mowj.Name.vN")
    return found[1], int(found[2])


def read_fact(type_: str, data: Mapping[str, Any], upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS) -> Fact:
    """The fact of a stored or received event, upcast to the version that this code knows.

    Raises UnknownType, UnknownVersion, or UnreadableEvent where the data does not fit the model.
    """
    name, version = read_version(type_)
    entry = ENTRIES.get(name)
    if entry is None:
        raise UnknownType(f"unknown event {name!r}")
    current = dict(data)
    while version < entry.model.VERSION:
        step = upcasts.get((name, version))
        if step is None:
            raise UnknownVersion(f"{type_}: no way from version {version} to {entry.model.VERSION}")
        current, version = step(current), version + 1
    if version != entry.model.VERSION:
        raise UnknownVersion(f"{type_}: this code reads {type_name(entry.model)}")
    try:
        return entry.model.model_validate_json(json.dumps(current))
    except ValueError as error:
        raise UnreadableEvent(f"{type_}: {error}") from error


def read_fact_text(type_: str, text: bytes) -> Fact:
    """The fact of an event whose data is still JSON text; a current version is parsed once. Raises as `read_fact`."""
    name, version = read_version(type_)
    entry = ENTRIES.get(name)
    try:
        if entry is not None and version == entry.model.VERSION:
            return entry.model.model_validate_json(text)
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableEvent(f"{type_}: {error}") from error
    if not isinstance(data, dict):
        raise UnreadableEvent(f"{type_}: its data is not a JSON object")
    return read_fact(type_, data)


def from_json(value: Mapping[str, Any], data: Fact | None = None) -> Event:
    """An event from its structured-mode JSON. Raises as `read_fact`, and UnreadableEvent for a bad envelope.

    `data` stands in for data that cannot be read, where the envelope is wanted all the same.
    """
    try:
        return Event(
            id=str(value["id"]),
            source=str(value["source"]),
            type=str(value["type"]),
            subject=str(value["subject"]),
            tenant=str(value.get("tenant", "default")),
            time=_moment(value["time"]),
            recordedtime=_moment(value.get("recordedtime", value["time"])),
            data=data if data is not None else read_fact(str(value["type"]), value["data"]),
            correlationid=str(value.get("correlationid", value["id"])),
            causationid=_word(value, "causationid"),
            recipient=_word(value, "recipient"),
            decidedby=_word(value, "decidedby"),
            traceparent=_word(value, "traceparent"),
            producersequence=_word(value, "producersequence"),
            sequence=str(value.get("sequence", "")),
            lane=int(value.get("lane", 0)),
            hash=str(value.get("hash", "")),
        )
    except UnreadableEvent:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableEvent(f"not a CloudEvent: {error!r} is missing or malformed") from error


def may_say(source: str, name: str, person: bool) -> bool:
    """Whether somebody at `source` may say the event; `person` marks an operator at the command or the page."""
    entry = ENTRIES[name]
    if source.startswith(f"{RESERVED_PREFIX}workers/"):
        return Speaker.WORKER in entry.speakers and source == f"{RESERVED_PREFIX}workers/{entry.worker}"
    if source.startswith(RESERVED_PREFIX):
        return Speaker.RUNTIME in entry.speakers
    return bool(entry.speakers & ({Speaker.PERSON, Speaker.OUTSIDE} if person else {Speaker.OUTSIDE}))


def _word(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    return None if found is None else str(found)


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UnreadableEvent(f"{value!r} is not an RFC 3339 time") from error
    if moment.tzinfo is None:
        raise UnreadableEvent(f"{value!r} has no time zone")
    return moment
