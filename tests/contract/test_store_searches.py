"""One suite for every store: what the running loop asks for is answered without what does not concern it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.stores import KINDS, store_of
from tests.contract.test_store import CAMPAIGN, EFFECT, HOLD, TIMER
from tests.unit.runtime.toys import START
from workers.runtime.store.protocol import Store
from workers.runtime.store.rows import AccountUse, EffectRow, EffectState, Hold, HoldKind

HOUR = timedelta(hours=1)
PUBLISHER = {"publisher"}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_of(request.param, tmp_path) as made:
        yield made


def put(store: Store, *rows: EffectRow) -> None:
    with store.transaction() as tx:
        for row in rows:
            tx.put_effect(row)


def effect(key: str, state: EffectState = EffectState.PLANNED, **changes: object) -> EffectRow:
    return replace(EFFECT, key=key, state=state, **{"not_after": START + 9 * HOUR, **changes})  # type: ignore[arg-type]


ROWS = (
    effect("planned"),
    effect("planned later", due=START + 3 * HOUR),
    effect("over earlier", due=START + 3 * HOUR, not_after=START + HOUR),
    effect("sending", EffectState.SENDING, until=START + 2 * HOUR),
    effect("asking at once", EffectState.ASKING, until=None),
    effect("done", EffectState.DONE, number=1, settled_at=START),
    effect("told", EffectState.DONE, number=1, told=1, settled_at=START),
    effect("another's", worker="observer"),
)


def test_effects_wake_when_their_time_comes_planned_by_the_campaigns_clock_and_taken_by_the_machines(
    store: Store,
) -> None:
    put(store, *ROWS)
    with store.view() as view:
        assert {row.key for row in view.waking_effects(PUBLISHER, START, START)} == {"planned", "asking at once"}
        woken = {row.key for row in view.waking_effects(PUBLISHER, START + HOUR, START + 2 * HOUR)}
        assert woken == {"planned", "asking at once", "over earlier", "sending"}
        assert view.waking_effects({"nobody"}, START + 9 * HOUR, START + 9 * HOUR) == []


def test_the_next_moments_at_which_effects_wake_are_known_by_either_clock(store: Store) -> None:
    put(store, *ROWS)
    with store.view() as view:
        assert view.next_waking(PUBLISHER, START, START) == (START + HOUR, START + 2 * HOUR)
        assert view.next_waking(PUBLISHER, START + HOUR, START + 2 * HOUR) == (START + 3 * HOUR, None)
        assert view.next_waking(PUBLISHER, START + 9 * HOUR, START) == (None, START + 2 * HOUR)
        assert view.next_waking({"observer"}, START - HOUR, START) == (START, None)


def test_settled_effects_are_untold_until_they_are_told_in_the_places_asked_for(store: Store) -> None:
    late = effect("late", EffectState.REJECTED, number=2, told=1, settled_at=START + HOUR)
    put(store, late, *ROWS, replace(ROWS[5], key="elsewhere", partition=4))
    with store.view() as view:
        assert [row.key for row in view.untold_effects({("publisher", 3)}, 9)] == ["done", "late"]
        assert [row.key for row in view.untold_effects({("publisher", 3)}, 1)] == ["done"]
        assert [row.key for row in view.untold_effects({("publisher", 4), ("observer", 3)}, 9)] == ["elsewhere"]
        assert list(view.untold_effects(set(), 9)) == []
    put(store, replace(late, told=2))
    with store.view() as view:
        assert [row.key for row in view.untold_effects({("publisher", 3)}, 9)] == ["done"]


def test_live_campaigns_are_found_by_account(store: Store) -> None:
    other = AccountUse("other", "net", shared=True)
    with store.transaction() as tx:
        tx.put_campaign(replace(CAMPAIGN, campaign="summer", accounts=(other, *CAMPAIGN.accounts)))
        tx.put_campaign(CAMPAIGN)
        tx.put_campaign(replace(CAMPAIGN, campaign="autumn", accounts=(other,)))
        assert [row.campaign for row in tx.campaigns_on("shop")] == ["spring", "summer"]
        tx.put_campaign(replace(CAMPAIGN, live=False))
        tx.put_campaign(replace(CAMPAIGN, campaign="autumn"))
    with store.view() as view:
        assert [row.campaign for row in view.campaigns_on("shop")] == ["autumn", "summer"]
        assert [row.campaign for row in view.campaigns_on("other")] == ["summer"]
        assert list(view.campaigns_on("nobody's")) == []


def test_holds_are_found_by_what_they_hold(store: Store) -> None:
    stop = Hold(HoldKind.STOP, "*")
    with store.transaction() as tx:
        tx.put_hold(HOLD)
        tx.put_hold(stop)
        tx.put_hold(Hold(HoldKind.CAMPAIGN, "summer"))
    with store.view() as view:
        assert view.holds_on({"*", "shop", "spring"}) == {HOLD, stop}
        assert view.holds_on(set()) == frozenset()


def test_a_workers_timers_for_a_campaign_are_found(store: Store) -> None:
    mine = [replace(TIMER, name="b", due=START), TIMER]
    with store.transaction() as tx:
        for row in (*mine, replace(TIMER, worker="observer"), replace(TIMER, campaign="summer")):
            tx.put_timer(row)
    with store.view() as view:
        assert list(view.timers_of("editor", "spring")) == mine


def test_holds_are_found_among_more_subjects_than_a_statement_takes_variables(store: Store) -> None:
    held = {Hold(HoldKind.ACCOUNT, 'the "shop"'), Hold(HoldKind.CAMPAIGN, "بهار")}
    with store.transaction() as tx:
        for hold in (*held, Hold(HoldKind.CAMPAIGN, "another")):
            tx.put_hold(hold)
    with store.view() as view:
        assert view.holds_on({'the "shop"', "بهار", *(f"campaign {number}" for number in range(260_000))}) == held
        assert view.holds_on(()) == frozenset()
