"""Films: an MP4 or MOV is read box by box, and whatever it tells beside its pictures and its sound is blanked.

Invariants: a box that nobody needs to show the film becomes a `free` box of the same length, all zero, so that every
offset in the film stays true; pictures and sound are the same bytes as before. What a film needs is the list, so that
metadata that nobody has heard of go too. A film in whose pictures and sound its places are interleaved is refused,
since nothing here could cut them out; so is one that ends in the middle.

Source: ISO/IEC 14496-12 (boxes), Apple's QuickTime File Format (`©xyz`, metadata keys, `mebx`), 3GPP TS 26.244
(`loci`), Adobe's XMP specification, part 3 (`uuid`), ExifTool's QuickTimeStream (cameras' tracks, dashcams' `gps ` and
`freeGPS `).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from config.media.terms import ALLOWED, FILM_BYTES, REMOVED, Checked, Unfit

_QUICKTIME: Final = b"qt  "
_MP4: Final = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"3gp4", b"3gp5"}
)


def _names(text: str) -> frozenset[bytes]:
    return frozenset(name.encode() for name in text.split())


_FILE: Final = b""
_NEEDED: Final[Mapping[bytes, frozenset[bytes]]] = {
    _FILE: _names("ftyp styp moov mdat moof mfra sidx ssix pdin"),
    b"moov": _names("mvhd trak mvex iods pssh clip ctab"),
    b"trak": _names("tkhd tref trgr edts mdia load clip matt kmat txas tapt"),
    b"mdia": _names("mdhd hdlr elng minf"),
    b"minf": _names("vmhd smhd hmhd nmhd sthd gmhd hdlr dinf stbl"),
    b"stbl": _names(
        "stsd stts ctts cslg stsc stsz stz2 stco co64 stss stsh stps padb stdp sdtp sbgp sgpd subs saiz saio"
    ),
    b"moof": _names("mfhd traf pssh"),
    b"traf": _names("tfhd tfdt trun sbgp sgpd subs saiz saio sdtp senc"),
}
"""What each box that holds others is shown by; a box without an entry of its own is kept as a whole."""

_TEXTS: Final = _names("text sbtl subt clcp")
_SHOWN: Final = _names("vide soun auxv tmcd hint odsm sdsm") | _TEXTS
"""The kinds of tracks that are shown or heard, and what they are shown by."""
_WRITTEN_PLACE: Final = re.compile(rb"latitude|GPS ?\( ?(?:[NESW]: ?)?-?[0-9]|\$G[A-Z](?:RMC|GGA),", re.IGNORECASE)
"""How drones and cameras write where they are into subtitles: in words, or as their receiver says it (NMEA)."""
_MEASURED_PLACE: Final = re.compile(rb"location|gps", re.IGNORECASE)
_DASHCAM: Final = b"freeGPS "
_BOXES: Final = 100_000
"""The most boxes side by side: ten fragments a second for an hour have fewer."""

_WITHOUT_PLACE: Final = (
    "a film without them, as `ffmpeg -i FILM -map 0:v -map 0:a? -map_metadata -1 -c copy NEW` writes one"
)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a box lies: its first byte, its content's, and the one behind it."""

    name: bytes
    start: int
    content: int
    end: int


def is_film(data: bytes) -> bool:
    """Whether the bytes begin as a box of the family of MP4 and MOV does; a HEIC picture does so too."""
    return data[4:8] == b"ftyp"


def film(data: bytes) -> Checked:
    """The film that the bytes hold, with nothing beside it. Raises Unfit."""
    brand = data[8:12]
    if brand != _QUICKTIME and brand not in _MP4:
        name = brand.decode("ascii", "replace").strip()
        raise Unfit(f"a file of the brand {name!r}", f"{ALLOWED}; a telephone's HEIC picture must be saved as JPEG")
    if len(data) > FILM_BYTES:
        raise Unfit(f"a film of {len(data):,} bytes", f"at most {FILM_BYTES:,} bytes")
    _look_for_places(data)
    written = _blanked(data, _unneeded(data, _FILE, 0, len(data)))
    notes = (REMOVED,) if written != data else ()
    return Checked(written, "video/quicktime" if brand == _QUICKTIME else "video/mp4", notes=notes)


