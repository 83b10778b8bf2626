"""Where pictures and films are kept from the moment that they are offered: below the data directory, by their hash.

    media/ab/abcdef….jpg           exactly the bytes that a network gets
    media/sources/cd/cdef….json    what a file's bytes or a web address became

Invariants: a file is there whole or not at all, and is never written again: what a person approved is what is sent.
Nothing is removed here: a post of long ago can still be shown. A reference never leads out of the directory.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from config.media.terms import Kept

_REFERENCE: Final = re.compile(r"media/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class MediaStore:
    """The media of one installation, below its data directory. Safe for threads and processes."""

    directory: Path

    def path(self, reference: str) -> Path | None:
        """The file behind a reference, absolute; None where it is not there, or the reference is none of ours."""
        if _REFERENCE.fullmatch(reference) is None:
            return None
        path = (self.directory / reference).absolute()
        return path if path.is_file() else None

    def file(self, reference: str) -> str | None:
        """As `path`, in the words of a network's plug-in."""
        path = self.path(reference)
        return None if path is None else str(path)

    def known(self, source: str) -> Kept | None:
        """What was kept for this source, if it is still whole."""
        try:
            kept = Kept.model_validate_json(self._note(source).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        path = self.path(kept.reference)
        return kept if path is not None and path.stat().st_size == kept.size else None

    def keep(self, source: str, kept: Kept, data: bytes) -> None:
        """Store the bytes, then the note that leads to them."""
        path = self.directory / kept.reference
        if not path.is_file() or path.stat().st_size != kept.size:
            _write(path, data)
        _write(self._note(source), kept.model_dump_json().encode())

    def _note(self, source: str) -> Path:
        return self.directory / "media" / "sources" / source[:2] / f"{source}.json"


@contextmanager
def passing_media() -> Iterator[MediaStore]:
    """A store for what is lived through in memory alone: gone at the end."""
    with tempfile.TemporaryDirectory(prefix="mowj-media-") as directory:
        yield MediaStore(Path(directory))


def _write(path: Path, data: bytes) -> None:
    """Put the file there at once, whole, and on the disk before anybody says that it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as fresh:
            fresh.write(data)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
