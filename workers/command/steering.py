"""`mowj pause`, `resume`, `stop` and `end`: what a person says to hold publishing, let it go on, or close a campaign.

Invariants: each is an event of the campaign, and holds from the moment that the command returns, whatever process is
running. The emergency stop alone is no event: it holds everything, at once, whatever the state of the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from workers.command.errors import UserError
from workers.command.options import By, Config, Data, Json

if TYPE_CHECKING:
    from events.campaign import CampaignEnded, CampaignPaused, CampaignResumed
    from workers.command.opening import Opened
    from workers.runtime.store.rows import CampaignRow

    Word = CampaignPaused | CampaignResumed | CampaignEnded
    Told = tuple[CampaignRow | None, str]

Campaign = Annotated[str | None, typer.Argument(help="The campaign's id.")]
All = Annotated[bool, typer.Option("--all", help="Every live campaign.")]
OneAccount = Annotated[
    str | None, typer.Option("--account", metavar="ACCOUNT", help="This account, whatever campaigns use it.")
]
Platform = Annotated[
    str | None, typer.Option("--platform", metavar="NETWORK", help="Every account of live campaigns on this network.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the event.")]


def register(app: typer.Typer) -> None:
    """Add `mowj pause`, `resume`, `stop` and `end`."""
    for command in (pause, resume, stop, end):
        app.command()(command)


def pause(  # noqa: PLR0917 - Typer passes what the command line says, by name
    campaign: Campaign = None,
    every: All = False,
    account: OneAccount = None,
    platform: Platform = None,
    reason: Reason = "",
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Publish nothing more of a campaign, or on an account, until it is resumed; what is missed is never fired."""
    from events.campaign import CampaignPaused
    from workers.command.opening import opened
    from workers.command.steering_accounts import pause_accounts

    told: list[Told] = []
    with opened(config, data) as store:
        if _is_about_accounts(campaign, account, platform, every=every):
            _tell([(None, said) for said in pause_accounts(store, account, platform, reason, by)], as_json=as_json)
            return
        for row in _rows(store, campaign, every=every):
            if _paused(store, row):
                told.append((row, "is paused already"))
            else:
                _say(store, row, CampaignPaused(reason=reason, by=by), by)
                told.append((row, "is paused: nothing more is published until `mowj resume`"))
    _tell(told, as_json=as_json)


def resume(  # noqa: PLR0917
    campaign: Campaign = None,
    every: Annotated[bool, typer.Option("--all", help="End the emergency stop.")] = False,
    account: OneAccount = None,
    platform: Platform = None,
    reason: Reason = "",
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let a campaign or an account go on from now. With --all: end the emergency stop; who was paused stays paused."""
    from events.campaign import CampaignResumed
    from workers.command.opening import opened
    from workers.command.output import hint
    from workers.command.steering_accounts import resume_accounts

    told: list[Told] = []
    with opened(config, data) as store:
        if _is_about_accounts(campaign, account, platform, every=every):
            _tell([(None, said) for said in resume_accounts(store, account, platform, reason, by)], as_json=as_json)
            return
        rows, stopped = _rows(store, campaign, every=every), _stopped(store)
        if every:
            store.intake.resume_all()
            told.append((None, "the emergency stop has ended" if stopped else "no emergency stop is on"))
        for row in rows:
            if every:
                told += [(row, f"stays paused: `mowj resume {row.campaign}` resumes it")] if _paused(store, row) else []
            elif _paused(store, row):
                _say(store, row, CampaignResumed(reason=reason, by=by), by)
                told.append((row, f"goes on from now{_anew(store, row)}"))
            else:
                told.append((row, "is not paused"))
    _tell(told, as_json=as_json)
    if stopped and not every:
        hint("the emergency stop still holds everything: `mowj resume --all` ends it")


def stop(
    campaign: Campaign = None,
    reason: Reason = "stopped",
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The emergency stop: nothing is sent for anybody from the moment that this returns. With a campaign: pause it."""
    from workers.command.opening import opened

    if campaign is not None:
        pause(
            campaign,
            every=False,
            account=None,
            platform=None,
            reason=reason,
            by=by,
            config=config,
            data=data,
            as_json=as_json,
        )
        return
    with opened(config, data) as store:
        store.intake.stop_all()
    sentence = "stopped: nothing is sent for anybody; `mowj resume --all` ends the stop"
    _tell([(None, sentence)], as_json=as_json)


def end(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    reason: Reason = "",
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End a campaign for good: its accounts are free, and nothing more is published or read."""
    from events.campaign import CampaignEnded
    from workers.command.opening import opened

    told: list[Told] = []
    with opened(config, data) as store:
        for row in _rows(store, campaign, every=False):
            if not row.live:
                told.append((row, "has ended already"))
            else:
                _say(store, row, CampaignEnded(reason=reason, by=by), by)
                told.append((row, "has ended"))
    _tell(told, as_json=as_json)


def _is_about_accounts(campaign: str | None, account: str | None, platform: str | None, *, every: bool) -> bool:
    """Raises UserError where more than one thing is meant."""
    given = [word for word in (campaign, account, platform) if word is not None] + (["--all"] if every else [])
    if len(given) > 1:
        raise UserError("give one of a campaign, --all, --account and --platform")
    return account is not None or platform is not None


def _rows(store: Opened, campaign: str | None, *, every: bool) -> list[CampaignRow]:
    """The campaigns that are meant. Raises UserError."""
    from workers.command.finding import require_campaign

    if (campaign is None) is not every:
        raise UserError("give a campaign, or --all" if campaign is None else "give a campaign or --all, not both")
    if campaign is not None:
        return [require_campaign(store, campaign)]
    with store.store.view() as view:
        return [row for row in view.campaigns() if row.live]


def _paused(store: Opened, row: CampaignRow) -> bool:
    from workers.runtime.store.rows import HoldKind

    with store.store.view() as view:
        holds = view.holds()
    return any(hold.subject == row.campaign and hold.kind in {HoldKind.CAMPAIGN, HoldKind.SET_ASIDE} for hold in holds)


def _anew(store: Opened, row: CampaignRow) -> str:
    """What a person who approves should know of a campaign that goes on."""
    from events.campaign import CampaignBriefed
    from events.execution import PlanMade
    from events.terms import Mode
    from workers.command.news import ASKED_AGAIN

    with store.store.view() as view:
        facts = [record.event.data for record in view.log.campaign(row.campaign)]
    mode = next((fact.mode for fact in reversed(facts) if isinstance(fact, CampaignBriefed)), None)
    if mode is not Mode.APPROVE or not any(isinstance(fact, PlanMade) for fact in facts):
        return ""
    return f"; what was planned is planned anew; {ASKED_AGAIN}"


def _stopped(store: Opened) -> bool:
    from workers.runtime.store.rows import HoldKind

    with store.store.view() as view:
        return any(hold.kind is HoldKind.STOP for hold in view.holds())


def _say(store: Opened, row: CampaignRow, word: Word, by: str) -> None:
    from workers.runtime.admission import person_source

    now = store.shell.now()
    store.intake.accept(word, row.campaign, row.tenant, person_source(by), str(uuid4()), now, person=True)


def _tell(told: Sequence[Told], *, as_json: bool) -> None:
    """What became of each campaign, or (None) of everything."""
    from workers.command.output import print_json, say

    if as_json:
        print_json([{"campaign": row.campaign if row is not None else None, "said": said} for row, said in told])
        return
    for row, sentence in told:
        say(f"{row.campaign} {sentence}" if row is not None else sentence)
