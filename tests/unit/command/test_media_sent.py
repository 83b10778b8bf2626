"""From a folder to a network: every picture that was offered can be opened when it is sent, wherever it was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.media.terms import digest
from tests.unit.command import album
from tests.unit.command.house import answer, brief, content, mowj
from tests.unit.config.pictures import SECRET, exif, jpeg

ALBUM = ("--platform", "tests.unit.command.album:factory")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str | Path, ...]:
    """A campaign every post of which shows a picture that tells where it was taken."""
    album.SHOWN.clear()
    posts = content(tmp_path)
    for path in posts.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        shown = text.replace("topic:", "media: [{file: cup.jpg, alt: A cup}]\ntopic:", 1)
        path.write_text(shown, encoding="utf-8")
        (path.parent / "cup.jpg").write_bytes(jpeg(exif=exif()))
    return "--brief", brief(tmp_path), "--content", posts


def test_a_simulated_life_on_anybodys_network_sends_pictures_that_can_be_opened(
    files: tuple[str | Path, ...],
) -> None:
    assert answer("simulate", *files, *ALBUM, "--days", "3")["posts"] == len(album.SHOWN) > 0
    assert all(SECRET.encode() not in data and alt == "A cup" for data, alt in album.SHOWN)


def test_a_rehearsal_in_memory_sends_pictures_that_can_be_opened(files: tuple[str | Path, ...]) -> None:
    mowj("run", *files, *ALBUM, "--virtual-clock", "--days", "3")
    assert album.SHOWN


def test_a_picture_that_changes_is_kept_beside_the_one_that_was_offered_before(
    files: tuple[str | Path, ...], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    mowj("run", *files, *ALBUM, "--virtual-clock", "--days", "0.1", "--data", data)
    album.SHOWN.clear()
    for picture in (tmp_path / "content").rglob("cup.jpg"):
        picture.write_bytes(jpeg(quality=5))
    (kept,) = (data / "media").glob("??/*.jpg")
    before = digest(kept.read_bytes())
    assert kept.stem == before
    mowj("run", *files, *ALBUM, "--virtual-clock", "--days", "3", "--data", data)
    hashes = {digest(bytes_) for bytes_, _ in album.SHOWN}
    assert hashes
    assert {path.stem for path in (data / "media").glob("??/*.jpg")} >= hashes
    assert digest(kept.read_bytes()) == before


def test_media_that_cannot_be_kept_are_answered_in_a_sentence(files: tuple[str | Path, ...], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "media").write_text("a file where a folder should be", encoding="utf-8")
    said = mowj("run", *files, *ALBUM, "--virtual-clock", "--days", "1", "--data", tmp_path / "data", code=1).stderr
    assert "cannot be kept" in said
