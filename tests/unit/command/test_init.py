"""`mowj init`: whatever is answered, later commands accept what it writes; and it overwrites nothing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from config.brief import Brief, load_brief
from config.content import load_content
from config.history import import_history
from config.problems import InputError
from config.starter import campaign_of
from config.yaml_text import read_yaml
from events.terms import Goal
from workers.command.asking import answered
from workers.command.errors import UserError
from workers.command.init import ANSWERS, system_language, system_zone
from workers.command.interview import QUESTIONS, starting, understood
from workers.command.main import application

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = starting("shop", "en", "Europe/Berlin")


def mowj(*words: object) -> Result:
    return CliRunner().invoke(application(), [str(word) for word in words])


def made(folder: Path, *flags: str) -> Brief:
    result = mowj("init", folder, "--yes", *flags)
    assert result.exit_code == 0, result.output
    return load_brief(folder / "brief.yaml", NOW)


def test_every_answer_has_a_flag_and_every_question_is_answered_by_one() -> None:
    assert {question.name for question in QUESTIONS} == ANSWERS


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("language", ["en", "de", "fa", "fr-CA"])
def test_any_goal_in_any_language_makes_a_folder_that_all_loaders_accept(
    tmp_path: Path, goal: Goal, language: str
) -> None:
    brief = made(tmp_path / "shop", "--goal", goal.value, "--language", language)
    assert (brief.campaign, brief.fact.goal, brief.fact.language) == ("shop", goal, language)
    posts = load_content(tmp_path / "shop" / "content", brief)
    assert len({post.topic for post in posts}) == 2
    past = tmp_path / "shop" / "history"
    assert len(import_history(past / "example.csv", past / "mapping.yaml", brief, NOW).facts) == 5
    schema = json.loads((tmp_path / "shop" / "brief.schema.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(read_yaml(tmp_path / "shop" / "brief.yaml").data)) == []


@pytest.mark.parametrize("goal", list(Goal))
def test_without_a_history_its_plan_is_called_a_pilot_of_wide_intervals(tmp_path: Path, goal: Goal) -> None:
    folder = tmp_path / "shop"
    made(folder, "--goal", goal.value)
    inputs = ("--brief", folder / "brief.yaml", "--content", folder / "content")
    said = mowj("plan", *inputs)
    assert said.exit_code == 0, said.output
    assert "a pilot" in said.output
    analyzed = json.loads(mowj("plan", *inputs, "--json").output)["analysis"]
    formats = [level["engagement_rate"] for level in analyzed["levels"] if level["factor"] == "format"]
    assert analyzed["pilot"] is True
    assert all(rate["high"] > 4 * rate["low"] for rate in formats)


def test_what_it_says_to_type_next_works(tmp_path: Path) -> None:
    folder = tmp_path / "a shop"
    said = json.loads(mowj("init", folder, "--json", "--accounts", "instagram: @our_shop").output)
    assert sorted(said["files"]) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    )
    plan, simulate, _ = (shlex.split(command)[1:] for command in said["next"])
    assert mowj(*plan).exit_code == 0
    assert mowj(*simulate, "--days", "3").exit_code == 0
    assert all(command in (folder / "README.md").read_text(encoding="utf-8") for command in said["next"])


def test_what_to_type_next_begins_with_a_command_that_there_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", [str(Path.cwd() / ".venv" / "bin" / "mowj"), "init"])
    said = json.loads(mowj("init", tmp_path / "shop", "--json", "--yes").output)
    assert [command.split(" --")[0] for command in said["next"]] == [
        ".venv/bin/mowj plan", ".venv/bin/mowj simulate", ".venv/bin/mowj run"
    ]  # fmt: skip
    assert "    .venv/bin/mowj history check" in (tmp_path / "shop" / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/mowj")
    said = json.loads(mowj("init", tmp_path / "other", "--json", "--yes").output)
    assert {command.split()[0] for command in said["next"]} == {"mowj"}


def test_flags_become_the_brief_in_its_own_words(tmp_path: Path) -> None:
    fact = made(
        tmp_path / "shop",
        "--goal", "followers", "--worth", "2", "--budget", "500 €", "--tomorrow-costs", "10", "--boost-price", "15 eur",
        "--accounts", "simulated: one, simulated: two", "--topics", "yes, tea: green, café", "--formats", "photo",
        "--groups", "beginners: café; regulars", "--quiet-hours", "none", "--forbidden-topics", "politics",
        "--posts-per-day", "3", "--pieces-per-week", "0", "--days", "14", "--zone", "Asia/Tehran",
    ).fact  # fmt: skip
    assert (str(fact.outcome_worth), str(fact.budget), str(fact.boost_price)) == ("2.00 EUR", "500.00 EUR", "15.00 EUR")
    assert (fact.lost_per_day, fact.horizon_days, fact.zone) == (0.1, 14, "Asia/Tehran")
    assert [account.account for account in fact.accounts] == ["one", "two"]
    assert fact.topics == ("yes", "tea: green", "café")
    assert {segment.name: dict(segment.interests) for segment in fact.segments} == {
        "beginners": {"café": 2},
        "regulars": {},
    }
    assert (fact.constraints.quiet_hours, fact.constraints.forbidden_topics) == ((), ("politics",))
    assert (fact.constraints.posts_per_day, fact.constraints.pieces_per_week) == (3, 0)


def test_all_flags_that_cannot_be_understood_are_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    result = mowj(
        "init", tmp_path / "shop", "--yes", "--goal", "fame", "--worth", "lots", "--groups", "kids", "--days", "0",
        "--topics", "buy followers", "--quiet-hours", "0-24", "--zone", "Europe/Berln", "--budget", "3 USD",
    )  # fmt: skip
    assert result.exit_code == 2
    wrong = ("goal", "worth", "groups", "days", "topics", "quiet-hours", "zone", "budget")
    assert [f"--{name}: given" in result.output for name in wrong] == [True] * len(wrong)
    assert not (tmp_path / "shop").exists()


def test_a_flag_s_thousand_written_with_a_point_is_not_taken_for_one(tmp_path: Path) -> None:
    result = mowj("init", tmp_path / "shop", "--yes", "--budget", "1.000 EUR")
    assert result.exit_code == 2
    assert "a thousand is 1000 EUR" in " ".join(result.output.split())
    assert not (tmp_path / "shop").exists()


def test_what_is_there_is_overwritten_only_by_force(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    made(folder)
    (folder / "brief.yaml").write_text("mine", encoding="utf-8")
    refused = mowj("init", folder, "--yes")
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert (folder / "brief.yaml").read_text(encoding="utf-8") == "mine"
    made(folder, "--force")


def test_where_nobody_can_be_asked_it_says_which_flags_there_are(tmp_path: Path) -> None:
    result = mowj("init", tmp_path / "shop", "--goal", "sell")
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert "--worth" in result.output
    assert "--goal" not in result.output


def spoken(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    said: Iterator[str] = iter(answers)

    def answer(_: str = "") -> str:
        try:
            return next(said)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)


def test_enter_takes_the_default_and_an_answer_that_is_none_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken(monkeypatch, "de", "", "fame", "seen", *[""] * 10, "Jugendliche", "Eltern", *[""] * 4)
    answers = understood(answered(QUESTIONS, {}, START, is_asking=True))
    assert (answers.goal, answers.language, answers.zone) == (Goal.REACH, "de", "Europe/Berlin")
    assert (answers.topics, list(answers.groups)) == (("Produkte", "Tipps"), ["Eltern"])


def test_whoever_leaves_in_the_middle_is_told_that_nothing_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken(monkeypatch, "", "")
    with pytest.raises(UserError, match="nothing was written"):
        answered(QUESTIONS, {}, START, is_asking=True)


def test_a_flag_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken(monkeypatch, *[""] * (len(QUESTIONS) - 1))
    assert answered(QUESTIONS, {"goal": "seen"}, START, is_asking=True)["goal"] is Goal.REACH
    with pytest.raises(InputError):
        answered(QUESTIONS, {"goal": "fame"}, START, is_asking=False)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LC_ALL": "C", "LANG": "fa_IR"}, "fa"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "../x"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_system_s(environment: dict[str, str], language: str) -> None:
    assert system_language(environment) == language


def test_the_zone_is_the_system_s_where_it_is_one(tmp_path: Path) -> None:
    assert system_zone({"TZ": ":Asia/Tehran"}, tmp_path) == "Asia/Tehran"
    assert system_zone({"TZ": "EST5EDT4,M3"}, tmp_path) == "UTC"
    (tmp_path / "timezone").write_text("Europe/Lisbon\n", encoding="ascii")
    assert system_zone({}, tmp_path) == "Europe/Lisbon"
    (tmp_path / "timezone").unlink()
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/America/New_York")
    assert system_zone({}, tmp_path) == "America/New_York"


@pytest.mark.parametrize(("name", "campaign"), [("My Shop!", "my-shop"), ("کافه", "کافه"), ("...", "campaign")])
def test_the_campaign_is_called_as_its_folder(tmp_path: Path, name: str, campaign: str) -> None:
    assert campaign_of(tmp_path / name) == campaign


def test_a_post_that_costs_more_than_the_whole_budget_is_refused_where_it_is_asked(tmp_path: Path) -> None:
    result = mowj("init", tmp_path / "shop", "--yes", "--budget", "300 EUR", "--post-cost", "600 EUR")
    assert result.exit_code == 2
    assert "--post-cost" in result.output
    assert "at most 300 EUR" in " ".join(result.output.split())
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(("budget", "cost"), [("300 EUR", "5"), ("3 EUR", "3"), ("0 EUR", "0")])
def test_the_usual_cost_of_a_post_is_one_that_the_budget_pays(tmp_path: Path, budget: str, cost: str) -> None:
    brief = made(tmp_path / "shop", "--budget", budget)
    assert str(brief.fact.post_cost.amount) == cost
