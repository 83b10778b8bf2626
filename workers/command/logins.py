"""From the settings to the logins that are kept, and to what each network's plug-in says of them.

Invariant: nothing is opened or made before it is asked for; a network without logins is said to have none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from config.problems import listed, nearest
from config.settings import PlatformSettings, Settings, StoreKind
from events.campaign import AuthorizationRestored
from workers.command.errors import UserError
from workers.command.opening import existing_store, opened
from workers.command.remembered import NetworkChoice, recall
from workers.platforms import registry
from workers.platforms.credentials import KeptCredentials
from workers.platforms.logins import LoginPlugin
from workers.platforms.sealing import KeyFile
from workers.platforms.vault import FILE, PostgresVault, SqliteVault, Vault
from workers.runtime.admission import person_source
from workers.runtime.store.rows import Hold, HoldKind


def vault_of(settings: Settings) -> Vault:
    """Where logins are kept: beside the store, for all processes that share it."""
    if settings.store.kind is not StoreKind.POSTGRES:
        return SqliteVault(settings.data.directory / FILE)
    url = settings.store.url.get_secret_value() if settings.store.url is not None else ""
    return PostgresVault(url, settings.store.namespace)


def kept_logins(settings: Settings, channel: str, plugin: LoginPlugin) -> KeptCredentials:
    """Raises config.problems.InputError for options that the plug-in refuses."""
    given = plugin.given(options_of(settings, channel))
    return KeptCredentials(vault_of(settings), KeyFile(settings.key_path), channel, given, plugin.places)


def options_of(settings: Settings, channel: str) -> dict[str, Any]:
    """What the settings say to the channel's plug-in, secrets among it."""
    return settings.platforms.get(channel, PlatformSettings()).revealed()


@dataclass(frozen=True, slots=True)
class Network:
    """A channel whose accounts log in."""

    channel: str
    plugin: LoginPlugin
    kept: KeptCredentials


def network_of(settings: Settings, channel: str, choice: NetworkChoice | None = None) -> Network | None:
    """The channel as its plug-in serves it; None where accounts have no logins. Raises UserError, UnknownPlatform."""
    configured = settings.platforms.get(channel, PlatformSettings()).plugin
    plugin = (choice.platform if choice is not None else None) or configured or channel
    if ":" not in plugin and plugin not in registry.names():
        raise UserError(f"nothing serves {channel!r}; installed are {listed(registry.names())}{_meant(channel)}")
    factory = registry.load(plugin)
    if not isinstance(factory, LoginPlugin):
        return None
    return Network(channel, factory, kept_logins(settings, channel, factory))


def require_network(settings: Settings, channel: str) -> Network:
    """Raises UserError for a channel without logins, and where the plug-in's packages are missing."""
    network = network_of(settings, channel)
    if network is None:
        raise UserError(f"accounts on {channel} need no login; those with logins are {listed(with_logins(settings))}")
    if missing := network.plugin.missing():
        raise UserError(f"{channel} needs {listed(missing)}: pip install 'mowj[{network.plugin.extra or channel}]'")
    return network


def with_logins(settings: Settings) -> list[str]:
    """The channels whose accounts log in, as far as their plug-ins are installed or set."""
    found = []
    for channel in sorted({*registry.names(), *settings.platforms}):
        try:
            network = network_of(settings, channel)
        except (UserError, LookupError):
            continue
        found += [channel] if network is not None else []
    return found


def channel_of(settings: Settings, account: str, said: str | None) -> str:
    """The account's channel: as somebody says, as it is kept, or as a campaign uses it. Raises UserError."""
    if said is not None:
        return said
    row = vault_of(settings).row(account)
    if row is not None:
        return row.channel
    used = {used_account: channel for used_account, channel, _ in live_accounts(settings)}
    if account in used:
        return used[account]
    raise UserError(f"--channel is missing: whose account is {account!r}? One of {listed(with_logins(settings))}")


def live_accounts(settings: Settings) -> list[tuple[str, str, str]]:
    """Account, channel and campaign of every live campaign. Raises UserError, StoreUnavailable."""
    store = existing_store(settings)
    if store is None:
        return []
    try:
        with store.view() as view:
            rows = [row for row in view.campaigns() if row.live]
            return [(use.account, use.channel, row.campaign) for row in rows for use in row.accounts]
    finally:
        store.close()


def choice_of(settings: Settings) -> NetworkChoice:
    """The plug-ins that the data directory was started with."""
    remembered = recall(settings.data.directory)
    return remembered.networks if remembered is not None else NetworkChoice()


def lost_logins(settings: Settings) -> Collection[str]:
    """The accounts that wait for their owner to log in again. Raises StoreUnavailable."""
    store = existing_store(settings)
    if store is None:
        return ()
    try:
        with store.view() as view:
            return {hold.subject for hold in view.holds() if hold.kind is HoldKind.AUTHORIZATION}
    finally:
        store.close()


def restore(config: Path | None, data: Path | None, settings: Settings, account: str, by: str) -> bool:
    """Say AuthorizationRestored where the account waits for it. Raises intake's Refused, StoreUnavailable."""
    if account not in lost_logins(settings):
        return False
    with opened(config, data) as store:
        fact = AuthorizationRestored(account=account, reason="the network takes its login")
        tenant = store.intake.tenant_of(fact, "")
        store.intake.accept(fact, "", tenant, person_source(by), str(uuid4()), store.shell.now(), person=True)
        with store.store.view() as view:
            return Hold(HoldKind.AUTHORIZATION, account) not in view.holds()


def require_usable(settings: Settings) -> None:
    """Raises CredentialsUnusable where nothing could be kept, before anybody is asked for a secret."""
    key = KeyFile(settings.key_path)
    if key.exists() or vault_of(settings).rows():
        key.read()


def _meant(channel: str) -> str:
    near = nearest(channel, registry.names())
    return f"; did you mean {near!r}?" if near else ""
