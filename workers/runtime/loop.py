"""The loop: read, decide, commit; tell of settled effects; fire due timers; have due effects performed.

Invariants: what is done next follows from the store and the clock alone, so that a restart goes on with the same
step: first what waits on the log (by offset, partition, roster), then settled effects (by time, key), then due timers
(by due, campaign, worker, name), then due effects (by time, key). Every step is one transaction. Errors of the
machine pass through and stop the loop; the step has then not happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final

from events.envelope import Event
from events.log.protocol import Record
from workers.decision import Worker
from workers.runtime.batch import Batch
from workers.runtime.commit import ClaimLost, Commit, apply
from workers.runtime.executors.protocol import Executor
from workers.runtime.firing import effect_settled, timer_fired
from workers.runtime.holding import Holdings
from workers.runtime.ledger import due_effects
from workers.runtime.reading import Reader
from workers.runtime.rebuilding import BEGINNING, migrate, when_archived
from workers.runtime.shell import Shell
from workers.runtime.store.rows import StateRow, TimerRow

SETTLED_AT_ONCE: Final = 256
"""The most settled effects that are told of in one transaction."""

TIMERS_AT_ONCE: Final = 256
"""The most timers of one worker's partition that are fired in one transaction."""


class NewerState(Exception):
    """A state in the store was written by newer code than this."""


