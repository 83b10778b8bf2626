"""`mowj history check`: it shows what is understood, takes nothing in, and writes a mapping that the others accept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.unit.config import exports
from workers.command.main import application


def mowj(*words: object) -> Result:
    return CliRunner().invoke(application(), [str(word) for word in words])


def unfolded(result: Result) -> str:
    """What was printed, wherever the terminal's edge broke it: how long paths are here is the machine's affair."""
    return " ".join(result.output.split())


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "Beiträge.csv"
    path.write_bytes(exports.GERMAN.encode("cp1252"))
    return path


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    made = mowj(
        "init", folder, "--yes", "--zone", "Europe/Berlin", "--formats", "Foto, video", "--topics", "Kaffee, Kultur"
    )
    assert made.exit_code == 0, made.output
    return folder


def test_it_shows_columns_period_missing_values_posts_and_assumptions(german: Path) -> None:
    checked = mowj("history", "check", german)
    said = unfolded(checked)
    assert "2 posts in 2 rows, 2026-02-13 18:05 UTC to 2026-02-14 08:30 UTC" in said
    assert any(line.split() == ["Kommentare", "comments", "1", "3"] for line in checked.output.splitlines())
    assert any(line.split()[:2] == ["Veröffentlicht", "time"] for line in checked.output.splitlines())
    assert "- 2026-02-13 18:05; photo; Kaffee; reach 1,240, likes 58; Schöne Tasse" in said
    assert "the encoding: not UTF-8, so cp1252" in said
    assert "the zone: the file says none, UTC was taken" in said
    assert "comments is missing from 1 of 2 posts" in said
    assert "--write-mapping" in said


def test_json_is_one_document_of_the_same(german: Path) -> None:
    found = json.loads(mowj("history", "check", german, "--zone", "Europe/Berlin", "--json").output)
    assert (found["posts"], found["begins"], found["malformed"]) == (2, "2026-02-13T17:05:00Z", [])
    assert {"column": "Reichweite", "read_as": "reach", "missing": 0, "first": "1,240"} in found["columns"]
    assert found["mapping"].startswith("# Guessed")


def test_a_malformed_row_is_a_finding_with_its_line_unless_it_is_to_be_skipped(german: Path) -> None:
    german.write_text(f"{exports.GERMAN}b3;15.02.2026 10:00;Foto;Kaffee;x;viele;1;1\nb4;zu kurz\n", encoding="utf-8")
    refused = mowj("history", "check", german)
    assert refused.exit_code == 1
    assert f"{german}:4: Reichweite: given 'viele'" in unfolded(refused)
    assert f"{german}:5: (row): given 2 cells" in unfolded(refused)
    assert "the file would be refused" in unfolded(refused)
    assert mowj("history", "check", german, "--malformed", "drop").exit_code == 2
    skipped = mowj("history", "check", german, "--malformed", "skip")
    assert skipped.exit_code == 0
    assert "malformed rows (skipped)" in unfolded(skipped)
    assert "2 posts in 4 rows" in unfolded(skipped)


def test_the_mapping_that_it_writes_is_what_a_plan_takes_and_skips_by(german: Path, campaign: Path) -> None:
    german.write_text(f"{exports.GERMAN}b3;15.02.2026 10:00;Foto;Kaffee;x;viele;1;1\n", encoding="utf-8")
    brief, mapping = campaign / "brief.yaml", campaign / "history" / "mapping.yaml"
    asked = ("history", "check", german, "--brief", brief, "--malformed", "skip", "--write-mapping", mapping)
    there = mowj(*asked)
    assert there.exit_code == 2
    assert "--force" in there.output
    written = mowj(*asked, "--force")
    assert written.exit_code == 0, written.output
    assert "2026-02-13 18:05 CET" in written.output, "the brief's zone"
    assert "; Foto; Kaffee;" in written.output, "the brief's own word"
    plan = mowj(
        "plan", "--brief", brief, "--content", campaign / "content", "--history", german, "--mapping", mapping
    )  # fmt: skip
    assert plan.exit_code == 0, plan.output
    assert "malformed rows that were skipped, as the mapping says: 1, on lines 4" in plan.output
    assert "a pilot" not in plan.output


@pytest.mark.parametrize("text", [exports.LINKEDIN, exports.X, exports.META_FACEBOOK])
def test_a_network_s_export_is_planned_with_though_hours_formats_or_topics_are_unknown(
    tmp_path: Path, campaign: Path, text: str
) -> None:
    past, mapping = tmp_path / "past.csv", tmp_path / "mapping.yaml"
    past.write_text(text, encoding="utf-8")
    checked = mowj("history", "check", past, "--brief", campaign / "brief.yaml", "--write-mapping", mapping)
    assert checked.exit_code == 0, checked.output
    files = ("--history", past, "--mapping", mapping)
    plan = mowj("plan", "--brief", campaign / "brief.yaml", "--content", campaign / "content", *files)
    assert plan.exit_code == 0, plan.output
    assert "2 past posts" in plan.output


def test_a_mapping_of_one_s_own_says_everything_itself(german: Path, campaign: Path) -> None:
    mapping = campaign / "history" / "mapping.yaml"
    example = campaign / "history" / "example.csv"
    said = mowj("history", "check", example, "--mapping", mapping, "--brief", campaign / "brief.yaml")
    assert said.exit_code == 0, said.output
    assert f"--history {example} --mapping {mapping}" in said.output
    assert mowj("history", "check", example, "--mapping", mapping, "--zone", "UTC").exit_code == 2
    assert mowj("history", "check", german, "--zone", "Berlin").exit_code == 2
    assert mowj("history", "check", german.with_name("nowhere.csv")).exit_code == 2
