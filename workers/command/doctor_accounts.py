"""What `mowj doctor` says of networks: their packages, the logins of accounts in use, and interfaces that end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from config.problems import InputError, listed
from config.settings import Settings
from workers.command.doctor import Check
from workers.command.entering import ends_of
from workers.command.errors import UserError
from workers.command.logins import Network, choice_of, live_accounts, network_of
from workers.command.networks import plugin_of
from workers.platforms import registry
from workers.platforms.apis import APIS, Api, ending
from workers.platforms.logins import LoginPlugin
from workers.platforms.sealing import CredentialsUnusable
from workers.runtime.store.protocol import StoreUnavailable

SOON: Final = timedelta(days=14)
"""How long before its end a login is warned of."""


def lacking(settings: Settings, names: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The plug-ins without their packages, with how to install them: those in use, and the others."""
    choice = choice_of(settings)
    channels = {*settings.platforms, *(channel for _, channel, _ in _in_use(settings))}
    in_use = {plugin_of(channel, settings, choice) for channel in channels}
    used: dict[str, str] = {}
    unused: dict[str, str] = {}
    for name in names:
        factory = registry.load(name)
        if isinstance(factory, LoginPlugin) and factory.missing():
            (used if name in in_use else unused)[name] = f"pip install 'mowj[{factory.extra or name}]'"
    return used, unused


def accounts(settings: Settings) -> Check:
    """Whether each account of a live campaign has a login that holds, and will."""
    choice, found, mends = choice_of(settings), [], []
    for account, channel, campaign in _in_use(settings):
        try:
            network = network_of(settings, channel, choice)
        except (UserError, InputError, LookupError) as error:
            mends.append(f"{account} of {campaign}: {error}")
            continue
        if network is not None:
            found.append(account)
            mends += [f"{account} of {campaign}: {wrong}" for wrong in _wrong(network, account)]
    needing = f"logins for {listed(found)}" if found else "none in use needs a login"
    return Check("accounts", needing, "; ".join(mends) or None)


def interfaces(today: date, apis: Collection[Api] = APIS) -> Check:
    """The networks' interfaces, and which of them end soon."""
    soon = ending(today, apis)
    mends = [f"{api.channel}: {api.name} ({api.version}) ends on {api.sunset}: upgrade Mowj" for api in soon]
    found = f"{len(apis)} of {listed({api.channel for api in apis})}; {len(soon) or 'none'} of them known to end soon"
    return Check("interfaces", found, "; ".join(mends) or None)


def _wrong(network: Network, account: str) -> Iterator[str]:
    try:
        kept = network.kept.kept(account)
    except KeyError:
        if network.plugin.required:
            yield f"it has no login on {network.channel}: mowj accounts add {account} --channel {network.channel}"
        return
    except CredentialsUnusable as error:
        yield str(error)
        return
    if kept.row is not None and kept.row.refused:
        yield f"its login was refused ({kept.row.refused}): mowj accounts add {account}"
    ends = ends_of(network.plugin, kept.fields)
    if ends is not None and ends - datetime.now(UTC) < SOON:
        yield f"its login ends at {ends:%Y-%m-%d}: mowj accounts add {account} with a new secret"


def _in_use(settings: Settings) -> list[tuple[str, str, str]]:
    try:
        return live_accounts(settings)
    except (UserError, StoreUnavailable, OSError):
        # The look at the store says so.
        return []
