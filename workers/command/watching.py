"""Content folders, looked at while the loop runs: a post that is written or mended is offered within seconds.

Invariants: a folder with mistakes is left as it was taken last, until it changes again; nothing is lost by a slip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Final

from structlog.typing import FilteringBoundLogger

from config.problems import InputError
from workers.command.inputs import offer_content, read_inputs
from workers.command.remembered import InputFiles
from workers.runtime.intake import Refused
from workers.runtime.running import Runtime

WATCHED_EVERY: Final = 2.0
"""Machine seconds between two looks at a content folder."""


@contextmanager
def watched(
    runtime: Runtime, files: Mapping[str, InputFiles], stop: Signal, log: FilteringBoundLogger
) -> Iterator[None]:
    """Look at the campaigns' folders on a thread of its own until the block ends; what fails there is raised."""
    ended = Signal()
    seen = {campaign: traces(one.content) for campaign, one in files.items()}
    failures: list[BaseException] = []

    def look() -> None:
        for campaign, one in files.items():
            now = traces(one.content)
            if now != seen[campaign]:
                seen[campaign] = now
                take(runtime, one, campaign, log)

    def watch() -> None:
        while not ended.wait(WATCHED_EVERY):
            try:
                look()
            except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
                failures.append(error)
                stop.set()
                return

    thread = Thread(target=watch, name="folders", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]


def take(runtime: Runtime, files: InputFiles, campaign: str, log: FilteringBoundLogger) -> None:
    """Offer what has changed in a folder; one with mistakes is left until it changes again, and nothing is lost."""
    store, now = runtime.shell.store, runtime.shell.now()
    try:
        inputs = read_inputs(files.brief, files.content, None, None, now, store)
        count = offer_content(inputs, runtime.intake, store, now)
    except (InputError, Refused) as error:
        problems = str(error).splitlines()
        log.error("content not taken", campaign=campaign, problems=problems)  # noqa: TRY400 - a person's slip, no defect's trace
        return
    log.info("content taken", campaign=campaign, pieces=count)


def traces(folder: Path) -> frozenset[tuple[str, int, int]]:
    """What tells that something in the folder has changed: each file's path, size and time of its last change."""
    found = set()
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            status = path.stat()
            if path.is_file():
                found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)
