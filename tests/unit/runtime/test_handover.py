"""A member that stops cleanly leaves nothing that others must wait for."""

from __future__ import annotations

from tests.unit.runtime.toys import EDITOR, World, brief, tell
from workers.runtime.running import Runtime


def read_to(runtime: Runtime) -> int:
    """How far the editor has read the campaign's partition."""
    with runtime.shell.store.view() as view:
        return max(view.position(EDITOR.name, partition).offset for partition in view.log.ends())


def test_another_member_reads_on_at_once_after_a_clean_stop() -> None:
    world = World()
    first, second = world.runtime(member="first"), world.runtime(member="second")
    world.briefed(first)
    first.run_until_idle()
    before = read_to(first)

    tell(second, brief("Summer"), "amended")
    second.run_until_idle()
    assert read_to(second) == before, "while the first is alive, its partitions are its own"

    first.loop.holdings.release()
    third = world.runtime(member="third")
    third.run_until_idle()
    assert read_to(third) > before


def test_a_member_that_has_let_go_does_not_take_back_what_another_holds() -> None:
    world = World()
    first, second = world.runtime(member="first"), world.runtime(member="second")
    world.briefed(first)
    first.run_until_idle()
    first.loop.holdings.release()
    second.run_until_idle()

    tell(first, brief("Summer"), "amended")
    before = read_to(first)
    first.run_until_idle()
    assert read_to(first) == before
    second.run_until_idle()
    assert read_to(second) > before
