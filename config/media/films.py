"""Films: an MP4 or MOV is looked at from outside, box by box, and kept as it is.

Invariants: a film that says where it was taken is refused, since nothing here could cut that out without harming the
film; so is one that ends in the middle. What else its maker wrote into it stays in it, which a note says.

Source: ISO/IEC 14496-12 (boxes), Apple's QuickTime File Format (`©xyz`, metadata keys), 3GPP TS 26.244 (`loci`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.media.terms import ALLOWED, FILM_BYTES, Checked, Unfit

_QUICKTIME: Final = b"qt  "
_MP4: Final = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"3gp4", b"3gp5"}
)
_PLACES: Final = (b"\xa9xyz", b"loci", b"com.apple.quicktime.location")
"""Where a film says where it was taken."""

_WITHOUT_PLACE: Final = "a film without its place, as `ffmpeg -i FILM -map_metadata -1 -c copy NEW` writes one"


def is_film(data: bytes) -> bool:
    """Whether the bytes begin as a box of the family of MP4 and MOV does; a HEIC picture does so too."""
    return data[4:8] == b"ftyp"


def film(data: bytes) -> Checked:
    """The film that the bytes hold, as it is. Raises Unfit."""
    brand = data[8:12]
    if brand != _QUICKTIME and brand not in _MP4:
        name = brand.decode("ascii", "replace").strip()
        raise Unfit(f"a file of the brand {name!r}", f"{ALLOWED}; a telephone's HEIC picture must be saved as JPEG")
    if len(data) > FILM_BYTES:
        raise Unfit(f"a film of {len(data):,} bytes", f"at most {FILM_BYTES:,} bytes")
    boxes = list(_boxes(data))
    if not {b"moov", b"mdat"} <= {box for box, _ in boxes}:
        raise Unfit("a film without pictures", "a film that is whole")
    if any(place in content for box, content in boxes if box != b"mdat" for place in _PLACES):
        raise Unfit("a film that tells where it was taken", _WITHOUT_PLACE)
    kind = "video/quicktime" if brand == _QUICKTIME else "video/mp4"
    return Checked(data, kind, notes=("a film is kept as it is: what its camera wrote into it beside a place stays",))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box on the top level. Raises Unfit where they do not end with the file."""
    place = 0
    while place < len(data):
        size, head = int.from_bytes(data[place : place + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[place + 8 : place + 16], "big"), 16
        elif size == 0:
            size = len(data) - place
        if size < head or place + size > len(data):
            raise Unfit("a damaged film, or only a part of one", "a film that is whole")
        yield data[place + 4 : place + 8], data[place + head : place + size]
        place += size
