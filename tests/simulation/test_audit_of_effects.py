"""Whoever changes what will be sent, for how long, or which campaigns live, is found by the audit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from events.campaign import AccountPaused
from events.execution import PostScheduled
from events.runtime import EffectKind
from tests.simulation.loop import ACCOUNT, CAMPAIGN, Site, audit, brief, tell
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime
from workers.runtime.store.rows import EffectRow, EffectState


def altered(row: EffectRow) -> EffectRow:
    """Another text, with a fingerprint that fits it."""
    payload = row.payload.replace('"text":"', '"text":"BUY CRYPTO ')
    assert payload != row.payload
    return replace(row, payload=payload, fingerprint=hashlib.sha256(payload.encode()).hexdigest())


def prolonged(row: EffectRow) -> EffectRow:
    return replace(row, not_after=row.not_after + timedelta(days=9))


@pytest.fixture
def waiting() -> tuple[Runtime, EffectRow]:
    """A campaign with a post that its paused account holds back."""
    site = Site(past=(), brief=brief(history=None))
    runtime = site.start()
    while not site.facts(PostScheduled):
        runtime.advance_to(site.clock.now() + timedelta(minutes=10))
    tell(runtime, AccountPaused(account=ACCOUNT, reason="a look first"), "paused")
    runtime.advance_to(site.facts(PostScheduled)[0].at)
    (row,) = (row for row in Operator(runtime.shell).effects() if is_waiting(row))
    assert audit(runtime).clean
    return runtime, row


def is_waiting(row: EffectRow) -> bool:
    return row.kind is EffectKind.PUBLISH and row.state is EffectState.PLANNED


@pytest.mark.parametrize("change", [altered, prolonged])
def test_what_is_sent_must_be_what_was_scheduled(
    waiting: tuple[Runtime, EffectRow], change: Callable[[EffectRow], EffectRow]
) -> None:
    runtime, row = waiting
    with runtime.shell.store.transaction() as tx:
        tx.put_effect(change(row))
    (found,) = audit(runtime).failures
    assert "something else than the log says was scheduled" in found.detail
    assert found.event == row.key


def test_a_campaign_ends_by_an_event_alone(waiting: tuple[Runtime, EffectRow]) -> None:
    runtime, _ = waiting
    with runtime.shell.store.transaction() as tx:
        campaign = tx.campaign(CAMPAIGN)
        assert campaign is not None
        tx.put_campaign(replace(campaign, live=False))
    (found,) = audit(runtime).failures
    assert "the store has it as ended, and the log does not" in found.detail
