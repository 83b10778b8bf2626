"""What was offered is there when it is sent, whole, and nothing else is."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from config.media.checking import checked
from config.media.terms import Kept, described, digest
from events.campaign import Media
from tests.unit.config.pictures import jpeg
from tests.unit.runtime.ledgers import Desk
from tests.unit.runtime.toys import CHANNEL
from workers.decision import Publish
from workers.platforms.protocol import OutgoingPost, Published
from workers.runtime.media import MediaStore, passing_media
from workers.runtime.performing import Performer
from workers.runtime.store.rows import EffectRow, EffectState


def kept(store: MediaStore) -> Kept:
    found = checked(jpeg())
    described_ = described(found)
    store.keep("5" * 64, described_, found.data)
    return described_


def test_the_file_behind_a_reference_holds_the_bytes_of_its_hash(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    one = kept(store)
    path = store.path(one.reference)
    assert path is not None
    assert path.is_absolute()
    assert digest(path.read_bytes()) == one.sha256
    assert store.known("5" * 64) == one
    assert store.known("6" * 64) is None


def test_keeping_the_same_again_writes_it_only_where_it_is_gone(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    path = tmp_path / kept(store).reference
    os.utime(path, ns=(1, 1))
    kept(store)
    assert path.stat().st_mtime_ns == 1
    path.unlink()
    assert store.known("5" * 64) is None
    kept(store)
    assert path.is_file()


def test_a_file_that_was_cut_short_by_a_crash_is_made_anew(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    one = kept(store)
    (tmp_path / one.reference).write_bytes(b"half")
    assert store.known("5" * 64) is None
    kept(store)
    assert digest((tmp_path / one.reference).read_bytes()) == one.sha256


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        kept(MediaStore(tmp_path))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "reference", ["/etc/hostname", "../mowj.sqlite", "media/../../secret", "mowj.sqlite", "media/ab/cup.jpg", ""]
)
def test_a_reference_leads_to_nothing_but_kept_media(tmp_path: Path, reference: str) -> None:
    (tmp_path / "mowj.sqlite").write_bytes(b"a store")
    assert MediaStore(tmp_path).path(reference) is None


def test_media_of_a_life_in_memory_are_gone_with_it() -> None:
    with passing_media() as store:
        path = store.path(kept(store).reference)
        assert path is not None
    assert not path.exists()


class Sending:
    """One post with a picture, due now, and the network that notes what it is given."""

    def __init__(self, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = Desk()
        self.kept = kept(store)
        self._store = store
        self.given: list[OutgoingPost] = []
        row = self.desk.row
        payload = Publish.model_validate_json(row.payload)
        media = Media(sha256=self.kept.sha256, kind=self.kept.kind, path=self.kept.reference, alt="A cup")
        variant = payload.variant.model_copy(update={"media": (media,)})
        changed = payload.model_copy(update={"variant": variant}).model_dump_json()
        with self.desk.world.store.transaction() as tx:
            tx.put_effect(replace(row, payload=changed))
        real = self.desk.network.publish

        def publish(account: str, post: OutgoingPost, key: str) -> Published:
            self.given.append(post)
            return real(account, post, key)

        monkeypatch.setattr(self.desk.network, "publish", publish)

    def perform(self) -> EffectRow:
        runtime = self.desk.runtime
        Performer(runtime.shell, {CHANNEL: self.desk.network}, media_at=self._store.file).perform("one")
        return self.desk.row


def test_a_network_is_given_files_that_it_can_open_with_their_alt_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = Sending(MediaStore(tmp_path), monkeypatch)
    assert sending.perform().state is EffectState.DONE
    (post,) = sending.given
    assert [digest(Path(file).read_bytes()) for file in post.media] == [sending.kept.sha256]
    assert post.alt_texts == ("A cup",)


def test_a_post_whose_picture_is_gone_is_rejected_in_a_sentence_and_never_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = Sending(MediaStore(tmp_path), monkeypatch)
    (tmp_path / sending.kept.reference).unlink()
    row = sending.perform()
    assert row.state is EffectState.REJECTED
    assert row.detail == f"not sent: {sending.kept.reference} is gone from the data directory; offer the content anew"
    assert (sending.given, sending.desk.network.accepted) == ([], [])
