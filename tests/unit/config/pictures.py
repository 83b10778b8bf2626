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


FRAMES: Final = bytes(range(64))
"""What stands for a film's pictures."""


def track(kind: bytes = b"vide", entry: bytes = b"avc1", about: bytes = b"", beside: bytes = b"") -> bytes:
    """A track of this handler and sample entry, whose chunk lies where the test's film has its frames."""
    handler = box(b"hdlr", bytes(8) + kind + bytes(12) + b"VideoHandler\0")
    entries = box(b"stsd", bytes(4) + (1).to_bytes(4, "big") + box(entry, bytes(8) + about))
    chunks = box(b"stco", bytes(4) + (1).to_bytes(4, "big") + (0xC0FFEE).to_bytes(4, "big"))
    media = box(b"mdhd", bytes(24)) + handler + box(b"minf", box(b"stbl", entries + chunks))
    return box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", media) + beside)


def film(
    brand: bytes = b"isom", movie: bytes = b"", tracks: bytes | None = None, beside: bytes = b"", frames: bytes = FRAMES
) -> bytes:
    """A film's boxes: `movie` stands at the end of its header, `beside` between header and frames."""
    inside = box(b"mvhd", bytes(100)) + (track() if tracks is None else tracks) + movie
    return box(b"ftyp", brand + b"\0\0\2\0") + box(b"moov", inside) + beside + box(b"mdat", frames)
