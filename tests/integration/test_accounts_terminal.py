"""`mowj accounts add` on a real terminal: what is typed as a secret is nowhere to be seen."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TYPED = {"the name": "olivia", "the password": "correct horse battery"}


def test_a_typed_secret_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "mowj.toml").write_text('[platforms.inn]\nplugin = "tests.unit.command.lodge:factory"\n', "utf-8")
    terminal, its = pty.openpty()
    where = ("--channel", "inn", "--data", str(tmp_path / "data"), "--config", str(tmp_path / "mowj.toml"))
    command = [sys.executable, "-m", "workers.command.main", "accounts", "add", "shop", *where]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    child = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env=environment, cwd=ROOT, start_new_session=True
    )
    os.close(its)
    shown, waiting = "", dict(TYPED)
    while True:
        try:
            heard = os.read(terminal, 4096)
        except OSError:
            break
        if not heard:
            break
        shown += heard.decode(errors="replace")
        for asked in [asked for asked in waiting if shown.endswith(f"{asked}: ")]:
            os.write(terminal, f"{waiting.pop(asked)}\n".encode())
    os.close(terminal)
    assert child.wait(timeout=60) == 2, "the toy takes no password of this process"
    assert not waiting, shown
    assert "olivia" in shown
    assert TYPED["the password"] not in shown
    assert "inn refuses this login, so it was not kept" in " ".join(shown.split())
