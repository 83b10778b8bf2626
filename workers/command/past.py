"""A campaign's whole past, for the commands that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from events.campaign import CampaignBriefed
from events.envelope import Event
from workers.command.errors import UserError
from workers.command.finding import require_campaign
from workers.command.opening import opened


@dataclass(frozen=True, slots=True)
class Past:
    """Every event of one campaign in order, and *now* on the clock that its data directory lives on."""

    events: tuple[Event, ...]
    now: datetime


def past(campaign: str, config: Path | None, data: Path | None) -> Past:
    """Raises UserError where there is no such campaign, or nobody has briefed it."""
    with opened(config, data) as store:
        require_campaign(store, campaign)
        with store.store.view() as view:
            events = tuple(record.event for record in view.log.campaign(campaign))
        now = store.shell.now()
    if not any(isinstance(event.data, CampaignBriefed) for event in events):
        raise UserError(f"{campaign} has no brief on its log yet; `mowj run --brief` gives it one")
    return Past(events, now)
