"""What is offered follows from the files and the log: nothing twice, every change once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.problems import InputError
from events.campaign import CampaignBriefed, ContentOffered, HistoryImported
from events.terms import Fact
from tests.unit.command.house import brief, content
from workers.command.inputs import Inputs, offer, offer_content, read_inputs
from workers.runtime.assembly import assemble
from workers.runtime.clock import VirtualClock
from workers.runtime.running import Runtime
from workers.runtime.store.memory import MemoryStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
HISTORY = """Hour;Month;Weekday;Type;Reach
10;1;2;photo;100
11;1;3;photo;120
"""
MAPPING = """
history: page-2025
delimiter: ";"
missing: [""]
order: oldest first
zone: Europe/Berlin
published_parts: {year: 2025, month: Month, day: unknown, weekday: Weekday, week_starts: monday, hour: Hour}
format: {column: Type}
counters: {reach: Reach}
"""


@dataclass
class Desk:
    """A runtime without workers, and the files of one campaign."""

    runtime: Runtime
    brief: Path
    content: Path
    history: Path | None = None
    mapping: Path | None = None

    def read(self, now: datetime = NOW) -> Inputs:
        store = self.runtime.shell.store
        return read_inputs(self.brief, self.content, self.history, self.mapping, now, store)

    def offer(self, now: datetime = NOW) -> bool:
        return offer(self.read(now), self.runtime.intake, self.runtime.shell.store, now)

    def said(self, kind: type[Fact], campaign: str = "roastery") -> list[Fact]:
        return [event.data for event in self.runtime.history(campaign) if isinstance(event.data, kind)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    runtime = assemble((), MemoryStore(), VirtualClock(NOW))
    return Desk(runtime, brief(tmp_path), content(tmp_path))


def test_the_same_files_say_nothing_new(desk: Desk) -> None:
    assert desk.offer()
    before = desk.runtime.history("roastery")
    assert not desk.offer(LATER)
    assert desk.runtime.history("roastery") == before


def test_content_comes_before_the_brief(desk: Desk) -> None:
    desk.offer()
    names = [event.name for event in desk.runtime.history("roastery")]
    assert names[-1] == "CampaignBriefed"
    assert set(names[:-1]) == {"ContentOffered"}


def test_a_changed_post_is_offered_anew_and_so_is_its_way_back(desk: Desk) -> None:
    desk.offer()
    post = next(desk.content.rglob("*.md"))
    first = post.read_text(encoding="utf-8")
    name = post.relative_to(desk.content).with_suffix("").as_posix()
    for text in (f"{first}\nOne sentence more.", first):
        post.write_text(text, encoding="utf-8")
        assert desk.offer(LATER)
        assert not desk.offer(LATER)
    texts = [
        fact.text for fact in desk.said(ContentOffered) if isinstance(fact, ContentOffered) and fact.content == name
    ]
    assert len(texts) == 3
    assert texts[0] == texts[2] != texts[1]


def test_a_post_that_is_gone_is_withdrawn_once(desk: Desk) -> None:
    desk.offer()
    post = next(desk.content.rglob("*.md"))
    name = post.relative_to(desk.content).with_suffix("").as_posix()
    post.unlink()
    store = desk.runtime.shell.store
    assert offer_content(desk.read(LATER), desk.runtime.intake, store, LATER) == 1
    assert offer_content(desk.read(LATER), desk.runtime.intake, store, LATER) == 0
    last = desk.said(ContentOffered)[-1]
    assert isinstance(last, ContentOffered)
    assert (last.content, last.valid_until) == (name, LATER)


def test_a_changed_brief_amends(desk: Desk) -> None:
    desk.offer()
    text = desk.brief.read_text(encoding="utf-8")
    desk.brief.write_text(text.replace("budget: 900 EUR", "budget: 500 EUR"), encoding="utf-8")
    assert desk.offer(LATER)
    budgets = [fact.budget.amount for fact in desk.said(CampaignBriefed) if isinstance(fact, CampaignBriefed)]
    assert budgets == [900, 500]


def test_a_brief_without_a_start_starts_when_it_is_first_offered(desk: Desk) -> None:
    lines = desk.brief.read_text(encoding="utf-8").splitlines()
    desk.brief.write_text("\n".join(line for line in lines if not line.startswith("starts:")), encoding="utf-8")
    desk.offer(NOW)
    assert not desk.offer(LATER)
    (first,) = desk.said(CampaignBriefed)
    assert isinstance(first, CampaignBriefed)
    assert first.starts == NOW


def test_a_history_is_told_whole_once_and_to_each_campaign_of_the_account(desk: Desk, tmp_path: Path) -> None:
    desk.history, desk.mapping = tmp_path / "posts.csv", tmp_path / "mapping.yaml"
    desk.history.write_text(HISTORY, encoding="utf-8")
    desk.mapping.write_text(MAPPING, encoding="utf-8")
    text = desk.brief.read_text(encoding="utf-8").replace("{channel: simulated}", "{channel: simulated, shared: true}")
    desk.brief.write_text(text, encoding="utf-8")
    assert desk.offer()
    names = [event.name for event in desk.runtime.history("roastery")]
    assert names[-6:] == ["CampaignBriefed", *["PostObserved", "MetricObserved"] * 2, "HistoryImported"]
    assert not desk.offer(LATER)

    desk.brief.write_text(text.replace("campaign: roastery", "campaign: second"), encoding="utf-8")
    assert desk.offer(LATER)
    assert len(desk.said(HistoryImported, "second")) == 1
    names = [event.name for event in desk.runtime.history("second")]
    assert names.index("PostObserved") < names.index("CampaignBriefed") < names.index("HistoryImported")


def test_a_later_start_without_the_history_does_not_amend_the_brief(desk: Desk, tmp_path: Path) -> None:
    desk.history, desk.mapping = tmp_path / "posts.csv", tmp_path / "mapping.yaml"
    desk.history.write_text(HISTORY, encoding="utf-8")
    desk.mapping.write_text(MAPPING, encoding="utf-8")
    desk.offer()
    desk.history = desk.mapping = None
    assert not desk.offer(LATER)


def test_nothing_is_offered_where_anything_cannot_be_read(desk: Desk) -> None:
    next(desk.content.rglob("*.md")).write_text("no front matter", encoding="utf-8")
    with pytest.raises(InputError, match="front matter"):
        desk.offer()
    assert desk.runtime.history("roastery") == []
