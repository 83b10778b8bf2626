"""What an operator sees and does on a data directory that a run has left."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.runtime import EffectKind, EventSetAside
from tests.unit.command.house import answer, brief, live, mowj
from workers.analyst import WORKER
from workers.command.opening import opened
from workers.command.process import alone
from workers.runtime.batch import runtime_event
from workers.runtime.store.rows import EffectState, Gate
from workers.runtime.store.sqlite import SqliteStore


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of a campaign."""
    folder = tmp_path_factory.mktemp("lived")
    live(folder / "data", ("--brief", brief(folder), "--content", "config/content/steady"), 4)
    return folder / "data"


@pytest.fixture
def data(lived: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived, tmp_path / "data"))


def test_status_tells_strategy_plan_next_posts_and_kpis(data: Path) -> None:
    found = answer("status", "roastery", "--data", data)
    (campaign,) = found["campaigns"]
    assert campaign["phase"] == "running"
    assert campaign["posts"] > 0
    assert campaign["spent"] == campaign["posts"] * 6.0
    assert campaign["plan"].endswith(campaign["strategy"])
    assert [post["at"] for post in campaign["next_posts"]] == sorted(post["at"] for post in campaign["next_posts"])
    assert all(post["at"] >= found["now"] for post in campaign["next_posts"])
    assert {kpi["kpi"] for kpi in campaign["kpis"]} >= {"outcomes", "reach_per_post"}
    assert (found["uncertain"], found["set_aside"], found["halts"]) == ([], [], [])
    said = mowj("status", "--data", data).stdout
    assert campaign["strategy"] in said
    first = campaign["next_posts"][0]
    assert f"{first['format']} about {first['topic']}" in said


def test_status_shows_which_networks_are_silent_and_until_when_they_are_left_alone(data: Path) -> None:
    """An outage of a network is seen without reading any log."""
    (campaign,) = answer("status", "--data", data)["campaigns"]
    account = campaign["next_posts"][0]["account"]
    store = SqliteStore(data / "mowj.sqlite")
    later = datetime(2100, 1, 1, tzinfo=UTC)
    with store.transaction() as tx:
        tx.put_gate(Gate(account, failures=5, last="connection refused", opens=later))
    found = answer("status", "--data", data)["silent"]
    assert [(item["account"], item["until"][:10]) for item in found] == [(account, "2100-01-01")]
    said = " ".join(mowj("status", "--data", data).stdout.split())
    assert f"SILENT {account}: 5 calls in a row came to nothing: connection refused; called again at 2100-01-01" in said
    with store.transaction() as tx:
        tx.put_gate(Gate(account, retry_at=later))
    store.close()
    assert "the network asked to wait" in mowj("status", "--data", data).stdout


def test_status_says_whether_a_process_works_on_the_directory_whatever_a_dead_one_left(data: Path) -> None:
    idle = f"no `mowj run` works on {data}: nothing is planned or sent until one does"
    (data / "run.lock").write_text("1\n", encoding="utf-8")
    assert mowj("status", "--data", data).stdout.startswith(idle)
    assert answer("status", "--data", data)["process"] is False
    for member in ("run", "worker-analyst-planner"):
        with alone(data / f"{member}.lock"):
            assert answer("status", "--data", data)["process"] is True
            assert idle not in mowj("status", "--data", data).stdout
    (data / "simulated.lock").touch()
    with alone(data / "simulated.lock"):
        assert answer("status", "--data", data)["process"] is False


def test_a_directory_is_lived_through_by_one_process_at_a_time(data: Path) -> None:
    with alone(data / "run.lock"):
        said = mowj("run", "--virtual-clock", "--days", "5", "--data", data, code=2).stderr
    assert "works on" in said


def test_a_campaign_that_is_not_there_is_answered_with_the_nearest(data: Path) -> None:
    assert "did you mean 'roastery'?" in mowj("status", "roastry", "--data", data, code=2).stderr


