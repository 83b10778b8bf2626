"""`mowj simulate`: every world lives from its own brief, and anybody's brief from a history of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.command.house import answer, brief, content, live, mowj
from workers.command.laboratory import lived, simulated
from workers.views.bars import counted

WORLDS = sorted(path.stem for path in Path("config/worlds").glob("*.yaml"))
MAPPING = """\
history: page
order: oldest first
zone: Europe/Berlin
published_at: {column: when}
format: {column: format}
topic: {column: topic}
counters: {reach: reach}
"""


def history(folder: Path, year: int) -> tuple[str | Path, ...]:
    """Twelve past posts of which photos did better, as options of the command line."""
    rows = [f"{year}-01-{day:02}T10:00,{form},brewing,{reach}" for day in range(1, 7) for form, reach in FORMS]
    (folder / "past.csv").write_text("\n".join(["when,format,topic,reach", *rows]) + "\n", encoding="utf-8")
    (folder / "columns.yaml").write_text(MAPPING, encoding="utf-8")
    return "--history", folder / "past.csv", "--mapping", folder / "columns.yaml"


FORMS = (("photo", 900), ("text", 90))


@pytest.mark.parametrize("world", WORLDS)
def test_every_world_that_ships_publishes_from_its_own_brief(world: str) -> None:
    assert answer("simulate", "--world", world, "--days", "4")["posts"] > 0


def test_a_brief_that_waits_for_a_history_is_refused_with_what_to_type(tmp_path: Path) -> None:
    path = brief(tmp_path, ("campaign: roastery", "campaign: roastery\nhistory: page"))
    said = mowj("simulate", "--brief", path, "--days", "2", code=2).stderr
    assert ": history: given 'page'" in said
    assert "--history CSV --mapping YAML" in said
    assert answer("simulate", "--brief", path, "--days", "2", *history(tmp_path, 2025))["posts"] > 0


def test_a_simulation_learns_from_the_history_that_is_given(tmp_path: Path) -> None:
    _, csv, _, mapping = history(tmp_path, 2025)
    experiment = simulated("steady", 1, 1, history=Path(csv), mapping=Path(mapping))
    (first, *_) = [event.data for event in lived(experiment) if event.name == "AudienceAnalyzed"]
    assert (first.pilot, round(first.posts)) == (False, 12)  # type: ignore[attr-defined]


def test_a_simulation_starts_after_the_history_that_it_learns_from(tmp_path: Path) -> None:
    _, csv, _, mapping = history(tmp_path, 2026)
    with Path(csv).open("a", encoding="utf-8") as rows:
        rows.write("2026-05-04T10:00,photo,brewing,5\n")
    experiment = simulated("steady", 1, 1, history=Path(csv), mapping=Path(mapping))
    assert experiment.start.isoformat() == "2026-05-05T08:00:00+00:00"


def test_slots_that_had_no_content_are_counted_and_it_is_said_what_to_make_more_of(tmp_path: Path) -> None:
    path, posts = brief(tmp_path, ("days: 60", "days: 6")), content(tmp_path)
    for post in sorted(posts.rglob("*.md"))[1:]:
        post.unlink()
    lack = answer("simulate", "--brief", path, "--content", posts)["slots_without_content"]
    assert sum(lack.values()) > 0
    sentence = f"{counted(sum(lack.values()), 'slot')} had no content: make more of {next(iter(lack))}"
    assert sentence in mowj("simulate", "--brief", path, "--content", posts).stdout
    lived = live(tmp_path / "data", ("--brief", path, "--content", posts), 6).stdout
    assert "had no content: make more of" in lived
    assert f"`mowj requests --data {tmp_path / 'data'}`" in lived
    plenty = ("--world", "format-shift", "--days", "2")
    assert answer("simulate", *plenty)["slots_without_content"] == {}
    assert "had no content" not in mowj("simulate", *plenty).stdout
