"""A campaign as a file: whole, audited without its store, and wrong in no way that goes unseen."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.command.house import answer, brief, live, mowj
from workers.command.opening import read_settings
from workers.command.remembered import recall
from workers.command.starting import files_of_use
from workers.roster import ROSTER
from workers.runtime.assembly import assemble, running_version
from workers.runtime.clock import VirtualClock
from workers.runtime.store.sqlite import SqliteStore


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    live(folder / "data", ("--brief", brief(folder), "--content", "config/content/steady"), 4)
    return folder / "data"


@pytest.fixture
def file(lived: Path, tmp_path: Path) -> Path:
    file = tmp_path / "roastery.jsonl"
    told = answer("archive", "export", "roastery", file, "--data", lived)
    assert told["events"] == len(file.read_text(encoding="utf-8").splitlines()) > 50
    assert told["live"] is True
    return file


def test_an_exported_campaign_is_audited_from_its_file_alone(file: Path, lived: Path) -> None:
    report = answer("audit", "--file", file)
    assert report["clean"]
    of_store = answer("audit", "--data", lived)
    assert report["decisions"] == of_store["decisions"] > 50
    assert report["states"] == of_store["states"]
    assert "clean" in mowj("audit", "roastery", "--file", file).stdout


def test_each_line_is_a_cloudevent(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        assert event["specversion"] == "1.0"
        assert event["subject"] == "roastery"


def spoiled(lines: list[str], how: str) -> list[str]:
    if how == "content":
        place = next(number for number, line in enumerate(lines) if '"type":"mowj.PostScheduled.v1"' in line)
        event = json.loads(lines[place])
        event["data"]["account"] += "x"
        return [*lines[:place], json.dumps(event), *lines[place + 1 :]]
    return {"missing": [*lines[:20], *lines[21:]], "repeated": [*lines[:20], *lines[19:]], "order": lines[::-1]}[how]


@pytest.mark.parametrize(
    ("how", "kind"), [("content", "hash"), ("missing", "sequence"), ("repeated", "id"), ("order", "cause")]
)
def test_a_file_that_was_changed_is_found_out(file: Path, tmp_path: Path, how: str, kind: str) -> None:
    other = tmp_path / "other.jsonl"
    lines = spoiled(file.read_text(encoding="utf-8").splitlines(), how)
    other.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    report = json.loads(mowj("audit", "--file", other, "--json", code=1).stdout)
    assert kind in {found["kind"] for found in report["failures"]}


def test_what_is_no_export_and_what_stands_in_the_way_is_refused(file: Path, lived: Path, tmp_path: Path) -> None:
    assert "is there already" in mowj("archive", "export", "roastery", file, "--data", lived, code=2).stderr
    assert "'roastery'" in mowj("archive", "export", "roasterie", tmp_path / "x", "--data", lived, code=2).stderr
    assert "is the history of roastery" in mowj("audit", "bakery", "--file", file, code=2).stderr
    text = tmp_path / "text"
    text.write_text("no event\n", encoding="utf-8")
    assert "line 1 is no event" in mowj("audit", "--file", text, code=2).stderr
    assert [path.name for path in tmp_path.glob(".*")] == []


def read_on(data: Path, days: int) -> None:
    """Let all workers read what was said meanwhile, some days later."""
    store = SqliteStore(data / "mowj.sqlite")
    try:
        with store.view() as view:
            now = max(record.event.recordedtime for record in view.log.campaign("roastery"))
        runtime = assemble(ROSTER, store, VirtualClock(now), decidedby=running_version())
        runtime.advance_to(now + timedelta(days=days))
    finally:
        store.close()


def test_an_ended_campaign_is_dropped_once_its_export_is_whole(lived: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(lived, tmp_path / "data"))
    file, days = tmp_path / "kept.jsonl", ("--grace-days", "0")
    (listed,) = answer("archive", "list", "--data", data)
    assert "it is live" in listed["why_not"]
    early = tmp_path / "early.jsonl"
    answer("archive", "export", "roastery", early, "--data", data)
    assert "it is live" in mowj("archive", "drop", "roastery", "--exported", early, "--data", data, code=2).stderr
    mowj("end", "roastery", "--by", "olivia", "--data", data)
    assert "has yet to read" in answer("archive", "list", "--data", data, *days)[0]["why_not"]
    read_on(data, 2)
    told = answer("archive", "export", "roastery", file, "--data", data)
    drop = ("archive", "drop", "roastery", "--exported", file, "--data", data)
    assert "it may be from" in mowj(*drop, code=2).stderr
    refused = mowj("archive", "drop", "roastery", "--exported", early, "--data", data, *days, code=2).stderr
    assert "export it again" in refused
    before = answer("audit", "--data", data)
    assert before["clean"], before["failures"]
    assert answer(*drop, *days)["events"] == told["events"]
    after = answer("audit", "--data", data)
    assert after["clean"], after["failures"]
    assert (after["events"], after["decisions"]) == (before["events"], 0)
    assert answer("audit", "--file", file)["decisions"] == before["decisions"]
    assert [(one["dropped"], one["live"]) for one in answer("archive", "list", "--data", data)] == [(True, False)]
    settings, remembered = read_settings(None, data), recall(data)
    assert remembered is not None
    assert list(remembered.files) == ["roastery"]
    assert files_of_use(settings, remembered) == {}, "a later `mowj run` offers nothing of it"
    assert "roastery" not in mowj("status", "--data", data).stdout
    for words in (("explain", "roastery"), ("report", "roastery"), ("status", "roastery"), drop[:-2]):
        assert "was dropped at" in mowj(*words, "--data", data, code=2).stderr
    with closing(sqlite3.connect(data / "mowj.sqlite")) as connection:
        (left,) = connection.execute("SELECT sum(length(event)) FROM log").fetchone()
    assert left < file.stat().st_size / 2