def _look_for_places(data: bytes) -> None:
    """Refuse a film without pictures, and one with places where its pictures and sound are."""
    boxes = list(_boxes(data, 0, len(data)))
    movies = [box for box in boxes if box.name == b"moov"]
    tracks = [track for movie in movies for track in _inside(data, [movie], b"trak")]
    kinds = [data[box.content + 8 : box.content + 12] for box in _inside(data, tracks, b"mdia", b"hdlr")]
    if b"vide" not in kinds or not any(box.name == b"mdat" for box in boxes):
        raise Unfit("a film without pictures", "a film that is whole")
    for track in tracks:
        _look_at_track(data, track)
    written = not _TEXTS.isdisjoint(kinds) and _WRITTEN_PLACE.search(data) is not None
    if written or list(_inside(data, movies, b"gps ")) or _DASHCAM in data:
        raise Unfit("a film that tells all along where it was taken", _WITHOUT_PLACE)


def _look_at_track(data: bytes, track: _Box) -> None:
    """Refuse measurements that a camera took while it filmed: where it was, how it moved."""
    for kind in _inside(data, [track], b"mdia", b"hdlr"):
        if data[kind.content + 8 : kind.content + 12] in _SHOWN:
            return
    for table in _inside(data, [track], b"mdia", b"minf", b"stbl", b"stsd"):
        for entry in _boxes(data, table.content + 8, table.end):
            # Apple's measurements say what they are: faces and turns of a telephone may stay.
            if entry.name != b"mebx" or _MEASURED_PLACE.search(data, entry.start, entry.end):
                what = entry.name.decode("ascii", "replace").strip()
                raise Unfit(f"a film with its camera's measurements, which may tell a place ({what})", _WITHOUT_PLACE)


def _unneeded(data: bytes, parent: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes that the film is shown without, in order. Raises Unfit."""
    for box in _boxes(data, start, end):
        if box.name not in _NEEDED[parent]:
            yield box
        elif box.name in _NEEDED:
            yield from _unneeded(data, box.name, box.content, box.end)


def _blanked(data: bytes, boxes: Iterable[_Box]) -> bytes:
    """The same bytes with these boxes free and empty."""
    view, place = memoryview(data), 0
    parts: list[bytes | memoryview] = []
    for box in boxes:
        parts += [view[place : box.start + 4], b"free", view[box.start + 8 : box.content], bytes(box.end - box.content)]
        place = box.end
    return b"".join([*parts, view[place:]])


def _inside(data: bytes, boxes: Iterable[_Box], *names: bytes) -> Iterator[_Box]:
    """The boxes of the last name inside those of the name before it, and so on down from `boxes`."""
    for box in boxes:
        found = [inner for inner in _boxes(data, box.content, box.end) if inner.name == names[0]]
        yield from found if len(names) == 1 else _inside(data, found, *names[1:])


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes that lie side by side from `start` to `end`. Raises Unfit where they do not end there."""
    place, count = start, 0
    while place < end:
        count += 1
        if count > _BOXES:
            raise Unfit("a film in far too many pieces", f"at most {_BOXES:,} boxes side by side")
        size, head = int.from_bytes(data[place : place + 4], "big"), 8
        if end - place < head and not any(data[place:end]):
            return  # QuickTime ends some lists by a zero
        if size == 1:
            size, head = int.from_bytes(data[place + 8 : place + 16], "big"), 16
        elif size == 0 and end == len(data):
            size = end - place
        if size < head or place + size > end:
            raise Unfit("a damaged film, or only a part of one", "a film that is whole")
        yield _Box(data[place + 4 : place + 8], place, place + head, place + size)
        place += size
