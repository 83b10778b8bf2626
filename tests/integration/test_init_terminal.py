"""`mowj init` on a real terminal: it asks, takes what is typed, and says in words when somebody leaves."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from config.brief import load_brief
from events.terms import Goal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def conversation(folder: Path, answers: Iterator[str]) -> tuple[str, int]:
    """What the terminal showed, and the exit code; after the last answer the person leaves by Ctrl-D."""
    terminal, its = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "80", "LANG": "de_DE.UTF-8"}
    command = [sys.executable, "-m", "workers.command.main", "init", str(folder)]
    child = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True)
    os.close(its)
    shown = ""
    while True:
        try:
            heard = os.read(terminal, 4096)
        except OSError:
            break
        if not heard:
            break
        shown += heard.decode(errors="replace")
        if re.search(r"\(.*\): $", shown):
            answer = next(answers, None)
            os.write(terminal, b"\x04" if answer is None else f"{answer}\n".encode())
    os.close(terminal)
    return shown, child.wait(timeout=30)


def test_a_person_answers_some_questions_and_takes_the_rest_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "laden"
    shown, code = conversation(folder, iter(["", "", "fame", "followers", "Mehr Freunde", *[""] * 20]))
    assert code == 0, shown
    assert "sell, followers or seen" in shown, "what is allowed, after an answer that is none"
    assert " plan --brief" in " ".join(shown.split()), "what to type next, as the command is called here"
    brief = load_brief(folder / "brief.yaml", NOW)
    assert (brief.fact.goal, brief.fact.title, brief.fact.language) == (Goal.FOLLOW, "Mehr Freunde", "de")


def test_whoever_leaves_has_written_nothing(tmp_path: Path) -> None:
    shown, code = conversation(tmp_path / "laden", iter(["", ""]))
    assert code == 2
    assert "nothing was written" in shown
    assert not (tmp_path / "laden").exists()