class Loop:
    """Runs a roster's workers over a store. One thread."""

    def __init__(
        self, shell: Shell, roster: Sequence[Worker[Any]], executor: Executor, holdings: Holdings | None = None
    ) -> None:
        self._shell = shell
        self._names = frozenset(worker.name for worker in roster)
        self._executor = executor
        self.holdings = holdings or Holdings(shell, roster)

    def step(self) -> bool:
        """Do the next thing; False where there is nothing to do now."""
        try:
            return self._decide() or self._tell() or self._fire() or self._perform()
        except ClaimLost:
            self.holdings.forget_lost()
            return True

    def _decide(self) -> bool:
        self.holdings.catch_up()
        reader = self.holdings.troubled()
        if reader is not None:
            self.holdings.halt(reader, reader.trouble or "")
            return True
        reader = self.holdings.first_waiting()
        if reader is None:
            return self.holdings.save_places()
        self._process(reader)
        return True

    def _process(self, reader: Reader) -> None:
        """Decide on everything that waits for the reader, and commit it."""
        worker = reader.worker
        try:
            states = self._states(reader)
        except NewerState as newer:
            self.holdings.halt(reader, str(newer))
            return
        batch = Batch(
            worker=worker,
            partition=reader.partition,
            decidedby=self._shell.decidedby,
            clock_now=self._shell.now(),
            load=states.__getitem__,
            observer=self._shell.observer,
        )
        batch.decide(reader.waiting)
        position = reader.position()
        self._commit(
            Commit(
                worker=worker.name,
                partition=reader.partition,
                claim=reader.claim,
                position=position,
                states=tuple(batch.states.values()),
                rows=worker.rows,
                earlier={campaign: states[campaign] for campaign in batch.states},
                events=tuple(batch.events),
                effects=tuple(batch.effects),
                cancels=tuple(batch.cancels),
                timers=tuple(timer for timer in batch.timers.values() if timer is not None),
                dropped=tuple(place for place, timer in batch.timers.items() if timer is None),
                holds=tuple(batch.holds),
                released=tuple(batch.released),
            ),
            "batch",
        )
        reader.committed(position)
        for row in batch.states.values():
            self.holdings.states.put(row)

    def _states(self, reader: Reader) -> dict[str, StateRow]:
        """The states of the campaigns that wait, those that are not at hand read at once. Raises NewerState."""
        worker, known = reader.worker, self.holdings.states
        states: dict[str, StateRow] = {}
        unknown: list[str] = []
        for campaign in dict.fromkeys(record.event.subject for record in reader.waiting):
            row = known.get(worker.name, campaign)
            if row is None:
                unknown.append(campaign)
            else:
                states[campaign] = row
        for campaign, version, row in self._stored(worker, unknown):
            states[campaign] = row or self._anew(reader, campaign, version)
            known.put(states[campaign])
        return states

    def _stored(self, worker: Worker[Any], campaigns: list[str]) -> list[tuple[str, int | None, StateRow | None]]:
        """Of each campaign which version of the state is stored, and the state where it is this code's."""
        if not campaigns:
            return []
        found = []
        with self._shell.store.view() as view:
            view.expect_states(worker.name, campaigns)
            for campaign in campaigns:
                version = view.state_version(worker.name, campaign)
                mine = version == worker.state_version
                found.append((campaign, version, view.state(worker.name, campaign, worker.state) if mine else None))
        return found

    def _anew(self, reader: Reader, campaign: str, version: int | None) -> StateRow:
        """A first state; or one that is built from the log, where older code wrote it. Raises NewerState."""
        worker = reader.worker
        if version is None:
            return StateRow(worker.name, campaign, worker.state_version, BEGINNING, worker.state())
        if version > worker.state_version:
            known = f"this code knows {worker.state_version}"
            raise NewerState(f"the state of {worker.name} for {campaign} has version {version}; {known}")
        return self.rebuild(reader, campaign, f"state version {version} became {worker.state_version}")

    def rebuild(self, reader: Reader, campaign: str, reason: str) -> StateRow:
        """Build a worker's state of a campaign anew from the log, under the reader's claim."""

        def built() -> tuple[StateRow, Record]:
            with self._shell.transaction("rebuild") as tx:
                apply(tx, self._shell, Commit(reader.worker.name, reader.partition, reader.claim))
                return migrate(tx, self._shell, reader.worker, campaign, reason)

        row, record = when_archived(self._shell, built)
        self._shell.observer.appended(record.event)
        self.holdings.states.put(row)
        return row

    def _tell(self) -> bool:
        """Put one partition's settled effects on the log."""
        with self._shell.store.view() as view:
            rows = view.untold_effects(self.holdings.places(), SETTLED_AT_ONCE)
        if not rows:
            return False
        first, now = rows[0], self._shell.now()
        mine = [row for row in rows if (row.worker, row.partition) == (first.worker, first.partition)]
        events = tuple(effect_settled(row, now) for row in mine)
        self._say(first.worker, first.partition, "settled", events, told=tuple(row.key for row in mine))
        for row in mine:
            self._shell.observer.settled(row)
        return True

    def _fire(self) -> bool:
        """Put one partition's due timers on the log, and consume them."""
        now = self._shell.now()
        with self._shell.store.view() as view:
            rows = view.due_timers(now, self.holdings.places(), TIMERS_AT_ONCE)
        if not rows:
            return False
        first = rows[0]
        mine = [row for row in rows if (row.worker, row.partition) == (first.worker, first.partition)]
        events = tuple(timer_fired(row, now) for row in mine)
        self._say(first.worker, first.partition, "timers", events, dropped=tuple(map(_place, mine)))
        for row in mine:
            self._shell.observer.timer_fired(row.worker, now - row.due)
        return True

    def _say(
        self,
        worker: str,
        partition: int,
        name: str,
        events: tuple[Event, ...],
        *,
        told: tuple[str, ...] = (),
        dropped: tuple[tuple[str, str], ...] = (),
    ) -> None:
        reader = self.holdings.reader(worker, partition)
        if reader is not None:
            commit = Commit(worker, partition, reader.claim, events=events, told=told, dropped=dropped)
            self._commit(commit, name)

    def _commit(self, commit: Commit, name: str) -> None:
        began = perf_counter()
        with self._shell.transaction(name, beside=True) as tx:
            records = apply(tx, self._shell, commit)
        self._shell.observer.committed(commit.worker, perf_counter() - began)
        for record in records:
            self._shell.observer.appended(record.event)

    def _perform(self) -> bool:
        clock = self._shell.clock
        with self._shell.store.view() as view:
            due = due_effects(view, clock.now(), clock.machine(), self._names)
        return self._executor.offer(due)


def _place(row: TimerRow) -> tuple[str, str]:
    return row.campaign, row.name
