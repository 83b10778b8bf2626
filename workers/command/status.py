"""`mowj status`: how everything stands."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workers.command.errors import UserError
from workers.command.options import Config, Data, Json

NOBODYS: Final = "default"
"""The tenant of a brief that names none."""

if TYPE_CHECKING:
    from workers.command.opening import Opened
    from workers.command.overview import CampaignOverview
    from workers.command.progress import Approving


def register(app: typer.Typer) -> None:
    """Add `mowj status`."""
    app.command()(status)


def status(
    campaign: Annotated[str | None, typer.Argument(help="Only this campaign.")] = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say how each campaign stands, what waits for a person, and what is uncertain or stands still."""
    from workers.command.opening import opened
    from workers.command.output import print_json, say
    from workers.command.process import is_worked_on
    from workers.command.progress import approving_in

    with opened(config, data) as store:
        overviews, directory = _overviews(store, campaign), store.settings.data.directory
        works = is_worked_on(directory)
        if as_json:
            found = {"now": store.shell.now(), "process": works, "campaigns": overviews}
            print_json({**found, **_standing_still(store, campaign)})
            return
        if not works and any(one.phase != "ended" for one in overviews):
            say(f"no `mowj run` works on {directory}: nothing is planned or sent until one does\n")
        log_in = _accounts_with_logins(store) if any(one.holds for one in overviews) else ()
        for one in overviews:
            _print(one, approving_in(data, config), log_in)
        _print_still(store, campaign, empty=not overviews)


def _overviews(store: Opened, campaign: str | None) -> list[CampaignOverview]:
    from workers.command.finding import require_campaign
    from workers.command.overview import overview

    now = store.shell.now()
    if campaign is not None:
        require_campaign(store, campaign)
    with store.store.view() as view:
        return [
            overview(row, [record.event for record in view.log.campaign(row.campaign)], view.holds(), now)
            for row in view.campaigns()
            if row.dropped is None and campaign in {None, row.campaign}
        ]


def _standing_still(store: Opened, campaign: str | None) -> dict[str, list[dict[str, object]]]:
    """What a person should look at: doubtful effects, events set aside and not replayed, halted partitions."""
    from workers.runtime.store.rows import EffectState

    return {
        "uncertain": [
            {"key": row.key, "campaign": row.campaign, "account": row.account, "detail": row.detail}
            for row in store.operator.effects()
            if row.state is EffectState.UNCERTAIN and campaign in {None, row.campaign}
        ],
        "set_aside": [
            {"event": item.event.id, "type": item.event.name, "worker": item.worker, "error": item.error}
            for item in store.operator.set_aside()
            if not item.replayed and campaign in {None, item.event.subject}
        ],
        "halts": [
            {"worker": halt.worker, "partition": halt.partition, "reason": halt.reason, "at": halt.at}
            for halt in store.operator.halts()
        ],
        "silent": _silent(store, campaign),
    }


def _silent(store: Opened, campaign: str | None) -> list[dict[str, object]]:
    """Accounts whose networks are left alone for now, with when they are called again."""
    from workers.command.executing import call_limits
    from workers.runtime.gates import by_channel, is_silent

    now, limits = store.shell.now(), call_limits(store.settings)
    with store.store.view() as view:
        gates = view.gates()
        channels = {
            use.account: use.channel
            for row in view.campaigns()
            if campaign in {None, row.campaign}
            for use in row.accounts
        }
    found: list[dict[str, object]] = []
    for gate in gates:
        if gate.account not in channels:
            continue
        if is_silent(gate, by_channel(limits, channels[gate.account])):
            why = f"{gate.failures} calls in a row came to nothing: {gate.last}"
            found.append({"account": gate.account, "until": gate.opens, "why": why})
        elif gate.retry_at is not None and gate.retry_at > now:
            found.append({"account": gate.account, "until": gate.retry_at, "why": "the network asked to wait"})
    return found


def _accounts_with_logins(store: Opened) -> Collection[str]:
    """Those that `mowj accounts` serves."""
    from workers.command.logins import choice_of, live_accounts, network_of

    choice, found = choice_of(store.settings), []
    for account, channel, _ in live_accounts(store.settings):
        with suppress(UserError, LookupError, ValueError):
            found += [account] if network_of(store.settings, channel, choice) is not None else []
    return found


