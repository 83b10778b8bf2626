"""The entry: one BLAS thread, nothing heavy before it is needed, and a subcommand for everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.command.house import answer, mowj

COMMANDS = {
    "demo", "plan", "run", "worker", "status", "approve", "reject", "pause", "resume", "stop", "end", "emit",
    "simulate", "audit", "set-aside", "effects", "timers", "schema", "config", "doctor",
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
