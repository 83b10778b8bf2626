"""`mowj accounts`: the logins of accounts, kept sealed; what the networks say of them.

Invariants: no secret is taken from the command line, and none is printed. What a network refuses is not kept. An
account that waits for its login goes on as soon as the network takes it, by AuthorizationRestored and nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workers.command.errors import FINDINGS, UserError
from workers.command.options import By, Config, Data, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.settings import Settings
    from workers.command.logins import Network
    from workers.platforms.logins import Standing

Account = Annotated[str, typer.Argument(help="The name that a brief gives the account.")]
Channel = Annotated[str | None, typer.Option("--channel", help="Its network, such as bluesky.")]


def register(app: typer.Typer) -> None:
    """Add `mowj accounts`."""
    group = typer.Typer(name="accounts", help="The logins of accounts, and what they may do.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_all)
    group.command("check")(check)
    group.command("remove")(remove)
    app.add_typer(group)


def add(  # noqa: PLR0917 - Typer passes what the command line says, by name
    account: Account,
    channel: Channel = None,
    said: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="Such as identifier=my-shop.bsky.social.")
    ] = [],  # noqa: B006 - Typer reads it as "none given"
    variables: Annotated[
        list[str], typer.Option("--from-env", metavar="[FIELD=]VARIABLE", help="Take a secret from a variable.")
    ] = [],  # noqa: B006
    ends: Annotated[str | None, typer.Option("--ends", metavar="DAY", help="When the secret ends, if it does.")] = None,
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep an account's login: asks for secrets unseen, or reads them from standard input, a line each.

    Again with a new secret, it takes the place of the old one, and lets an account go on whose login was lost.
    """
    from workers.command import logins
    from workers.command.entering import entered
    from workers.command.opening import make_directory, read_settings
    from workers.runtime.admission import wrong_word

    if (wrong := wrong_word("the account", account)) is not None:
        raise UserError(wrong)
    settings = read_settings(config, data)
    network = logins.require_network(settings, logins.channel_of(settings, account, channel))
    _require_own(settings, account, network.channel)
    logins.require_usable(settings)
    login = entered(network.plugin, _known(network, account), said, variables, ends)
    login, standing, unasked = _tried(settings, network, account, login)
    make_directory(settings)
    network.kept.put(account, login)
    restored = standing is not None and logins.restore(config, data, settings, account, by)
    found = _found(network, account, login, standing, unasked, restored=restored)
    _say([found | {"added": True}], as_json=as_json)


