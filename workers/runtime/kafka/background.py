"""What works beside the loop on a thread of its own, and tries again when a server is away.

Invariants: an error that a server may cause is told of and tried again, after a pause that grows up to a bound; any
other ends the thread, and is raised to whoever asks for `check`.
"""

from __future__ import annotations

from threading import Event as Signal
from threading import Thread
from typing import Final

from workers.runtime.observing import Observer

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 10.0


class Background:
    """A thread that makes one attempt after another. `expected` are the errors that another attempt may mend."""

    def __init__(self, name: str, observer: Observer, expected: tuple[type[Exception], ...]) -> None:
        self._name = name
        self._observer = observer
        self._expected = expected
        self._stop = Signal()
        self._pause = _FIRST_PAUSE
        self._up: bool | None = None
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Have the attempt end, and wait for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def check(self) -> None:
        """Raise what has ended the thread, if anything has."""
        if self._failure is not None:
            raise self._failure

    def attempt(self) -> None:
        """Work until `stopped`, or until an error."""
        raise NotImplementedError

    def failed(self) -> None:
        """Called after each error, on the thread."""

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def rest(self, seconds: float) -> None:
        """Do nothing for a while, or until it is to stop."""
        self._stop.wait(seconds)

    def goes_well(self) -> None:
        """The next error is the first one again."""
        self._pause = _FIRST_PAUSE
        self._tell(up=True)

    def _tell(self, *, up: bool) -> None:
        if self._up is not up:
            self._up = up
            self._observer.connected(self._name, up=up)

    def _run(self) -> None:
        while not self.stopped:
            try:
                self.attempt()
            except self._expected as error:
                self._observer.troubled(self._name, str(error))
                self._tell(up=False)
                self.failed()
                self.rest(self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            except BaseException as error:  # noqa: BLE001 - raised to the loop's thread, which ends the run
                self._failure = error
                self.failed()
                return
