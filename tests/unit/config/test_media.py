"""Media: known by what they are, cleaned of what they tell, and refused where they could do harm."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from config.media import films, pictures
from config.media.checking import checked
from config.media.taking import Taker, WrittenMedia
from config.media.terms import Unfit
from tests.unit.config.pictures import SECRET, exif, film, jpeg, moving, written

XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()


def shown(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def told(name: str) -> bytes:
    """A picture that tells a place in every way that its format has."""
    if name == "png":
        info = PngInfo()
        info.add_text("Comment", SECRET)
        return written("PNG", exif=exif(), pnginfo=info)
    if name == "webp":
        return written("WEBP", exif=exif(), xmp=XMP)
    if name == "gif":
        return written("GIF", comment=SECRET.encode())
    return jpeg(exif=exif(), xmp=XMP, comment=SECRET.encode()) + SECRET.encode()


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


@pytest.mark.parametrize(("brand", "kind"), [(b"isom", "video/mp4"), (b"qt  ", "video/quicktime")])
def test_a_film_is_kept_as_it_is_and_says_so(brand: bytes, kind: str) -> None:
    found = checked(film(brand))
    assert (found.data, found.kind) == (film(brand), kind)
    assert "as it is" in found.notes[0]


@pytest.mark.parametrize("place", [b"\xa9xyz", b"loci", b"com.apple.quicktime.location.ISO6709"])
def test_a_film_that_tells_where_it_was_taken_is_refused_with_the_way_out(place: bytes) -> None:
    with pytest.raises(Unfit, match="ffmpeg"):
        checked(film(about=place))


def test_a_film_that_is_cut_or_too_large_or_a_heic_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unfit, match="only a part"):
        checked(film()[:-1])
    with pytest.raises(Unfit, match="without pictures"):
        checked(film()[:16])
    with pytest.raises(Unfit, match="saved as JPEG"):
        checked(film(b"heic"))
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
