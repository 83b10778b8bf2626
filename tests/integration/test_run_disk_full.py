"""`mowj run` on a disk that fills up: it ends with the disk's own words, and goes on where there is room again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.integration.running import ENVIRONMENT, SPEED, mowj, started, until
from tests.integration.test_run import NETWORK, STEADY, accepted

NARROW: Final = """
import sys
from workers.command.main import main
from workers.runtime.store.sqlite import SqliteStore

opened, pages = SqliteStore.__init__, int(sys.argv.pop(1))

def narrow(self, *given, **how):
    opened(self, *given, **how)
    self._connection.execute(f"PRAGMA max_page_count = {pages}")

SqliteStore.__init__ = narrow
main()
"""
"""`mowj` on a disk where the store may have so many pages."""
PAGES: Final = 185
"""Enough for some days."""


def test_a_full_disk_ends_the_run_in_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("run", *STEADY, *NETWORK, "--compress", str(3 * SPEED), "--data", data)
    full = subprocess.run(
        [sys.executable, "-c", NARROW, str(PAGES), *map(str, words)],
        env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert full.returncode == 1, full.stderr
    told = [line for line in full.stderr.splitlines() if not line.startswith("{")]
    assert told == ["database or disk is full"]
    assert (data / "mowj.sqlite").stat().st_size <= PAGES * 4096
    before = accepted(data)
    assert before, "it had published something"
    with started(data, "run") as again:
        until(lambda: again.published() >= 1, again)
        assert again.stop() == 0
    assert set(before) < set(accepted(data))
    assert set(accepted(data).values()) == {1}
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]
