"""Ended campaigns leave the store: what may be dropped, why not, and the dropping itself.

Invariants: one transaction, in which everything is looked at again. Nobody has anything left to read of what is
dropped, to send, to settle or to answer. The file is the campaign's whole export, event by event, and its audit is
clean. What stays is a tombstone, so that the id never lives again; of every event its place, numbers and hash, so that
lanes, counts and chains of the partition hold; and what other campaigns have to do with: facts about accounts, posts
that are out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from events.campaign import CampaignEnded
from events.envelope import Event
from events.log.protocol import Record
from workers.decision import Worker
from workers.runtime.exporting import audit_export
from workers.runtime.reading import heard_names, is_for
from workers.runtime.shell import Shell
from workers.runtime.store.protocol import View
from workers.runtime.store.rows import CampaignRow, EffectRow, EffectState, HoldKind, Tombstone

GRACE: Final = timedelta(days=30)
"""How long a campaign has been over before it may be dropped, where nobody says otherwise."""


class NotDroppable(Exception):
    """The campaign, or the file, is not as it must be; nothing was dropped."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a campaign may be dropped: `why_not` is empty where it may."""

    row: CampaignRow
    events: int
    why_not: str


def digest_of(events: Iterable[Event]) -> str:
    """SHA-256 of the events' hashes, in their order."""
    return hashlib.sha256("".join(event.hash for event in events).encode()).hexdigest()


def standing(view: View, shell: Shell, roster: Sequence[Worker[Any]], row: CampaignRow, grace: timedelta) -> Standing:
    """How one campaign stands."""
    if row.dropped is not None:
        return Standing(row, row.dropped.events, f"it was dropped at {row.dropped.at:%Y-%m-%d %H:%M} UTC")
    records = view.log.campaign(row.campaign)
    if row.live:
        return Standing(row, len(records), f"it is live; `mowj end {row.campaign}` ends it")
    reasons = (
        _too_early(records, shell, grace),
        _unread(view, roster, records),
        _unsettled(view.effects_of(row.campaign)),
        _set_aside(view, row.campaign),
    )
    return Standing(row, len(records), next((reason for reason in reasons if reason), ""))


def drop(
    shell: Shell,
    roster: Sequence[Worker[Any]],
    campaign: str,
    exported: Sequence[Event],
    grace: timedelta = GRACE,
) -> Tombstone:
    """Drop an ended campaign of which `exported` is the whole history. Raises NotDroppable."""
    report = audit_export(exported, roster, shell.decidedby)
    if not report.clean:
        first = report.failures[0]
        raise NotDroppable(
            f"the file's audit has {len(report.failures)} findings; {first.kind} {first.event}: {first.detail}"
        )
    with shell.transaction("drop") as tx:
        row = tx.campaign(campaign)
        if row is None:
            raise NotDroppable(f"there is no campaign {campaign!r}")
        found = standing(tx, shell, roster, row, grace)
        if found.why_not:
            raise NotDroppable(f"{campaign} cannot be dropped: {found.why_not}")
        records = tx.log.campaign(campaign)
        _require_same(records, exported)
        events = [record.event for record in records]
        stone = Tombstone(shell.now(), _ended(records), len(events), digest_of(events))
        tx.drop_campaign(replace(row, dropped=stone))
        shell.reach("dropped")
    return stone


def _require_same(records: Sequence[Record], exported: Sequence[Event]) -> None:
    """Raises NotDroppable where the file is not everything that was said, as it was said."""
    if len(records) != len(exported):
        raise NotDroppable(f"the file has {len(exported)} events, and the log {len(records)}: export it again")
    for number, (record, event) in enumerate(zip(records, exported, strict=True), 1):
        if record.event != event:
            raise NotDroppable(f"line {number} of the file is not what the log has there: export it again")


def _too_early(records: Sequence[Record], shell: Shell, grace: timedelta) -> str:
    ended = _ended(records)
    if shell.now() >= ended + grace:
        return ""
    return f"it ended at {ended:%Y-%m-%d %H:%M} UTC; it may be from {ended + grace:%Y-%m-%d %H:%M} UTC on"


def _ended(records: Sequence[Record]) -> datetime:
    return max(record.event.recordedtime for record in records if isinstance(record.event.data, CampaignEnded))


def _unread(view: View, roster: Sequence[Worker[Any]], records: Sequence[Record]) -> str:
    """Whether some worker has yet to hear of it: what its place is behind, unless all that follows is not for it."""
    partition, last = records[-1].partition, records[-1].offset
    if view.log.behind(partition, (), last):
        return "the log of record does not have all of it yet"
    for worker in roster:
        place, heard = view.position(worker.name, partition).offset, heard_names(worker)
        if any(record.offset > place and is_for(worker, heard, record.event) for record in records):
            return f"{worker.name} has yet to read of it; let `mowj run`, or `mowj worker {worker.name}`, do so"
    return ""


def _unsettled(effects: Sequence[EffectRow]) -> str:
    still = [row for row in effects if row.is_open]
    doubtful = [row for row in effects if row.state is EffectState.UNCERTAIN]
    if still:
        return f"{len(still)} effects are open, {still[0].key} among them; let `mowj run` settle them"
    if doubtful:
        return f"nobody knows whether {doubtful[0].key} was published; look, then `mowj effects resolve`"
    return ""


def _set_aside(view: View, campaign: str) -> str:
    if any(hold.kind is HoldKind.SET_ASIDE for hold in view.holds_on({campaign})):
        return "an event that steers it was set aside, and not replayed; see `mowj set-aside`"
    return ""
