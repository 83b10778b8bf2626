"""Pictures as Bluesky takes them: at most 1,000,000 bytes each, written smaller where they are more.

Invariant: the same file becomes the same bytes on the same version of Pillow. Source: lexicon app.bsky.embed.images.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from workers.platforms.protocol import Rejected

MOST: Final = 4
"""Pictures of one post."""
BYTES: Final = 1_000_000
TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_TRIES: Final = ((2000, 90), (2000, 80), (1600, 80), (1200, 75), (800, 70))
"""Longest side in pixels, and JPEG quality."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to upload, with what it shows."""

    content: bytes
    kind: str
    width: int
    height: int
    alt: str


def read(path: str, alt: str) -> Picture:
    """Raises Rejected for what is no picture, or cannot be made small enough."""
    try:
        content = Path(path).read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            kind = TYPES.get(image.format or "")
            if kind is not None and len(content) <= BYTES:
                return Picture(content, kind, image.width, image.height, alt)
            return _smaller(image.convert("RGB"), alt)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Rejected(f"{Path(path).name} is no picture that Bluesky takes: {error}") from error


def _smaller(image: Image.Image, alt: str) -> Picture:
    for side, quality in _TRIES:
        tried = image.copy()
        tried.thumbnail((side, side))
        buffer = io.BytesIO()
        tried.save(buffer, "JPEG", quality=quality, icc_profile=image.info.get("icc_profile"))
        if len(buffer.getvalue()) <= BYTES:
            return Picture(buffer.getvalue(), "image/jpeg", tried.width, tried.height, alt)
    raise Rejected(f"a picture of {image.width} × {image.height} cannot be brought under {BYTES} bytes")
