"""A person's own brief, posts and a real page's year: 500 posts from Facebook go through the whole loop.

The data: S. Moro, P. Rita, B. Vala (2016), Journal of Business Research 69(9); UCI. What is asserted of the rates is
computed from the file itself.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.command.house import mowj

DATA = Path("../shared/data/facebook/dataset_Facebook.csv")
FILES = (
    "--brief", "config/briefs/cosmetics.yaml", "--content", "config/content/cosmetics",
    "--history", DATA, "--mapping", "config/mappings/facebook-page-2014.yaml", "--platform", "simulated",
)  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Everything that `mowj run --json` prints: the events of thirty days, and at last the summary."""
    if not DATA.exists():
        pytest.skip(f"the year of posts is not here: {DATA} is absent")
    said = mowj("run", *FILES, "--virtual-clock", "--days", "30", "--json")
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.fixture(scope="module")
def events(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return lines[:-1]


@pytest.fixture(scope="module")
def first_analysis(events: list[dict[str, Any]]) -> dict[str, Any]:
    return next(dict(event["data"]) for event in events if named(event) == "AudienceAnalyzed")


def rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def named(event: dict[str, Any]) -> str:
    return str(event["type"].split(".")[1])


def rates(analysis: dict[str, Any], factor: str) -> dict[str, float]:
    return {
        level["level"]: level["engagement_rate"]["mean"] for level in analysis["levels"] if level["factor"] == factor
    }


def test_every_row_becomes_a_post_and_its_counters(events: list[dict[str, Any]]) -> None:
    given = rows()
    observed = [event["data"] for event in events if named(event) == "PostObserved"]
    past = {post["post"] for post in observed}
    readings = [
        event["data"] for event in events if named(event) == "MetricObserved" and event["data"].get("post") in past
    ]
    assert len(given) == len(observed) == len(past) == len(readings) == 500
    assert sorted(reading["counters"]["reach"] for reading in readings) == sorted(int(row["T_Reach"]) for row in given)
    assert Counter(post["traits"]["format"] for post in observed) == Counter(row["Type"].lower() for row in given)


def test_statuses_and_photos_are_far_ahead_of_links(first_analysis: dict[str, Any]) -> None:
    rate = rates(first_analysis, "format")
    assert rate["status"] > rate["photo"] > 2 * rate["link"]
    in_the_file: dict[str, list[float]] = {}
    for row in rows():
        in_the_file.setdefault(row["Type"].lower(), []).append(int(row["Engaged_Users"]) / int(row["T_Reach"]))
    mean = {form: sum(each) / len(each) for form, each in in_the_file.items() if len(each) >= 20}
    assert sorted(mean, key=mean.__getitem__) == sorted(mean, key=rate.__getitem__)


def test_hours_are_nearly_flat(first_analysis: dict[str, Any]) -> None:
    posts = {level["level"]: level["posts"] for level in first_analysis["levels"] if level["factor"] == "hour"}
    seen = [rate for hour, rate in rates(first_analysis, "hour").items() if posts[hour] >= 10]
    assert len(seen) >= 8
    assert max(seen) < 1.3 * min(seen)


def test_the_analysis_waits_for_the_history_and_rests_on_it(
    events: list[dict[str, Any]], first_analysis: dict[str, Any]
) -> None:
    order = [named(event) for event in events]
    assert order.index("HistoryImported") < order.index("AudienceAnalyzed")
    assert (first_analysis["prompt"], first_analysis["pilot"], first_analysis["posts"]) == ("history", False, 500)


def test_strategy_plan_posts_and_corrections_follow(lines: list[dict[str, Any]]) -> None:
    events, summary = lines[:-1], lines[-1]
    count = Counter(named(event) for event in events)
    assert count["StrategyProposed"] >= 5
    assert min(count["StrategyChosen"], count["PlanMade"], count["PostPublished"]) >= 1
    assert count["CorrectionDecided"] >= 1, "the simulated crowd is far smaller than the page's: the KPIs must notice"
    assert count["EventSetAside"] == 0
    assert summary["posts"] == count["PostPublished"]
    assert len(summary["corrections"]) == count["CorrectionDecided"]
    assert summary["finished"]


def test_the_past_is_no_outcome_of_the_campaign(lines: list[dict[str, Any]]) -> None:
    events, summary = lines[:-1], lines[-1]
    reach = {
        event["data"]["post"]: event["data"]["counters"].get("reach", 0)
        for event in events
        if named(event) == "MetricObserved" and event["data"].get("post", "").startswith("plan-")
    }
    assert summary["outcomes"] == sum(reach.values())
    met = [event["data"]["observed"] for event in events if named(event) == "KPIMet"]
    assert all(observed <= summary["outcomes"] for observed in met)
