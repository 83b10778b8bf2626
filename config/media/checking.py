"""A medium's bytes, looked at for what they are: a picture, a film, or nothing that is published."""

from __future__ import annotations

from typing import Final

from config.media.films import film, is_film
from config.media.pictures import picture
from config.media.terms import ALLOWED, Checked, Unfit

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def checked(data: bytes) -> Checked:
    """The medium, fit to be published. Raises Unfit."""
    if not data:
        raise Unfit("an empty file", ALLOWED)
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return picture(data)
    if is_film(data):
        return film(data)
    raise Unfit("neither of them, by its content", ALLOWED)
