"""What the benchmarks are fed with: whole campaigns that were lived on the simulated network, as a topic has them.

Invariants: no event is made up. A worker is given what it hears of each campaign, in the campaign's order, many
campaigns taking turns as time goes on; what it says itself is left out, since it is to say that again. Lanes are
numbered anew over what is given, so that none has a gap.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from events.catalogue import from_json
from events.envelope import Event, partition_of, to_json
from events.log.kafka import Message, attributes_and_data, message_of
from workers.command.laboratory import lived, simulated
from workers.decision import Worker
from workers.runtime.reading import heard_names, is_for

WORLD: Final = "steady"
DAYS: Final = 60
PARTITIONS: Final = 8
KEPT: Final = Path(".run/bench/material")
"""Campaigns that were lived once are read again from here; remove it after a change of what workers say."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it goes to a topic."""

    partition: int
    campaign: str
    message: Message


def campaigns(count: int) -> list[list[Event]]:
    """So many lived campaigns of equal length, each of another seed, each with all that was said of it."""
    return [_campaign(number) for number in range(1, count + 1)]


def _campaign(number: int) -> list[Event]:
    path = KEPT / f"{WORLD}-{DAYS}-{number}.jsonl"
    if not path.exists():
        experiment = simulated(WORLD, number, DAYS)
        brief = replace(experiment.inputs.brief, campaign=f"campaign-{number}")
        events = lived(replace(experiment, inputs=replace(experiment.inputs, brief=brief)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(to_json(event))}\n" for event in events), encoding="utf-8")
    with path.open(encoding="utf-8") as lines:
        return [from_json(json.loads(line)) for line in lines]


def together(histories: Iterable[Sequence[Event]]) -> list[Event]:
    """Campaigns side by side, by the time at which each event entered."""
    events = [event for history in histories for event in history]
    return sorted(events, key=lambda event: event.recordedtime)


def heard(worker: Worker[Any], events: Iterable[Event]) -> list[Event]:
    """What a worker is delivered."""
    names = heard_names(worker)
    return [event for event in events if is_for(worker, names, event)]


def said(worker: Worker[Any], given: Iterable[Event], events: Iterable[Event]) -> Counter[str]:
    """The ids of what a worker said because of what it is given."""
    causes = {event.id for event in given}
    return Counter(event.id for event in events if event.source == worker.source and event.causationid in causes)


def enough(worker: Worker[Any], histories: Sequence[Sequence[Event]], events: int) -> list[Event]:
    """As many whole campaigns as give the worker so many events, or all that there are."""
    count = 1
    while count < len(histories) and sum(len(heard(worker, history)) for history in histories[:count]) < events:
        count += 1
    return together(histories[:count])


def placed(events: Iterable[Event], partitions: int = PARTITIONS) -> Iterator[tuple[int, Event]]:
    """Each event with its partition, at its number in its writer's lane there."""
    lanes: dict[tuple[int, str], int] = defaultdict(int)
    for event in events:
        partition = partition_of(event.subject, partitions)
        lanes[partition, event.writer] += 1
        yield partition, event.placed(lanes[partition, event.writer], int(event.sequence or 1))


def as_sent(events: Iterable[Event], partitions: int = PARTITIONS) -> list[Sent]:
    """The messages, as the relay would send them."""
    return [
        Sent(partition, event.subject, message_of(*attributes_and_data(event)))
        for partition, event in placed(events, partitions)
    ]
