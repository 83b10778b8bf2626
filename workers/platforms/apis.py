"""The versions of networks' interfaces that Mowj is written against, and when each is switched off, in one place.

A date stands here only where the network has announced one. Checked against their documentation in November 2026.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Api:
    """A network's interface. `sunset`: the first day on which it need not answer; None where none is announced."""

    channel: str
    name: str
    version: str
    sunset: date | None
    source: str


APIS: Final = (
    Api("bluesky", "AT Protocol", "XRPC; lexicons only grow, and have no versions", None, "atproto.com/specs/lexicon"),
    Api("bluesky", "logins by app password", "com.atproto.server, beside OAuth", None, "atproto.com/specs/oauth"),
    Api("email", "SMTP", "RFC 5321", None, "rfc-editor.org/rfc/rfc5321"),
)
AHEAD: Final = timedelta(days=90)
"""How long before its end an interface is warned of."""


def ending(today: date, apis: Iterable[Api] = APIS, ahead: timedelta = AHEAD) -> list[Api]:
    """Those that have ended or end soon, the first to end first."""
    soon = [api for api in apis if api.sunset is not None and api.sunset - today <= ahead]
    return sorted(soon, key=lambda api: (api.sunset or today, api.channel))
