"""What `mowj plan` says of a plan that rests on assumptions, loses money, or has no posts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.command.house import STARTS, brief, content, mowj

ASSUMED = "the outcomes a post are assumed from the brief, not measured"
MAPPING = """\
history: page
order: oldest first
zone: Europe/Berlin
published_at: {column: when}
format: {column: format}
topic: {column: topic}
counters: {reach: reach, engagements: likes}
"""


def told(folder: Path, *changes: tuple[str, str], posts: Path | None = None, past: tuple[str | Path, ...] = ()) -> str:
    """What is printed, in one line without the frames."""
    path = brief(folder, *changes)
    path.write_text(path.read_text(encoding="utf-8").replace(f"starts: {STARTS}", ""), encoding="utf-8")
    said = mowj("plan", "--brief", path, "--content", posts or "config/content/steady", *past).stdout
    return " ".join(said.replace("│", " ").split())


def history(folder: Path) -> tuple[str | Path, ...]:
    rows = [f"2026-01-{day:02}T10:00,photo,brewing,900,40" for day in range(1, 9)]
    (folder / "past.csv").write_text("\n".join(["when,format,topic,reach,likes", *rows]) + "\n", encoding="utf-8")
    (folder / "columns.yaml").write_text(MAPPING, encoding="utf-8")
    return "--history", folder / "past.csv", "--mapping", folder / "columns.yaml"


def test_outcomes_that_were_never_measured_are_said_to_be_assumed(tmp_path: Path) -> None:
    assert ASSUMED in told(tmp_path)
    said = told(tmp_path, past=history(tmp_path))
    assert "posts' worth of evidence" in said
    assert ASSUMED in said, "reach and engagement are no sales"


def test_where_reach_is_the_goal_past_reach_is_a_measured_outcome(tmp_path: Path) -> None:
    goal = ("goal: convert", "goal: reach")
    assert ASSUMED in told(tmp_path, goal)
    assert ASSUMED not in told(tmp_path, goal, past=history(tmp_path))


def test_a_choice_that_is_expected_to_lose_money_says_so_and_what_it_is_for(tmp_path: Path) -> None:
    said = told(tmp_path, ("worth: 25 EUR", "worth: 2 EUR"))
    assert "It is expected to lose" in said
    assert "EUR: a pilot of 8 posts, to learn whether it pays; raise worth or lower post_cost, or end it." in said
    assert "expected to lose" not in told(tmp_path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("worth: 25 EUR", "worth: 0.01 EUR"), "no post is expected to pay what it costs"),
        (("budget: 900 EUR", "budget: 3 EUR"), "the budget of 3.00 EUR pays no post, which costs 6.00 EUR"),
    ],
)
def test_a_plan_without_posts_says_why_instead_of_empty_tables(
    tmp_path: Path, change: tuple[str, str], why: str
) -> None:
    said = told(tmp_path, change)
    assert f"No post is planned: {why}." in said
    assert "calendar " not in said.split("PlanMade")[1]
    assert "KPI" not in said.split("PlanMade")[1]


def test_a_plan_for_which_there_is_no_content_says_so(tmp_path: Path) -> None:
    posts = content(tmp_path)
    first, *rest = sorted(posts.rglob("*.md"))
    for post in rest:
        post.unlink()
    nothing_made = ("posts_per_day: 2", "posts_per_day: 2\n  pieces_per_week: 0")
    assert "No post is planned" not in told(tmp_path, nothing_made, posts=posts)
    over = first.read_text(encoding="utf-8").replace("---\n", "---\nvalid_until: 2026-03-01\n", 1)
    first.write_text(over, encoding="utf-8")
    assert "No post is planned: no content fits the brief" in told(tmp_path, nothing_made, posts=posts)