def list_all(config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """List the accounts whose logins are kept or stand in the settings; no network is asked."""
    from workers.command import logins
    from workers.command.opening import read_settings
    from workers.command.output import print_json, print_table

    settings = read_settings(config, data)
    lost = logins.lost_logins(settings)
    found = [
        _listed(network, account, held=account in lost)
        for network in _networks(settings)
        for account in network.kept.accounts()
    ]
    if as_json:
        print_json(found)
        return
    rows = [
        (one["account"], one["channel"], one["kept"], _day(one["ends"]) or "no end known", one["state"])
        for one in found
    ]
    print_table(
        "", ("account", "network", "login", "ends", "state"), rows, "No login is kept: mowj accounts add ACCOUNT"
    )


def check(
    account: Annotated[str | None, typer.Argument(help="Only this account.")] = None,
    by: By = "operator",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Ask each network what the logins may do, when they end, and which limits apply. Exit code 1 where one is refused.

    An account whose login was lost goes on if the network takes it now.
    """
    from workers.command import logins
    from workers.command.opening import read_settings

    settings = read_settings(config, data)
    networks = _networks(settings)
    wanted = [(network, name) for network in networks for name in network.kept.accounts() if account in {None, name}]
    if not wanted:
        raise UserError(
            f"there is no login of {account!r}: mowj accounts add {account}" if account else "no login is kept"
        )
    found = []
    for network, name in wanted:
        network.kept.forgive(name)
        standing, problem = _asked(settings, network, name, network.kept)
        restored = standing is not None and logins.restore(config, data, settings, name, by)
        found.append(_found(network, name, network.kept.get(name), standing, problem, restored=restored))
    _say(found, as_json=as_json)
    if any(one["problem"] for one in found):
        raise typer.Exit(FINDINGS)


def remove(account: Account, config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Forget an account's login. What it was made with still holds on the network: revoke it there too."""
    from workers.command import logins
    from workers.command.opening import read_settings
    from workers.command.output import hint, print_json, say

    settings = read_settings(config, data)
    if not logins.vault_of(settings).remove(account):
        raise UserError(f"no login is kept of {account!r}; `mowj accounts list` says which are")
    if as_json:
        print_json({"account": account, "removed": True})
    else:
        say(f"{account}: its login is forgotten; revoke it on the network too")
    for used, _, campaign in logins.live_accounts(settings):
        if used == account:
            hint(f"the campaign {campaign} goes on using {account}, and sends nothing there without a login")


def _networks(settings: Settings) -> list[Network]:
    from workers.command.logins import network_of, with_logins

    found = [network_of(settings, channel) for channel in with_logins(settings)]
    return [network for network in found if network is not None]


def _require_own(settings: Settings, account: str, channel: str) -> None:
    """An account's name is one account's: holds and events know no other. Raises UserError."""
    from workers.command.logins import vault_of

    row = vault_of(settings).row(account)
    if row is not None and row.channel != channel:
        raise UserError(f"{account!r} is an account on {row.channel}; take another name, or remove it first")


def _known(network: Network, account: str) -> Mapping[str, str]:
    """What was said before; nothing where nobody has, and where the login stands in the settings."""
    try:
        kept = network.kept.kept(account)
    except KeyError:
        return {}
    return {} if kept.from_settings else kept.own


def _tried(
    settings: Settings, network: Network, account: str, login: dict[str, str]
) -> tuple[dict[str, str], Standing | None, str]:
    """The login with what came of trying it, and why it was not tried. Raises UserError where it is refused."""
    from workers.command.logins import options_of
    from workers.platforms.credentials import GivenCredentials
    from workers.platforms.protocol import AuthorizationExpired, Rejected

    places = network.plugin.places
    over = network.plugin.given(options_of(settings, network.channel)).get(account, {})
    trial = GivenCredentials({account: login | {name: over[name] for name in over if name in places}})
    try:
        standing, problem = _asked(settings, network, account, trial, passing_only=True)
    except (AuthorizationExpired, Rejected) as error:
        raise UserError(f"{network.channel} refuses this login, so it was not kept: {error}") from error
    new = {name: value for name, value in trial.get(account).items() if name not in places}
    return new | {name: login[name] for name in login if name in places}, standing, problem


def _asked(
    settings: Settings, network: Network, account: str, credentials: Any, *, passing_only: bool = False
) -> tuple[Standing | None, str]:
    """What the network says of the login, or why it says nothing."""
    from workers.command.logins import options_of
    from workers.platforms.logins import Checkable
    from workers.platforms.protocol import AuthorizationExpired, PlatformError, Rejected
    from workers.runtime.clock import RealClock

    options = options_of(settings, network.channel) | {"credentials": credentials}
    platform = network.plugin(clock=RealClock(), seed=1, say=lambda *_: None, options=options)
    if not isinstance(platform, Checkable):
        return None, f"{network.channel} cannot be asked what a login may do"
    try:
        return platform.check(account), ""
    except PlatformError as error:
        if passing_only and isinstance(error, (AuthorizationExpired, Rejected)):
            raise
        return None, str(error)


def _found(
    network: Network, account: str, login: Mapping[str, str], standing: Standing | None, problem: str, *, restored: bool
) -> dict[str, Any]:
    from workers.command.entering import ends_of
    from workers.command.output import plain

    said = plain(standing) if standing is not None else {}
    return {
        **said,
        "account": account,
        "channel": network.channel,
        "ends": ends_of(network.plugin, login),
        "problem": problem,
        "restored": restored,
    }


def _listed(network: Network, account: str, *, held: bool) -> dict[str, Any]:
    from config.settings import without_user
    from workers.command.entering import ends_of
    from workers.platforms.sealing import CredentialsUnusable

    found: dict[str, Any] = {"account": account, "channel": network.channel, "fields": {}, "ends": None, "added": None}
    try:
        kept = network.kept.kept(account)
    except CredentialsUnusable as error:
        return found | {"kept": "cannot be read", "state": str(error)}
    except KeyError:
        return found | {"kept": "none", "state": f"no login: mowj accounts add {account}"}
    shown = {field.name for field in network.plugin.fields if not field.secret}
    refused = kept.row.refused if kept.row is not None else ""
    return found | {
        "fields": {name: without_user(value) for name, value in kept.fields.items() if name in shown},
        "added": None if kept.row is None else datetime.fromtimestamp(kept.row.added, UTC),
        "ends": ends_of(network.plugin, kept.fields),
        "kept": "in the settings" if kept.from_settings else "kept",
        "state": "waits for its login" if held else f"refused: {refused}" if refused else "ready",
    }


def _say(found: list[dict[str, Any]], *, as_json: bool) -> None:
    from workers.command.accounts_told import told
    from workers.command.output import print_json, say

    if as_json:
        print_json(found)
        return
    for one in found:
        for line in told(one):
            say(line)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"