def test_the_audit_is_clean_and_finds_an_event_that_was_tampered_with(data: Path) -> None:
    before = answer("audit", "--data", data)
    assert before["clean"]
    assert before["decisions"] > 100
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        (place, text) = connection.execute(
            "SELECT id, event FROM log WHERE name = 'PostPublished' ORDER BY place LIMIT 1"
        ).fetchone()
        event = json.loads(text)
        event["data"]["reference"] = "somebody-elses"
        connection.execute("UPDATE log SET event = ? WHERE id = ?", (json.dumps(event), place))
    connection.close()
    after = answer("audit", "--data", data, code=1)
    assert ("hash", place) in {(finding["kind"], finding["event"]) for finding in after["failures"]}
    assert place in mowj("audit", "roastery", "--data", data, code=1).stdout


def test_the_audit_of_a_log_that_was_cut_says_what_is_missing_and_how_many_findings_are_not_shown(data: Path) -> None:
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        connection.execute("DELETE FROM log WHERE place > 20")
    connection.close()
    said = mowj("audit", "--data", data, code=1)
    assert "what stood behind it is gone" in said.stdout
    findings = len(answer("audit", "--data", data, code=1)["failures"])
    assert f"and {findings - 40} more" in said.stderr


def test_timers_come_in_the_order_in_which_they_are_due(data: Path) -> None:
    timers = answer("timers", "list", "--data", data)
    assert {timer["worker"] for timer in timers} >= {"planner", "observer"}
    assert [timer["due"] for timer in timers] == sorted(timer["due"] for timer in timers)
    assert answer("timers", "list", "--campaign", "nobody", "--data", data) == []


def test_effects_are_listed_by_state(data: Path) -> None:
    done = answer("effects", "list", "--state", "done", "--data", data)
    posts = answer("status", "--data", data)["campaigns"][0]["posts"]
    assert sum(effect["kind"] == "publish" for effect in done) == posts
    assert answer("effects", "list", "--state", "uncertain", "--data", data) == []
    assert "allowed: asking" in mowj("effects", "list", "--state", "gone", "--data", data, code=2).stderr


def test_an_effect_that_is_done_is_neither_cancelled_nor_resolved(data: Path) -> None:
    key = answer("effects", "list", "--data", data)[0]["key"]
    assert "never sent" in mowj("effects", "cancel", key, "--data", data, code=2).stderr
    assert "only an uncertain one" in mowj("effects", "resolve", key, "--not-there", "--data", data, code=2).stderr
    assert "--found REF" in mowj("effects", "resolve", key, "--data", data, code=2).stderr
    assert "did you mean" in mowj("effects", "cancel", f"{key}x", "--data", data, code=2).stderr


def test_an_uncertain_effect_is_settled_by_a_persons_word_and_the_worker_is_told(data: Path) -> None:
    with opened(None, data) as store, store.store.transaction() as tx:
        row = next(row for row in tx.effects() if row.kind is EffectKind.PUBLISH)
        tx.put_effect(replace(row, state=EffectState.UNCERTAIN))
        key = row.key
    assert [item["key"] for item in answer("status", "--data", data)["uncertain"]] == [key]
    assert f"UNCERTAIN  {key}" in mowj("status", "--data", data).stdout
    settled = answer("effects", "resolve", key, "--found", "simulated-000042", "--data", data)
    assert (settled["state"], settled["reference"], settled["number"]) == ("done", "simulated-000042", 2)


def test_pause_resume_stop_and_end_hold_from_the_moment_that_they_return(data: Path) -> None:
    def holds() -> list[str]:
        return list(answer("status", "--data", data)["campaigns"][0]["holds"])

    mowj("pause", "roastery", "--reason", "stock is out", "--data", data)
    assert holds() == ["campaign paused: roastery"]
    assert "is paused already" in mowj("pause", "--all", "--data", data).stdout
    assert "HELD: campaign paused: roastery; `mowj resume roastery` ends it" in mowj("status", "--data", data).stdout
    mowj("stop", "--data", data)
    assert holds() == ["campaign paused: roastery", "emergency stop"]
    assert "`mowj resume --all` ends it" in mowj("resume", "roastery", "--data", data).stderr
    assert holds() == ["emergency stop"]
    mowj("resume", "--all", "--data", data)
    assert holds() == []
    assert "give a campaign, or --all" in mowj("pause", "--data", data, code=2).stderr
    mowj("end", "roastery", "--data", data)
    assert answer("status", "--data", data)["campaigns"][0]["phase"] == "ended"
    assert "has ended already" in mowj("end", "roastery", "--data", data).stdout


