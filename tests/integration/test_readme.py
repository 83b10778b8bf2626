"""The README's commands exist as it writes them, and its links lead somewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main

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


def test_the_example_of_a_post_is_one_that_the_example_of_a_brief_takes(tmp_path: Path) -> None:
    (tmp_path / "since.md").write_text(block("", "---\ntopic"), encoding="utf-8")
    brief = load_brief(ROOT / "config" / "briefs" / "demo.yaml", NOW)
    (post,) = load_content(tmp_path, brief)
    assert (post.content, post.topic, post.format, post.media) == ("since", "grammar", "text", ())


def test_the_example_of_a_history_is_read_by_the_plain_mapping_as_it_stands(tmp_path: Path) -> None:
    csv = tmp_path / "past.csv"
    csv.write_text(block("csv", "published_at"), encoding="utf-8")
    assert len(csv.read_text(encoding="utf-8").splitlines()) == 5
    brief = load_brief(ROOT / "config" / "briefs" / "demo.yaml", NOW)
    history = import_history(csv, ROOT / "config" / "mappings" / "plain.yaml", brief, NOW)
    posts = [one.fact for one in history.facts if isinstance(one.fact, PostObserved)]
    assert [(post.reference, post.traits.format, post.traits.hour) for post in posts] == [
        ("p-101", "photo", 9), ("p-102", "video", 18), ("p-103", "photo", 9), ("p-104", "text", 20),
    ]  # fmt: skip
    counters = [dict(one.fact.counters) for one in history.facts if isinstance(one.fact, MetricObserved)]
    assert counters[1] == {"reach": 1730}, "an empty cell is unknown, not zero"


def test_the_plain_mapping_shows_the_header_that_it_reads() -> None:
    lines = (ROOT / "config" / "mappings" / "plain.yaml").read_text(encoding="utf-8").splitlines()
    assert f"#   {block('csv', 'published_at').splitlines()[0]}" in lines
