"""Whoever speaks at the command line is named, in any script, and never by nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.command.house import brief, live, mowj
from workers.command.opening import opened


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    live(folder / "data", ("--brief", brief(folder), "--content", "config/content/steady"), 0.2)
    return folder / "data"


@pytest.mark.parametrize("by", ["", "  ", "a\tb", "o" * 201])
def test_nobody_pauses_in_nobodys_name(data: Path, by: str) -> None:
    said = mowj("pause", "roastery", "--by", by, "--data", data, code=2).stderr
    assert "who says so" in said
    assert "goes on from now" not in mowj("resume", "roastery", "--data", data).stdout, "it was not paused"


def test_a_person_is_called_anything_in_any_script(data: Path) -> None:
    for by in ("olivia meier", "علی‌رضا", "agency/7"):
        assert "is paused" in mowj("pause", "roastery", "--by", by, "--data", data).stdout
        assert "goes on" in mowj("resume", "roastery", "--by", by, "--data", data).stdout
    with opened(None, data) as store, store.store.view() as view:
        sources = {event.source for event in (record.event for record in view.log.campaign("roastery"))}
    assert {"/people/olivia%20meier", "/people/agency%2F7"} <= sources
