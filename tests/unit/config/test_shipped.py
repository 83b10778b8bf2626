"""The briefs, posts and mappings that ship are right, and carry the campaigns they are for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.brief import load_brief
from config.content import load_content
from config.mapping import load_mapping
from events.terms import Appeal, Mode

CONFIG = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BRIEFS = sorted((CONFIG / "briefs").glob("*.yaml"))


def test_the_examples_are_there() -> None:
    assert [path.stem for path in BRIEFS] == ["abundant", "boosted", "cosmetics", "demo", "steady"]


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_a_shipped_brief_runs_on_the_simulated_network_by_itself(path: Path) -> None:
    fact = load_brief(path, NOW).fact
    assert fact.mode is Mode.AUTOMATIC
    assert {account.channel for account in fact.accounts} == {"simulated"}


@pytest.mark.parametrize("name", ["demo", "steady"])
def test_the_shipped_posts_cover_each_topic_with_each_appeal(name: str) -> None:
    brief = load_brief(CONFIG / "briefs" / f"{name}.yaml", NOW)
    offered = load_content(CONFIG / "content" / name, brief)
    assert {(content.topic, content.appeal) for content in offered} >= {
        (topic, appeal) for topic in brief.fact.topics for appeal in Appeal
    }
    assert {content.format for content in offered} == set(brief.fact.formats)
    assert sum(content.uses for content in offered) >= 2 * brief.fact.horizon_days


def test_the_cosmetics_posts_come_in_every_topic_and_format_of_the_page() -> None:
    brief = load_brief(CONFIG / "briefs" / "cosmetics.yaml", NOW)
    offered = load_content(CONFIG / "content" / "cosmetics", brief)
    assert {content.topic for content in offered} == set(brief.fact.topics)
    assert {content.format for content in offered} == set(brief.fact.formats)
    assert sum(content.uses for content in offered) >= 2 * brief.fact.horizon_days


@pytest.mark.parametrize("name", ["demo", "steady", "cosmetics"])
def test_no_shipped_post_is_another_one(name: str) -> None:
    texts = Counter(content.text for content in load_content(CONFIG / "content" / name))
    assert [text for text, times in texts.items() if times > 1] == []


def test_the_shipped_mapping_is_for_the_history_that_the_cosmetics_brief_waits_for() -> None:
    mapping = load_mapping(CONFIG / "mappings" / "facebook-page-2014.yaml")
    assert load_brief(CONFIG / "briefs" / "cosmetics.yaml", NOW).fact.history == mapping.rules.history
