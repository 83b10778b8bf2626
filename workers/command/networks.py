"""Which plug-in serves which channel, and what it is told.

Invariants: a channel that nothing serves is refused before anything runs. What the simulated network has accepted is
kept beside the store whenever the store is a file, so that both go on together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from config.problems import listed
from config.settings import PlatformSettings, Settings
from workers.command.errors import UserError
from workers.command.logins import kept_logins
from workers.command.remembered import NetworkChoice
from workers.platforms import registry
from workers.platforms.logins import LoginPlugin
from workers.platforms.protocol import Clock, Platform, PlatformFactory, Say
from workers.runtime.assembly import PlatformMaker

SIMULATED: Final = "simulated"
REMOTE: Final = "simulated-remote"
EMAIL: Final = "email"
NETWORK_FILE: Final = "network.sqlite"

Held = Callable[[str, str], bool]
"""Whether nothing of a campaign may go out on an account now."""


def plugin_of(channel: str, settings: Settings, choice: NetworkChoice) -> str:
    """The command line's plug-in for every channel, else the settings', else the one of the channel's name."""
    configured = settings.platforms.get(channel, PlatformSettings())
    return choice.platform or configured.plugin or channel


def makers(
    channels: Iterable[str],
    settings: Settings,
    choice: NetworkChoice,
    directory: Path | None,
    held: Held | None = None,
) -> Mapping[str, PlatformMaker]:
    """A maker for each channel; `directory` None keeps nothing. Raises UserError naming every channel that has none.

    `held` is asked by a network that goes on sending after a post was handed over.
    """
    missing = unserved(channels, settings, choice)
    if missing:
        raise UserError(
            f"nothing serves {listed(missing)}: give --platform PLUGIN (installed: {listed(registry.names())}), "
            f"or write [platforms.{missing[0]}] with plugin = … into mowj.toml"
        )
    found: dict[str, PlatformMaker] = {}
    for channel in sorted(set(channels)):
        plugin = plugin_of(channel, settings, choice)
        options = _options(plugin, settings.platforms.get(channel, PlatformSettings()), choice, directory)
        if plugin == EMAIL:
            options = _newsletter(directory, held) | options
        factory = registry.load(plugin)
        if isinstance(factory, LoginPlugin):
            options["credentials"] = kept_logins(settings, channel, factory)
        found[channel] = _maker(factory, choice.seed, options)
    return found


def unserved(channels: Iterable[str], settings: Settings, choice: NetworkChoice) -> list[str]:
    """The channels for which no plug-in was named and none of their own name is installed."""
    installed = registry.names()
    alone = (one for one in sorted(set(channels)) if plugin_of(one, settings, choice) == one)
    return [one for one in alone if ":" not in one and one not in installed]


def _maker(factory: PlatformFactory, seed: int, options: Mapping[str, Any]) -> PlatformMaker:
    def made(clock: Clock, say: Say) -> Platform:
        return factory(clock=clock, seed=seed, say=say, options=options)

    return made


def _newsletter(directory: Path | None, held: Held | None) -> dict[str, Any]:
    said: dict[str, Any] = {"directory": directory}
    return said if held is None else said | {"held": held}


def _options(
    plugin: str, configured: PlatformSettings, choice: NetworkChoice, directory: Path | None
) -> dict[str, Any]:
    options = configured.revealed()
    if plugin == SIMULATED:
        if choice.world is not None:
            options["world"] = choice.world
        if directory is not None:
            options.setdefault("file", str(directory / NETWORK_FILE))
    elif choice.world is not None:
        raise UserError(f"--world is for the platform {SIMULATED}; {plugin} has its own")
    if plugin == REMOTE and choice.url is not None:
        options["url"] = choice.url
    elif choice.url is not None:
        raise UserError(f"--platform-url is for the platform {REMOTE}; given {plugin}")
    return options
