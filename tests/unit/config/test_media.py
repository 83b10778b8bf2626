"""Media: known by what they are, cleaned of what they tell, and refused where they could do harm."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from config.media import films, pictures
from config.media.checking import checked
from config.media.taking import Taker, WrittenMedia
from config.media.terms import Checked, Unfit
from tests.unit.config.pictures import FRAMES, SECRET, box, exif, film, jpeg, moving, track, written

XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()


def shown(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def segment(mark: int, content: bytes) -> bytes:
    """A segment of a JPEG, to stand behind its first two bytes."""
    return bytes([0xFF, mark]) + (len(content) + 2).to_bytes(2, "big") + content


IPTC = b"\x1c\x02\x5a" + len(SECRET).to_bytes(2, "big") + SECRET.encode()
PHOTOSHOP = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + XMP


def behind(start: int, data: bytes, *parts: bytes) -> bytes:
    return data[:start] + b"".join(parts) + data[start:]


def told(name: str) -> bytes:
    """A picture that tells a place in every way that its format has."""
    secret = SECRET.encode()
    if name == "png":
        info = PngInfo()
        info.add_text("Comment", SECRET)
        info.add_text("Raw profile type exif", secret.hex(), zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        info.add(b"plAc", secret)
        return written("PNG", exif=exif(), pnginfo=info)
    if name == "webp":
        data = written("WEBP", exif=exif(), xmp=XMP) + b"PLAC" + len(secret).to_bytes(4, "little") + secret
        return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]
    if name == "gif":
        data = written("GIF", comment=secret)
        xmp = b"!\xff\x0bXMP DataXMP" + XMP + b"\1" + bytes(range(255, -1, -1)) + b"\0"
        return data[:-1] + xmp + data[-1:]
    data = jpeg(exif=exif(), xmp=XMP, comment=secret) + secret
    return behind(2, data, segment(0xED, PHOTOSHOP), segment(0xE1, EXTENDED), segment(0xEB, secret))


@pytest.mark.parametrize("kind", [0xE1, 0xED, 0xFE])
def test_a_picture_that_tells_a_place_in_one_way_alone_is_cleaned_and_says_so(kind: int) -> None:
    words = {0xE1: b"http://ns.adobe.com/xap/1.0/\0" + XMP, 0xED: PHOTOSHOP, 0xFE: SECRET.encode()}[kind]
    found = checked(behind(2, jpeg(), segment(kind, words)))
    assert SECRET.encode() not in found.data
    assert found.notes == ("metadata such as place and camera removed",)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif"])
def test_nothing_that_a_picture_tells_beside_itself_is_kept(name: str) -> None:
    data = told(name)
    assert SECRET.encode() in data
    found = checked(data)
    image = shown(found.data)
    assert SECRET.encode() not in found.data
    assert not image.getexif()
    assert not {"exif", "xmp", "comment", "photoshop"} & set(image.info)
    assert (found.kind, image.size) == (f"image/{name}", (40, 20))


def test_a_picture_that_its_metadata_turn_is_turned_before_they_go() -> None:
    found = checked(jpeg(exif=exif(orientation=6)))
    image = shown(found.data).convert("RGB")
    assert (found.width, found.height) == image.size == (20, 40)
    top, bottom = image.getpixel((10, 5)), image.getpixel((10, 35))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > bottom[0]


def test_the_color_profile_stays_and_so_does_transparency() -> None:
    assert shown(checked(jpeg(icc_profile=b"a profile")).data).info["icc_profile"] == b"a profile"
    glass = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 10)).save(glass, "PNG")
    assert shown(checked(glass.getvalue()).data).getpixel((1, 1)) == (255, 0, 0, 10)
    for form in ("PNG", "GIF"):
        few = Image.new("P", (4, 4), 1)
        few.putpalette([0, 0, 0, 255, 0, 0])
        data = io.BytesIO()
        few.save(data, form, transparency=1)
        assert shown(checked(data.getvalue()).data).convert("RGBA").getpixel((1, 1)) == (255, 0, 0, 0)


def test_the_same_picture_is_written_the_same_and_cleaning_it_again_changes_no_pixel() -> None:
    first = checked(jpeg(exif=exif()))
    assert checked(jpeg(exif=exif())).data == first.data
    assert first.notes
    assert checked(first.data).notes == ()


def test_a_file_is_what_its_bytes_are_whatever_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "cup.jpg").write_bytes(written("PNG"))
    kept = Taker(tmp_path).take(tmp_path / "post.md", WrittenMedia(file="cup.jpg"))
    assert kept.kind == "image/png"
    assert kept.reference.endswith(".png")
    (tmp_path / "cup.jpg").write_bytes(b"MZ a program")
    with pytest.raises(Unfit, match="by its content"):
        Taker(tmp_path).take(tmp_path / "post.md", WrittenMedia(file="cup.jpg"))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says that it unfolds into so many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_unfolds(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfold(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unfold)
    with pytest.raises(Unfit, match="pixels"):
        checked(bomb(side, side))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_moves_is_refused_with_what_to_give_instead(form: str) -> None:
    with pytest.raises(Unfit, match=r"moving picture .* film"):
        checked(moving(form))


def test_a_telephones_picture_of_several_pictures_is_its_first(tmp_path: Path) -> None:
    data = io.BytesIO()
    first, second = Image.new("RGB", (16, 8), "red"), Image.new("RGB", (4, 2), "blue")
    first.save(data, "MPO", save_all=True, append_images=[second])
    found = checked(data.getvalue())
    assert (found.kind, found.width, found.height) == ("image/jpeg", 16, 8)
    assert shown(found.data).format == "JPEG"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_damaged_or_cut_picture_is_refused(form: str) -> None:
    data = written(form, size=(400, 300))
    for cut in (data[: len(data) // 2], data[:20]):
        with pytest.raises(Unfit, match=r"damaged|only a part"):
            checked(cut)


def test_a_picture_that_is_too_large_a_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PICTURE_BYTES", 100)
    with pytest.raises(Unfit, match="at most 100 bytes"):
        checked(jpeg())


PLACE = b"+52.5200+013.4050+034.000/"
KEYS = box(b"keys", bytes(7) + b"\1" + box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
VALUES = box(b"ilst", box(b"\0\0\0\1", box(b"data", b"\0\0\0\1" + bytes(4) + PLACE)))
META = box(b"meta", box(b"hdlr", bytes(8) + b"mdta" + bytes(12)) + KEYS + VALUES)
XYZ = box(b"udta", box(b"\xa9xyz", b"\0\x1a\x15\xc7" + PLACE))
ADOBE = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
TELLING = {
    "QuickTime's user data": film(b"qt  ", movie=XYZ + bytes(4)),
    "3GPP's loci": film(movie=box(b"udta", box(b"loci", bytes(6) + PLACE))),
    "Apple's keys": film(b"qt  ", movie=META),
    "iTunes' list": film(movie=box(b"udta", box(b"meta", bytes(4) + VALUES))),
    "XMP": film(beside=box(b"uuid", ADOBE + b"<x:xmpmeta exif:GPSLatitude='" + PLACE + b"'/>")),
    "XMP in the header": film(movie=box(b"uuid", ADOBE + PLACE)),
    "another maker's uuid": film(movie=box(b"uuid", bytes(16) + PLACE)),
    "a track's user data": film(tracks=track(beside=XYZ)),
    "a track's keys": film(tracks=track(beside=META)),
    "a large box": film(beside=b"\0\0\0\1uuid" + (16 + len(PLACE)).to_bytes(8, "big") + PLACE),
    "what was there before": film(beside=box(b"free", XYZ) + box(b"skip", PLACE)),
    "a box that nobody knows": film(beside=box(b"wher", PLACE)),
    "a fragment": film(beside=box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", box(b"uuid", PLACE)))),
}


def names(data: bytes) -> list[tuple[int, bytes]]:
    """Where on the top level a box of which name begins, free ones aside."""
    found, place = [], 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        size = int.from_bytes(data[place + 8 : place + 16], "big") if size == 1 else size
        if data[place + 4 : place + 8] != b"free":
            found.append((place, data[place + 4 : place + 8]))
        place += size
    return found


@pytest.mark.parametrize("way", TELLING)
def test_a_films_place_is_blanked_however_it_is_told_and_nothing_in_the_film_moves(way: str) -> None:
    data = TELLING[way]
    found = checked(data)
    assert PLACE in data
    assert PLACE not in found.data
    assert b"\xa9xyz" not in found.data
    assert len(found.data) == len(data)
    assert names(found.data) == [
        (place, name) for place, name in names(data) if name in {b"ftyp", b"moov", b"moof", b"mdat"}
    ]
    assert found.data.index(FRAMES) == data.index(FRAMES)
    assert track()[8:] in found.data, "what the film is shown by is all there"
    assert found.notes == ("metadata such as place and camera removed",)
    assert checked(found.data) == replace(found, notes=())


@pytest.mark.parametrize(("brand", "kind"), [(b"isom", "video/mp4"), (b"qt  ", "video/quicktime")])
def test_a_film_that_tells_nothing_is_kept_byte_by_byte(brand: bytes, kind: str) -> None:
    sound, time = track(b"soun", b"mp4a"), track(b"tmcd", b"tmcd")
    turns = track(b"meta", b"mebx", b"mdtacom.apple.quicktime.video-orientation")
    words = track(b"text", b"text")
    data = film(brand, tracks=track() + sound + time + turns + words)
    assert checked(data) == Checked(data, kind)
    to_the_end = data.replace(box(b"mdat", FRAMES), bytes(4) + b"mdat" + FRAMES)
    assert checked(to_the_end).data == to_the_end


@pytest.mark.parametrize(
    "data",
    [
        film(tracks=track() + track(b"meta", b"gpmd")),
        film(tracks=track() + track(b"camm", b"camm")),
        film(tracks=track() + track(b"meta", b"djmd")),
        film(tracks=track() + track(b"meta", b"mebx", b"mdtacom.apple.quicktime.location.ISO6709")),
        film(tracks=track() + track(b"text", b"text"), frames=b"GPS (13.40, 52.52, 34) " + FRAMES),
        film(tracks=track() + track(b"sbtl", b"tx3g"), frames=b"[latitude: 52.52]" + FRAMES),
        film(tracks=track() + track(b"sbtl", b"tx3g"), frames=b"GPS(E: 13.404954, N: 52.520008, 34m)" + FRAMES),
        film(tracks=track() + track(b"text", b"text"), frames=b"$GPRMC,081836,A,5231.20,N,01324.29,E,0,0" + FRAMES),
        film(movie=box(b"gps ", bytes(16))),
        film(frames=b"\0\0\1\0freeGPS " + FRAMES),
    ],
)
def test_a_film_that_tells_its_places_all_along_is_refused_with_the_way_out(data: bytes) -> None:
    with pytest.raises(Unfit, match=r"place|where it was taken.*ffmpeg .* -c copy"):
        checked(data)


def test_a_film_that_is_cut_or_too_large_or_a_heic_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unfit, match="only a part"):
        checked(film()[:-1])
    with pytest.raises(Unfit, match="without pictures"):
        checked(film()[:16])
    with pytest.raises(Unfit, match="saved as JPEG"):
        checked(film(b"heic"))
    with pytest.raises(Unfit, match="without pictures"):
        checked(film(tracks=track(b"soun", b"mp4a")))
    with pytest.raises(Unfit, match="only a part"):
        checked(film(movie=box(b"trak", b"\0\0\0\x63mdia")))
    monkeypatch.setattr(films, "_BOXES", 9)
    with pytest.raises(Unfit, match="too many pieces"):
        checked(film(beside=10 * box(b"free", b"")))
    monkeypatch.setattr(films, "FILM_BYTES", 10)
    with pytest.raises(Unfit, match="at most 10 bytes"):
        checked(film())


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/hostname", "link.jpg", "folder/secret.jpg", "bad\0name", "."])
def test_no_path_and_no_link_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "posts"
    outside.mkdir()
    folder.mkdir()
    for place in (outside, tmp_path):
        (place / "secret.jpg").write_bytes(jpeg())
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "folder").symlink_to(outside)
    with pytest.raises(Unfit, match="a file"):
        Taker(folder).take(folder / "post.md", WrittenMedia(file=name))
