"""A SQLite file whose contents have moved away is worked on by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.protocol import StoreMoved
from workers.runtime.store.rows import Left
from workers.runtime.store.sqlite import SqliteStore

UNFINISHED, DONE = Left(7, "there", done=False), Left(7, "there", done=True)


def leave(path: Path, left: Left) -> None:
    store = SqliteStore(path, moving=True)
    with store.transaction():
        store.leave(left)
    store.close()


@pytest.mark.parametrize(("left", "says"), [(UNFINISHED, "run `mowj move` again"), (DONE, "has moved to there")])
def test_a_file_that_was_left_is_not_opened_and_says_where_to(tmp_path: Path, left: Left, says: str) -> None:
    path = tmp_path / "mowj.sqlite"
    leave(path, left)
    with pytest.raises(StoreMoved, match=says):
        SqliteStore(path)


def test_whoever_has_it_open_neither_reads_nor_writes_any_more(tmp_path: Path) -> None:
    path = tmp_path / "mowj.sqlite"
    store = SqliteStore(path)
    leave(path, UNFINISHED)
    with pytest.raises(StoreMoved), store.transaction() as tx:
        tx.put_epoch(9)
    with pytest.raises(StoreMoved), store.view():
        pass
    store.close()


def test_an_unfinished_move_is_taken_up_again_and_a_finished_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mowj.sqlite"
    leave(path, UNFINISHED)
    store = SqliteStore(path, moving=True)
    with store.transaction() as tx:
        assert tx.left() == UNFINISHED
        store.leave(DONE)
    with pytest.raises(StoreMoved), store.view():
        pass
    store.close()
    with pytest.raises(StoreMoved):
        SqliteStore(path, moving=True)


def test_a_move_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "mowj.sqlite"
    store = SqliteStore(path)

    def fail() -> None:
        with store.transaction():
            store.leave(UNFINISHED)
            raise SimulatedCrash

    with pytest.raises(SimulatedCrash):
        fail()
    with store.transaction() as tx:
        assert tx.epoch() == 1
    store.close()
    SqliteStore(path).close()
