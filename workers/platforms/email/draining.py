"""Mailings go out: one owner of the data directory, one connection a list, a slice of time at each call.

Invariants: whoever sends holds a lock that the kernel takes back when the process ends, however it does, so what is
still `sending` when the lock is taken has no sender any more. Nothing of a held campaign or account begins. Between two
messages there is one transaction: it ends the first and begins the second.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from pathlib import Path
from time import monotonic
from typing import Final, TextIO

from workers.platforms.email.composing import Sender, message
from workers.platforms.email.connection import Connection, Server
from workers.platforms.email.mailings import Mailings, Retrying
from workers.platforms.email.signing import Signer
from workers.platforms.email.terms import Errand, Outcome, Picture, Verdict
from workers.platforms.protocol import Clock, PlatformError

SLICE: Final = 1.0
"""Machine seconds after which sending makes way for other networks; the message under way is ended first."""
IDLE: Final = 10.0
"""Machine seconds for which a connection is kept without a message."""
LOCK_FILE: Final = "subscribers.lock"
FIRST_REST, LONGEST_REST = 2.0, 300.0
"""Machine seconds for which a server is left alone that is not there, doubling."""

Held = Callable[[str, str], bool]
"""Whether nothing may be sent of a campaign on an account now: an emergency stop, a pause, a lost login."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One list: who writes, over which server as it is now, and at most how quickly to one domain."""

    sender: Sender
    server: Callable[[], Server]
    domain_pause: timedelta
    retrying: Retrying


class Drain:
    def __init__(
        self, mailings: Mailings, signer: Signer, outlets: Mapping[str, Outlet], clock: Clock, held: Held, folder: Path
    ) -> None:
        self._mailings, self._signer, self._outlets, self._clock, self._held = mailings, signer, outlets, clock, held
        self._path = folder / LOCK_FILE
        self._lock: TextIO | None = None
        self._connections: dict[str, tuple[Connection, float]] = {}
        self._ended: dict[str, tuple[Errand, Verdict]] = {}
        """By list, how the last errand ended, until that is written: a disk may be full for a while."""
        self._rests: dict[str, tuple[float, float]] = {}
        self._pictures: tuple[int, list[Picture]] = (0, [])

    def run(self) -> None:
        """Send for a while. Raises PlatformError where a server is not there, after the other lists had their turn."""
        if not self._is_owner():
            return
        trouble: PlatformError | None = None
        until = monotonic() + SLICE
        for list_, outlet in self._outlets.items():
            try:
                self._send(list_, outlet, until)
            except PlatformError as error:
                trouble = error
        if trouble is not None:
            raise trouble

    def close(self) -> None:
        for list_ in list(self._connections):
            self._disconnect(list_)
        if self._lock is not None:
            self._lock.close()
        self._lock = None

    def _is_owner(self) -> bool:
        if self._lock is not None:
            return True
        file = self._path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._lock = file
        self._mailings.lost(self._clock.now())
        return True

    def _send(self, list_: str, outlet: Outlet, until: float) -> None:
        left_out = [one for one in self._mailings.campaigns(list_) if self._held(one, list_)]
        trouble: PlatformError | None = None
        while True:
            more = monotonic() < until and self._rests.get(list_, (0.0, 0.0))[0] <= monotonic()
            ended = self._ended.get(list_)
            errand = self._mailings.next(
                list_, self._clock.now(), left_out, outlet.domain_pause, ended, outlet.retrying, more=more
            )
            self._ended.pop(list_, None)
            if errand is None:
                break
            try:
                self._ended[list_] = errand, self._handed_over(list_, outlet, errand)
            except PlatformError as error:
                trouble = error
                self._ended[list_] = errand, Verdict(Outcome.UNSENT, type(error).__name__)
                self._rest(list_)
        self._let_go(list_)
        if trouble is not None:
            raise trouble

    def _handed_over(self, list_: str, outlet: Outlet, errand: Errand) -> Verdict:
        """Raises PlatformError where there is no connection to be had."""
        try:
            content = message(errand, outlet.sender, self._shown(errand.job), self._signer, self._clock.now())
        except (ValueError, MessageError) as error:
            # One name or address that no header can hold must not end everybody's mailing.
            return Verdict(Outcome.REFUSED, f"cannot be written as a message ({type(error).__name__})")
        found = self._connection(list_, outlet).send(errand.address, content)
        if found.outcome in {Outcome.UNSENT, Outcome.UNCERTAIN}:
            self._disconnect(list_)
            self._rest(list_)
        else:
            self._rests.pop(list_, None)
        return found

    def _connection(self, list_: str, outlet: Outlet) -> Connection:
        known = self._connections.get(list_)
        if known is not None and known[0].is_worn:
            self._disconnect(list_)
            known = None
        connection = known[0] if known is not None else Connection(outlet.server(), self._clock.now)
        self._connections[list_] = connection, monotonic()
        return connection

    def _let_go(self, list_: str) -> None:
        """Of a connection that nothing has gone over for a while."""
        known = self._connections.get(list_)
        if known is not None and monotonic() - known[1] > IDLE:
            self._disconnect(list_)

    def _disconnect(self, list_: str) -> None:
        known = self._connections.pop(list_, None)
        if known is not None:
            with suppress(PlatformError):
                known[0].close()

    def _rest(self, list_: str) -> None:
        """The first loss of a connection is met by another at once."""
        _, span = self._rests.get(list_, (0.0, 0.0))
        self._rests[list_] = monotonic() + span, min(max(span * 2, FIRST_REST), LONGEST_REST)

    def _shown(self, job: int) -> list[Picture]:
        if self._pictures[0] != job:
            self._pictures = job, self._mailings.pictures(job)
        return self._pictures[1]
