"""What a run tells: logs with campaign and event, lines for people, events for programs, and changes in a folder."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.brief import load_brief
from config.settings import LogFormat, LogLevel, LogSettings
from events.campaign import (
    AccountPaused,
    AccountResumed,
    AuthorizationRestored,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    HistoryImported,
)
from events.envelope import Event, outside_id, type_name
from events.execution import PostApproved, PostRejected, RevisionReason
from events.runtime import EventSetAside
from events.strategy import StrategyApproved, StrategyOverridden, StrategyRejected
from events.terms import Fact, Mode
from tests.unit.workers.material import brief, content, revision, slot
from workers.command.logs import LogObserver, make_logger
from workers.command.news import news
from workers.command.progress import EventLines, Everyone, NewsLines
from workers.command.watching import traces
from workers.posts import Stock, proposed
from workers.runtime.observing import Observer
from workers.runtime.store.rows import Halt

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def event(fact: Fact) -> Event:
    identity = outside_id("/people/olivia", type(fact).__name__)
    return Event(
        identity, "/people/olivia", type_name(type(fact)), "spring", "default", NOW, NOW, fact, correlationid=identity
    )


PAUSED = event(CampaignPaused(reason="stock is out", by="olivia"))
ASIDE = event(EventSetAside(worker="planner", event="e1", event_type="mowj.PlanMade.v1", error="a defect"))


def logged(level: LogLevel, capsys: pytest.CaptureFixture[str], *events: Event) -> list[dict[str, object]]:
    observer = LogObserver(make_logger(LogSettings(level=level, format=LogFormat.JSON)))
    for one in events:
        observer.appended(one)
    observer.halted(Halt("planner", 3, "a gap", NOW))
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_log_line_names_campaign_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = logged(LogLevel.DEBUG, capsys, PAUSED)
    assert (first["event"], first["campaign"], first["id"]) == ("CampaignPaused", "spring", PAUSED.id)


def test_logs_repeat_no_words_that_people_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    assert "stock is out" not in json.dumps(logged(LogLevel.DEBUG, capsys, PAUSED))


def test_what_needs_a_person_is_logged_at_every_level_but_error(capsys: pytest.CaptureFixture[str]) -> None:
    levels = [(line["level"], line["event"]) for line in logged(LogLevel.WARNING, capsys, PAUSED, ASIDE)]
    assert levels == [("warning", "EventSetAside"), ("error", "partition halted")]


def test_programs_get_every_event_and_people_what_they_want_to_know() -> None:
    lines, sentences = io.StringIO(), io.StringIO()
    everyone = Everyone((EventLines(lines), NewsLines(sentences)))
    for one in (PAUSED, ASIDE):
        everyone.appended(one)
    assert [json.loads(line)["id"] for line in lines.getvalue().splitlines()] == [PAUSED.id, ASIDE.id]
    assert "stock is out" in sentences.getvalue()
    assert "planner could not decide on mowj.PlanMade.v1: a defect" in (news(ASIDE) or "")


APPROVED = event(PostApproved(post="plan-1.1#aa", fingerprint="aa", by="olivia"))


def test_what_a_person_said_through_another_process_is_told_once_when_a_worker_reads_it() -> None:
    lines, sentences = io.StringIO(), io.StringIO()
    everyone = Everyone((EventLines(lines), NewsLines(sentences)))
    for worker in ("planner", "editor"):
        everyone.decided(worker, PAUSED, 0.1)
        everyone.decided(worker, APPROVED, 0.1)
    assert [json.loads(line)["id"] for line in lines.getvalue().splitlines()] == [PAUSED.id, APPROVED.id]
    paused, approved = sentences.getvalue().splitlines()
    assert "CampaignPaused: by olivia: stock is out; nothing is published until it is resumed" in paused
    assert "PostApproved: plan-1.1#aa, by olivia" in approved


def test_what_was_told_when_it_was_said_here_is_not_told_again_when_it_is_read() -> None:
    sentences = io.StringIO()
    told = NewsLines(sentences)
    told.appended(PAUSED)
    told.decided("planner", PAUSED, 0.1)
    assert sentences.getvalue().count("CampaignPaused") == 1


def test_what_workers_say_is_told_by_the_process_that_they_run_in() -> None:
    lines = io.StringIO()
    EventLines(lines).decided("planner", ASIDE, 0.1)
    assert lines.getvalue() == ""


@pytest.mark.parametrize(
    "fact",
    [
        StrategyApproved(strategy="teach/a/b", fingerprint="aa", by="olivia"),
        StrategyRejected(strategy="teach/a/b", fingerprint="aa", by="olivia", reason="too loud"),
        StrategyOverridden(strategy="teach/a/b", by="olivia", reason=""),
        PostRejected(post="plan-1.1#aa", fingerprint="aa", by="olivia", reason=""),
        CampaignPaused(by="olivia", reason=""),
        CampaignResumed(by="olivia", reason=""),
        CampaignEnded(by="olivia", reason=""),
        AccountPaused(account="shop", reason="ill"),
        AccountResumed(account="shop", reason=""),
        AuthorizationRestored(account="shop", reason=""),
    ],
)
def test_whatever_a_person_says_is_news_of_who_or_what(fact: Fact) -> None:
    said = news(event(fact)) or ""
    assert "olivia" in said or "shop" in said
    assert not said.endswith((":", ": "))


def test_a_proposal_names_the_content_that_is_to_be_approved() -> None:
    desk = Stock(brief=brief(mode=Mode.APPROVE), contents={"tips/since": content("tips/since")})
    proposal = proposed(desk, slot("plan-1.1", NOW), "tips/since", 0)
    said = news(event(proposal), desk.brief) or ""
    assert said.startswith(f"tips/since, {proposal.traits.format} about {proposal.traits.topic}, for 2026-03-02 ")
    assert f"as {proposal.post}; WAITS for approval until" in said
    again = proposal.model_copy(update={"awaits_approval": False, "approve_by": None, "approved_as": "plan-1.1#aa"})
    said = news(event(again), desk.brief) or ""
    assert said.endswith(f"as {proposal.post}: approved already, as plan-1.1#aa")


def test_what_a_revision_left_as_it_was_is_no_change() -> None:
    changes = ("hours 7, 9 -> 7, 9", "formats photo, text -> text")
    said = news(event(revision((), reason=RevisionReason.AMENDED, changes=changes)), brief(mode=Mode.AUTOMATIC))
    assert said == "amended: formats photo, text -> text"
    said = news(event(revision((), reason=RevisionReason.AMENDED, changes=changes[:1])), brief(mode=Mode.AUTOMATIC))
    assert said == "amended: the same hours and formats"


def test_whoever_approves_posts_hears_that_an_amended_brief_asks_for_them_again() -> None:
    amended = event(revision((), reason=RevisionReason.AMENDED))
    again = "on another day are proposed again"
    assert again in (news(amended, brief(mode=Mode.APPROVE)) or "")
    assert again not in (news(amended, brief(mode=Mode.AUTOMATIC)) or "")


def test_everyone_passes_on_all_that_an_observer_is_told() -> None:
    told = {name for name in vars(Observer) if not name.startswith("_")}
    assert {name for name in vars(Everyone) if not name.startswith("_")} == told


def test_a_folder_changes_with_a_new_a_mended_and_a_removed_file(tmp_path: Path) -> None:
    seen = [traces(tmp_path)]
    post = tmp_path / "topic" / "post.md"
    post.parent.mkdir()
    post.write_text("one", encoding="utf-8")
    seen.append(traces(tmp_path))
    os.utime(post, ns=(1, 1))
    seen.append(traces(tmp_path))
    post.unlink()
    seen.append(traces(tmp_path))
    assert seen[0] == seen[3] == frozenset()
    assert len(set(seen)) == 3


def test_the_news_tell_the_time_in_the_campaigns_own_zone_and_name_it() -> None:
    out = io.StringIO()
    lines = NewsLines(out, {"spring": load_brief(Path("config/briefs/steady.yaml"), NOW).fact})
    lines.appended(PAUSED)
    NewsLines(out).appended(PAUSED)
    assert [line.split("  ")[0] for line in out.getvalue().splitlines()] == [
        "2026-03-02 09:00 CET",
        "2026-03-02 08:00 UTC",
    ]


def test_the_news_are_folded_between_words() -> None:
    out = io.StringIO()
    NewsLines(out, width=60).appended(event(CampaignPaused(reason="no beans", by="olivia")))
    first, second = out.getvalue().splitlines()
    assert (first[-2:], second) == ("no", "    beans; nothing is published until it is resumed")


def test_a_log_for_people_is_folded_between_words_and_says_its_times_zone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    log = make_logger(LogSettings(level=LogLevel.INFO, format=LogFormat.CONSOLE))
    log.info("running", workers=["analyst", "strategist", "planner"], data=".mowj")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(" UTC  info: running")
    assert second == "    workers=analyst,strategist,planner  data=.mowj"


def test_what_had_to_be_assumed_of_a_history_is_told() -> None:
    imported = HistoryImported(history="page", posts=2, rows=2, skipped=0, notes=("the history has topics …: tea",))
    assert news(event(imported)) == "2 past posts; the history has topics …: tea"
