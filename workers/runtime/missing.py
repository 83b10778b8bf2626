"""What the log has put into the store, and whether it is still there: effects, timers, holds and kept account facts.

Invariants: nothing is written. An effect that was decided on stays in the ledger for ever; a timer waits until it has
fired, or a later decision replaced or cancelled it; a hold stands until the word that ends it; an account fact is kept
for whoever uses the account next. The emergency stop alone is said nowhere but in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from events.campaign import CampaignPaused, CampaignResumed
from events.envelope import RESERVED_PREFIX, Event, copy_id
from events.log.protocol import Record
from events.runtime import EventReplayed, EventSetAside, StateMigrated, TimerFired
from workers.runtime.accounts import HOLDS, RELEASES, AccountFact
from workers.runtime.audit import Finding
from workers.runtime.batch import STEERS
from workers.runtime.promised import Promised
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import Hold, HoldKind, Position, TimerRow

WORKERS: Final = f"{RESERVED_PREFIX}workers/"


def missing_promises(
    promised: Promised, keys: Collection[str], timers: Sequence[TimerRow], events: Sequence[Event]
) -> Iterator[Finding]:
    """Effects and timers that decisions led to and the store has not, and timers that no decision leads to."""
    for key, cause in promised.effects.items():
        if key not in keys:
            yield Finding("effect", key, f"it was planned because of {cause}, and is not in the ledger")
    fired, migrated = set[tuple[str, str, str, str]](), set[tuple[str, str]]()
    for event in events:
        match event.data:
            case TimerFired(worker=worker, timer=name, set_by=cause):
                fired.add((worker, event.subject, name, cause))
            case StateMigrated(worker=worker):
                migrated.add((worker, event.subject))
            case _:
                pass
    stored = {(row.worker, row.campaign, row.name): (row.due, row.set_by) for row in timers}
    # Between StateMigrated's append and its reading the old timers are gone and the new ones not set yet.
    sure = {place: told for place, told in promised.timers.items() if place[:2] not in promised.unsure | migrated}
    for place, (due, cause) in sorted(sure.items()):
        if (*place, cause) in fired:
            continue
        name, found = "/".join(place), stored.get(place)
        if found is None:
            yield Finding("timer", name, f"it was set for {due.isoformat()} because of {cause}, and nothing waits")
        elif found != (due, cause):
            yield Finding("timer", name, f"it was set for {due.isoformat()}, and waits for {found[0].isoformat()}")


def missing_holds(view: View, records: Sequence[Record]) -> Iterator[Finding]:
    """Holds that people's words, lost logins or events set aside have put up, against those that stand."""
    expected = {*_campaign_holds(records, view.positions()), *_account_holds(view)}
    standing = {hold for hold in view.holds() if hold.kind is not HoldKind.STOP}
    for hold in sorted(expected - standing):
        yield Finding("hold", hold.subject, f"{hold.kind} should hold it, and does not: what it forbids could be sent")
    for hold in sorted(standing - expected):
        yield Finding("hold", hold.subject, f"{hold.kind} holds it, and the log does not say so")


def _campaign_holds(records: Sequence[Record], positions: Mapping[tuple[str, int], Position]) -> set[Hold]:
    holds = set[Hold]()
    failed = {record.event.causationid for record in records if isinstance(record.event.data, EventSetAside)}
    for record in records:
        event, campaign = record.event, record.event.subject
        match event.data:
            case CampaignPaused():
                holds.add(Hold(HoldKind.CAMPAIGN, campaign))
            case CampaignResumed():
                ended = (HoldKind.CAMPAIGN, HoldKind.SET_ASIDE)
                holds -= {hold for hold in holds if hold.subject == campaign and hold.kind in ended}
            case EventSetAside(worker=worker, event=original, event_type=name) if name.split(".")[1] in STEERS:
                holds.add(Hold(HoldKind.SET_ASIDE, campaign, f"{worker} {original}"))
            case EventReplayed(worker=worker, event=original) if event.id not in failed:
                if positions.get((worker, record.partition), Position()).offset >= record.offset:
                    holds.discard(Hold(HoldKind.SET_ASIDE, campaign, f"{worker} {original}"))
            case _:
                pass
    return holds


def _account_holds(view: View) -> set[Hold]:
    """By the kept facts of every account that a campaign names, or that is held."""
    accounts = {use.account for row in view.campaigns() for use in row.accounts}
    accounts |= {hold.subject for hold in view.holds() if hold.kind in (HoldKind.ACCOUNT, HoldKind.AUTHORIZATION)}
    holds = set[Hold]()
    for account in accounts:
        for event in view.kept(account):
            if type(event.data) in HOLDS:
                holds.add(Hold(HOLDS[type(event.data)], account))
            elif type(event.data) in RELEASES:
                holds.discard(Hold(RELEASES[type(event.data)], account))
    return holds


def missing_facts(view: View, records: Sequence[Record]) -> Iterator[Finding]:
    """Copies of account facts on the log whose original is not kept, and kept facts without their copies."""
    said = {record.event.id for record in records}
    copies: dict[tuple[str, str], set[str]] = {}
    for record in records:
        event, fact = record.event, record.event.data
        if isinstance(fact, AccountFact) and not event.source.startswith(WORKERS):
            place = (fact.account, event.subject)
            if place not in copies:
                copies[place] = {copy_id(original.id, event.subject) for original in view.kept(fact.account)}
            if event.id not in copies[place]:
                yield Finding("kept", event.id, f"{event.name} of {fact.account}: its original is not kept any more")
    for row in view.campaigns():
        for use in row.accounts if row.live else ():
            for event in view.kept(use.account):
                if event.tenant == row.tenant and copy_id(event.id, row.campaign) not in said:
                    what = f"{event.name} of {use.account} is kept, and {row.campaign} was never told"
                    yield Finding("kept", event.id, what)
