"""A running Mowj: on the virtual clock one thread that lives from moment to moment, else a loop that sleeps till woken.

Invariants: under the virtual clock platforms live through every moment before anybody reads at it, and a restart at a
moment lives through it again. Otherwise nothing spins: the loop waits for a commit, the next due moment, or the stop.
An error on any thread of the runtime ends the run, but for a store that does not answer: it is asked again, ever more
slowly, and what was known of it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from events.envelope import Event
from workers.decision import Worker
from workers.platforms.protocol import Platform, PlatformError
from workers.runtime.clock import VirtualClock
from workers.runtime.executors.protocol import Executor
from workers.runtime.intake import Intake
from workers.runtime.ledger import wakes
from workers.runtime.loop import Loop
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import StoreUnavailable
from workers.runtime.transport import Transport

PULSE: Final = timedelta(hours=1)
"""How often platforms live on under the virtual clock when nothing else is due."""

HEARTBEAT: Final = 0.25
"""Machine seconds between two looks at the platforms, and the longest sleep of the loop."""

LONGEST_PAUSE: Final = 10.0
"""Seconds between two tries at a store that does not answer, at most."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What `assemble` made. `advance_to` is for the virtual clock, `run_forever` for the others."""

    shell: Shell
    roster: tuple[Worker[Any], ...]
    intake: Intake
    loop: Loop
    platforms: Mapping[str, Platform]
    executor: Executor
    transport: Transport | None = None
    held_up: list[str] = field(default_factory=list)
    """Why the loop cannot take its next step now: the store refuses it, in its own words. Empty while it goes on."""

    def connect(self, account: str, channel: str, tenant: str = "default") -> None:
        """Ask the network for the account's limits and say AccountConnected. Raises KeyError for an unknown channel."""
        self.intake.connect(account, channel, self.platforms[channel].limits(account), tenant)

    def history(self, campaign: str) -> list[Event]:
        """Everything that was said of a campaign, in order."""
        with self.shell.store.view() as view:
            return [record.event for record in view.log.campaign(campaign)]

    def run_until_idle(self) -> int:
        """Do everything that can be done without time passing; returns the number of steps."""
        steps = 0
        while self.loop.step():
            steps += 1
        return steps

    def advance_to(self, moment: datetime) -> None:
        """Live through the time until `moment` under the virtual clock, stopping wherever something is due."""
        clock = self.shell.clock
        if not isinstance(clock, VirtualClock):
            raise TypeError("only a virtual clock can be advanced")
        while True:
            self._live(clock.now())
            self.run_until_idle()
            if clock.now() >= moment:
                return
            clock.advance(min(moment, self._next(clock.now())))

    def next_due(self) -> datetime | None:
        """The next campaign time at which a timer or a planned effect of this roster is due, or a taken one is free."""
        names, now, machine = self._names(), self.shell.clock.now(), self.shell.clock.machine()
        with self.shell.store.view() as view:
            due = [wake.order[0] for wake in wakes(view, now, machine, names)]
            later = (view.next_timer(names), *view.next_waking(names, now, machine))
        return min([*due, *(moment for moment in later if moment is not None)], default=None)

    def _names(self) -> frozenset[str]:
        return frozenset(worker.name for worker in self.roster)

    def run_forever(self, stop: Signal) -> None:
        """Run until `stop` is set, then let calls under way end. Raises what stopped the loop, or a platform."""
        failures: list[BaseException] = []
        carried = self.transport.running(self.shell, self.intake) if self.transport is not None else nullcontext()
        with carried, self._pulse(failures):
            patiently = self._patiently(stop, failures)
            try:
                while not stop.is_set() and not failures:
                    patiently(self._turn)
            finally:
                self.executor.stop()
            if failures:
                raise failures[0]
            try:
                self.loop.holdings.release()
            except StoreUnavailable as error:
                self.shell.observer.troubled("store", f"claims are left to run out: {error}")

    def _turn(self) -> None:
        """One step, or a sleep where there is nothing to do."""
        seen = self.shell.store.wait(-1, 0)
        self.loop.holdings.renew()
        stepped = self.loop.step()
        self.held_up.clear()
        if not stepped:
            self.shell.store.wait(seen, self._idle_seconds())

    def _patiently(self, stop: Signal, failures: Sequence[BaseException]) -> Retrying:
        """Tries again what the store did not answer, until it does or the run ends."""

        def forget(state: RetryCallState) -> None:
            if state.attempt_number > 1:
                self.loop.holdings.forget_all()

        def tell(state: RetryCallState) -> None:
            if state.outcome is not None:
                self.held_up[:] = [str(state.outcome.exception())]
                self.shell.observer.troubled("store", *self.held_up)

        def pause(seconds: float) -> None:
            stop.wait(seconds)

        return Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential_jitter(multiplier=0.1, max=LONGEST_PAUSE, jitter=0.3),
            sleep=pause,
            stop=lambda _: stop.is_set() or bool(failures),
            before=forget,
            before_sleep=tell,
            retry_error_callback=lambda _: None,
        )

    @contextmanager
    def _pulse(self, failures: list[BaseException]) -> Iterator[None]:
        """Let platforms live on beside the loop: a slow network must not hold up anybody's decisions."""
        ended = Signal()

        def live() -> None:
            while not ended.wait(HEARTBEAT):
                try:
                    self._live(self.shell.now())
                except PlatformError as error:
                    self.shell.observer.troubled("platform", str(error))
                except StoreUnavailable as error:
                    self.shell.observer.troubled("store", str(error))
                except BaseException as error:  # noqa: BLE001 - handed to the loop's thread, which raises it
                    failures.append(error)
                    return

        thread = Thread(target=live, name="platforms", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _idle_seconds(self) -> float:
        """Until something that is not due yet will be; what is due is under way, and its commit wakes the loop."""
        clock, names = self.shell.clock, self._names()
        now, machine = clock.now(), clock.machine()
        with self.shell.store.view() as view:
            due = list(wakes(view, now, machine, names))
            timer = view.next_timer(names)
            start, again = view.next_waking(names, now, machine)
        seconds = [HEARTBEAT]
        in_campaign = (timer, start, *(wake.campaign for wake in due))
        seconds += [clock.seconds_until(moment) for moment in in_campaign if moment is not None]
        if again is not None:
            seconds.append((again - clock.machine()).total_seconds())
        return min(span for span in seconds if span > 0)

    def _next(self, now: datetime) -> datetime:
        pulse = _EPOCH + PULSE * ((now - _EPOCH) // PULSE + 1)
        due = self.next_due()
        return pulse if due is None or due <= now else min(pulse, due)

    def _live(self, now: datetime) -> None:
        for channel in sorted(self.platforms):
            self.platforms[channel].advance(now)
