"""`mowj run` is killed while it says what it was given; a bare `mowj run` goes on with the rest."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.integration.running import ENVIRONMENT, SPEED, mowj, started, until
from tests.integration.test_run import NETWORK, STEADY

KILLED: Final = 9
DYING: Final = """
import os, sys
from workers.command.main import main
from workers.runtime.intake import Intake

accept, left = Intake.accept, [int(sys.argv.pop(1))]

def dying(self, *fact, **how):
    left[0] -= 1
    if left[0] < 0:
        os._exit(9)
    return accept(self, *fact, **how)

Intake.accept = dying
main()
"""
"""`mowj` that dies, as by SIGKILL, when so many facts were accepted."""


def dying_after(facts: int, *words: str | Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(facts), *map(str, words)],
        env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode


def said(data: Path, name: str) -> int:
    with closing(sqlite3.connect(data / "mowj.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM log WHERE name = ?", (name,)).fetchone()
    return int(count)


@pytest.mark.parametrize("facts", [0, 5])
def test_a_bare_run_goes_on_after_a_kill_between_two_offers(tmp_path: Path, facts: int) -> None:
    data = tmp_path / "data"
    words = ("run", *STEADY, *NETWORK, "--compress", str(SPEED), "--data", data)
    assert dying_after(facts, *words) == KILLED
    assert said(data, "CampaignBriefed") == 0
    assert said(data, "ContentOffered") == facts
    with started(data, "run") as again:
        until(lambda: said(data, "PlanMade"), again)
        assert again.stop() == 0
    assert (said(data, "CampaignBriefed"), said(data, "ContentOffered")) == (1, 72)
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]


def test_a_rehearsal_that_was_killed_between_two_offers_goes_on_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    virtual = ("--virtual-clock", "--days", "1", "--data", data)
    assert dying_after(5, "run", *STEADY, *NETWORK, *virtual) == KILLED
    mowj("run", *virtual)
    assert (said(data, "CampaignBriefed"), said(data, "ContentOffered")) == (1, 72)


def test_a_start_that_is_refused_is_not_remembered(tmp_path: Path) -> None:
    data, brief = tmp_path / "data", tmp_path / "brief.yaml"
    with started(data, "run", *STEADY, *NETWORK) as first:
        until(lambda: '"running"' in first.log.read_text(encoding="utf-8"), first)
        assert first.stop() == 0
    before = (data / "run.json").read_text(encoding="utf-8")
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    brief.write_text(shipped.replace("campaign: roastery", "campaign: rival"), encoding="utf-8")
    with started(data, "run", "--brief", brief, "--content", "config/content/steady") as rival:
        assert rival.process.wait(60) == 2
        assert "belongs to the live campaign 'roastery'" in rival.log.read_text(encoding="utf-8")
    assert (data / "run.json").read_text(encoding="utf-8") == before


def test_a_bare_run_with_nothing_to_go_on_with_says_what_to_type(tmp_path: Path) -> None:
    with started(tmp_path / "data", "run") as bare:
        until(lambda: "mowj run --brief YAML --content DIR" in bare.log.read_text(encoding="utf-8"), bare)
        until(lambda: '"running"' in bare.log.read_text(encoding="utf-8"), bare)
        assert bare.stop() == 0


def test_workers_beside_a_run_leave_its_files_remembered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", *STEADY, *NETWORK) as first:
        until(lambda: '"running"' in first.log.read_text(encoding="utf-8"), first)
        assert first.stop() == 0
    files = json.loads((data / "run.json").read_text(encoding="utf-8"))["files"]
    with started(data, "worker", "analyst") as mind:
        until(lambda: '"running"' in mind.log.read_text(encoding="utf-8"), mind)
        assert mind.stop() == 0
    assert list(files) == ["roastery"]
    assert json.loads((data / "run.json").read_text(encoding="utf-8"))["files"] == files
