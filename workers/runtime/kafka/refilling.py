"""Topics that were lost, filled again from the log of record, so that everybody reads on where they were.

Invariants: the topics hold nothing but what this installation has said, or they are refused. What some worker has yet
to read is sent in the log's order, from the first such record on; what was never archived stands in the outbox, from
which the relay sends it behind. A reader drops what it has read by its numbers and counts on at the log's own offsets,
the archiver drops all of it. So it may be killed and run again. Nobody may work on the store meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from events.log.outbox import OutboxLog
from events.log.protocol import Record
from workers.decision import Worker
from workers.runtime.kafka.backlog import NotSent, checked, producer, records_behind, send
from workers.runtime.kafka.brokers import Brokers
from workers.runtime.kafka.duty import Duty
from workers.runtime.kafka.transport import OutboxStore, outbox_of
from workers.runtime.reading import heard_names, is_for
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import Position

DUTIES: Final = ("relay", "archiver")
"""What every process that works over Kafka does, or waits to do."""
_CLOSE_SECONDS: Final = 30.0


class AtWork(Exception):
    """Some process works on the store."""


@dataclass(frozen=True, slots=True)
class Refilled:
    """How many events were sent, how many wait for the relay, and the epoch of claims from now on."""

    sent: int
    waiting: int
    epoch: int


@contextmanager
def nobody_else(store: OutboxStore) -> Iterator[None]:
    """Hold what every process over Kafka strives for. Raises AtWork where one does."""
    with ExitStack() as held:
        for name in DUTIES:
            duty = Duty(held.enter_context(store.listening()), name)
            if not duty.mine():
                raise AtWork(f"some process is the {name}: stop every `mowj run` and `mowj worker`, everywhere, first")
        yield


def refill(shell: Shell, brokers: Brokers, roster: Sequence[Worker[Any]]) -> Refilled:
    """Send what is still to be read, and have everybody begin there. Raises ForeignTopic, NotSent, KafkaError."""
    with shell.store.view() as view:
        log = outbox_of(view)
        begins = checked(log, brokers)
        positions, starts = _moved_on(view, log, begins, roster)
        sent = _sent(log, brokers, starts)
        waiting = log.waiting()[0]
    with shell.transaction("refill") as tx:
        log = outbox_of(tx)
        for (worker, partition), position in positions.items():
            tx.put_position(worker, partition, position)
        for partition, begin in begins.items():
            log.begin_archive(partition, begin, log.archived_to(partition).lanes)
        epoch = tx.epoch() + 1  # the groups' generations begin again, too
        tx.put_epoch(epoch)
    return Refilled(sent, waiting, epoch)


def _moved_on(
    view: View, log: OutboxLog, begins: Mapping[int, int], roster: Sequence[Worker[Any]]
) -> tuple[dict[tuple[str, int], Position], dict[int, int]]:
    """Where each worker stands, behind what is not for it; and behind which record each partition is to be sent."""
    heard = {worker.name: heard_names(worker) for worker in roster}
    positions: dict[tuple[str, int], Position] = {}
    starts: dict[int, int] = {}
    for partition, begin in begins.items():
        stored = {worker.name: view.position(worker.name, partition) for worker in roster}
        lanes = {name: dict(position.lanes) for name, position in stored.items()}
        offsets = {name: position.offset for name, position in stored.items()}
        waiting = {worker.name: worker for worker in roster}
        for record in _archived(log, partition, min(offsets.values(), default=0)):
            for name, worker in list(waiting.items()):
                if record.offset <= offsets[name]:
                    continue
                if is_for(worker, heard[name], record.event):
                    del waiting[name]
                else:
                    offsets[name] = record.offset
                    lanes[name][record.event.writer] = (record.event.lane, record.event.id)
            if not waiting:
                break
        positions |= {(name, partition): Position(offsets[name], lanes[name], begin) for name in stored}
        starts[partition] = min(offsets.values(), default=0)
    return positions, starts


def _archived(log: OutboxLog, partition: int, after: int) -> Iterator[Record]:
    """The log of record behind an offset. Raises NotSent where it has no record for one: offsets would not fit."""
    end = log.archived_end(partition)
    for expected, record in enumerate(records_behind(log, partition, after), after + 1):
        if record.offset > end:
            return
        if record.offset != expected:
            raise NotSent(f"partition {partition} of the log of record lacks {expected}, which is still to be read")
        yield record


def _sent(log: OutboxLog, brokers: Brokers, starts: Mapping[int, int]) -> int:
    client, count = producer(brokers), 0
    try:
        for partition, after in starts.items():
            count += send(client, brokers, partition, _archived(log, partition, after))
    finally:
        client.close(timeout=_CLOSE_SECONDS)
    return count
