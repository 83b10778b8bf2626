"""A person at the command line: `mowj` invoked in this process, on briefs and folders that a test may change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner, Result

from workers.command.main import application

BRIEFS: Final = Path("config/briefs")
CONTENT: Final = Path("config/content")
STARTS: Final = "2026-03-02T08:00:00+01:00"


def mowj(*words: str | Path, code: int = 0, env: dict[str, str] | None = None) -> Result:
    """The command's result, folded for no terminal; its exit code is checked, and a traceback is never accepted."""
    result = CliRunner().invoke(application(), [str(word) for word in words], env={"COLUMNS": None, **(env or {})})
    said = f"{result.stdout}\n{result.stderr}"
    assert result.exception is None or isinstance(result.exception, SystemExit), (said, result.exc_info)
    assert result.exit_code == code, said
    return result


def answer(*words: str | Path, code: int = 0) -> Any:
    """What a command prints with --json."""
    return json.loads(mowj(*words, "--json", code=code).stdout)


def brief(folder: Path, *changes: tuple[str, str], name: str = "steady") -> Path:
    """A copy of a shipped brief that starts on a fixed day, with these texts replaced."""
    text = (BRIEFS / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"the shipped brief has no {old!r}"
        text = text.replace(old, new)
    path = folder / "brief.yaml"
    path.write_text(f"{text}\nstarts: {STARTS}\n", encoding="utf-8")
    return path


def content(folder: Path, name: str = "steady") -> Path:
    """A copy of shipped posts."""
    return Path(shutil.copytree(CONTENT / name, folder / "content"))


def live(data: Path, files: Sequence[str | Path], days: float, code: int = 0) -> Result:
    """Some days of a campaign on the virtual clock, kept in `data`."""
    world = ("--platform", "simulated", "--world", "steady")
    return mowj("run", *files, *world, "--virtual-clock", "--days", str(days), "--data", data, code=code)
