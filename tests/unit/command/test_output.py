"""Tables and lines as a person reads them in a terminal of any width."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.unit.command.house import mowj
from workers.command.output import folded, print_table, short

COLUMNS = ("key", "state", "detail")
ROWS = (("roastery|publish|plan-1:teach/beginners.1#eef3ca6e", "uncertain", "no answer came within the time"),)
Tell = Callable[..., list[str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tell:
    def tell(width: int | None, rows: tuple[tuple[str, ...], ...] = ROWS) -> list[str]:
        monkeypatch.delenv("COLUMNS", raising=False)
        if width is not None:
            monkeypatch.setenv("COLUMNS", str(width))
        print_table("Effects", COLUMNS, rows, "No effect.")
        return capsys.readouterr().out.splitlines()

    return tell


def test_a_table_that_fits_is_a_table_and_folds_its_last_column_only(told: Tell) -> None:
    title, header, first, second = told(90)
    assert (title, header.split()) == ("Effects", list(COLUMNS))
    assert first.startswith(f"{ROWS[0][0]}  uncertain  no answer came within the")
    assert second.strip() == "time"


def test_a_table_that_is_wider_than_the_terminal_is_a_block_a_row_with_whole_ids(told: Tell) -> None:
    assert told(70) == [
        "Effects",
        "key",
        ROWS[0][0],
        "  state   uncertain",
        "  detail  no answer came within the time",
    ]


def test_a_table_for_a_file_is_as_wide_as_it_needs(told: Tell) -> None:
    assert told(None)[-1] == f"{ROWS[0][0]}  uncertain  no answer came within the time"


def test_a_table_without_rows_is_a_sentence(told: Tell) -> None:
    assert told(80, ()) == ["No effect."]


def test_a_line_is_folded_between_words_and_ids_stay_whole() -> None:
    line = "approve plan-1:teach/beginners/brewing.26#eef3ca6e now, please"
    assert folded(line, 20) == "approve\n    plan-1:teach/beginners/brewing.26#eef3ca6e\n    now, please"
    assert folded(line, None) == line


def test_a_time_names_its_zone() -> None:
    moment = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert [short(moment), short(moment, ZoneInfo("Asia/Tehran"))] == ["2026-03-02 08:00 UTC", "2026-03-02 11:30 +0330"]
    assert short(None) == ""


def test_what_is_wrong_is_folded_between_words_too() -> None:
    said = mowj("status", "--data", "nowhere", code=2, env={"COLUMNS": "50"}).stderr
    assert said.splitlines() == [
        "there is nothing at nowhere/mowj.sqlite; start",
        "    with `mowj run`, or name its --data directory",
    ]
