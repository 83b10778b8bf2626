"""What a data directory was started with, so that a second start goes on: `run.json` beside the store.

Invariants: the file is replaced whole or not at all. What is to be taken is remembered before the first of it is said,
so that whoever is killed meanwhile goes on with the rest; a start that is refused is not remembered. A directory keeps
its kind of clock for life: real posts and a simulated month do not mix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from config.settings import ClockKind
from workers.command.errors import MachineError, UserError
from workers.runtime.intake import Refused

FILE: Final = "run.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RememberedClock(_Part):
    """`anchor` is where a compressed clock met the machine's."""

    kind: ClockKind
    speed: float = 1
    anchor: datetime | None = None


class NetworkChoice(_Part):
    """What stands for the networks: a plug-in for every channel, and what the simulated one is told."""

    platform: str | None = None
    url: str | None = None
    world: str | None = None
    seed: int = 1


class InputFiles(_Part):
    """Where a campaign's input lies; `history` and `mapping` come together or not at all.

    `advise`: whatever mode the brief names, nothing of the campaign is published.
    """

    brief: Path
    content: Path
    history: Path | None = None
    mapping: Path | None = None
    advise: bool = False

    def absolute(self) -> InputFiles:
        found = {name: value.resolve() for name, value in self if isinstance(value, Path)}
        return self.model_copy(update=found)


class Remembered(_Part):
    clock: RememberedClock
    networks: NetworkChoice = NetworkChoice()
    files: Mapping[str, InputFiles] = {}


def recall(directory: Path) -> Remembered | None:
    """What the directory was started with, if it was. Raises UserError for a file that cannot be read."""
    path = directory / FILE
    if not path.exists():
        return None
    try:
        return Remembered.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UserError(
            f"{path} cannot be read: {error}\nmend it, or move it away and give `mowj run` its options"
        ) from error


def remember(directory: Path, what: Remembered) -> None:
    """Raises MachineError where it cannot be written."""
    path = directory / FILE
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(what.model_dump_json(indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error


@contextmanager
def remembering(directory: Path, what: Remembered) -> Iterator[None]:
    """Remember it for what is said in the block; where that is refused, remember again what was before."""
    earlier = recall(directory)
    if what != earlier:
        remember(directory, what)
    try:
        yield
    except Refused:
        if earlier is None:
            (directory / FILE).unlink()
        else:
            remember(directory, earlier)
        raise
