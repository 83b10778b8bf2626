"""A watched folder: each change is taken once, when it has come to rest, and no slip loses anything."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from events.campaign import ContentOffered
from tests.unit.command.house import brief, content
from tests.unit.config.pictures import jpeg
from workers.command.inputs import offer, read_inputs
from workers.command.remembered import InputFiles
from workers.command.watching import Brake, Watch
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.media import MediaStore
from workers.runtime.store.memory import MemoryStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Watched:
    """A campaign that was offered, its folder, and a watch that has taken it all once."""

    def __init__(self, tmp_path: Path) -> None:
        self.files = InputFiles(brief=brief(tmp_path), content=content(tmp_path))
        self.runtime = assemble((), MemoryStore(), VirtualClock(NOW))
        self.media = MediaStore(tmp_path / "data")
        store = self.runtime.shell.store
        inputs = read_inputs(self.files.brief, self.files.content, None, None, NOW, store, self.media)
        offer(inputs, self.runtime.intake, store, NOW)
        self._lines = LogCapture()
        log = structlog.wrap_logger(structlog.PrintLogger(), processors=[self._lines])
        self._watch = Watch(self.runtime, {"roastery": self.files}, log, self.media)
        assert self.rest() == []

    def look(self) -> list[ContentOffered]:
        """What one look makes Mowj say."""
        before = len(self.runtime.history("roastery"))
        self._watch.look()
        facts = [event.data for event in self.runtime.history("roastery")[before:]]
        return [fact for fact in facts if isinstance(fact, ContentOffered)]

    def rest(self) -> list[ContentOffered]:
        """What two looks make Mowj say, between which nothing changes."""
        return [*self.look(), *self.look()]

    @property
    def lines(self) -> list[Mapping[str, Any]]:
        """What was logged since this was asked last."""
        found: list[Mapping[str, Any]] = list(self._lines.entries)
        self._lines.entries = []
        return found

    @property
    def post(self) -> Path:
        return next(self.files.content.rglob("*.md"))

    def id_of(self, path: Path) -> str:
        return path.relative_to(self.files.content).with_suffix("").as_posix()


@pytest.fixture
def folder(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def said(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_new_a_changed_and_a_removed_post_are_each_taken_once(folder: Watched) -> None:
    new = folder.post.with_name("new.md")
    new.write_text(f"{said(folder.post)}\nNew.", encoding="utf-8")
    (offered,) = folder.rest()
    assert offered.content == folder.id_of(new)
    new.write_text(f"{said(new)}\nChanged.", encoding="utf-8")
    (changed,) = folder.rest()
    assert (changed.content, changed.text.endswith("Changed.")) == (offered.content, True)
    new.unlink()
    (withdrawn,) = folder.rest()
    assert withdrawn == changed.model_copy(update={"valid_until": NOW})
    assert folder.rest() == []
    assert [(line["event"], line["pieces"]) for line in folder.lines] == [("content taken", 1)] * 3


def test_what_is_still_being_written_is_not_taken_and_of_quick_edits_the_last_is(folder: Watched) -> None:
    post, text = folder.post, said(folder.post)
    for edit in ("One", "One two", "One two three"):
        post.write_text(f"{text}\n{edit}", encoding="utf-8")
        assert folder.look() == []
    (offered,) = folder.look()
    assert offered.text.endswith("One two three")
    assert folder.rest() == []


def test_a_file_that_an_editor_replaces_is_not_withdrawn_meanwhile(folder: Watched) -> None:
    post, text = folder.post, said(folder.post)
    post.unlink()
    assert folder.look() == []
    post.write_text(f"{text}\nMended.", encoding="utf-8")
    (offered,) = folder.rest()
    assert offered.valid_until is None


def test_a_broken_file_is_told_and_neither_it_nor_the_others_are_lost(folder: Watched) -> None:
    broken = folder.post
    text = said(broken)
    broken.write_text(text.replace("topic:", "tpic:"), encoding="utf-8")
    good = broken.with_name("good.md")
    good.write_text(f"{text}\nGood.", encoding="utf-8")
    (offered,) = folder.rest()
    assert offered.content == folder.id_of(good), "the broken one is not withdrawn, and the good one is taken"
    told, taken = folder.lines
    assert (told["event"], taken["event"]) == ("content not taken", "content taken")
    assert all(problem.startswith(f"{broken}:") for problem in told["problems"])
    assert folder.rest() == []
    broken.write_text(f"{text}\nMended.", encoding="utf-8")
    (mended,) = folder.rest()
    assert mended.text.endswith("Mended.")


def test_a_folder_that_is_gone_withdraws_nothing(folder: Watched, tmp_path: Path) -> None:
    away = folder.files.content.rename(tmp_path / "away")
    assert folder.rest() == []
    assert "no such folder" in folder.lines[0]["problems"][0]
    away.rename(folder.files.content)
    assert folder.rest() == []


def test_a_brief_with_a_slip_holds_back_changes_until_it_is_mended(folder: Watched) -> None:
    brief_text = said(folder.files.brief)
    folder.files.brief.write_text("campaign: [", encoding="utf-8")
    folder.post.write_text(f"{said(folder.post)}\nMeanwhile.", encoding="utf-8")
    assert folder.rest() == []
    folder.files.brief.write_text(brief_text, encoding="utf-8")
    (offered,) = folder.rest()
    assert offered.text.endswith("Meanwhile.")


def test_a_picture_that_changes_beside_its_post_changes_the_post(folder: Watched) -> None:
    post, cup = folder.post, folder.post.with_name("cup.jpg")
    cup.write_bytes(jpeg())
    post.write_text(said(post).replace("topic:", "media: [{file: cup.jpg, alt: A cup}]\ntopic:", 1), encoding="utf-8")
    (first,) = folder.rest()
    assert folder.media.path(first.media[0].path) is not None
    cup.write_bytes(jpeg(quality=20))
    (second,) = folder.rest()
    assert second.media[0].sha256 != first.media[0].sha256
    cup.unlink()
    assert folder.rest() == []
    assert folder.media.path(second.media[0].path) is not None, "what was offered can still be sent"


def test_a_folder_that_vanishes_while_it_is_looked_at_ends_nothing(
    folder: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder.post.parent)
    real = Path.stat
    names = iter(range(3))

    def stat(path: Path, **more: Any) -> Any:
        if path.suffix == ".md" and next(names, None) is not None:
            raise FileNotFoundError(path)
        return real(path, **more)

    monkeypatch.setattr(Path, "stat", stat)
    folder.look()
    monkeypatch.undo()
    assert all(fact.valid_until == NOW for fact in folder.rest())


def test_a_changed_brief_is_told_once_to_hold_from_the_next_start_on(folder: Watched) -> None:
    text = said(folder.files.brief)
    folder.files.brief.write_text(text.replace("budget:", "budget: 77 EUR #"), encoding="utf-8")
    assert folder.rest() == []
    assert [line["event"] for line in folder.lines] == ["the brief has changed: it holds from the next start on"]
    folder.files.brief.write_text(f"{said(folder.files.brief)}\n# a note\n", encoding="utf-8")
    assert folder.rest() == []
    assert folder.lines == [], "the same change is not told twice"
    folder.files.brief.write_text(text, encoding="utf-8")
    assert folder.rest() == []
    assert folder.lines == []


def test_the_emergency_stop_and_its_end_are_told_once_each() -> None:
    runtime, lines = assemble((), MemoryStore(), VirtualClock(NOW)), LogCapture()
    brake = Brake(runtime.shell.store, structlog.wrap_logger(structlog.PrintLogger(), processors=[lines]))
    brake.look()
    assert lines.entries == []
    runtime.intake.stop_all()
    brake.look()
    brake.look()
    runtime.intake.resume_all()
    brake.look()
    assert [entry["event"].split(":")[0] for entry in lines.entries] == [
        "emergency stop", "the emergency stop has ended",
    ]  # fmt: skip
