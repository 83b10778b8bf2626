"""One suite for every log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from events.envelope import Event, to_json, type_name
from events.log.memory import MemoryLog
from events.log.protocol import DuplicateId, Log, Record, Unread, chained
from events.log.sqlite import SCHEMA, SqliteLog
from tests.contract.stores import KINDS, store_of
from tests.unit.runtime.toys import START, brief
from workers.runtime.deciding import sealed
from workers.runtime.store.protocol import Store


class CommittedLog:
    """A log that is one of a store's tables: each call is a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, partition: int, said: Event) -> Record:
        with self._store.transaction() as tx:
            return tx.log.append(partition, said)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def read(*values: object) -> Any:
            with self._store.view() as view:
                return getattr(view.log, name)(*values)

        return read


@pytest.fixture(params=KINDS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    if request.param == "postgres":
        with store_of("postgres", tmp_path) as store:
            yield cast("Log", CommittedLog(store))
        return
    if request.param == "memory":
        yield MemoryLog()
        return
    connection = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
    connection.executescript(SCHEMA)
    yield SqliteLog(connection)
    connection.close()


def event(number: int, campaign: str = "spring") -> Event:
    fact = brief(f"brief {number}")
    return sealed(
        Event(
            id=f"id-{campaign}-{number}",
            source="/people/olivia",
            type=type_name(type(fact)),
            subject=campaign,
            tenant="default",
            time=START,
            recordedtime=START,
            data=fact,
            correlationid="c",
        )
    ).placed(number, number)


def test_offsets_count_from_one_in_each_partition(log: Log) -> None:
    assert [log.append(3, event(n)).offset for n in (1, 2, 3)] == [1, 2, 3]
    assert log.append(4, event(1, "autumn")).offset == 1
    assert log.ends() == {3: 3, 4: 1}


def test_a_log_that_holds_nothing_has_no_ends(log: Log) -> None:
    assert log.ends() == {}
    assert list(log.read(0, 0, 10)) == []
    assert list(log.campaign("spring")) == []


def test_reading_gives_what_was_appended_after_an_offset_up_to_a_limit(log: Log) -> None:
    records = [log.append(3, event(n)) for n in range(1, 8)]
    log.append(4, event(1, "autumn"))
    assert list(log.read(3, 0, 100)) == records
    assert list(log.read(3, 2, 3)) == records[2:5]
    assert list(log.read(3, 1, 100)) == records[1:], "what was cached is read like what was not"
    assert list(log.read(3, 7, 100)) == []


def test_a_record_appended_after_reading_to_the_end_is_read_next(log: Log) -> None:
    log.append(3, event(1))
    assert len(log.read(3, 0, 10)) == 1
    appended = log.append(3, event(2))
    assert list(log.read(3, 1, 10)) == [appended]


def test_an_event_comes_back_as_it_was_said(log: Log) -> None:
    said = log.append(3, event(1)).event
    (read,) = log.read(3, 0, 1)
    assert read.event == said
    assert to_json(read.event) == to_json(event(1))


def test_a_campaign_is_read_alone_and_in_order(log: Log) -> None:
    for number in (1, 2, 3):
        log.append(3, event(number))
        log.append(3, event(number, "autumn"))
    assert [record.event.id for record in log.campaign("autumn")] == ["id-autumn-1", "id-autumn-2", "id-autumn-3"]


def test_an_event_is_found_by_its_id(log: Log) -> None:
    record = log.append(3, event(1))
    assert log.find(record.event.id) == record
    assert log.find("nobody said this") is None


def test_events_are_found_by_name(log: Log) -> None:
    log.append(4, event(1, "autumn"))
    log.append(3, event(1))
    assert [record.partition for record in log.named("CampaignBriefed")] == [3, 4]
    assert list(log.named("CampaignEnded")) == []


def test_an_id_is_appended_once(log: Log) -> None:
    log.append(3, event(1))
    with pytest.raises(DuplicateId):
        log.append(3, event(1))
    assert log.ends() == {3: 1}


@pytest.mark.parametrize(
    ("change", "newer"),
    [({"type": "mowj.CampaignBriefed.v999"}, True), ({"type": "mowj.Nonsense.v1"}, False), ({"data": {}}, False)],
)
def test_data_that_this_code_cannot_read_arrives_as_unread(
    tmp_path: Path, change: dict[str, object], newer: bool
) -> None:
    connection = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
    connection.executescript(SCHEMA)
    log = SqliteLog(connection)
    log.append(3, event(1))
    stored = {**to_json(event(1)), **change}
    connection.execute("UPDATE log SET event = ?", (json.dumps(stored),))
    (record,) = log.read(3, 0, 1)
    connection.close()
    assert isinstance(record.event.data, Unread)
    assert record.event.data.newer is newer
    assert record.event.lane == 1, "its place is known all the same"


def test_each_record_carries_on_its_partitions_chain(log: Log) -> None:
    appended = [log.append(3, event(1)), log.append(4, event(1, "autumn")), log.append(3, event(2))]
    assert [record.chain for record in appended] == [
        chained("", event(1)),
        chained("", event(1, "autumn")),
        chained(chained("", event(1)), event(2)),
    ]
    assert [record.chain for record in log.read(3, 0, 10)] == [appended[0].chain, appended[2].chain]
    found = log.find(event(2).id)
    assert found is not None
    assert found.chain == appended[2].chain
    assert list(log.mislabeled()) == []
