"""The pictures of a post, as a letter carries them: inside, so that nothing is loaded when it is opened."""

from __future__ import annotations

from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from PIL import Image

from workers.platforms.email.terms import Picture
from workers.platforms.protocol import OutgoingPost, Rejected

MOST_BYTES: Final = 7_000_000
"""Of all together: a third more once encoded, and mailboxes commonly take 10 MB and more."""
KINDS: Final = frozenset({"image/jpeg", "image/png", "image/gif"})
WEBP: Final = "image/webp"
"""Not every mail program shows it, so it is sent as PNG."""


def read(post: OutgoingPost) -> list[Picture]:
    """Raises Rejected for what a letter cannot show."""
    found = []
    for path, alt in zip(post.media, (*post.alt_texts, *("" for _ in post.media)), strict=False):
        kind, _ = guess_type(path)
        if kind not in KINDS | {WEBP}:
            raise Rejected(f"a letter shows pictures, not {kind or 'a file of no known kind'}")
        try:
            content = Path(path).read_bytes() if kind != WEBP else _as_png(path)
        except OSError as error:
            raise Rejected(f"a picture cannot be read ({type(error).__name__})") from error
        found.append(Picture(kind if kind in KINDS else "image/png", alt, content))
    if sum(len(one.content) for one in found) > MOST_BYTES:
        raise Rejected(f"the pictures have more than {MOST_BYTES:,} bytes together")
    return found


def _as_png(path: str) -> bytes:
    written = BytesIO()
    with Image.open(path) as picture:
        picture.save(written, "PNG")
    return written.getvalue()
