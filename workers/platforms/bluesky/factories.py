"""The network that the plug-in's options make."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from workers.platforms.bluesky.handmade import Handmade
from workers.platforms.bluesky.network import BlueskyNetwork, counted
from workers.platforms.bluesky.options import given, validated
from workers.platforms.bluesky.sessions import Sessions
from workers.platforms.credentials import Credentials, GivenCredentials
from workers.platforms.protocol import Clock, ProvenUnsent, Say
from workers.platforms.sealing import CredentialsUnusable


def make(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> BlueskyNetwork:
    """Raises config.problems.InputError."""
    del seed
    said = dict(options)
    kept: Credentials | None = said.pop("credentials", None)
    chosen, credentials = validated(said), kept if kept is not None else GivenCredentials(given(said))
    sessions = Sessions(credentials, chosen.service, chosen.deadline_seconds, clock)

    def watched() -> Collection[str]:
        try:
            return credentials.accounts() if chosen.watch_seconds else ()
        except CredentialsUnusable as error:
            raise ProvenUnsent(f"not looked for posts made by hand: {error}") from error

    handmade = Handmade(sessions, say, watched, chosen.channel, chosen.watch_seconds, counted)
    return BlueskyNetwork(sessions, handmade, clock)