def _print(one: CampaignOverview, approving: Approving, log_in: Collection[str]) -> None:
    from zoneinfo import ZoneInfo

    from workers.command.kpis import KPI_COLUMNS, kpi_rows
    from workers.command.news import by
    from workers.command.output import folded, folding_width, print_table, say, short
    from workers.command.waiting import described
    from workers.views.bars import counted

    width = folding_width(sys.stdout)
    whose = "" if one.tenant == NOBODYS else f"  (for {one.tenant})"
    say(f"{one.campaign}  {one.title}{whose}")
    zone = ZoneInfo(one.zone)
    say(f"  {one.phase}, mode {one.mode}, {short(one.starts, zone)} to {short(one.ends, zone)}")
    for hold in one.holds:
        say(f"  HELD: {hold}; {_remedy(hold, one.campaign, log_in)}")
    say(f"  strategy {one.strategy or 'none yet'}; plan {one.plan or 'none yet'}")
    say(
        f"  {counted(one.posts, 'post')}, {counted(round(one.outcomes), 'outcome')}, {one.spent:,.2f} of "
        f"{one.budget:,.2f} {one.currency} spent, net {one.net_value:,.2f} {one.currency}"
    )
    name, *columns = KPI_COLUMNS
    print_table("  KPIs", (f"  {name}", *columns), _indented(kpi_rows(one.kpis)), "  no KPI yet")
    ahead = [
        (short(post.at, zone), post.state, post.account, f"{post.format} about {post.topic}", post.content or "")
        for post in one.next_posts
    ]
    print_table("  Next posts", ("  at", "state", "account", "what", "content"), _indented(ahead), "  no post ahead")
    if one.waiting:
        say("  Waits for you (reject instead of approve says no):")
        for item in one.waiting:
            for line in described(item, zone):
                say(folded(f"    {line}", width, "      "))
            say(f"      {approving(item.fingerprint)}")
    for request in one.content_requested:
        wanted = f"{request.pieces} × {request.format} about {request.topic}, to {request.appeal.value}"
        say(f"  content wanted, {by(request)} {short(request.needed_by, zone)}: {wanted}")
    say("")


def _remedy(hold: str, campaign: str, log_in: Collection[str]) -> str:
    """What ends it; a hold is said as its kind, and a colon before its subject."""
    from workers.runtime.store.rows import HoldKind

    kind, _, subject = hold.partition(": ")
    fact = f"--fact '{{account: {subject}, reason: why}}'"
    match HoldKind(kind):
        case HoldKind.STOP:
            return "`mowj resume --all` ends it"
        case HoldKind.CAMPAIGN:
            return f"`mowj resume {campaign}` ends it"
        case HoldKind.SET_ASIDE:
            return f"mend what is wrong, then `mowj set-aside replay`; or `mowj resume {campaign}`"
        case HoldKind.ACCOUNT:
            return f"`mowj resume --account {subject}` ends it"
        case HoldKind.AUTHORIZATION if subject in log_in:
            return f"`mowj accounts check {subject}` ends it if its login holds, else `mowj accounts add {subject}`"
        case HoldKind.AUTHORIZATION:
            return f"log in again, then `mowj emit AuthorizationRestored {fact}`"


def _print_still(store: Opened, campaign: str | None, *, empty: bool) -> None:
    from workers.command.output import say

    if empty:
        say("no campaign yet: mowj run --brief BRIEF.yaml --content DIR")
    still = _standing_still(store, campaign)
    for item in still["uncertain"]:
        say(f"UNCERTAIN  {item['key']} on {item['account']}: look there, then `mowj effects resolve`")
    for item in still["set_aside"]:
        who = f"{item['type']} {item['event']} for {item['worker']}"
        say(f"SET ASIDE  {who}: {item['error']}; see `mowj set-aside show`")
    for item in still["halts"]:
        say(f"HALTED     {item['worker']} on partition {item['partition']}: {item['reason']}")
    for item in still["silent"]:
        say(f"SILENT     {item['account']}: {item['why']}; called again at {item['until']:%Y-%m-%d %H:%M} UTC")


def _indented(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(f"  {first}", *rest) for first, *rest in rows]
