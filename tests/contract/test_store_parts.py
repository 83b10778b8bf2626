"""One suite for every store: a state with parts in rows of their own comes back as it was put, order and all."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.stores import KINDS, store_of
from tests.unit.runtime.toys import EDITOR, START
from workers.decision import State
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.parts import WHOLE, changed, joined, main_row
from workers.runtime.store.protocol import Store
from workers.runtime.store.rows import StateRow
from workers.runtime.store.sqlite import SqliteStore


class Draft(State):
    cost: Decimal = Decimal(0)
    at: datetime | None = None
    note: str | None = None


class Shelf(State):
    owner: str = "olivia"
    pieces: Mapping[str, Draft] = {}


class Desk(State):
    drafts: Mapping[str, Draft] = {}
    shelf: Shelf = Shelf()
    eras: tuple[float, ...] = (1.0,)
    brief: Draft | None = None
    spent: Decimal = Decimal(0)


ROWS = frozenset({"drafts", "shelf.pieces", "eras", "brief"})
DRAFT = Draft(cost=Decimal("1.50"), at=START, note="a")
DESK = Desk(drafts={"b": DRAFT, "a": Draft()}, shelf=Shelf(pieces={"z": DRAFT}), brief=DRAFT, spent=Decimal("6.00"))


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_of(request.param, tmp_path) as made:
        yield made


def row(state: State) -> StateRow:
    return StateRow("editor", "spring", 1, START, state)


def put(store: Store, state: State, earlier: State | None = None, rows: frozenset[str] = ROWS) -> None:
    with store.transaction() as tx:
        tx.put_state(row(state), rows, None if earlier is None else row(earlier))


def read(store: Store) -> State:
    with store.view() as view:
        found = view.state("editor", "spring", Desk)
    assert found is not None
    assert found == row(found.state)
    return found.state


def require_same(one: State, other: State) -> None:
    """Equal, and alike when they are printed: in order, and to the last digit of a Decimal."""
    assert one == other
    assert one.model_dump_json() == other.model_dump_json()


def test_states_that_are_announced_together_are_read_as_one_by_one(store: Store) -> None:
    plain = Desk(spent=Decimal(3))
    with store.transaction() as tx:
        tx.put_state(row(DESK), ROWS)
        tx.put_state(replace(row(plain), campaign="summer", version=2))
        tx.expect_states("editor", ["spring", "summer", "autumn"])
        assert tx.state_version("editor", "summer") == 2
        tx.put_state(replace(row(DESK), campaign="summer"), ROWS)
        changed_since = tx.state("editor", "summer", Desk)
    with store.view() as view:
        view.expect_states("editor", ["spring", "summer", "autumn"])
        assert [view.state_version("editor", name) for name in ("spring", "summer", "autumn")] == [1, 1, None]
        found = [view.state("editor", name, Desk) for name in ("spring", "summer", "spring")]
        assert view.state("editor", "autumn", Desk) is None
    assert found == [row(DESK), changed_since, row(DESK)]
    for each in found:
        assert each is not None
        require_same(each.state, DESK)


def test_a_state_with_parts_comes_back_as_it_was_put(store: Store) -> None:
    put(store, DESK)
    require_same(read(store), DESK)
    with store.view() as view:
        assert view.state_version("editor", "spring") == 1
        assert view.state("editor", "autumn", Desk) is None
        assert view.state("planner", "spring", Desk) is None


def test_a_part_that_vanished_is_gone_and_the_others_keep_their_order(store: Store) -> None:
    put(store, DESK)
    fewer = DESK.model_copy(update={"drafts": {"a": DESK.drafts["a"], "c": DRAFT}, "brief": None})
    put(store, fewer, DESK)
    require_same(read(store), fewer)


def test_a_mapping_whose_order_changed_comes_back_in_its_new_order(store: Store) -> None:
    put(store, DESK)
    turned = DESK.model_copy(update={"drafts": {name: DESK.drafts[name] for name in ("a", "b")}})
    put(store, turned, DESK)
    require_same(read(store), turned)


def test_a_value_that_is_equal_but_prints_otherwise_comes_back_as_it_prints(store: Store) -> None:
    put(store, DESK)
    longer = DESK.model_copy(update={"drafts": {**DESK.drafts, "b": DRAFT.model_copy(update={"cost": Decimal("1.5")})}})
    assert longer == DESK
    put(store, longer, DESK)
    require_same(read(store), longer)


def test_a_rebuilt_state_replaces_every_part(store: Store) -> None:
    put(store, DESK)
    rebuilt = Desk(drafts={"z": DRAFT})
    put(store, rebuilt)
    require_same(read(store), rebuilt)


def test_code_that_keeps_other_fields_in_rows_loses_nothing(store: Store) -> None:
    """What is kept in rows is no part of the state's version: a store outlives a change of it."""
    for rows in (frozenset[str](), ROWS, frozenset({"drafts"}), frozenset({"shelf"}), ROWS):
        put(store, DESK, DESK, rows)
        require_same(read(store), DESK)


