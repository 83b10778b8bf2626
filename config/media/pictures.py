"""Pictures: decoded whole, turned upright, and written anew without anything that they told beside the picture.

Invariants: no picture is decoded before its pixels were counted. What is written holds no EXIF, XMP, IPTC, comment or
thumbnail, so no place, no camera and no name; its color profile stays. A picture that cannot be decoded to its end is
refused.
"""

from __future__ import annotations

import io
import warnings
from typing import Any, Final

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from config.media.terms import PICTURE_BYTES, REMOVED, Checked, Unfit

PIXELS: Final = 50_000_000
"""The most that a picture may have, 7000 × 7000: a small file can unfold into gigabytes otherwise."""

_KINDS: Final = {
    "GIF": "image/gif",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # what telephones write: a JPEG with further pictures behind it; the first is the picture
    "PNG": "image/png",
    "WEBP": "image/webp",
}
_READ: Final = ("GIF", "JPEG", "PNG", "WEBP")
_TOLD: Final = frozenset({"comment", "exif", "photoshop", "xmp", "XML:com.adobe.xmp"})
"""Where Pillow keeps what a picture tells beside itself; `photoshop` is where IPTC has its places."""
_STILL: Final = "a picture that does not move, or a film (MP4 or MOV)"


def picture(data: bytes) -> Checked:
    """The picture that the bytes hold, cleaned. Raises Unfit."""
    if len(data) > PICTURE_BYTES:
        raise Unfit(f"a picture of {len(data):,} bytes", f"at most {PICTURE_BYTES:,} bytes")
    try:
        with warnings.catch_warnings():
            # Pillow warns of what is counted here anyway.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=_READ)
        with opened:
            return _cleaned(opened, lossless=b"VP8L" in data)
    except Image.DecompressionBombError as error:
        raise Unfit("a picture with far too many pixels", f"at most {PIXELS:,} pixels") from error
    except Unfit:
        raise
    except Exception as error:  # a decoder that meets hostile bytes may raise anything
        raise Unfit("a damaged picture, or only a part of one", "a picture that can be read to its end") from error


def _cleaned(opened: Image.Image, *, lossless: bool) -> Checked:
    width, height = opened.size
    if width * height > PIXELS:
        raise Unfit(f"a picture of {width} × {height} pixels", f"at most {PIXELS:,} pixels")
    form = opened.format or ""
    if form != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise Unfit(f"a moving picture ({form})", _STILL)
    opened.load()
    options = _options(opened, form, lossless=lossless)
    upright = ImageOps.exif_transpose(opened)
    shown = upright.copy()
    shown.info = {}  # what Pillow would write anew: comments, XMP, EXIF
    written = io.BytesIO()
    shown.save(written, **options)
    notes = (REMOVED,) if opened.getexif() or _TOLD & opened.info.keys() or getattr(opened, "text", None) else ()
    return Checked(written.getvalue(), _KINDS[form], *shown.size, notes)


def _options(opened: Image.Image, form: str, *, lossless: bool) -> dict[str, Any]:
    """How to write the same picture again: with its colors, its transparency and its own loss, adding none."""
    options: dict[str, Any] = {"format": "JPEG" if form == "MPO" else form}
    if opened.info.get("icc_profile"):
        options["icc_profile"] = opened.info["icc_profile"]
    if "transparency" in opened.info:
        options["transparency"] = opened.info["transparency"]
    if options["format"] == "JPEG":
        options["qtables"] = getattr(opened, "quantization", None)
        options["subsampling"] = max(get_sampling(opened), 0)
    if form == "WEBP":
        options["lossless"] = lossless
        options["quality"] = 90
    return options
