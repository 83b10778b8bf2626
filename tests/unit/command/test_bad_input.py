"""Bad input is answered in a sentence: what was given, what is allowed, and with exit code 2."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.unit.command.house import brief, content, live, mowj
from workers.command.process import alone

VIRTUAL = ("--virtual-clock", "--days", "1")


def test_a_brief_without_content_is_refused() -> None:
    assert "--content" in mowj("run", "--brief", "config/briefs/steady.yaml", code=2).stderr


def test_days_are_refused_in_real_time(tmp_path: Path) -> None:
    files = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
    assert "--virtual-clock" in mowj("run", *files, "--days", "3", "--data", tmp_path, code=2).stderr


def test_a_compressed_clock_is_refused_outside_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOWJ_TESTING", raising=False)
    said = mowj("run", "--compress", "100", "--data", tmp_path / "made", code=2).stderr
    assert "MOWJ_TESTING=1" in said
    assert not (tmp_path / "made").exists(), "nothing is made for what is refused"


def test_every_mistake_of_brief_and_content_is_named_with_its_place(tmp_path: Path) -> None:
    posts = content(tmp_path)
    broken = next(posts.rglob("*.md"))
    broken.write_text(broken.read_text(encoding="utf-8").replace("appeal:", "apeal:"), encoding="utf-8")
    wants_history = brief(tmp_path, ("campaign: roastery", "campaign: roastery\nhistory: page-2025"))
    said = mowj("run", "--brief", wants_history, "--content", posts, *VIRTUAL, code=2).stderr
    assert f"{broken}:" in said
    assert "did you mean 'appeal'?" in said
    assert "history: given 'page-2025'; allowed: a history that is given too" in said


def test_a_mistake_in_the_brief_names_file_line_field_and_the_nearest_word(tmp_path: Path) -> None:
    path = brief(tmp_path, ("goal: convert", "goal: convrt"))
    line = path.read_text(encoding="utf-8").splitlines().index("goal: convrt") + 1
    said = mowj("run", "--brief", path, "--content", "config/content/steady", *VIRTUAL, code=2).stderr
    assert f"{path}:{line}: goal: given 'convrt'" in said
    assert "did you mean 'convert'?" in said


def test_a_history_needs_its_mapping(tmp_path: Path) -> None:
    files = ("--brief", brief(tmp_path), "--content", "config/content/steady", "--history", tmp_path / "posts.csv")
    assert "--mapping" in mowj("run", *files, *VIRTUAL, code=2).stderr


def test_a_channel_that_nothing_serves_is_named(tmp_path: Path) -> None:
    path = brief(tmp_path, ("channel: simulated", "channel: instagram"))
    said = mowj("run", "--brief", path, "--content", "config/content/steady", *VIRTUAL, code=2).stderr
    assert "nothing serves instagram" in said
    assert "simulated" in said


def test_a_plan_asks_no_network_and_says_which_run_would_not_find(tmp_path: Path) -> None:
    path = brief(tmp_path, ("channel: simulated", "channel: instagram"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("starts:")], encoding="utf-8")
    said = mowj("plan", "--brief", path, "--content", "config/content/steady", "--json")
    assert json.loads(said.stdout)["plan"]
    assert "No plug-in serves instagram yet" in said.stderr


def test_an_unknown_platform_and_an_unknown_world_are_refused(tmp_path: Path) -> None:
    files = ("--brief", brief(tmp_path), "--content", "config/content/steady")
    assert "did you mean 'simulated'?" in mowj("run", *files, "--platform", "simulatd", *VIRTUAL, code=2).stderr
    assert "did you mean 'steady'?" in mowj("run", *files, "--world", "stedy", *VIRTUAL, code=2).stderr


def test_an_unknown_worker_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'planner'?" in mowj("worker", "planer", "--data", tmp_path, code=2).stderr


def test_an_unknown_setting_is_refused_with_file_line_and_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "mowj.toml"
    path.write_text("[http]\nprot = 1\n", encoding="utf-8")
    assert f"{path}:2: http.prot" in mowj("config", "check", "--config", path, code=2).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("status",), ("audit",), ("timers", "list"), ("effects", "list"), ("set-aside", "list"), ("approve", "x"),
        ("reject", "x"), ("pause", "x"), ("resume", "--all"), ("stop",), ("end", "x"),
    ],
)  # fmt: skip
def test_nothing_is_made_where_nothing_was_started(tmp_path: Path, words: tuple[str, ...]) -> None:
    data = tmp_path / "nothing"
    assert "start with `mowj run`" in mowj(*words, "--data", data, code=2).stderr
    assert not data.exists()


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    assert "--data DIR" in mowj("run", "--data", in_the_way / "data", code=2).stderr


def test_workers_in_processes_of_their_own_refuse_a_network_that_lives_in_one(tmp_path: Path) -> None:
    live(tmp_path, ("--brief", brief(tmp_path), "--content", "config/content/steady"), 0.1)
    (tmp_path / "run.json").unlink()
    assert "simulated-remote" in mowj("worker", "publisher", "--data", tmp_path, code=2).stderr


def test_a_second_start_says_who_works_there_and_how_to_stop_it(tmp_path: Path) -> None:
    with alone(tmp_path / "run.lock"):
        said = mowj("run", "--data", tmp_path, code=2).stderr
    assert f"`mowj run` (process {os.getpid()}) works on {tmp_path} already" in said
    assert f"`kill {os.getpid()}`, or name another --data DIR" in said
    with alone(tmp_path / "run.lock"):
        assert (tmp_path / "run.lock").read_text(encoding="utf-8") == f"{os.getpid()}\n"


def test_a_setting_from_the_environment_is_refused_by_its_variables_name(tmp_path: Path) -> None:
    for name, field in (("MOWJ_HTTP__PORT", "http.port"), ("MOWJ_HTTP__PROT", "http.prot")):
        said = mowj("config", "check", code=2, env={name: "many"}).stderr
        assert said.startswith(f"environment variable {name}: {field}: given")


def test_a_folder_that_is_missing_is_told_from_one_that_is_empty_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    files = ("plan", "--brief", brief(tmp_path, ("days: 60", "days: 730")), "--content")
    assert (
        f"{tmp_path / 'nowhere'}: (folder): given no such folder" in mowj(*files, tmp_path / "nowhere", code=2).stderr
    )
    assert f"{tmp_path / 'empty'}: (folder): given no post" in mowj(*files, tmp_path / "empty", code=2).stderr
    assert "(folder): given a file" in mowj(*files, tmp_path / "brief.yaml", code=2).stderr


class TestEmit:
    def test_an_unknown_type_is_answered_with_the_nearest(self, tmp_path: Path) -> None:
        said = mowj("emit", "ConversionRecordd", "--data", tmp_path, code=2).stderr
        assert "did you mean 'ConversionRecorded'?" in said

    def test_what_only_mowj_says_is_refused(self, tmp_path: Path) -> None:
        assert "is said by Mowj itself" in mowj("emit", "PlanMade", "--data", tmp_path, code=2).stderr

    def test_a_field_that_does_not_fit_is_named_with_what_is_allowed(self, tmp_path: Path) -> None:
        words = ("emit", "ConversionRecorded", "--campaign", "roastery", "--fact", '{"cout": 2, "value": 3}')
        said = mowj(*words, "--data", tmp_path, code=2).stderr
        assert "--fact:1: cout: given 'cout'" in said
        assert "did you mean 'count'?" in said
        assert "value: given" in said

    def test_data_in_a_file_are_named_by_their_line(self, tmp_path: Path) -> None:
        path = tmp_path / "sale.json"
        path.write_text('{\n  "count": 0\n}\n', encoding="utf-8")
        said = mowj("emit", "ConversionRecorded", "--fact", f"@{path}", "--data", tmp_path, code=2).stderr
        assert f"{path}:2: count: given 0" in said

    def test_a_time_without_zone_is_refused(self, tmp_path: Path) -> None:
        live(tmp_path, ("--brief", brief(tmp_path), "--content", "config/content/steady"), 0.1)
        words = ("emit", "ConversionRecorded", "--campaign", "roastery", "--time", "2026-03-02T09:00")
        assert "offset" in mowj(*words, "--data", tmp_path, code=2).stderr
        assert "nobody" in mowj("emit", "ConversionRecorded", "--campaign", "nobody", "--data", tmp_path, code=2).stderr
        assert "--campaign is missing" in mowj("emit", "ConversionRecorded", "--data", tmp_path, code=2).stderr

    def test_a_time_that_cannot_be_is_answered_in_a_sentence(self, tmp_path: Path) -> None:
        live(tmp_path, ("--brief", brief(tmp_path), "--content", "config/content/steady"), 0.1)
        words = ("emit", "ConversionRecorded", "--campaign", "roastery", "--data", tmp_path, "--time")
        for absurd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2999-01-01T00:00:00+00:00", "9" * 20):
            said = mowj(*words, absurd, code=2).stderr
            assert said.startswith(f"--time: given '{absurd}'; allowed: a time")

    def test_money_that_is_written_otherwise_is_answered_with_its_form(self, tmp_path: Path) -> None:
        words = ("emit", "ConversionRecorded", "--campaign", "roastery", "--data", tmp_path, "--fact")
        said = mowj(*words, '{"value": "25 EUR"}', code=2).stderr
        assert "allowed: several fields: {amount: …, currency: …}" in said


def test_an_option_that_is_given_twice_is_refused_and_not_half_lost(tmp_path: Path) -> None:
    words = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
    said = mowj("plan", *words, "--history", "a.csv", "--mapping", "m.yaml", "--history=b.csv", code=2).stderr
    assert "--history is given 2 times, and only one is taken." in " ".join(said.split())


def test_whoever_has_no_mapping_is_told_what_writes_one(tmp_path: Path) -> None:
    words = ("--brief", "config/briefs/steady.yaml", "--content", "config/content/steady")
    said = mowj("plan", *words, "--history", "past.csv", code=2).stderr
    assert "`mowj history check past.csv --write-mapping FILE` writes one" in " ".join(said.split())
