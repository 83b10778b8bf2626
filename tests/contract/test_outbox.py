"""The outbox of a PostgreSQL store, and the log of record that an archiver fills from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from events.envelope import Event
from events.log.protocol import DuplicateId, chained
from events.log.stored import event_text
from tests.contract.stores import postgres_schema
from tests.contract.test_store import event
from workers.runtime.store.protocol import StoreMismatch

pytestmark = pytest.mark.services
pytest.importorskip("psycopg")

from events.log.outbox import Archivable, Archived, ArchivedByOthers  # noqa: E402
from workers.runtime.kafka.transport import StoreArchive  # noqa: E402
from workers.runtime.store.postgres import PostgresStore  # noqa: E402


@pytest.fixture
def store() -> Iterator[PostgresStore]:
    with postgres_schema() as (url, namespace):
        store = PostgresStore(url, namespace, outbox=True)
        yield store
        store.close()


def said(store: PostgresStore, *numbers: int) -> list[Event]:
    with store.transaction() as tx:
        return [tx.append(3, event(number)).event for number in numbers]


def archive(store: PostgresStore, events: Sequence[Event], resume: int) -> Archived:
    """What the archiver does with events that it was released."""
    kept = StoreArchive(store, 64)
    before = kept.archived()[3]
    rows, chain = [], before.chain
    for place, one in enumerate(events, before.offset + 1):
        chain = chained(chain, one)
        rows.append(Archivable(place, one.id, one.subject, one.name, chain, event_text(one)))
    lanes = {**before.lanes, events[-1].writer: (events[-1].lane, events[-1].id)}
    after = Archived(before.offset + len(events), lanes, resume, chain)
    kept.archive([(3, before, rows, after)])
    return after


def read(store: PostgresStore) -> list[tuple[int, str, str]]:
    with store.view() as view:
        return [(record.offset, record.event.id, record.chain) for record in view.log.read(3, 0, 100)]


def test_what_waits_reads_as_it_will_once_it_is_archived(store: PostgresStore) -> None:
    events = said(store, 1, 2, 3)
    waiting = read(store)
    archive(store, events[:2], 2)
    assert read(store) == waiting
    archive(store, events[2:], 3)
    assert read(store) == waiting
    with store.view() as view:
        assert view.log.ends() == {3: 3}
        assert [record.offset for record in view.log.campaign("spring")] == [1, 2, 3]


def test_the_log_of_record_is_behind_until_everything_up_to_an_offset_and_of_a_writer_is_archived(
    store: PostgresStore,
) -> None:
    events = said(store, 1, 2)
    archive(store, events[:1], 1)
    with store.view() as view:
        assert not view.log.behind(3, ["/mowj/workers/reviser"], 1)
        assert view.log.behind(3, ["/mowj/workers/reviser"], 2)
        assert view.log.behind(3, [events[1].source], 1)
    archive(store, events[1:], 2)
    with store.view() as view:
        assert not view.log.behind(3, [events[1].source], 2)


def test_an_id_occurs_once_whether_it_waits_or_is_archived(store: PostgresStore) -> None:
    events = said(store, 1)
    with pytest.raises(DuplicateId):
        said(store, 1)
    archive(store, events, 1)
    with pytest.raises(DuplicateId):
        said(store, 1)
    assert len(read(store)) == 1


def test_an_archiver_that_was_overtaken_moves_nothing(store: PostgresStore) -> None:
    events = said(store, 1, 2)
    stale = StoreArchive(store, 64).archived()[3]
    archive(store, events[:1], 1)
    before = read(store)
    row = Archivable(1, "other", "spring", "CampaignBriefed", "", "{}")
    with pytest.raises(ArchivedByOthers):
        StoreArchive(store, 64).archive([(3, stale, [row], Archived(1, {}, 1, ""))])
    assert read(store) == before


def test_a_duty_is_one_connections_until_it_ends(store: PostgresStore) -> None:
    from workers.runtime.kafka.duty import Duty  # noqa: PLC0415

    with store.listening() as other:
        first, second = store.listening(), Duty(other, "relay")
        assert Duty(first, "relay").mine()
        assert not second.mine()
        assert Duty(other, "archiver").mine()
        first.close()
        assert second.mine()


def test_the_session_of_a_holder_that_does_nothing_is_ended(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg  # noqa: PLC0415

    from workers.runtime.kafka import duty  # noqa: PLC0415

    monkeypatch.setattr(duty, "SILENCE", -1.0)
    with store.listening() as other:
        frozen, waiting = store.listening(), duty.Duty(other, "relay")
        assert duty.Duty(frozen, "relay").mine()
        while not waiting.mine():
            pass
        with pytest.raises(psycopg.OperationalError):
            frozen.execute("SELECT 1")
        frozen.close()


def test_a_store_that_was_made_with_an_outbox_is_not_opened_without(store: PostgresStore) -> None:
    with pytest.raises(StoreMismatch, match="over Kafka"):
        PostgresStore(store.url, store.namespace)
