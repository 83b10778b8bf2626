"""One suite for every store: an ended campaign is dropped, and neither the log nor anybody else is the worse for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from events.campaign import CampaignEnded
from events.envelope import Event, partition_of
from events.log.protocol import Dropped
from events.log.stored import event_text
from tests.contract.stores import KINDS, OUTBOX, store_of
from tests.unit.runtime.toys import ACCOUNT, CAMPAIGN, CHANNEL, ROSTER, START, World, brief, tell
from workers.decision import NOTHING, State, Worker
from workers.runtime.audit import AuditReport
from workers.runtime.dropping import NotDroppable, drop, standing
from workers.runtime.exporting import events_of, lines_of
from workers.runtime.intake import Refused
from workers.runtime.operating import NotThere, Operator
from workers.runtime.running import Runtime
from workers.runtime.shell import SimulatedCrash
from workers.runtime.store.protocol import Store
from workers.runtime.store.rows import EffectState, Hold, HoldKind

DAY: Final = timedelta(days=1)
REST: Final = DAY / 2
NEIGHBOR: Final = next(
    name for name in (f"neighbor-{number}" for number in range(10_000)) if partition_of(name) == partition_of(CAMPAIGN)
)
"""Another campaign, whose events stand between those of the first."""


@pytest.fixture(params=[kind for kind in KINDS if kind is not OUTBOX])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_of(request.param, tmp_path) as made:
        yield made


def lived(store: Store) -> tuple[World, Runtime]:
    """Two campaigns on one partition and one account, of which the first ended half a day ago."""
    world = World(store=store)
    runtime = world.runtime()
    runtime.connect(ACCOUNT, CHANNEL)
    tell(runtime, brief(shared=True), "brief")
    tell(runtime, brief(shared=True), "other", NEIGHBOR)
    runtime.advance_to(START + DAY)
    tell(runtime, CampaignEnded(by="olivia", reason="enough"), "end")
    runtime.advance_to(START + DAY + REST)
    return world, runtime


def exported(runtime: Runtime, campaign: str = CAMPAIGN) -> list[Event]:
    return events_of(lines_of(runtime.history(campaign)))


def audited(runtime: Runtime) -> AuditReport:
    return Operator(runtime.shell).audit(ROSTER, "toys")


def kinds_of(report: AuditReport) -> set[str]:
    return {finding.kind for finding in report.failures}


def size(store: Store) -> int:
    with store.view() as view:
        return sum(len(event_text(record.event)) for record in view.log.campaign(CAMPAIGN))


def test_a_dropped_campaign_leaves_its_tombstone_its_numbers_and_its_posts_that_are_out(store: Store) -> None:
    _, runtime = lived(store)
    whole, before = exported(runtime), size(store)
    with store.view() as view:
        shown = [row for row in view.posts_since(ACCOUNT, START - DAY) if row.campaign == CAMPAIGN]
        lanes, sequences, kept = view.lanes(), view.sequences(), view.kept(ACCOUNT)
    assert shown
    stone = drop(runtime.shell, ROSTER, CAMPAIGN, whole, REST)
    assert (stone.events, stone.at) == (len(whole), runtime.shell.now())
    with store.view() as view:
        row = view.campaign(CAMPAIGN)
        assert row is not None
        assert (row.live, row.dropped) == (False, stone)
        assert not [campaign for _, campaign in view.states() if campaign == CAMPAIGN]
        assert not [timer for timer in view.timers() if timer.campaign == CAMPAIGN]
        assert list(view.effects_of(CAMPAIGN)) == sorted(shown, key=lambda row: row.key)
        assert [row for row in view.posts_since(ACCOUNT, START - DAY) if row.campaign == CAMPAIGN] == shown
        assert (view.lanes(), view.sequences(), view.kept(ACCOUNT)) == (lanes, sequences, kept)
        left = [record.event for record in view.log.campaign(CAMPAIGN)]
        assert not view.log.mislabeled()
        assert not view.log.named("CampaignEnded")
    assert all(isinstance(event.data, Dropped) for event in left)
    assert [(event.id, event.lane, event.hash) for event in left] == [(one.id, one.lane, one.hash) for one in whole]
    assert size(store) < before / 1.5
    assert audited(runtime).clean, audited(runtime).failures


def test_whoever_shares_its_partition_goes_on(store: Store) -> None:
    world, runtime = lived(store)
    told = len(runtime.history(NEIGHBOR))
    drop(runtime.shell, ROSTER, CAMPAIGN, exported(runtime), REST)
    for campaign, live in ((NEIGHBOR, runtime), (NEIGHBOR, world.runtime())):
        tell(live, brief("Anew", shared=True), f"amended {told}", campaign)
        live.advance_to(live.shell.now() + DAY)
        assert len(live.history(NEIGHBOR)) > told
        told = len(live.history(NEIGHBOR))
    assert not Operator(runtime.shell).halts()
    assert audited(runtime).clean, audited(runtime).failures


def test_a_worker_that_comes_later_reads_past_what_was_dropped(store: Store) -> None:
    world, runtime = lived(store)
    drop(runtime.shell, ROSTER, CAMPAIGN, exported(runtime), REST)
    hears = frozenset(kind for worker in ROSTER for kind in worker.hears)
    late = Worker(
        name="late",
        hears=hears,
        says=frozenset(),
        state=State,
        state_version=1,
        evolve=lambda state, _delivery: state,
        decide=lambda _state, _delivery: NOTHING,
    )
    later = world.runtime(roster=[*ROSTER, late])
    later.run_until_idle()
    with store.view() as view:
        assert view.position("late", partition_of(CAMPAIGN)).offset > 0
        assert [campaign for name, campaign in view.states() if name == "late"] == [NEIGHBOR]
    assert not Operator(later.shell).halts()


def test_the_id_of_a_dropped_campaign_is_never_used_again(store: Store) -> None:
    _, runtime = lived(store)
    drop(runtime.shell, ROSTER, CAMPAIGN, exported(runtime), REST)
    for fact in (brief("Once more"), CampaignEnded(by="olivia", reason="again")):
        with pytest.raises(Refused, match="was dropped"):
            tell(runtime, fact, f"late {fact.__class__.__name__}")
    with pytest.raises(NotThere, match="was dropped"):
        Operator(runtime.shell).rebuild(ROSTER[0], CAMPAIGN, "to see")
    with pytest.raises(NotDroppable, match="it was dropped at"):
        drop(runtime.shell, ROSTER, CAMPAIGN, [], REST)


def test_only_what_is_over_settled_and_answered_is_dropped(store: Store) -> None:
    _, runtime = lived(store)
    whole, shell = exported(runtime), runtime.shell
    with pytest.raises(NotDroppable, match="it ended at"):
        drop(shell, ROSTER, CAMPAIGN, whole, 2 * REST)
    with pytest.raises(NotDroppable, match="it is live"):
        drop(shell, ROSTER, NEIGHBOR, exported(runtime, NEIGHBOR), REST)
    with pytest.raises(NotDroppable, match="there is no campaign"):
        drop(shell, ROSTER, "summer", whole, REST)
    aside = Hold(HoldKind.SET_ASIDE, CAMPAIGN, "publisher x")
    with store.transaction() as tx:
        tx.put_hold(aside)
    with pytest.raises(NotDroppable, match="was set aside"):
        drop(shell, ROSTER, CAMPAIGN, whole, REST)
    with store.transaction() as tx:
        tx.drop_hold(aside)
        effect = tx.effects_of(CAMPAIGN)[0]
    for state, why in ((EffectState.UNCERTAIN, "nobody knows whether"), (EffectState.PLANNED, "effects are open")):
        with store.transaction() as tx:
            tx.put_effect(replace(effect, state=state))
        with pytest.raises(NotDroppable, match=why):
            drop(shell, ROSTER, CAMPAIGN, whole, REST)
    with store.view() as view:
        assert len(view.log.campaign(CAMPAIGN)) == len(whole)


def test_a_campaign_that_some_worker_has_yet_to_read_is_not_dropped(store: Store) -> None:
    world = World(store=store)
    runtime = world.runtime()
    runtime.connect(ACCOUNT, CHANNEL)
    tell(runtime, brief(), "brief")
    tell(runtime, CampaignEnded(by="olivia", reason="enough"), "end")
    world.clock.advance(START + 2 * REST)
    with pytest.raises(NotDroppable, match="has yet to read of it"):
        drop(runtime.shell, ROSTER, CAMPAIGN, exported(runtime), REST)
    with store.view() as view:
        row = view.campaign(CAMPAIGN)
        assert row is not None
        assert "has yet to read" in standing(view, runtime.shell, ROSTER, row, REST).why_not
    assert size(store) > 0


@pytest.mark.parametrize("how", ["cut", "another's", "altered", "empty"])
def test_a_file_that_is_not_the_whole_export_drops_nothing(store: Store, how: str) -> None:
    _, runtime = lived(store)
    whole = exported(runtime)
    altered = [*whole[:-1], whole[-1].with_hash("0" * 64)]
    given = {"cut": whole[:-1], "another's": exported(runtime, NEIGHBOR), "altered": altered, "empty": []}[how]
    with pytest.raises(NotDroppable):
        drop(runtime.shell, ROSTER, CAMPAIGN, given, REST)
    assert exported(runtime) == whole
    assert audited(runtime).clean, audited(runtime).failures


@pytest.mark.parametrize("moment", ["dropped", "before drop commit"])
def test_whoever_is_killed_while_dropping_has_dropped_nothing(store: Store, moment: str) -> None:
    world, runtime = lived(store)
    whole = exported(runtime)

    def die(now: str) -> None:
        if now == moment:
            raise SimulatedCrash(now)

    with pytest.raises(SimulatedCrash):
        drop(world.runtime(fault=die).shell, ROSTER, CAMPAIGN, whole, REST)
    again = world.runtime()
    assert exported(again) == whole
    assert audited(again).clean, audited(again).failures
    drop(again.shell, ROSTER, CAMPAIGN, whole, REST)
    assert audited(again).clean, audited(again).failures


def test_an_audit_finds_content_that_nobody_has_dropped_and_tombstones_that_do_not_fit(store: Store) -> None:
    _, runtime = lived(store)
    with store.transaction() as tx:
        tx.log.drop(NEIGHBOR)
    assert "dropped" in kinds_of(audited(runtime))
    stone = drop(runtime.shell, ROSTER, CAMPAIGN, exported(runtime), REST)
    with store.transaction() as tx:
        row = tx.campaign(CAMPAIGN)
        assert row is not None
        tx.put_campaign(replace(row, dropped=replace(stone, events=stone.events - 1)))
    found = {finding.event for finding in audited(runtime).failures if finding.kind == "dropped"}
    assert found == {CAMPAIGN, NEIGHBOR}
