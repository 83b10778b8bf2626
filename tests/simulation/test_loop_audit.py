"""The audit of real campaigns: clean after the demo, and nobody alters what was said without being found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import from_json
from events.envelope import to_json
from tests.simulation.loop import Site, audit
from workers.command.laboratory import Laboratory, simulated
from workers.runtime.store.sqlite import SqliteStore

Change = Callable[[dict[str, Any]], None]


def test_after_a_demo_campaign_every_decision_is_made_again_as_it_was() -> None:
    """Long enough for the first plan to go wrong and to be corrected."""
    laboratory = Laboratory(simulated("demo", 1, 28))
    said = {event.name for stretch in laboratory.live() for event in stretch.events}
    assert {"KPIBreached", "CorrectionDecided"} <= said
    assert laboratory.clean()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file in which a small campaign was lived through its first correction, and audited clean."""
    path = tmp_path_factory.mktemp("lived") / "mowj.sqlite"
    site = Site(store=SqliteStore(path))
    report = audit(site.live(3.5))
    assert report.clean, report.failures[:3]
    assert report.decisions > 300
    site.store.close()
    return path.read_bytes()


def tampered(folder: Path, lived: bytes, name: str, change: Change, *, reseal: bool) -> tuple[str, Site]:
    """A site on the file in which one event's stored data was changed, and that event's id."""
    path = folder / "mowj.sqlite"
    path.write_bytes(lived)
    with closing(sqlite3.connect(path)) as connection, connection:
        query = "SELECT id, event FROM log WHERE name = ? ORDER BY place DESC LIMIT 1"
        own_id, text = connection.execute(query, (name,)).fetchone()
        stored = json.loads(text)
        before = json.dumps(stored)
        change(stored["data"])
        assert json.dumps(stored) != before
        if reseal:
            stored = to_json(from_json(stored).sealed())
        connection.execute("UPDATE log SET event = ? WHERE id = ?", (json.dumps(stored), own_id))
    return own_id, Site(store=SqliteStore(path))


def more_reach(data: dict[str, Any]) -> None:
    data["counters"] = {"reach": 10_000}


def another_strategy(data: dict[str, Any]) -> None:
    data["why"] = "because I say so"


def another_price(data: dict[str, Any]) -> None:
    data["cost"] = {"amount": "0", "currency": "EUR"}


def another_title(data: dict[str, Any]) -> None:
    data["title"] = "Another campaign"


ALTERED = [
    ("MetricObserved", more_reach),
    ("StrategyChosen", another_strategy),
    ("PostPublished", another_price),
    ("CampaignBriefed", another_title),
]


@pytest.mark.parametrize(("name", "change"), ALTERED, ids=[name for name, _ in ALTERED])
def test_one_altered_event_in_the_file_is_found_by_its_hash(
    tmp_path: Path, lived: bytes, name: str, change: Change
) -> None:
    altered, site = tampered(tmp_path, lived, name, change, reseal=False)
    report = audit(site.start())
    site.store.close()
    assert not report.clean
    assert [finding.event for finding in report.failures if finding.kind == "hash"] == [altered]


@pytest.mark.parametrize(("name", "change"), ALTERED[:3], ids=[name for name, _ in ALTERED[:3]])
def test_a_workers_word_that_was_altered_and_sealed_again_is_found_by_deciding_again(
    tmp_path: Path, lived: bytes, name: str, change: Change
) -> None:
    """Its hash is right now; but the worker would not have said it."""
    altered, site = tampered(tmp_path, lived, name, change, reseal=True)
    report = audit(site.start())
    site.store.close()
    assert not [finding for finding in report.failures if finding.kind == "hash"]
    assert altered in {finding.event for finding in report.failures if finding.kind == "decision"}
