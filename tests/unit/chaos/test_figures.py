"""A run's figures on their page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.figures import write

FIGURES: dict[str, Any] = {
    "keyed": False, "command": "--seed 7", "date": "2026-01-01", "machine": "a box", "minutes": 1, "hurt_minutes": 1,
    "sigkills": 3, "blows": {"SIGKILL of a Mowj process": 3}, "gave_up": 0, "quiet_seconds": 1.0, "slowest_ratio": 2.0,
    "said_again": {"producer": 0, "commands": 0, "commands_in_all": 0}, "felt": {}, "findings": ["a post | is\ntwice"],
}  # fmt: skip
PAGE = "# Page\n<!-- chaos {0}: begin -->\nold\n<!-- chaos {0}: end -->\nby hand\n"


def test_a_runs_figures_and_findings_replace_those_of_the_run_before_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format("keyed") + PAGE.format("keyless"), encoding="utf-8")
    write(FIGURES, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(PAGE.format("keyed"))
    assert text.endswith("<!-- chaos keyless: end -->\nby hand\n")
    assert "| SIGKILLs in all | 3 |" in text
    assert "| **findings in all** | a post is twice |" in text


def test_a_page_without_its_markers_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.format("keyed"), encoding="utf-8")
    with pytest.raises(ValueError, match="chaos keyless: begin"):
        write(FIGURES, page)