def test_the_end_of_the_emergency_stop_resumes_no_campaign_that_a_person_had_paused(data: Path) -> None:
    mowj("pause", "roastery", "--data", data)
    mowj("stop", "--data", data)
    said = mowj("resume", "--all", "--data", data).stdout
    assert "the emergency stop has ended" in said
    assert "roastery stays paused: `mowj resume roastery` resumes it" in said
    assert answer("status", "--data", data)["campaigns"][0]["holds"] == ["campaign paused: roastery"]
    assert "no emergency stop is on" in mowj("resume", "--all", "--data", data).stdout
    mowj("resume", "roastery", "--data", data)
    assert mowj("resume", "--all", "--data", data).stdout == "no emergency stop is on\n"


def test_a_held_account_is_shown_with_the_line_that_lets_it_go_on(data: Path) -> None:
    fact = "{account: roastery, reason: a look at it}"
    mowj("emit", "AccountPaused", "--fact", fact, "--data", data)
    (line,) = [line for line in mowj("status", "--data", data).stdout.splitlines() if "HELD: account paused" in line]
    command = line.split("`")[1]
    mowj(*shlex.split(command)[1:], "--data", data)
    assert "HELD" not in mowj("status", "--data", data).stdout


def test_what_is_emitted_is_stored_once_under_its_own_id(data: Path) -> None:
    words = ("emit", "ConversionRecorded", "--campaign", "roastery", "--fact", '{"count": 3}', "--id", "order-17")
    before = answer("status", "--data", data)["campaigns"][0]["outcomes"]
    first = answer(*words, "--data", data)
    assert answer(*words, "--data", data) == first
    assert answer("status", "--data", data)["campaigns"][0]["outcomes"] == before + 3


def test_an_event_that_nobody_can_decide_on_is_listed_shown_and_replayed(data: Path) -> None:
    with opened(None, data) as store, store.store.transaction() as tx:
        cause = tx.log.campaign("roastery")[-1].event
        fact = EventSetAside(worker=WORKER.name, event=cause.id, event_type=cause.type, error="a defect")
        notice = runtime_event(WORKER.name, cause, fact, store.shell.now())
        tx.append(store.shell.partition("roastery"), notice)
    (item,) = answer("set-aside", "list", "--data", data)
    assert (item["event"], item["worker"], item["error"], item["replayed"]) == (cause.id, "analyst", "a defect", False)
    assert json.loads(mowj("set-aside", "show", cause.id[:8], "--data", data).stdout)[0]["original"]["id"] == cause.id
    assert "SET ASIDE" in mowj("status", "--data", data).stdout
    assert (
        "was not set aside for planner"
        in mowj("set-aside", "replay", cause.id, "--worker", "planner", "--data", data, code=2).stderr
    )
    mowj("set-aside", "replay", cause.id, "--data", data)
    assert answer("set-aside", "list", "--data", data)[0]["replayed"]
    assert "SET ASIDE" not in mowj("status", "--data", data).stdout
    assert "no event was set aside as" in mowj("set-aside", "show", "nothing", "--data", data, code=2).stderr


def test_a_directory_keeps_its_clock(data: Path) -> None:
    assert "lives on the virtual clock" in mowj("run", "--data", data, code=2).stderr


def test_a_directory_keeps_its_world(data: Path) -> None:
    said = mowj("run", "--world", "outage", "--virtual-clock", "--data", data, code=2).stderr
    assert "belongs to world 'steady'" in said


def test_a_run_that_is_continued_says_what_a_run_in_one_says(tmp_path: Path) -> None:
    files = ("--brief", brief(tmp_path), "--content", "config/content/steady")
    live(tmp_path / "one", files, 3)
    live(tmp_path / "two", files, 1.5)
    live(tmp_path / "two", (), 3)
    assert _said(tmp_path / "one") == _said(tmp_path / "two")


def _said(data: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        rows = connection.execute("SELECT event FROM log ORDER BY partition, place").fetchall()
    connection.close()
    events = [json.loads(text) for (text,) in rows]
    assert len(events) > 50
    return [(event["id"], event["type"], event["time"], json.dumps(event["data"], sort_keys=True)) for event in events]
