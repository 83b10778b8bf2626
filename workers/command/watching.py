"""What changes while the loop runs, and no event tells it: content folders, briefs, and the emergency stop.

A post that is written or mended is offered within seconds; of the others a person is told.

The folder is looked at each second, by path, size and time of change, and not through the operating system's notices:
those do not come through network drives and container mounts, where an agency's folder is likely to lie, and a second
look is needed anyway. Invariants: a change is taken once two looks in a row have seen the same, so that no half-written
file is, and of two quick edits the last; a broken file is told, and neither its own post nor the others are lost by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Final

from structlog.typing import FilteringBoundLogger

from config.content import files_below
from config.media.terms import Shelf
from config.problems import InputError
from events.campaign import CampaignBriefed
from workers.command.inputs import amends, offer_content, read_posts
from workers.command.remembered import InputFiles
from workers.runtime.intake import Refused
from workers.runtime.running import Runtime
from workers.runtime.store.protocol import Store, StoreUnavailable
from workers.runtime.store.rows import HoldKind

WATCHED_EVERY: Final = 1.0
"""Machine seconds between two looks at a content folder."""

Traces = frozenset[tuple[str, int, int]]
"""What tells that something has changed: each file's path, size and time of its last change."""


class Watch:
    """Looks at the folders of several campaigns, and takes what has come to rest."""

    def __init__(
        self, runtime: Runtime, files: Mapping[str, InputFiles], log: FilteringBoundLogger, media: Shelf | None
    ) -> None:
        self._runtime, self._files, self._log, self._media = runtime, files, log, media
        self._taken: dict[str, Traces] = {}
        self._seen: dict[str, Traces] = {}
        self._amended: dict[str, CampaignBriefed | None] = {}

    def look(self) -> None:
        """One look at every folder. What was read before the first look is taken again: it may have changed since."""
        for campaign, one in self._files.items():
            now = traces(one.content, one.brief)
            if now != self._taken.get(campaign) and now == self._seen.get(campaign):
                self._taken[campaign] = now
                self._take(one, campaign)
            self._seen[campaign] = now

    def _take(self, files: InputFiles, campaign: str) -> None:
        """Offer what has changed in a folder, and say what is broken in it."""
        shell = self._runtime.shell
        now = shell.now()
        try:
            inputs, problems = read_posts(files.brief, files.content, now, self._media)
            count = offer_content(inputs, self._runtime.intake, shell.store, now)
            self._tell_of_amendment(files, campaign)
        except (InputError, Refused) as error:
            self._tell(campaign, str(error).splitlines())
            return
        if problems:
            self._tell(campaign, [str(problem) for problem in problems])
        if count:
            self._log.info("content taken", campaign=campaign, pieces=count)

    def _tell_of_amendment(self, files: InputFiles, campaign: str) -> None:
        """Once for every change: a brief amends the campaign when Mowj starts, not under a plan that is running.

        Raises InputError.
        """
        amended = amends(files.brief, campaign, self._runtime.shell.store, is_advice=files.advise)
        if amended is not None and amended != self._amended.get(campaign):
            self._log.info("the brief has changed: it holds from the next start on", campaign=campaign)
        self._amended[campaign] = amended

    def _tell(self, campaign: str, problems: list[str]) -> None:
        self._log.error("content not taken", campaign=campaign, problems=problems)


class Brake:
    """Tells when somebody makes the emergency stop and when it ends: it is a hold in the store, and no event."""

    def __init__(self, store: Store, log: FilteringBoundLogger) -> None:
        self._store, self._log, self._is_on = store, log, False

    def look(self) -> None:
        with self._store.view() as view:
            is_on = any(hold.kind is HoldKind.STOP for hold in view.holds_on({"*"}))
        if is_on and not self._is_on:
            self._log.warning("emergency stop: nothing is sent for anybody until `mowj resume --all`")
        elif self._is_on and not is_on:
            self._log.info("the emergency stop has ended")
        self._is_on = is_on


@contextmanager
def watched(looks: Sequence[Callable[[], None]], stop: Signal) -> Iterator[None]:
    """Take each look every second on a thread of its own until the block ends; what fails there is raised."""
    ended = Signal()
    failures: list[BaseException] = []

    def live() -> None:
        while not ended.wait(WATCHED_EVERY):
            try:
                for look in looks:
                    # What the store does not answer now is looked at again; the loop tells of it.
                    with suppress(StoreUnavailable):
                        look()
            except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
                failures.append(error)
                stop.set()
                return

    thread = Thread(target=live, name="folders", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]


def traces(folder: Path, *others: Path) -> Traces:
    """Of all that is below the folder and not hidden, and of other files, such as the brief: it says how to read it."""
    found = set()
    for path in (*others, *files_below(folder)):
        with suppress(OSError):
            status = path.stat()
            found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)
