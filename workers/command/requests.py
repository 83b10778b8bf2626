"""`mowj requests`: the content that campaigns wait for, in words that can be sent on to whoever makes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from workers.command.options import Config, Data, Json

if TYPE_CHECKING:
    from datetime import tzinfo

    from events.execution import ContentRequested


def register(app: typer.Typer) -> None:
    """Add `mowj requests`."""
    app.command()(requests)


def requests(
    campaign: Annotated[str | None, typer.Argument(help="Only of this campaign.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say which content is still missing, what for and by when: the text can be mailed as it is."""
    from zoneinfo import ZoneInfo

    from events.campaign import CampaignBriefed
    from workers.command.finding import require_campaign
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.command.overview import requested

    with opened(config, data) as store:
        if campaign is not None:
            require_campaign(store, campaign)
        with store.store.view() as view:
            told = {
                row.campaign: [record.event for record in view.log.campaign(row.campaign)]
                for row in view.campaigns()
                if row.live and campaign in {None, row.campaign}
            }
    open_ = {name: requested(events) for name, events in told.items()}
    if as_json:
        print_json([{"campaign": name, **one.model_dump(mode="json")} for name in open_ for one in open_[name]])
        return
    for name, ones in open_.items():
        brief = next(event.data for event in reversed(told[name]) if isinstance(event.data, CampaignBriefed))
        for one in ones:
            _print(name, one, ZoneInfo(brief.zone))
    if not any(open_.values()):
        say("no content is missing")


def _print(campaign: str, one: ContentRequested, zone: tzinfo) -> None:
    from workers.command.news import by
    from workers.command.output import folded, folding_width, say, short

    width = folding_width(sys.stdout)
    say(f"{one.pieces} × {one.format} about {one.topic}, {by(one)} {short(one.needed_by, zone)}")
    stage = f"{one.appeal.value} (funnel stage: {one.funnel_stage.value})"
    for line in (f"for {one.channel}, campaign {campaign}", f"to {stage}", f"why: {one.why}"):
        say(folded(f"  {line}", width))
    say("  as a Markdown file that begins with:")
    for line in ("---", f"topic: {one.topic}", f"format: {one.format}", f"appeal: {one.appeal.value}", "---"):
        say(f"    {line}")
    say("")
