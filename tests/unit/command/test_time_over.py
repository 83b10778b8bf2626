"""A campaign whose time is over, or that nobody can approve, is not waited for in silence."""

from __future__ import annotations

from pathlib import Path

from tests.unit.command.house import brief, content, live, mowj
from workers.command.ended import past_horizon
from workers.command.opening import log_end, open_store, read_settings

FILES = ("--content", "config/content/steady")


def test_a_campaign_that_would_be_over_is_refused_with_its_dates(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    shipped = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    path.write_text(f"{shipped}\nstarts: 2019-01-01\n", encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    for command in (("plan",), ("run", "--data", tmp_path / "data")):
        said = mowj(*command, "--brief", path, *FILES, code=2).stderr
        assert f"{path}:{line}: starts: given 2019-01-01 and 60 days, so it ended 2019-03-02; allowed: " in said


def test_an_ended_campaign_is_not_run_again_in_silence(tmp_path: Path) -> None:
    files = ("--brief", brief(tmp_path), "--content", content(tmp_path))
    data = tmp_path / "data"
    live(data, files, 0.1)
    mowj("end", "roastery", "--data", data, "--by", "olivia", "--reason", "sold out")
    for words in ((*files, "--days", "1"), ("--days", "1")):
        said = mowj("run", *words, "--virtual-clock", "--data", data, code=2).stderr
        assert "roastery ended at 2026-03-02" in said
        assert "by olivia (sold out); start another" in said
        assert "`campaign:`" in said


def test_a_campaign_past_its_days_is_named_with_what_closes_it(tmp_path: Path) -> None:
    path = brief(tmp_path, ("days: 60", "days: 1"))
    live(tmp_path / "data", ("--brief", path, *FILES), 2)
    store = open_store(read_settings(None, tmp_path / "data"))
    try:
        now = log_end(store)
        assert now is not None
        (said,) = past_horizon(store, now)
    finally:
        store.close()
    assert said.startswith("roastery was over at 2026-03-03 08:00 CET")
    assert "`mowj end roastery`" in said


def test_a_run_says_first_that_nobody_can_approve_on_a_virtual_clock_in_memory(tmp_path: Path) -> None:
    approve = brief(tmp_path, ("mode: automatic", "mode: approve"))
    words = ("run", "--brief", approve, *FILES, "--virtual-clock", "--days", "0.1")
    said = mowj(*words)
    assert "`mode: automatic`" in said.stderr
    assert "mowj approve" not in said.stdout, "no command is offered that cannot work"
    data = tmp_path / "data"
    said = mowj(*words, "--data", data)
    assert "approve with `mowj approve" in said.stderr
    (command,) = [line for line in said.stdout.splitlines() if "mowj approve" in line]
    assert "StrategyApproved recorded" in mowj(*command.split()[1:]).stdout, "the line can be copied as it stands"


def test_advice_does_not_wait(tmp_path: Path) -> None:
    advise = brief(tmp_path, ("mode: automatic", "mode: advise"))
    said = mowj("run", "--brief", advise, *FILES, "--virtual-clock", "--days", "1")
    assert "mode is advise" in said.stderr
    assert "PostProposed" in said.stdout
    assert "WAITS" not in said.stdout


def test_a_plan_stands_where_a_run_would_be_refused_for_want_of_a_network(tmp_path: Path) -> None:
    path = brief(tmp_path, ("channel: simulated", "channel: instagram"), ("days: 60", "days: 730"))
    words = ("--brief", path, *FILES)
    assert "nothing serves instagram" in mowj("run", *words, "--data", tmp_path / "d", code=2).stderr
    assert "PlanMade" in mowj("plan", *words, "--platform", "simulated").stdout
