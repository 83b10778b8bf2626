"""What a store knows of its campaigns before a run: their briefs, which are over, and what to do then.

Invariants: nobody is left waiting for a campaign that is over: when it ended is said, by whose word, and what to type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from events.campaign import CampaignBriefed, CampaignEnded
from events.terms import Fact
from workers.command.errors import UserError
from workers.command.output import short
from workers.runtime.store.protocol import Store

FactT = TypeVar("FactT", bound=Fact)

ANOTHER: Final = "start another: a new `campaign:` id in the brief, and `mowj run --brief YAML --content DIR`"


@dataclass(frozen=True, slots=True)
class _Said(Generic[FactT]):
    """A fact of a campaign, and when it became true."""

    campaign: str
    time: datetime
    fact: FactT


def last_briefs(store: Store) -> dict[str, CampaignBriefed]:
    """Each campaign's brief as it was amended last."""
    return {said.campaign: said.fact for said in _said(store, CampaignBriefed)}


def dropped(store: Store) -> frozenset[str]:
    """Campaigns of which nothing can be said any more."""
    with store.view() as view:
        return frozenset(row.campaign for row in view.campaigns() if row.dropped is not None)


def refuse_ended(store: Store, campaign: str) -> None:
    """Raises UserError for a campaign that has ended."""
    said = _ends(store).get(campaign)
    if said is not None:
        raise UserError(f"{said}; {ANOTHER}")


def refuse_all_ended(store: Store, directory: Path) -> None:
    """Raises UserError where there have been campaigns and none is left."""
    with store.view() as view:
        rows = view.campaigns()
    if rows and not any(row.live for row in rows):
        raise UserError("\n".join([*_ends(store).values(), f"no campaign is left in {directory}; {ANOTHER}"]))


def past_horizon(store: Store, now: datetime) -> list[str]:
    """A sentence for each live campaign whose days are over."""
    with store.view() as view:
        live = {row.campaign for row in view.campaigns() if row.live}
    said = []
    for campaign, brief in last_briefs(store).items():
        ends = brief.starts + timedelta(days=brief.horizon_days)
        if campaign in live and ends <= now:
            when = short(ends, ZoneInfo(brief.zone))
            said.append(f"{campaign} was over at {when}; nothing more is planned; `mowj end {campaign}` closes it")
    return said


def _ends(store: Store) -> dict[str, str]:
    """Who ended which campaign when, as a sentence."""
    briefs, sentences = last_briefs(store), {}
    for said in _said(store, CampaignEnded):
        when = short(said.time, ZoneInfo(briefs[said.campaign].zone))
        why = f" ({said.fact.reason})" if said.fact.reason else ""
        sentences[said.campaign] = f"{said.campaign} ended at {when}, by {said.fact.by}{why}"
    with store.view() as view:
        stones = {row.campaign: row.dropped for row in view.campaigns() if row.dropped is not None}
    return sentences | {
        name: f"{name} has ended, and was dropped at {short(stone.at, UTC)}" for name, stone in stones.items()
    }


def _said(store: Store, kind: type[FactT]) -> list[_Said[FactT]]:
    """The facts of one kind, of each campaign in order."""
    with store.view() as view:
        events = [record.event for record in view.log.named(kind.__name__)]
    return [_Said(event.subject, event.time, event.data) for event in events if isinstance(event.data, kind)]
