"""What is said of pictures and films on their way from a post's front matter to where they are kept.

Invariants: a medium is what its bytes are, whatever its file is called; what is kept is known by the hash of exactly
the bytes that a network will get.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

ENDINGS: Final[Mapping[str, str]] = {
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
"""How the file of each kind is called where it is kept."""

PICTURE_BYTES: Final = 20_000_000
FILM_BYTES: Final = 100_000_000
"""The largest files that are taken; a film is read whole, so this bounds the memory too."""

ALLOWED: Final = "a picture (JPEG, PNG, WebP or GIF) or a film (MP4 or MOV)"

REMOVED: Final = "metadata such as place and camera removed"
"""What is noted of a medium that told more than it shows."""


class Unfit(Exception):
    """A medium that is not taken: what was given instead of what is allowed."""

    def __init__(self, given: str, allowed: str) -> None:
        super().__init__(f"{given}; allowed: {allowed}")
        self.given = given
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Checked:
    """Bytes that may be published, cleaned of what they told beside the picture; `width` and `height` in pixels."""

    data: bytes
    kind: str
    width: int | None = None
    height: int | None = None
    notes: tuple[str, ...] = ()


class Kept(BaseModel):
    """What is known of a medium that was checked. `reference` is where it lies below the data directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    kind: str
    reference: str
    size: int
    width: int | None = None
    height: int | None = None
    notes: tuple[str, ...] = ()


class Shelf(Protocol):
    """Where media are kept. `source` is the hash of what a medium was made from: a file's bytes, or a web address."""

    def known(self, source: str) -> Kept | None:
        """What was kept for this source, if its bytes are still there."""
        ...

    def keep(self, source: str, kept: Kept, data: bytes) -> None:
        """Store the bytes under the reference, and remember what they were made from; durable on return."""
        ...


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def described(checked: Checked) -> Kept:
    """The checked bytes under their hash: the same bytes have the same reference on every machine."""
    sha256 = digest(checked.data)
    return Kept(
        sha256=sha256,
        kind=checked.kind,
        reference=f"media/{sha256[:2]}/{sha256}.{ENDINGS[checked.kind]}",
        size=len(checked.data),
        width=checked.width,
        height=checked.height,
        notes=checked.notes,
    )
