"""Bluesky, over the AT Protocol. Needs the extra `mowj[bluesky]`, which is imported when a network is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.problems import InputError, Problem
from workers.platforms.bluesky.options import FIELDS, given
from workers.platforms.bluesky.tokens import login_ends
from workers.platforms.logins import LoginPlugin
from workers.platforms.protocol import Clock, Platform, Say


def _make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Platform:
    """Raises config.problems.InputError for options that it does not know, and where a package is missing."""
    try:
        from workers.platforms.bluesky.factories import make  # noqa: PLC0415  (an optional dependency)
    except ModuleNotFoundError as error:
        allowed = f"only where {error.name} is installed: pip install 'mowj[bluesky]'"
        raise InputError([Problem("platforms", None, "plugin", "bluesky", allowed)]) from error
    return make(clock=clock, seed=seed, say=say, options=options)


factory = LoginPlugin(
    _make, FIELDS, given, login_ends, needs=("atproto_client", "httpx", "libipld", "regex"), extra="bluesky"
)
"""The plug-in `bluesky`."""
