"""The README's commands exist as it writes them, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from config.brief import load_brief
from config.content import load_content
from config.history import import_history
from events.campaign import PostObserved
from events.execution import MetricObserved
from workers.command.main import application

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = sorted({line.split("#")[0].strip() for line in re.findall(r"(?<![\w/])mowj [a-z][^\n`]*", README)})


def test_the_two_commands_that_a_newcomer_needs_come_first() -> None:
    first, second = README.splitlines()[:2]
    assert first.split()[:2] == ["make", "demo"]
    assert second.split()[:2] == ["make", "test"]


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_is_one_that_mowj_knows(line: str) -> None:
    words = line.split()[1:]
    command: Any = typer.main.get_command(application())
    while (name := words[0] if words else "") in getattr(command, "commands", {}):
        command, words = command.commands[name], words[1:]
    assert not hasattr(command, "commands"), f"{name!r} is no command"
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_command_lines_were_found() -> None:
    assert len(LINES) > 10


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_world_that_ships_is_counted() -> None:
    assert len(list((ROOT / "config" / "worlds").glob("*.yaml"))) == 15
    assert "`config/worlds/` has fifteen" in README


def block(language: str, first: str) -> str:
    """The README's block of that language that begins so."""
    (found,) = re.findall(rf"```{language}\n({re.escape(first)}.*?)```", README, re.DOTALL)
    return str(found)


def mowj(*words: str) -> Result:
    result = CliRunner().invoke(application(), list(words))
    assert result.exit_code == 0, (words, result.output)
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a newcomer stands who has typed `mowj init my-shop` and Enter ever since."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    mowj("init", "my-shop", "--yes")
    return tmp_path


def test_what_a_newcomer_types_one_after_the_other_works_as_it_stands(here: Path) -> None:
    (here / "past.csv").write_text(block("csv", "published_at"), encoding="utf-8")
    (here / "my-shop" / "content" / "knife.md").write_text(block("", "---\ntopic"), encoding="utf-8")
    own, _ = README.split("## Your own campaign\n")[1].split("## Real accounts\n")
    typed = [
        line for code in re.findall(r"^```\w*\n(.*?)^```$", own, re.DOTALL | re.MULTILINE) for line in code.splitlines()
    ]
    commands = [shlex.split(line, comments=True)[1:] for line in typed if line.startswith("mowj ")]
    assert [words[0] for words in commands] == [
        "init",
        "plan",
        "content",
        "preview",
        "history",
        "plan",
        "simulate",
        "run",
    ]
    for words in commands[1:]:
        said = mowj(*words).output
    assert "WAITS for approval" in said
    assert "4 posts" in mowj(*commands[4], "--force").output


def test_what_is_typed_while_it_runs_is_about_the_same_campaign(here: Path) -> None:
    del here
    mowj("run", "--brief", "my-shop/brief.yaml", "--content", "my-shop/content", "--days", "0.1", "--virtual-clock",
         "--data", ".mowj")  # fmt: skip
    assert "my-shop" in mowj("status").stdout
    for line in LINES:
        words = ["my-shop" if word == "CAMPAIGN" else word for word in line.split()[1:]]
        if words[0] in {"explain", "report", "pause", "stop", "audit", "requests"}:
            mowj(*words)


def test_the_example_of_a_post_is_one_that_the_first_brief_takes(here: Path) -> None:
    (here / "knife.md").write_text(block("", "---\ntopic"), encoding="utf-8")
    (here / "posts").mkdir()
    (here / "knife.md").rename(here / "posts" / "knife.md")
    (post,) = load_content(here / "posts", load_brief(here / "my-shop" / "brief.yaml", NOW))
    assert (post.content, post.topic, post.format, post.media) == ("knife", "tips", "text", ())


def test_the_example_of_a_history_is_read_by_the_plain_mapping_as_it_stands(here: Path) -> None:
    csv = here / "past.csv"
    csv.write_text(block("csv", "published_at"), encoding="utf-8")
    assert len(csv.read_text(encoding="utf-8").splitlines()) == 5
    brief = load_brief(here / "my-shop" / "brief.yaml", NOW)
    history = import_history(csv, ROOT / "config" / "mappings" / "plain.yaml", brief, NOW)
    posts = [one.fact for one in history.facts if isinstance(one.fact, PostObserved)]
    assert [(post.reference, post.traits.format, post.traits.hour) for post in posts] == [
        ("p-101", "text", 9), ("p-102", "photo", 18), ("p-103", "photo", 9), ("p-104", "text", 20),
    ]  # fmt: skip
    counters = [dict(one.fact.counters) for one in history.facts if isinstance(one.fact, MetricObserved)]
    assert counters[1] == {"reach": 1730}, "an empty cell is unknown, not zero"


def test_the_plain_mapping_shows_the_header_that_it_reads() -> None:
    lines = (ROOT / "config" / "mappings" / "plain.yaml").read_text(encoding="utf-8").splitlines()
    assert f"#   {block('csv', 'published_at').splitlines()[0]}" in lines
