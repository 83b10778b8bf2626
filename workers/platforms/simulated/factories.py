"""The two plug-ins of `mowj.platforms` that lead to the simulated network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from config.document import Document
from config.validation import validate
from events.terms import Fact
from workers.platforms.protocol import Clock, Say
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.record import Record
from workers.platforms.simulated.remote import RemoteNetwork
from workers.platforms.simulated.shipped import load_world
from workers.platforms.simulated.wire import bought
from workers.platforms.simulated.world import World

ModelT = TypeVar("ModelT", bound=BaseModel)

DEFAULT_WORLD: Final = "open"
"""A world that has a taste for whatever a brief speaks of."""


class Options(BaseModel):
    """`world`: a shipped world's name or a file. `keyed`, where given, overrides the world's own. `file`, where given,
    keeps what was accepted, so that the network goes on when the process is started again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    world: str = DEFAULT_WORLD
    keyed: bool | None = None
    file: str | None = None


class RemoteOptions(BaseModel):
    """`url` of a running `python -m workers.platforms.simulated.server`; the deadline is per answer awaited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"^http://[^/]+:\d+/?$")]
    deadline_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0


def factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> SimulatedNetwork:
    """A network in this process; without a `file`, what it knows ends with the process.

    Raises config.problems.InputError, and OtherWorld for a file that another network wrote.
    """
    chosen = _validated(Options, options)
    world = load_world(chosen.world)
    if chosen.keyed is not None:
        world = world.keyed(taken=chosen.keyed)
    if chosen.file is None:
        return SimulatedNetwork(world, seed=seed, clock=clock, say=say)
    return _recorded(chosen.world, world, seed, Record(Path(chosen.file)), clock, say)


def remote_factory(*, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> RemoteNetwork:
    """A client of a network in a process of its own, with a seed of its own. Raises config.problems.InputError."""
    del seed
    chosen = _validated(RemoteOptions, options)
    return RemoteNetwork(chosen.url, chosen.deadline_seconds, clock=clock, say=say)


def _recorded(name: str, world: World, seed: int, record: Record, clock: Clock, say: Say) -> SimulatedNetwork:
    """A network that lives its recorded past again, and says no conversion anew whose `say` has returned before."""

    def say_once(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        if record.acknowledged(own_id):
            return
        say(fact, campaign, own_id, at)
        record.convert(bought(fact, campaign, own_id, at))
        record.acknowledge((own_id,))

    born = record.born(name, seed)
    if born is None:
        born = clock.now()
        record.begin(name, seed, born)
    history = record.accepted()
    return SimulatedNetwork(world, seed=seed, clock=clock, say=say_once, born=born, history=history, keep=record.keep)


def _validated(model: type[ModelT], options: Mapping[str, Any]) -> ModelT:
    return validate(model, Document("options of the simulated network", options, {}))
