"""Two checks of what was said: that the log is whole, and that every decision on it is the one that the workers make.

Invariants: pure functions over events in the log's order and a roster; a saved history is audited like a live log.
What a worker emitted is compared with what it decides now, on the state that its recorded past leads to. Numbers that
differ in their last digits only are near ties: reported, not failed.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from events.envelope import PARTITIONS, Event, content_hash, partition_of
from events.log.protocol import Dropped, Record, Unread, chained
from events.log.straightening import LaneTrouble, follow
from workers.decision import State, Worker
from workers.runtime.deciding import Poison, consider
from workers.runtime.promised import Promised
from workers.runtime.rebuilding import Past, past_of, step

NEAR: Final = 1e-6
"""The relative difference up to which two numbers are a near tie."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: of what kind, at which event (or worker, effect, timer), and what."""

    kind: str
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found. `states` has a digest of each worker's final state by `worker/campaign`."""

    events: int
    decisions: int = 0
    failures: tuple[Finding, ...] = ()
    near_ties: tuple[Finding, ...] = ()
    made_by_others: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}


def audit_integrity(records: Iterable[Record], partitions: int | None = None) -> AuditReport:
    """Order, ids, lanes, sequences, causes and hashes, over whole partitions from their beginning.

    Of dropped campaigns everything but the content itself, whose hashes the chain and their tombstones hold.
    `partitions` is how many a log has: then also its chains, and that each campaign is on its own partition.
    """
    check = _Integrity(partitions)
    for record in records:
        check.read(record)
    return AuditReport(events=check.events, failures=tuple(check.failures))


class _Integrity:
    """The integrity check's memory."""

    def __init__(self, partitions: int | None) -> None:
        self.events = 0
        self.failures: list[Finding] = []
        self._partitions = partitions
        self._ends: dict[int, int] = {}
        self._chains: dict[int, str] = {}
        self._lanes: dict[int, dict[str, tuple[int, str]]] = {}
        self._sequences: dict[tuple[str, str], int] = {}
        self._campaigns: dict[str, str] = {}

    def read(self, record: Record) -> None:
        event, partition = record.event, record.partition
        self.events += 1
        self._expect("order", event, record.offset, self._ends.get(partition, 0) + 1, "offset")
        self._ends[partition] = record.offset
        if event.id in self._campaigns:
            self._fail("id", event, "the id occurs twice")
        self._lane(partition, event)
        place = (event.subject, event.source)
        self._expect("sequence", event, int(event.sequence or 0), self._sequences.get(place, 0) + 1, "sequence")
        self._sequences[place] = int(event.sequence or 0)
        if event.causationid is not None and self._campaigns.get(event.causationid) != event.subject:
            self._fail("cause", event, f"its cause {event.causationid} is not before it in its campaign")
        self._campaigns[event.id] = event.subject
        if isinstance(event.data, Unread):
            self._fail("unread", event, event.data.error)
        elif not isinstance(event.data, Dropped) and content_hash(event) != event.hash:
            self._fail("hash", event, "its content does not have the hash that it was said with")
        if self._partitions is not None:
            self._place(record, self._partitions)

    def _place(self, record: Record, partitions: int) -> None:
        event, partition = record.event, record.partition
        if record.chain != chained(self._chains.get(partition, ""), event):
            self._fail("chain", event, "the log's chain breaks here: this event, or its hash, is not what was appended")
        self._chains[partition] = record.chain
        if partition_of(event.subject, partitions) != partition:
            self._fail("partition", event, f"it stands in partition {partition}, where {event.subject} does not belong")

    def _lane(self, partition: int, event: Event) -> None:
        lanes = self._lanes.setdefault(partition, {})
        try:
            if not follow(lanes, event.writer, event.lane, event.id):
                self._fail("lane", event, f"number {event.lane} of {event.writer} comes again")
        except LaneTrouble as trouble:
            self._fail("lane", event, str(trouble))
            lanes[event.writer] = (event.lane, event.id)

    def _expect(self, kind: str, event: Event, given: int, wanted: int, what: str) -> None:
        if given != wanted:
            self._fail(kind, event, f"{what} {given} where {wanted} was next")

    def _fail(self, kind: str, event: Event, detail: str) -> None:
        self.failures.append(Finding(kind, event.id, f"{event.name}: {detail}"))


def audit_decisions(
    events: Sequence[Event],
    roster: Sequence[Worker[Any]],
    decidedby: str,
    *,
    read_to: Mapping[tuple[str, str], int] | None = None,
    whoever: bool = False,
) -> AuditReport:
    """Decide everything again and compare it with what was emitted; see `decided_again`."""
    return decided_again(events, roster, decidedby, read_to=read_to, whoever=whoever)[0]


