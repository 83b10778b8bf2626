"""Pictures and films as telephones make them, small."""

from __future__ import annotations

import io
from typing import Any, Final

from PIL import Image

SECRET: Final = "Bahnhofstrasse 1"
"""What must not be found in anything that is published."""
_GPS, _DESCRIPTION, _ORIENTATION = 0x8825, 0x010E, 0x0112


def exif(orientation: int = 1) -> Image.Exif:
    """A place, an orientation, and a description."""
    found = Image.Exif()
    found[_ORIENTATION] = orientation
    found[_DESCRIPTION] = SECRET
    found[_GPS] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return found


def written(form: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def jpeg(**options: Any) -> bytes:
    return written("JPEG", **options)


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "blue", "green")]
    data = io.BytesIO()
    frames[0].save(data, form, save_all=True, append_images=frames[1:], duration=100)
    return data.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def film(brand: bytes = b"isom", about: bytes = b"nothing") -> bytes:
    """What looks like a film from outside; `about` stands where its metadata do."""
    return box(b"ftyp", brand + b"\0\0\2\0") + box(b"moov", box(b"udta", about)) + box(b"mdat", bytes(64))
