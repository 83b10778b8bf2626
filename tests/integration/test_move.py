"""An embedded installation moves into PostgreSQL: whole, once, and whichever step it dies in."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.stores import postgres_schema
from tests.unit.runtime.toys import CAMPAIGN, EDITOR, ROSTER, START, World
from workers.runtime.operating import Operator
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.protocol import Store, StoreMismatch, StoreMoved
from workers.runtime.store.sqlite import SqliteStore

pytestmark = pytest.mark.services
pytest.importorskip("psycopg")

from workers.runtime.store.moving import MoveFailed, move  # noqa: E402
from workers.runtime.store.postgres import PostgresStore  # noqa: E402

MIDDLE = START + timedelta(hours=9)
END = START + timedelta(hours=20)
PLACE = "there"
STEPS = ("carry", "copy", "compare", "leave", "commit", "close")


@pytest.fixture
def target() -> Iterator[PostgresStore]:
    with postgres_schema() as (url, namespace):
        store = PostgresStore(url, namespace)
        try:
            yield store
        finally:
            store.close()


def embedded(path: Path) -> World:
    """A campaign in the middle of its life, in a file."""
    world = World(store=SqliteStore(path))
    runtime = world.runtime()
    world.briefed(runtime)
    runtime.advance_to(MIDDLE)
    return world


def moved(path: Path, target: PostgresStore, die_at: str = "", place: str = PLACE) -> bool:
    """Whether it had been moved already."""

    def reach(step: str) -> None:
        if step == die_at:
            raise SimulatedCrash

    source = SqliteStore(path, moving=True)
    try:
        return move(source, target, place, lambda _: None, reach=reach).already
    finally:
        source.close()


def lived_on(world: World, store: Store) -> World:
    world.store = store
    world.runtime().advance_to(END)
    return world


def without_move(folder: Path) -> World:
    world = embedded(folder / "other.sqlite")
    return lived_on(world, world.store)


@pytest.mark.parametrize("step", ["", *STEPS])
def test_a_moved_campaign_lives_on_as_if_it_had_stayed_whichever_step_the_move_died_in(
    tmp_path: Path, target: PostgresStore, step: str
) -> None:
    path = tmp_path / "mowj.sqlite"
    world = embedded(path)
    world.store.close()
    if step:
        with pytest.raises(SimulatedCrash):
            moved(path, target, step)
        if step in {"commit", "close"}:
            with pytest.raises(StoreMoved, match="mowj move"):
                SqliteStore(path)
        else:
            SqliteStore(path).close()
    assert moved(path, target) is (step == "close")
    with pytest.raises(StoreMoved, match="moved to there"):
        SqliteStore(path)
    lived_on(world, target)
    assert world.log() == without_move(tmp_path).log()
    keys = Counter(key for key, _, _ in world.network.accepted)
    assert set(keys.values()) == {1}
    assert len(keys) > 1
    report = Operator(world.runtime().shell).audit(ROSTER, "toys")
    assert report.clean, report.failures


def test_who_has_had_the_old_file_open_since_before_can_do_nothing_more(tmp_path: Path, target: PostgresStore) -> None:
    path = tmp_path / "mowj.sqlite"
    world = embedded(path)
    frozen = world.runtime()
    moved(path, target)
    before = list(world.network.accepted)
    with pytest.raises(StoreMoved, match="moved to there"):
        frozen.advance_to(END)
    with pytest.raises(StoreMoved, match="moved to there"), world.store.view():
        pass
    assert world.network.accepted == before
    world.store.close()


def test_a_finished_move_is_not_done_again_and_an_unfinished_one_not_elsewhere(
    tmp_path: Path, target: PostgresStore
) -> None:
    path = tmp_path / "mowj.sqlite"
    embedded(path).store.close()
    with pytest.raises(SimulatedCrash):
        moved(path, target, "commit")
    with pytest.raises(StoreMismatch, match="moving to there"):
        moved(path, target, place="elsewhere")
    moved(path, target)
    with pytest.raises(StoreMoved, match="moved to there"):
        moved(path, target)


def test_nothing_moves_into_a_store_that_somebody_has_worked_on(tmp_path: Path, target: PostgresStore) -> None:
    path = tmp_path / "mowj.sqlite"
    embedded(path).store.close()
    other = World(store=target)
    other.briefed(other.runtime())
    with pytest.raises(StoreMismatch, match="is not empty"):
        moved(path, target)
    SqliteStore(path).close()


def test_a_log_whose_chain_is_broken_does_not_move(tmp_path: Path, target: PostgresStore) -> None:
    path = tmp_path / "mowj.sqlite"
    embedded(path).store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE log SET chain = 'x' || chain WHERE place = 3")
    connection.close()
    with pytest.raises(MoveFailed, match="chain breaks at 3"):
        moved(path, target)
    SqliteStore(path).close()


def test_claims_stay_behind_and_the_epoch_is_raised(tmp_path: Path, target: PostgresStore) -> None:
    path = tmp_path / "mowj.sqlite"
    world = embedded(path)
    partition = world.runtime().shell.partition(CAMPAIGN)
    world.store.close()
    moved(path, target)
    with target.view() as view:
        assert view.epoch() == 2
        assert view.claim(EDITOR.name, partition) is None
        assert view.lanes()
        assert view.sequences()
        assert view.kept("shop")
