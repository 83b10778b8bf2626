"""One suite for every store: which posts an account carries, and what was last said of it, cheaply found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from events.campaign import AccountConnected, AccountPaused
from events.envelope import Event, type_name
from events.runtime import EffectKind
from events.terms import Fact
from tests.contract.stores import KINDS, store_of
from tests.unit.runtime.toys import START
from workers.runtime.deciding import sealed
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.protocol import Store
from workers.runtime.store.rows import EffectRow, EffectState
from workers.runtime.store.sqlite import SqliteStore

HOUR = timedelta(hours=1)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_of(request.param, tmp_path) as made:
        yield made


POST = EffectRow(
    key="post",
    worker="publisher",
    campaign="spring",
    tenant="default",
    partition=3,
    account="shop",
    kind=EffectKind.PUBLISH,
    payload="{}",
    fingerprint="f",
    not_after=START + 9 * HOUR,
    cause="cause",
    correlationid="brief",
    due=START,
    shows="words",
    sent=START,
)


def put(store: Store, *rows: EffectRow) -> None:
    with store.transaction() as tx:
        for row in rows:
            tx.put_effect(row)


def test_only_posts_that_are_or_may_be_out_are_on_an_account(store: Store) -> None:
    out = {EffectState.SENDING, EffectState.ASKING, EffectState.DONE, EffectState.UNCERTAIN}
    put(store, *(replace(POST, key=state.value, state=state) for state in EffectState))
    put(
        store,
        replace(POST, key="doubtful", doubtful=True),
        replace(POST, key="never sent", state=EffectState.ASKING, sent=None),
        replace(POST, key="elsewhere", state=EffectState.DONE, account="other"),
        replace(POST, key="reading", state=EffectState.DONE, kind=EffectKind.READ_ACCOUNT),
    )
    with store.view() as view:
        since, showing = view.posts_since("shop", START - HOUR), view.posts_showing("shop", "words")
    assert {row.key for row in since} == {state.value for state in out} | {"doubtful"}
    assert list(showing) == list(since)


def test_posts_are_found_by_when_they_were_sent_what_they_show_and_what_the_network_calls_them(store: Store) -> None:
    rows = [
        replace(POST, key=key, state=EffectState.DONE, sent=START + hours * HOUR, shows=shows, reference=key * 2)
        for key, hours, shows in (("d", 1, "words"), ("c", 3, "other"), ("b", 2, "words"), ("a", 2, "words"))
    ]
    put(store, *rows)
    with store.view() as view:
        assert [row.key for row in view.posts_since("shop", START + HOUR)] == ["a", "b", "c"]
        assert [row.key for row in view.posts_showing("shop", "words")] == ["d", "a", "b"]
        assert list(view.posts_known_as("shop", "cc")) == [rows[1]]
        assert list(view.posts_known_as("other", "cc")) == []


def test_a_post_that_turned_out_not_to_be_there_is_no_longer_on_the_account(store: Store) -> None:
    put(store, replace(POST, state=EffectState.UNCERTAIN))
    put(store, replace(POST, state=EffectState.UNREACHABLE))
    with store.view() as view:
        assert list(view.posts_since("shop", START - HOUR)) == []


def about(number: int, fact: Fact) -> Event:
    return sealed(
        Event(f"id-{number}", "/people/o", type_name(type(fact)), "shop", "default", START, START, fact, "correlation")
    )


def test_the_latest_fact_of_a_name_is_found_and_a_failed_transaction_changes_neither(store: Store) -> None:
    connected = [AccountConnected(account="shop", channel="net", takes_key=True, posts_per_day=n) for n in (1, 2, 3)]
    with store.transaction() as tx:
        tx.keep("shop", about(1, connected[0]))
        tx.keep("shop", about(2, connected[1]))
        tx.keep("shop", about(3, AccountPaused(account="shop", reason="r")))
    put(store, replace(POST, state=EffectState.DONE))

    def fail() -> None:
        with store.transaction() as tx:
            tx.keep("shop", about(4, connected[2]))
            tx.put_effect(replace(POST, key="second", state=EffectState.DONE))
            tx.put_effect(replace(POST, state=EffectState.EXPIRED))
            raise SimulatedCrash

    with pytest.raises(SimulatedCrash):
        fail()
    with store.view() as view:
        assert view.last_kept("shop", "AccountConnected") == about(2, connected[1])
        assert view.last_kept("shop", "PostObserved") is None
        assert view.last_kept("other", "AccountConnected") is None
        assert [row.key for row in view.posts_since("shop", START - HOUR)] == ["post"]


def test_no_search_for_the_posts_of_an_account_reads_its_other_rows(tmp_path: Path) -> None:
    path = tmp_path / "mowj.sqlite"
    store, asked = SqliteStore(path), list[str]()
    store._connection.set_trace_callback(asked.append)
    with store.view() as view:
        view.posts_since("shop", START)
        view.posts_showing("shop", "words")
        view.posts_known_as("shop", "reference")
        view.last_kept("shop", "AccountConnected")
    store.close()
    searches = [statement for statement in asked if statement.startswith("SELECT")]
    assert len(searches) == 4
    with closing(sqlite3.connect(path)) as connection:
        for statement in searches:
            plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert len(plan) == 1, "nothing is sorted"
            assert plan[0].startswith("SEARCH"), plan
            assert "account=? AND" in plan[0], plan
