"""A full disk: SQLite ends some transactions itself, and the error that is read must still be that of the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.unit.runtime.toys import START
from workers.decision import State
from workers.runtime.store.rows import Hold, HoldKind, StateRow
from workers.runtime.store.sqlite import SqliteStore

HOLD = Hold(HoldKind.STOP, "*")


class Notes(State):
    text: str = ""


def notes(worker: str, size: int) -> StateRow:
    return StateRow(worker, "spring", 1, START, Notes(text="x" * size))


@pytest.mark.parametrize(("rows", "size"), [(1, 2_000_000), (400, 5_000)], ids=["in one row", "in many"])
def test_a_step_that_does_not_fit_has_not_happened_and_the_disk_is_named(tmp_path: Path, rows: int, size: int) -> None:
    store = SqliteStore(tmp_path / "mowj.sqlite")
    store._connection.execute("PRAGMA max_page_count = 120")

    def fill() -> None:
        with store.transaction() as tx:
            tx.put_hold(HOLD)
            for number in range(rows):
                tx.put_state(notes(f"editor {number}", size))

    with pytest.raises(sqlite3.OperationalError, match=r"^database or disk is full$"):
        fill()
    with store.view() as view:
        assert view.holds() == frozenset()
        assert view.states() == []
    store._connection.execute("PRAGMA max_page_count = 100000")
    with store.transaction() as tx:
        tx.put_hold(HOLD)
    with store.view() as view:
        assert view.holds() == {HOLD}, "once there is room, it goes on"
    store.close()


def test_a_transaction_that_cannot_be_rolled_back_tells_of_the_first_error_and_the_second(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mowj.sqlite")

    class Broken:
        """A connection whose disk is gone in the middle of a transaction."""

        in_transaction = True

        def execute(self, statement: str) -> sqlite3.Cursor:
            if statement == "ROLLBACK":
                raise sqlite3.OperationalError("disk I/O error")
            return connection.execute(statement)

    connection = store._connection
    store._connection = Broken()  # type: ignore[assignment]
    with pytest.raises(ValueError, match="the first") as caught, store.transaction():
        raise ValueError("the first")
    assert caught.value.__notes__ == ["nor could it be rolled back: disk I/O error"]
    store._connection = connection
    store.close()
