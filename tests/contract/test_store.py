"""One suite for every store: all or nothing, and everything comes back as it was put."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from events.envelope import Event, type_name
from events.log.protocol import DuplicateId, chained
from events.runtime import EffectKind
from tests.contract.stores import DURABLE, KINDS, opened_again, postgres_schema, postgres_store, store_of
from tests.unit.runtime.toys import START, EditorState, brief
from workers.runtime.deciding import sealed
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.protocol import Store, StoreMismatch, Transaction
from workers.runtime.store.rows import (
    AccountUse,
    CampaignRow,
    Claim,
    EffectRow,
    EffectState,
    Gate,
    Halt,
    Hold,
    HoldKind,
    Position,
    StateRow,
    TimerRow,
)
from workers.runtime.store.sqlite import SqliteStore

HOUR = timedelta(hours=1)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_of(request.param, tmp_path) as made:
        yield made


def event(number: int, campaign: str = "spring", source: str = "/people/olivia") -> Event:
    fact = brief(f"brief {number}")
    return sealed(
        Event(
            id=f"{source}-{campaign}-{number}",
            source=source,
            type=type_name(type(fact)),
            subject=campaign,
            tenant="default",
            time=START,
            recordedtime=START,
            data=fact,
            correlationid="c",
        )
    )


TIMER = TimerRow("editor", "spring", "next", START + HOUR, 3, "default", "cause", "brief")
EFFECT = EffectRow(
    key="post-1",
    worker="publisher",
    campaign="spring",
    tenant="default",
    partition=3,
    account="shop",
    kind=EffectKind.PUBLISH,
    payload="{}",
    fingerprint="f",
    not_after=START + HOUR,
    cause="cause",
    correlationid="brief",
    due=START,
)
CAMPAIGN = CampaignRow("spring", "default", "brief", (AccountUse("shop", "net", shared=False),), live=True)
STATE = StateRow("editor", "spring", 1, START, EditorState(posts=3))
CLAIM = Claim(1, 1, "mowj", START + HOUR)
POSITION = Position(7, {"/mowj/intake": (4, "id-4"), "/mowj/workers/editor": (2, "id-2")})
HOLD = Hold(HoldKind.ACCOUNT, "shop")
HALT = Halt("editor", 3, "a gap", START)
GATE = Gate("shop", {"post-1": START}, 3, "refused", START + HOUR, START, START + 2 * HOUR)


def put_everything(tx: Transaction) -> None:
    tx.put_epoch(2)
    tx.put_claim("editor", 3, CLAIM)
    tx.put_position("editor", 3, POSITION)
    tx.put_state(STATE)
    tx.append(3, event(1))
    tx.put_timer(TIMER)
    tx.put_effect(EFFECT)
    tx.put_campaign(CAMPAIGN)
    tx.keep("shop", event(2))
    tx.put_hold(HOLD)
    tx.put_halt(HALT)
    tx.put_gate(GATE)


def everything(store: Store) -> list[object]:
    with store.view() as view:
        return [
            view.epoch(),
            view.claim("editor", 3),
            view.position("editor", 3),
            view.positions(),
            view.lanes(),
            view.sequences(),
            list(view.states()),
            view.state("editor", "spring", EditorState),
            view.state_version("editor", "spring"),
            view.log.ends(),
            [record.event for record in view.log.campaign("spring")],
            list(view.timers()),
            list(view.due_timers(START + HOUR, {("editor", 3)}, 10)),
            view.next_timer({"editor"}),
            view.effect("post-1"),
            list(view.effects()),
            list(view.open_effects()),
            view.campaign("spring"),
            list(view.campaigns()),
            list(view.kept("shop")),
            view.kept_fact(event(2).id),
            view.holds(),
            list(view.halts()),
            view.gate("shop"),
            list(view.gates()),
        ]


def test_an_empty_store_holds_nothing(store: Store) -> None:
    assert everything(store) == [
        1, None, Position(), {}, {}, {}, [], None, None, {},
        [], [], [], None, None, [], [], None, [], [], None, frozenset(), [],
        Gate("shop"), [],
    ]  # fmt: skip


def test_what_was_put_comes_back(store: Store) -> None:
    with store.transaction() as tx:
        put_everything(tx)
    assert everything(store) == [
        2, CLAIM, POSITION, {("editor", 3): POSITION}, {("/mowj/intake", 3): 1}, {("spring", "/people/olivia"): 1},
        [("editor", "spring")], STATE, 1, {3: 1}, [event(1).placed(1, 1)], [TIMER], [TIMER], TIMER.due, EFFECT,
        [EFFECT], [EFFECT], CAMPAIGN, [CAMPAIGN], [event(2)], event(2), frozenset({HOLD}), [HALT],
        GATE, [GATE],
    ]  # fmt: skip


@pytest.mark.parametrize("error", [SimulatedCrash, ValueError, KeyboardInterrupt])
def test_a_transaction_that_fails_changes_nothing(store: Store, error: type[BaseException]) -> None:
    before = everything(store)

    def fail() -> None:
        with store.transaction() as tx:
            put_everything(tx)
            raise error

    with pytest.raises(error):
        fail()
    assert everything(store) == before


def test_a_failed_transaction_restores_what_it_replaced_and_dropped(store: Store) -> None:
    with store.transaction() as tx:
        put_everything(tx)
    before = everything(store)

    def fail() -> None:
        with store.transaction() as tx:
            tx.put_epoch(9)
            tx.put_timer(replace(TIMER, due=START + 5 * HOUR))
            tx.drop_timer("editor", "spring", "next")
            tx.put_effect(replace(EFFECT, state=EffectState.DONE, number=1, told=1))
            tx.drop_hold(HOLD)
            tx.drop_halt("editor", 3)
            tx.append(3, event(5))
            tx.keep("shop", event(6))
            tx.put_state(replace(STATE, state=EditorState(posts=9)))
            assert tx.next_timer({"editor"}) is None
            raise SimulatedCrash

    with pytest.raises(SimulatedCrash):
        fail()
    assert everything(store) == before
    with store.transaction() as tx:
        again = tx.append(3, event(5))
    assert again.event.lane == 2, "the numbers of a failed transaction are given again"
    with store.view() as view:
        found = view.log.find(again.event.id)
    assert found is not None
    assert found.chain == chained(chained("", event(1)), event(5)), "and its place in the chain"


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_hold(HOLD)
        assert HOLD in tx.holds()
        record = tx.append(3, event(1))
        found = tx.log.find(record.event.id)
        assert found is not None
        assert (found.partition, found.offset, found.event) == (3, record.offset, record.event)


def test_a_transaction_does_not_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError), store.transaction():
        pass
    with store.transaction(), pytest.raises(RuntimeError), store.view():
        pass


def test_lanes_are_numbered_per_writer_and_partition_and_sequences_per_campaign_and_source(store: Store) -> None:
    with store.transaction() as tx:
        placed = [
            tx.append(3, said).event
            for said in (
                event(1),
                event(2, source="/shops/roastery"),
                event(3, "autumn"),
                event(4, source="/mowj/workers/editor"),
                event(5),
            )
        ]
        elsewhere = tx.append(4, event(1, "winter")).event
    assert [said.lane for said in placed] == [1, 2, 3, 1, 4], "everybody outside shares the lane of intake"
    assert [int(said.sequence) for said in placed] == [1, 1, 1, 1, 2]
    assert elsewhere.lane == 1


def test_an_id_is_said_once_and_kept_once(store: Store) -> None:
    with store.transaction() as tx:
        tx.append(3, event(1))
        tx.keep("shop", event(2))
    with pytest.raises(DuplicateId), store.transaction() as tx:
        tx.append(3, event(1))
    with pytest.raises(DuplicateId), store.transaction() as tx:
        tx.keep("shop", event(2))


def test_due_timers_come_by_due_campaign_worker_and_name(store: Store) -> None:
    rows = [
        replace(TIMER, worker=worker, campaign=campaign, name=name, due=START + hours * HOUR)
        for hours, campaign, worker, name in (
            (2, "a", "editor", "x"), (1, "b", "editor", "y"), (1, "b", "editor", "x"), (1, "a", "observer", "x"),
            (1, "a", "editor", "z"), (1, "a", "strategist", "z"), (9, "a", "editor", "late"),
        )
    ]  # fmt: skip
    with store.transaction() as tx:
        for row in rows:
            tx.put_timer(row)
    with store.view() as view:
        due = view.due_timers(START + 2 * HOUR, {("editor", 3), ("observer", 3)}, 10)
        assert [rows.index(row) for row in due] == [4, 3, 2, 1, 0]
        assert list(view.due_timers(START + 2 * HOUR, {("editor", 3), ("observer", 3)}, 2)) == list(due[:2])
        assert view.next_timer({"editor"}) == START + HOUR
        assert view.next_timer({"nobody"}) is None


def test_due_timers_of_other_partitions_take_no_place_in_the_limit(store: Store) -> None:
    with store.transaction() as tx:
        for number in range(5):
            tx.put_timer(replace(TIMER, campaign=f"other-{number}", partition=4))
        tx.put_timer(replace(TIMER, due=START + 2 * HOUR))
    with store.view() as view:
        assert [row.campaign for row in view.due_timers(START + 2 * HOUR, {("editor", 3)}, 2)] == ["spring"]
        assert list(view.due_timers(START + 2 * HOUR, {("observer", 3), ("editor", 5)}, 2)) == []
        assert list(view.due_timers(START + 2 * HOUR, set(), 2)) == []


def test_a_replaced_timer_is_due_at_its_new_time_alone(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_timer(TIMER)
        tx.put_timer(replace(TIMER, due=START + 3 * HOUR, set_by="other"))
    with store.view() as view:
        assert list(view.due_timers(START + 2 * HOUR, {("editor", 3)}, 10)) == []
        assert view.next_timer({"editor"}) == START + 3 * HOUR


def test_an_effect_is_open_until_its_latest_settlement_was_told(store: Store) -> None:
    open_after = []
    for row in (
        EFFECT,
        replace(EFFECT, state=EffectState.SENDING),
        replace(EFFECT, state=EffectState.DONE, number=1),
        replace(EFFECT, state=EffectState.DONE, number=1, told=1),
    ):
        with store.transaction() as tx:
            tx.put_effect(row)
        with store.view() as view:
            open_after.append(list(view.open_effects()) == [row])
            assert view.effect("post-1") == row
    assert open_after == [True, True, True, False]


def test_waiting_ends_when_somebody_commits(store: Store) -> None:
    seen = store.wait(-1, 0)
    assert store.wait(seen, 0) == seen

    def commit() -> None:
        with store.transaction() as tx:
            tx.put_hold(HOLD)

    thread = Thread(target=commit)
    thread.start()
    assert store.wait(seen, 20) != seen
    thread.join()


def test_threads_take_their_turns(store: Store) -> None:
    def count() -> None:
        for _ in range(25):
            with store.transaction() as tx:
                tx.put_epoch(tx.epoch() + 1)

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.view() as view:
        assert view.epoch() == 101


@pytest.mark.parametrize("kind", DURABLE)
def test_what_is_durable_goes_on_where_it_was_left(kind: str, tmp_path: Path) -> None:
    with store_of(kind, tmp_path) as first:
        with first.transaction() as tx:
            put_everything(tx)
        before = everything(first)
        first.close()
        second = opened_again(kind, first, tmp_path)
        assert everything(second) == before
        second.close()


@pytest.mark.parametrize("kind", DURABLE)
def test_two_openings_of_one_store_see_each_other(kind: str, tmp_path: Path) -> None:
    with store_of(kind, tmp_path) as one:
        other = opened_again(kind, one, tmp_path)
        seen = other.wait(-1, 0)
        with one.transaction() as tx:
            tx.append(3, event(1))
        assert other.wait(seen, 20) != seen, "another process's commit wakes"
        with other.transaction() as tx:
            assert tx.append(3, event(2)).offset == 2
        other.close()


def test_a_file_keeps_its_number_of_partitions(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "mowj.sqlite", partitions=8).close()
    with pytest.raises(StoreMismatch, match="8 partitions; given 64"):
        SqliteStore(tmp_path / "mowj.sqlite")


@pytest.mark.services
def test_a_database_keeps_its_number_of_partitions() -> None:
    with postgres_schema() as (url, namespace):
        postgres_store(url, namespace, partitions=8).close()
        with pytest.raises(StoreMismatch, match="8 partitions; given 64"):
            postgres_store(url, namespace)


def test_an_effect_that_was_expected_is_what_is_stored_and_then_what_is_put(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_effect(EFFECT)
    settled = replace(EFFECT, state=EffectState.DONE, number=1)
    with store.transaction() as tx:
        tx.expect(0, (), (), (EFFECT.key, "another"))
        assert tx.effect(EFFECT.key) == EFFECT
        assert tx.effect("another") is None
        tx.put_effect(settled)
        tx.put_effect(replace(EFFECT, key="another"))
        assert tx.effect(EFFECT.key) == settled
        assert tx.effect("another") == replace(EFFECT, key="another")
    with store.view() as view:
        assert view.effects() == [replace(EFFECT, key="another"), settled]
