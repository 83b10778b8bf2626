"""What is stored beside the log, checked against it: positions, counters, campaigns, ledger, timers and states.

Invariants: nothing is written. The log decides: what the store remembers of an event that is not there was said and is
gone, and a state is what the log leads to. All is read from one view, so that a running Mowj can be audited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from events.campaign import CampaignEnded
from events.envelope import Event, settlement_id
from events.execution import PostPublished, PostScheduled
from events.log.protocol import Dropped, Record
from events.runtime import EffectKind, EffectSettled, EventReplayed
from workers.decision import Publish, Worker
from workers.runtime.audit import AuditReport, Finding, differences
from workers.runtime.dropping import digest_of
from workers.runtime.missing import missing_facts, missing_holds
from workers.runtime.rebuilding import BEGINNING, fold, read_part
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import UNSETTLED, EffectRow, EffectState, Position, StateRow, TimerRow

_SHOWN: Final = 6
"""How many differing places of a state are named."""


@dataclass(slots=True)
class _Said:
    """What is on the log, by what others know it by."""

    events: dict[str, Event] = field(default_factory=dict)
    campaigns: dict[str, list[Record]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    lanes: dict[tuple[str, int], dict[int, str]] = field(default_factory=dict)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    scheduled: dict[tuple[str, str], list[PostScheduled]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    dropped: dict[str, list[Event]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        event = record.event
        self.events[event.id] = event
        if isinstance(event.data, Dropped):
            self.dropped.setdefault(event.subject, []).append(event)
        else:
            self.campaigns.setdefault(event.subject, []).append(record)
        self.ends[record.partition] = max(record.offset, self.ends.get(record.partition, 0))
        self.lanes.setdefault((event.writer, record.partition), {})[event.lane] = event.id
        place = (event.subject, event.source)
        self.sequences[place] = max(int(event.sequence or 0), self.sequences.get(place, 0))
        if isinstance(event.data, PostScheduled):
            self.scheduled.setdefault((event.subject, event.data.post), []).append(event.data)
        elif isinstance(event.data, CampaignEnded):
            self.ended.add(event.subject)


def audit_store(
    view: View, records: Sequence[Record], roster: Sequence[Worker[Any]], campaign: str | None = None
) -> AuditReport:
    """Everything in the store that contradicts the log, `records` being the whole of it.

    States are those of the roster's workers, of one campaign or of all; the other checks are always of everything.
    """
    said = _Said()
    for record in records:
        said.add(record)
    ledger = {row.key: row for row in view.effects()}
    failures = [
        *_positions(view.positions(), said),
        *_counters(view, said),
        *(
            Finding("campaign", row.campaign, f"the campaign's brief {row.brief} is not on the log")
            for row in view.campaigns()
            if row.brief not in said.events
        ),
        *(
            Finding("campaign", row.campaign, f"the store has it as {_life(row.live)}, and the log does not")
            for row in view.campaigns()
            if row.dropped is None and row.live is (row.campaign in said.ended)
        ),
        *_dropped(view, said),
        *(finding for row in ledger.values() for finding in _effect(row, said)),
        *_settlements(ledger, said),
        *(finding for timer in view.timers() for finding in _timer(timer, said)),
        *missing_holds(view, records),
        *missing_facts(view, records),
    ]
    near: list[Finding] = []
    for worker in roster:
        for name in sorted({*said.campaigns, *(told for who, told in view.states() if who == worker.name)}):
            if campaign in (None, name):
                found = _state(view, worker, name, said.campaigns.get(name, []))
                (near if found is not None and found.kind == "near tie" else failures).extend([found] if found else [])
    return AuditReport(events=len(records), failures=tuple(failures), near_ties=tuple(near))


def _dropped(view: View, said: _Said) -> Iterator[Finding]:
    """Dropped campaigns against their tombstones: nothing is hollow but what was dropped, and that altogether."""
    stones = {row.campaign: row.dropped for row in view.campaigns() if row.dropped is not None}
    for campaign in sorted({*stones, *said.dropped}):
        events, stone = said.dropped.get(campaign, []), stones.get(campaign)
        if stone is None:
            yield Finding("dropped", campaign, "the log has lost what was said of it, and nobody has dropped it")
        elif campaign in said.campaigns:
            yield Finding("dropped", campaign, "it was dropped, and there are events of it on the log")
        elif (stone.events, stone.digest) != (len(events), digest_of(events)):
            yield Finding("dropped", campaign, "what the log has left of it is not what was dropped")


def _positions(positions: Mapping[tuple[str, int], Position], said: _Said) -> Iterator[Finding]:
    for (worker, partition), position in sorted(positions.items(), key=lambda item: item[0]):
        end = said.ends.get(partition, 0)
        if position.offset > end:
            lost = f"the log ends at {end}: what stood behind it is gone"
            yield Finding("end", worker, f"{worker} has read partition {partition} to {position.offset}, but {lost}")
        for writer, (number, last) in sorted(position.lanes.items()):
            there = said.lanes.get((writer, partition), {}).get(number)
            if there is None:
                yield Finding(
                    "end", last, f"{worker} has read number {number} of {writer}, which the log does not have"
                )
            elif there != last:
                yield Finding("lane", last, f"{worker} has read it as number {number} of {writer}; that is {there} now")


def _counters(view: View, said: _Said) -> Iterator[Finding]:
    """The numbers that were given out, against the last that the log has."""
    lanes = {place: max(numbers) for place, numbers in said.lanes.items()}
    for writer, partition in sorted({*view.lanes(), *lanes}):
        given, last = view.lanes().get((writer, partition), 0), lanes.get((writer, partition), 0)
        if given != last:
            what = f"{writer} was given {given} numbers in partition {partition}, and its last event there has {last}"
            yield Finding("end" if given > last else "lane", writer, _told(what, given, last))
    for campaign, source in sorted({*view.sequences(), *said.sequences}):
        given, last = view.sequences().get((campaign, source), 0), said.sequences.get((campaign, source), 0)
        if given != last:
            what = f"{source} has said {given} events of {campaign}, and the last on the log has number {last}"
            yield Finding("end" if given > last else "sequence", campaign, _told(what, given, last))


def _told(what: str, given: int, last: int) -> str:
    return f"{what}: missing {given - last}" if given > last else f"{what}: the count was set back"


def _effect(row: EffectRow, said: _Said) -> Iterator[Finding]:
    if row.cause not in said.events:
        yield Finding("effect", row.key, f"it was to be done because of {row.cause}, which is not on the log")
    if hashlib.sha256(row.payload.encode()).hexdigest() != row.fingerprint:
        yield Finding("effect", row.key, "its payload is not what was planned: it does not match its fingerprint")
    orders = said.scheduled.get((row.campaign, row.key.rsplit("|", 1)[-1]), [])
    if orders and row.kind is EffectKind.PUBLISH and not any(_is_ordered(row, order) for order in orders):
        yield Finding("effect", row.key, "it would send, or has sent, something else than the log says was scheduled")
    if (row.state in UNSETTLED and row.told < row.number) or row.told > row.number:
        yield Finding("effect", row.key, f"it is {row.state}, settled {row.number} times and told {row.told} times")
    for number in range(1, row.told + 1):
        event = said.events.get(settlement_id(row.key, number))
        if event is None or not isinstance(event.data, EffectSettled | Dropped):
            yield Finding("effect", row.key, f"settlement {number} was told, but its EffectSettled is not on the log")
        elif (
            isinstance(event.data, EffectSettled)
            and number == row.number
            and event.data.settlement.value != row.state.value
        ):
            was = f"the log says that it settled as {event.data.settlement}"
            yield Finding("effect", row.key, f"the ledger has it as {row.state}, and {was}")


def _is_ordered(row: EffectRow, order: PostScheduled) -> bool:
    """Whether the row sends what was scheduled, on its account, and for no longer (a cancellation shortens it)."""
    try:
        sent = Publish.model_validate_json(row.payload)
    except ValueError:
        return False
    same = (sent.variant, sent.fingerprint, row.account) == (order.variant, order.fingerprint, order.account)
    return same and row.not_after <= order.not_after


def _life(live: bool) -> str:
    return "live" if live else "ended"


def _settlements(ledger: Mapping[str, EffectRow], said: _Said) -> Iterator[Finding]:
    """What the log says was settled and published, against the ledger."""
    for event in said.events.values():
        fact = event.data
        if isinstance(fact, EffectSettled):
            row = ledger.get(fact.key)
            if row is None or row.told < fact.number:
                yield Finding("settlement", event.id, f"EffectSettled {fact.number} of {fact.key}: not in the ledger")
        elif isinstance(fact, PostPublished):
            cause = said.events.get(event.causationid or "")
            if cause is not None and isinstance(cause.data, EventReplayed):
                cause = said.events.get(cause.data.event)
            row = ledger.get(cause.data.key) if cause is not None and isinstance(cause.data, EffectSettled) else None
            if row is None or row.state is not EffectState.DONE:
                has = "nothing of it" if row is None else f"the effect {row.key} as {row.state}"
                yield Finding("published", event.id, f"{fact.post} is said to be published, and the ledger has {has}")


def _timer(row: TimerRow, said: _Said) -> Iterator[Finding]:
    if row.set_by not in said.events:
        name = f"{row.worker}/{row.campaign}/{row.name}"
        yield Finding("timer", name, f"it was set because of {row.set_by}, which is not on the log")


def _state(view: View, worker: Worker[Any], campaign: str, records: Sequence[Record]) -> Finding | None:
    """The stored state against the one that the log leads to, as far as the worker has read."""
    name, version = f"{worker.name}/{campaign}", view.state_version(worker.name, campaign)
    if version not in (None, worker.state_version):
        return None  # Its worker builds it anew when it next reads.
    if not records:
        return Finding("state", name, f"{worker.name} knows a campaign of which nothing is on the log")
    position = view.position(worker.name, records[0].partition)
    try:
        stored = view.state(worker.name, campaign, worker.state)
    except (ValueError, LookupError, TypeError) as error:
        return Finding("state", name, f"what {worker.name} knows cannot be read: {error}")
    try:
        state, now = fold(worker, read_part(worker, records, position.offset))
    except Exception as error:  # noqa: BLE001 - a worker's own failure is what is looked for
        return Finding("state", name, f"{worker.name} cannot read its past: {error}")
    if stored is None:
        known = now != BEGINNING
        return Finding("state", name, f"what {worker.name} has learned is gone from the store") if known else None
    return _difference(name, stored, StateRow(worker.name, campaign, worker.state_version, now, state))


def _difference(name: str, stored: StateRow, built: StateRow) -> Finding | None:
    if stored == built:
        return None
    one, other = stored.state.model_dump(mode="json"), built.state.model_dump(mode="json")
    paths = list(differences(one, other, ""))
    if stored.now == built.now and all(near for _, near in paths):
        places = ", ".join(path for path, _ in paths[:_SHOWN])
        return Finding("near tie", name, f"the stored state differs from the log's in its last digits: {places}")
    if stored.now != built.now:
        paths.append((f"now, {stored.now.isoformat()} instead of {built.now.isoformat()}", False))
    far = [path for path, near in paths if not near]
    places = ", ".join(far[:_SHOWN]) + (f" and {len(far) - _SHOWN} more" if len(far) > _SHOWN else "")
    return Finding("state", name, f"what {stored.worker} knows is not what the log leads to: {places}")
