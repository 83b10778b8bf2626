"""A network that opens whatever it is given to show, as a real one must; `tests.unit.command.album:factory`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workers.platforms.protocol import Clock, OutgoingPost, Platform, Published, Say
from workers.platforms.simulated.factories import factory as simulated

SHOWN: Final[list[tuple[bytes, str]]] = []
"""The bytes of every medium that was published, and its alt text."""


class Album:
    """The simulated network behind a publisher that reads the files."""

    def __init__(self, network: Platform) -> None:
        self._network = network

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        SHOWN.extend((Path(file).read_bytes(), alt) for file, alt in zip(post.media, post.alt_texts, strict=True))
        return self._network.publish(account, post, key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Album:
    return Album(simulated(clock=clock, seed=seed, say=say, options={**options, "world": "steady"}))