def test_what_was_never_stored_is_written_whole_whatever_is_said_of_it(store: Store) -> None:
    put(store, DESK, DESK)
    require_same(read(store), DESK)


def test_a_state_that_is_put_twice_in_one_transaction_is_the_second(store: Store) -> None:
    put(store, DESK)
    first = DESK.model_copy(update={"drafts": {**DESK.drafts, "c": DRAFT}, "brief": None})
    second = DESK.model_copy(update={"drafts": {"c": DRAFT, "b": DESK.drafts["b"]}})
    for earlier in (first, None):
        with store.transaction() as tx:
            tx.put_state(row(first), ROWS, row(DESK))
            tx.put_state(row(second), ROWS, None if earlier is None else row(earlier))
        require_same(read(store), second)
        put(store, DESK)


def test_a_failed_transaction_leaves_the_parts_as_they_were(store: Store) -> None:
    put(store, DESK)

    def fail() -> None:
        with store.transaction() as tx:
            tx.put_state(row(Desk(brief=Draft(note="new"))), ROWS, row(DESK))
            raise SimulatedCrash

    with pytest.raises(SimulatedCrash):
        fail()
    require_same(read(store), DESK)


DRAFTS = st.builds(Draft, cost=st.sampled_from([Decimal(1), Decimal("1.0"), Decimal(2)]), note=st.text(max_size=3))
PIECES = st.dictionaries(st.text(max_size=2), DRAFTS, max_size=4)
DESKS = st.builds(
    Desk,
    drafts=PIECES,
    shelf=st.builds(Shelf, pieces=PIECES),
    eras=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3).map(tuple),
    brief=st.none() | DRAFTS,
)


@given(life=st.lists(DESKS, min_size=1, max_size=5), turns=st.lists(st.sampled_from([ROWS, frozenset({"drafts"})])))
def test_whatever_a_state_becomes_it_comes_back(life: Sequence[Desk], turns: Sequence[frozenset[str]]) -> None:
    with TemporaryDirectory() as directory:
        store = SqliteStore(Path(directory) / "mowj.sqlite")
        put(store, life[0])
        for number, (before, after) in enumerate(pairwise(life)):
            put(store, after, before, turns[number] if number < len(turns) else ROWS)
            require_same(read(store), after)
        store.close()


def test_only_what_changed_is_written() -> None:
    paid = DESK.model_copy(update={"spent": Decimal(7)})
    assert changed(paid, DESK, ROWS).written == {}
    again = Desk.model_validate_json(DESK.model_dump_json())
    assert changed(again, DESK, ROWS).written == {}, "a copy is not a change"
    one = DESK.model_copy(update={"drafts": {**DESK.drafts, "a": DRAFT, "c": DRAFT}})
    changes = changed(one, DESK, ROWS)
    assert set(changes.written) == {("drafts", '"a"'), ("drafts", '"c"')}
    assert changes.gone == ()
    fewer = DESK.model_copy(update={"drafts": {"b": DRAFT}})
    assert changed(fewer, DESK, ROWS).gone == (("drafts", '"a"'),)
    assert changed(fewer, DESK, ROWS).written == {}


def test_the_main_row_holds_nothing_of_the_parts() -> None:
    assert main_row(DESK, ROWS) == '{"drafts":{},"shelf":{"owner":"olivia","pieces":{}},"spent":"6.00"}'
    assert main_row(DESK, frozenset()) == DESK.model_dump_json()
    parts = [(path, item, text) for (path, item), text in changed(DESK, None, ROWS).written.items()]
    require_same(joined(Desk, main_row(DESK, ROWS), parts), DESK)
    assert ("eras", WHOLE) in {(path, item) for path, item, _ in parts}


def test_a_number_that_json_does_not_know_is_stored_alike_in_either_row() -> None:
    odd = Desk(eras=(math.inf,))
    assert changed(odd, None, ROWS).written["eras", WHOLE] == "[null]"
    assert '"eras":[null]' in main_row(odd, frozenset())


def test_an_unchanged_part_is_not_touched_in_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mowj.sqlite")
    put(store, DESK)
    with sqlite3.connect(tmp_path / "mowj.sqlite") as other:
        other.execute("CREATE TRIGGER quiet BEFORE UPDATE ON state_parts BEGIN SELECT RAISE(ABORT, 'written'); END")
        other.execute("CREATE TRIGGER still BEFORE DELETE ON state_parts BEGIN SELECT RAISE(ABORT, 'deleted'); END")
    other.close()
    put(store, DESK.model_copy(update={"spent": Decimal(7), "drafts": {**DESK.drafts, "new": DRAFT}}), DESK)
    store.close()


def test_a_worker_names_only_fields_that_its_state_has() -> None:
    with pytest.raises(AttributeError, match="post_s"):
        replace(EDITOR, rows=frozenset({"post_s"}))
