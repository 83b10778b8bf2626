"""What each network would take, as far as its plug-in says so before anything is connected.

Invariants: a channel that no plug-in serves is named as such, and nothing is guessed in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from config.problems import InputError
from config.settings import Settings
from events.campaign import AccountConnected, ContentOffered
from events.terms import Fact
from workers.command.errors import UserError
from workers.command.networks import makers
from workers.command.remembered import NetworkChoice
from workers.inventory import Inventory
from workers.platforms.habits import habits_of
from workers.platforms.protocol import OutgoingPost, PlatformError
from workers.platforms.variants import Shape, Shaping, shape
from workers.runtime.accounts import connected
from workers.runtime.clock import RealClock


@dataclass(frozen=True, slots=True)
class Channel:
    """A network as an account on it is known; `limits` None where nobody says them, for the reason in `unknown`."""

    channel: str
    account: str
    limits: AccountConnected | None
    unknown: str | None = None

    def unfit(self, content: ContentOffered) -> str | None:
        """Why the account cannot show it; None where it can, or nobody knows."""
        piece = Inventory().offered(content, "").pieces[content.content]
        return piece.unfit(self.channel, self.limits)

    def length(self, content: ContentOffered) -> str:
        """Characters of the text, and how many the network takes."""
        most = self.limits.text_length if self.limits is not None else None
        return f"{len(content.text)}/{'?' if self.limits is None else 'any' if most is None else most}"


def known_channels(accounts: Mapping[str, str], settings: Settings, platform: str | None) -> list[Channel]:
    """Each account (name to channel) with what its network's plug-in says of it."""
    return [_known(account, channel, settings, platform) for account, channel in accounts.items()]


def _known(account: str, channel: str, settings: Settings, platform: str | None) -> Channel:
    try:
        make = makers({channel}, settings, NetworkChoice(platform=platform), None)[channel]
        limits = make(RealClock(), _say_nothing).limits(account)
    except UserError:
        unknown = f"no plug-in serves {channel} yet, so its limits are not known here and nothing can be sent to it"
        return Channel(channel, account, None, unknown)
    except (PlatformError, InputError) as error:
        return Channel(channel, account, None, f"{channel} does not say what it takes: {error}")
    return Channel(channel, account, connected(account, channel, limits))


def shaped(known: Channel, settings: Settings, platform: str | None, post: OutgoingPost) -> Shape:
    """The post as the network would get it: by the plug-in's own function, else by what is usual there.

    Raises Rejected for what the network would refuse.
    """
    most = known.limits.text_length if known.limits is not None else None
    if known.limits is not None:
        network = makers({known.channel}, settings, NetworkChoice(platform=platform), None)[known.channel]
        plugin = network(RealClock(), _say_nothing)
        if isinstance(plugin, Shaping):
            return plugin.shape(post)
    return shape(post, habits_of(known.channel, most))


def _say_nothing(fact: Fact, campaign: str, own_id: str, time: datetime) -> None:
    """Nothing is connected: whatever a plug-in has to say is not about anybody's campaign."""
