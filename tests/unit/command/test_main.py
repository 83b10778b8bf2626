"""The entry: one BLAS thread, nothing heavy before it is needed, and a subcommand for everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from tests.unit.command.house import answer, mowj
from workers.command.main import application

COMMANDS = {
    "demo", "init", "plan", "run", "advise", "worker", "status", "approve", "reject", "pause", "resume", "stop", "end",
    "emit", "simulate", "content", "history", "preview", "requests", "explain", "report", "audit", "set-aside",
    "effects", "timers", "schema", "config", "doctor",
}  # fmt: skip


def entry(code: str, **environ: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    return subprocess.run(
        [sys.executable, "-c", f"import sys, os, workers.command.main as main\n{code}"],
        env={**env, **environ}, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip


def test_help_names_every_subcommand() -> None:
    said = mowj("--help").stdout
    assert {name for name in COMMANDS if f" {name} " not in said} == set()


def leaves(command: Any, name: str = "mowj") -> Iterator[tuple[str, set[str]]]:
    """Every command that does something, with its options."""
    for word, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, f"{name} {word}")
    if not hasattr(command, "commands"):
        yield name, {option for parameter in command.params for option in parameter.opts}


def test_every_command_answers_a_program_in_json_and_says_how() -> None:
    found = dict(leaves(typer.main.get_command(application())))
    assert len(found) > len(COMMANDS)
    assert {name for name, options in found.items() if "--json" not in options} == set()
    said = " ".join(mowj("--help").stdout.split())
    assert "--json prints one JSON document; run and worker print one event a line" in said
    assert "campaign's own zone" in said


def test_data_is_the_data_directory_wherever_it_is_an_option() -> None:
    for name, options in leaves(typer.main.get_command(application())):
        assert "--directory" not in options, name


def test_help_needs_neither_numpy_nor_pydantic() -> None:
    said = entry("main.application(); print('numpy' in sys.modules, 'pydantic' in sys.modules)")
    assert said.split() == ["False", "False"]


def test_the_mathematics_runs_on_one_thread_unless_somebody_says_otherwise() -> None:
    code = "print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS'])"
    assert entry(code).split() == ["1", "1"]
    assert entry(code, OPENBLAS_NUM_THREADS="4").split() == ["4", "1"]


def test_schemas_are_exported(tmp_path: Path) -> None:
    written = answer("schema", "export", tmp_path / "schemas")
    found = json.loads((tmp_path / "schemas" / "mowj.PostPublished.v1.json").read_text(encoding="utf-8"))
    assert found["$schema"].startswith("https://json-schema.org/")
    assert len(written) == len(list((tmp_path / "schemas").iterdir()))
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    assert str(in_the_way) in mowj("schema", "export", in_the_way, code=2).stderr


def test_secrets_are_masked(tmp_path: Path) -> None:
    path = tmp_path / "mowj.toml"
    path.write_text('[platforms.simulated.secrets]\ntoken = "hunter2"\n', encoding="utf-8")
    shown = mowj("config", "show", "--config", path)
    assert "platforms.simulated.secrets.token" in shown.stdout
    assert "hunter2" not in shown.stdout
    assert answer("config", "show", "--config", path)["platforms"]["simulated"]["secrets"]["token"] == "**********"
    assert answer("config", "check", "--config", path)["platforms"] == {"simulated": "simulated"}


def test_a_platform_in_the_settings_must_be_installed(tmp_path: Path) -> None:
    path = tmp_path / "mowj.toml"
    path.write_text('[platforms.instagram]\nplugin = "simulatd"\n', encoding="utf-8")
    assert "did you mean 'simulated'?" in mowj("config", "check", "--config", path, code=2).stderr
