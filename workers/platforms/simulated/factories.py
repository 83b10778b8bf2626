"""The two plug-ins of `mowj.platforms` that lead to the simulated network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from config.document import Document
from config.validation import validate
from workers.platforms.protocol import Clock, Say
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.remote import RemoteNetwork
from workers.platforms.simulated.shipped import load_world

ModelT = TypeVar("ModelT", bound=BaseModel)

DEFAULT_WORLD: Final = "open"
"""A world that has a taste for whatever a brief speaks of."""


class Options(BaseModel):
    """`world`: a shipped world's name or a file. `keyed`, where given, overrides the world's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    world: str = DEFAULT_WORLD
    keyed: bool | None = None


class RemoteOptions(BaseModel):
    """`url` of a running `python -m workers.platforms.simulated.server`; the deadline is per answer awaited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"^http://[^/]+:\d+/?$")]
    deadline_seconds: Annotated[float, Field(gt=0, le=300)] = 10.0


def factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> SimulatedNetwork:
    """A network in this process; what it knows ends with the process. Raises config.problems.InputError."""
    chosen = _validated(Options, options)
    world = load_world(chosen.world)
    if chosen.keyed is not None:
        world = world.keyed(taken=chosen.keyed)
    return SimulatedNetwork(world, seed=seed, clock=clock, say=say)


def remote_factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> RemoteNetwork:
    """A client of a network in a process of its own, with a seed of its own. Raises config.problems.InputError."""
    del seed
    chosen = _validated(RemoteOptions, options)
    return RemoteNetwork(chosen.url, chosen.deadline_seconds, clock=clock, say=say)


def _validated(model: type[ModelT], options: Mapping[str, Any]) -> ModelT:
    return validate(model, Document("options of the simulated network", options, {}))
