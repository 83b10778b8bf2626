"""The README's commands exist as it writes them, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from workers.command.main import application

ROOT = Path(__file__).parents[2]
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
    assert len(list((ROOT / "config" / "worlds").glob("*.yaml"))) == 6
    assert "`config/worlds/` has six" in README
