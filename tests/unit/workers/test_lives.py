"""The tables of a post's and a KPI's life."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.execution import PostCancelled, PostFailed, PostPublished, PostScheduled, PostUncertain
from workers.lives import (
    KPI_LIFE,
    POST_LIFE,
    KpiState,
    Occasion,
    PostState,
    StateT,
    mermaid,
    post_after,
    post_id,
    slot_of,
)


def reachable(life: Mapping[tuple[StateT, Occasion], StateT], first: StateT) -> set[StateT]:
    found, ahead = set[StateT](), [first]
    while ahead:
        state = ahead.pop()
        found.add(state)
        ahead += [after for (before, _), after in life.items() if before is state and after not in found]
    return found


@pytest.mark.parametrize(
    ("life", "first", "states"), [(POST_LIFE, PostState.PLANNED, PostState), (KPI_LIFE, KpiState.HEALTHY, KpiState)]
)
def test_every_state_can_be_reached(
    life: Mapping[tuple[StateT, Occasion], StateT], first: StateT, states: type[StateT]
) -> None:
    assert reachable(life, first) == set(states)


def test_what_is_over_stays_over_but_for_what_is_stated() -> None:
    over = {PostState.PUBLISHED, PostState.FAILED, PostState.CANCELLED, PostState.UNCERTAIN}
    ways_out = {(before, occasion, after) for (before, occasion), after in POST_LIFE.items() if before in over}
    assert ways_out == {
        (PostState.CANCELLED, PostPublished, PostState.PUBLISHED),
        (PostState.CANCELLED, PostUncertain, PostState.UNCERTAIN),
        (PostState.UNCERTAIN, PostPublished, PostState.PUBLISHED),
        (PostState.UNCERTAIN, PostFailed, PostState.FAILED),
    }
    assert not [before for before, _ in KPI_LIFE if before is KpiState.MET]


def test_nothing_is_published_that_was_never_scheduled() -> None:
    alone = {pair: after for pair, after in POST_LIFE.items() if pair[1] is not PostScheduled}
    live = {pair: after for pair, after in alone.items() if pair[1] is not PostCancelled}
    assert PostState.PUBLISHED not in reachable(live, PostState.PLANNED)


def test_an_occasion_outside_of_the_table_moves_nothing() -> None:
    assert post_after(PostState.PLANNED, PostPublished) is None
    assert post_after(PostState.FAILED, PostScheduled) is None
    assert post_after(PostState.SCHEDULED, PostPublished) is PostState.PUBLISHED


def test_the_diagram_shows_every_transition() -> None:
    drawn = mermaid(POST_LIFE)
    assert drawn.count("-->") == len(POST_LIFE)
    assert "scheduled --> published: PostPublished" in drawn


@given(slot=st.text("abc/:.-# 1", min_size=1), mark=st.text("abcdef0123456789", min_size=1))
def test_a_post_names_the_slot_that_it_fills(slot: str, mark: str) -> None:
    assert slot_of(post_id(slot, mark)) == slot
