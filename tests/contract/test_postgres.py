"""What only PostgreSQL can do to a store: several at once, sessions that are lost or frozen, others' layouts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest

from events.envelope import Event
from tests.contract.stores import postgres_schema
from tests.contract.test_store import CLAIM, EFFECT, HOLD, TIMER, event
from tests.unit.runtime.toys import START, EditorState
from workers.runtime.clock import RealClock
from workers.runtime.commit import ClaimLost, Commit, apply
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import NothingThere, StoreMismatch, StoreUnavailable
from workers.runtime.store.rows import EffectState, Position, StateRow

pytestmark = pytest.mark.services
psycopg = pytest.importorskip("psycopg", reason="psycopg is missing: pip install 'mowj[outgrown]'")

from workers.runtime.store.postgres import PostgresStore, migrated  # noqa: E402 - an optional dependency
from workers.runtime.store.postgres_layout import LAYOUTS  # noqa: E402

SECONDS = 20.0


@pytest.fixture
def place() -> Iterator[tuple[str, str]]:
    with postgres_schema() as found:
        yield found


@pytest.fixture
def store(place: tuple[str, str]) -> Iterator[PostgresStore]:
    with closing(PostgresStore(*place)) as made:
        yield made


def asked(place: tuple[str, str], statement: str) -> list[tuple[Any, ...]]:
    url, namespace = place
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={namespace}") as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def in_thread(act: Any) -> tuple[Thread, Signal]:
    ended = Signal()

    def run() -> None:
        act()
        ended.set()

    thread = Thread(target=run)
    thread.start()
    return thread, ended


def test_commits_of_different_workers_stand_beside_each_other_and_everything_else_waits_for_them(
    store: PostgresStore,
) -> None:
    both_in, let_go, stopped = Signal(), Signal(), Signal()

    def one() -> None:
        with store.transaction(beside=True) as tx:
            tx.put_claim("editor", 3, CLAIM)
            both_in.wait(SECONDS)
            let_go.wait(SECONDS)

    def alone() -> None:
        with store.transaction() as tx:
            tx.put_hold(HOLD)
        stopped.set()

    first, _ = in_thread(one)
    with store.transaction(beside=True) as tx:
        tx.put_claim("planner", 3, CLAIM)
        both_in.set()
        second, _ = in_thread(alone)
        assert not stopped.wait(0.3), "an operator's word waits for what is under way"
    assert not stopped.wait(0.1)
    let_go.set()
    assert stopped.wait(SECONDS)
    first.join()
    second.join()
    with store.view() as view:
        assert view.claim("editor", 3) == view.claim("planner", 3) == CLAIM


def test_offsets_of_a_partition_that_many_append_to_at_once_have_no_gap_and_one_chain(store: PostgresStore) -> None:
    def say(source: str) -> None:
        for number in range(20):
            with store.transaction(beside=True) as tx:
                tx.append(3, event(number, campaign=source[-1], source=source))

    threads = [in_thread(lambda source=f"/mowj/workers/{name}": say(source))[0] for name in "abcd"]
    for thread in threads:
        thread.join()
    with store.view() as view:
        records = view.log.read(3, 0, 1000)
        assert view.log.ends() == {3: 80}
        assert view.lanes() == {(f"/mowj/workers/{name}", 3): 20 for name in "abcd"}
    assert [record.offset for record in records] == list(range(1, 81))
    lanes: dict[str, list[int]] = {}
    for record in records:
        lanes.setdefault(record.event.writer, []).append(record.event.lane)
    assert set(map(tuple, lanes.values())) == {tuple(range(1, 21))}


def test_a_commit_under_an_older_claim_fails_whoever_is_beside(store: PostgresStore) -> None:
    shell = Shell(store, RealClock(), "test")
    with store.transaction() as tx:
        tx.put_claim("editor", 3, replace(CLAIM, generation=2))
    with pytest.raises(ClaimLost), shell.transaction("batch", beside=True) as tx:
        apply(tx, shell, Commit("editor", 3, CLAIM, Position(1), events=(event(1),)))
    with store.view() as view:
        assert view.log.ends() == {}
        assert view.position("editor", 3) == Position()


def test_a_session_that_is_lost_has_done_nothing_and_the_next_transaction_is_served(
    store: PostgresStore, place: tuple[str, str]
) -> None:
    def lose() -> None:
        with store.transaction() as tx:
            tx.put_hold(HOLD)
            tx.holds()
            asked(
                place,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mowj'"
                " AND state = 'idle in transaction' AND datname = current_database()",
            )
            tx.append(3, event(1))

    with pytest.raises(StoreUnavailable):
        lose()
    with store.transaction() as tx:
        assert tx.holds() == frozenset()
        assert tx.append(3, event(1)).offset == 1


def test_who_freezes_inside_a_transaction_is_thrown_out_of_it_and_holds_up_nobody_for_long(
    place: tuple[str, str],
) -> None:
    url, namespace = place
    hasty = f"{url}?options=-c%20idle_in_transaction_session_timeout%3D300ms"
    with closing(PostgresStore(hasty, namespace)) as frozen, closing(PostgresStore(url, namespace)) as other:

        def freeze() -> None:
            with frozen.transaction() as tx:
                tx.put_hold(HOLD)
                tx.holds()
                with_other.set()
                written.wait(SECONDS)

        def write() -> None:
            with_other.wait(SECONDS)
            with other.transaction() as tx:
                tx.append(3, event(1))
            written.set()

        with_other, written = Signal(), Signal()
        thread, _ = in_thread(write)
        with pytest.raises(StoreUnavailable):
            freeze()
        thread.join()
        assert written.is_set()
        with other.view() as view:
            assert view.holds() == frozenset()
            assert view.log.ends() == {3: 1}


def test_who_only_looks_may_stand_still_for_longer_than_whoever_holds_others_up(place: tuple[str, str]) -> None:
    url, namespace = place
    hasty = f"{url}?options=-c%20idle_in_transaction_session_timeout%3D300ms"
    still = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mowj' AND state = 'idle in transaction'"
        " AND datname = current_database() AND now() - state_change > interval '600 milliseconds'"
    )
    with closing(PostgresStore(hasty, namespace)) as store, store.view() as view:
        assert view.log.ends() == {}
        for _ in range(100):
            if asked(place, still) != [(0,)]:
                break
            Signal().wait(0.05)
        assert view.holds() == frozenset()


def test_a_view_sees_one_moment_whatever_is_committed_meanwhile(store: PostgresStore) -> None:
    with store.view() as view:
        before = view.holds()

        def put() -> None:
            with store.transaction() as tx:
                tx.put_hold(HOLD)

        thread, ended = in_thread(put)
        assert ended.wait(SECONDS), "nobody waits for who only reads"
        thread.join()
        assert view.holds() == before
    with store.view() as view:
        assert view.holds() == {HOLD}


def test_a_commit_of_many_effects_waits_for_the_server_no_more_often_than_one_of_few(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(store, RealClock(), "tests")
    with store.transaction() as tx:
        tx.put_claim("publisher", 3, CLAIM)
    waits: list[int] = []
    wait = psycopg.Connection.wait

    def counted(*words: Any, **named: Any) -> Any:
        waits[-1] += 1
        return wait(*words, **named)

    monkeypatch.setattr(psycopg.Connection, "wait", counted)
    for count in (2, 300):
        effects = tuple(replace(EFFECT, key=f"{count}/{number}") for number in range(count))
        waits.append(0)
        with shell.transaction("batch", beside=True) as batch:
            apply(batch, shell, Commit("publisher", 3, CLAIM, effects=effects))
    few, many = waits
    assert many < few + 100


def test_words_that_no_index_can_hold_are_found_all_the_same(store: PostgresStore) -> None:
    long = "شبکه‌" * 300
    said: Event = event(1, campaign="ک" * 200, source="/shops/" + "x" * 1990)
    row = replace(
        EFFECT, key=f"k{long}"[:1000], account="ح" * 200, state=EffectState.DONE, number=1, told=1, sent=START,
        shows="words", reference=f"{long}\0"[:500],
    )  # fmt: skip
    with store.transaction() as tx:
        tx.append(3, said)
        tx.put_timer(replace(TIMER, name=long))
        tx.put_effect(row)
        tx.put_state(StateRow("editor", "spring", 1, START, EditorState(posts=3)))
    with store.transaction() as tx:
        assert tx.append(3, event(2, campaign="ک" * 200, source=said.source)).event.sequence.endswith("2")
        assert tx.sequences() == {(said.subject, said.source): 2}
        assert tx.effect(row.key) == row
        assert list(tx.posts_known_as(row.account, row.reference or "")) == [row]
        (timer,) = tx.due_timers(START + timedelta(days=1), {("editor", 3)}, 5)
        assert timer.name == long
        tx.drop_timer("editor", "spring", long)
        assert list(tx.timers()) == []


def test_the_migrations_lead_to_the_tables_that_the_code_names(place: tuple[str, str]) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415

    from events.log.postgres import TABLES  # noqa: PLC0415

    url, namespace = place
    PostgresStore(url, namespace).close()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"),
        connect_args={"options": f"-c search_path={namespace}"},
    )
    with engine.connect() as connection:
        connection.dialect.default_schema_name = namespace
        options = {"include_name": lambda name, kind, _: kind != "table" or name != "alembic_version"}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), TABLES)
    engine.dispose()
    assert found == []
    scripts = ScriptDirectory(str(Path("workers/runtime/store/migrations")))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == LAYOUTS


def test_a_layout_of_other_code_is_refused_with_what_to_do(
    place: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, namespace = place
    with pytest.raises(NothingThere, match="no schema"):
        PostgresStore(url, namespace, make=False)
    PostgresStore(url, namespace).close()
    PostgresStore(url, namespace, make=False).close()
    assert migrated(url, namespace, 64, outbox=False) == (LAYOUTS[-1], LAYOUTS[-1])
    monkeypatch.setattr("workers.runtime.store.postgres_layout.LAYOUTS", (*LAYOUTS, "9998"))
    with pytest.raises(StoreMismatch, match=r"older layout .* `mowj store migrate`"):
        PostgresStore(url, namespace)
    monkeypatch.undo()
    asked(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreMismatch, match="newer code has been there"):
        PostgresStore(url, namespace)
    with pytest.raises(StoreMismatch, match="newer code has been there"):
        migrated(url, namespace, 64, outbox=False)


def test_tables_of_somebody_elses_are_left_alone(place: tuple[str, str]) -> None:
    asked(place, f"CREATE SCHEMA {place[1]}; CREATE TABLE {place[1]}.log (words text)")
    with pytest.raises(StoreMismatch, match="somebody else's"):
        PostgresStore(*place)


def test_an_address_where_nobody_answers_and_one_that_is_none_tell_no_password() -> None:
    with pytest.raises(StoreUnavailable) as away:
        PostgresStore("postgresql://mowj:secret@127.0.0.1:1/mowj", "mowj")
    with pytest.raises(StoreMismatch, match="no address") as none:
        PostgresStore("postgresql://mowj:secret@[::1/mowj", "mowj")
    assert "secret" not in f"{away.value}{none.value}"