def decided_again(
    events: Sequence[Event],
    roster: Sequence[Worker[Any]],
    decidedby: str,
    *,
    read_to: Mapping[tuple[str, str], int] | None = None,
    whoever: bool = False,
) -> tuple[AuditReport, Promised]:
    """The audit of decisions, and the effects and timers that they led to.

    `decidedby` is the running version; what another one decided is counted as made by it, not compared, unless
    `whoever`. `read_to` by (worker, campaign) is the number of the campaign's events that a worker has read so far; one
    that is not named has read them all.
    """
    campaigns: dict[str, list[Event]] = {}
    for event in events:
        campaigns.setdefault(event.subject, []).append(event)
    check = _Decisions(decidedby, whoever)
    for campaign in sorted(campaigns):
        for worker in roster:
            limit = (read_to or {}).get((worker.name, campaign), len(campaigns[campaign]))
            check.worker(worker, campaign, campaigns[campaign], limit)
    report = AuditReport(
        events=len(events),
        decisions=check.decisions,
        failures=tuple(check.failures),
        near_ties=tuple(check.near),
        made_by_others=check.others,
        states=check.states,
    )
    return report, check.promised


class _Decisions:
    """The decision audit's memory."""

    def __init__(self, decidedby: str, whoever: bool) -> None:
        self.decisions = 0
        self.failures: list[Finding] = []
        self.near: list[Finding] = []
        self.others: dict[str, int] = {}
        self.states: dict[str, str] = {}
        self.promised = Promised()
        self._decidedby = decidedby
        self._whoever = whoever

    def worker(self, worker: Worker[Any], campaign: str, events: Sequence[Event], limit: int) -> None:
        places = {event.id: place for place, event in enumerate(events)}
        own = [event for event in events if event.source == worker.source]
        maker = next((event.decidedby for event in events if event.decidedby), self._decidedby)
        silent = True
        delivered: set[str] = set()
        state: State = worker.state()
        for past in past_of(worker, events):
            if places[past.event.id] >= limit:
                continue
            delivered.add(past.event.id)
            # A decision that emitted nothing does not say who made it: whoever spoke last before it did, and where the
            # worker itself has said nothing yet, whoever decided on what it was told.
            maker = next((emit.decidedby for emit in past.emits if emit.decidedby), maker)
            silent = silent and not past.emits
            if silent and past.event.decidedby:
                maker = past.event.decidedby
            if self._whoever or maker == self._decidedby:
                self._compare(worker, state, past)
            else:
                self.others[maker] = self.others.get(maker, 0) + 1
                self.promised.unsure.add((worker.name, campaign))
            try:
                state = step(worker, state, past)
            except Exception as error:  # noqa: BLE001 - a worker's own failure is what is looked for
                self.failures.append(Finding("state", past.event.id, f"{worker.name} cannot read it: {error}"))
                return
        for emit in own:
            if emit.causationid not in delivered:
                self.failures.append(Finding("cause", emit.id, f"{worker.name} was never told of its cause"))
        digest = hashlib.sha256(state.model_dump_json().encode()).hexdigest()
        self.states[f"{worker.name}/{campaign}"] = digest

    def _compare(self, worker: Worker[Any], state: State, past: Past) -> None:
        self.decisions += 1
        cause, emits = past.event, past.emits
        decidedby = emits[0].decidedby if emits and emits[0].decidedby else self._decidedby
        try:
            outcome = consider(worker, state, cause, past.now, decidedby)
        except Poison as poison:
            self.promised.unsure.add((worker.name, cause.subject))
            self.failures.append(Finding("decision", cause.id, f"{worker.name} cannot decide it: {poison}"))
            return
        again = outcome.emits
        self.promised.add(worker.name, cause, outcome)
        said = [(emit.id, emit.type) for emit in emits]
        if said != [(emit.id, emit.type) for emit in again]:
            names = ", ".join(emit.name for emit in again) or "nothing"
            was = ", ".join(emit.name for emit in emits) or "nothing"
            self.failures.append(Finding("decision", cause.id, f"{worker.name} said {was}, and now says {names}"))
            return
        for before, now in zip(emits, again, strict=True):
            if before.hash != now.hash:
                self._differ(worker, before, now)

    def _differ(self, worker: Worker[Any], before: Event, now: Event) -> None:
        one, other = before.data.model_dump(mode="json"), now.data.model_dump(mode="json")
        paths = list(differences(one, other, ""))
        if all(near for _, near in paths) and before.recordedtime == now.recordedtime:
            self.near.append(Finding("near tie", before.id, f"{worker.name}: {', '.join(path for path, _ in paths)}"))
        else:
            far = [path for path, near in paths if not near] or ["recordedtime"]
            self.failures.append(Finding("decision", before.id, f"{worker.name}: {before.name} differs in {far}"))


def differences(one: Any, other: Any, path: str) -> Iterable[tuple[str, bool]]:
    """The paths at which two JSON values differ, and whether only in the last digits of a number."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, theirs, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float):
        if one != other:
            yield path, math.isclose(one, other, rel_tol=NEAR, abs_tol=NEAR)
    elif one != other:
        yield path, False


def records_of(events: Iterable[Event], partitions: int = PARTITIONS) -> list[Record]:
    """Records of a saved history that holds whole partitions: each at the offset that its order gives it."""
    ends: dict[int, int] = {}
    records = []
    for event in events:
        partition = partition_of(event.subject, partitions)
        ends[partition] = ends.get(partition, 0) + 1
        records.append(Record(partition, ends[partition], event))
    return records
