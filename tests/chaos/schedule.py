"""Which blow falls when: drawn once from a seed, so that a run can be asked for again.

Invariants: pure. The blows and the pauses between them follow from the seed; what the machine does meanwhile does not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done to an installation."""

    KILL = "SIGKILL of a Mowj process"
    FREEZE = "SIGSTOP of a Mowj process beyond its session, then SIGCONT"
    FREEZE_LEASE = "SIGSTOP of an executor beyond its lease, then SIGCONT"
    BROKER = "SIGKILL of one Kafka broker of three, started again"
    DATABASE = "SIGKILL of PostgreSQL, started again"
    QUEUE = "SIGKILL of the executors' broker, started again"
    EMPTY = "executors' queues emptied"
    NETWORK = "SIGKILL of the network's server, started again"


@dataclass(frozen=True, slots=True)
class Blow:
    """`pause`: seconds after the one before. `lasts`: until what was hurt may come back. `victim` where it is drawn."""

    kind: Kind
    pause: float
    victim: str
    lasts: float


_PER_KILL: Final = {
    Kind.FREEZE: 5,
    Kind.BROKER: 7,
    Kind.DATABASE: 12,
    Kind.QUEUE: 12,
    Kind.EMPTY: 12,
    Kind.NETWORK: 12,
    Kind.FREEZE_LEASE: 25,
}
"""For so many kills of processes, one of these; at least one of each."""
_LASTS: Final = {
    Kind.KILL: (0.0, 8.0),
    Kind.FREEZE: (9.0, 15.0),
    Kind.FREEZE_LEASE: (70.0, 75.0),
    Kind.BROKER: (1.0, 20.0),
    Kind.DATABASE: (0.0, 6.0),
    Kind.QUEUE: (0.0, 8.0),
    Kind.EMPTY: (0.0, 0.0),
    Kind.NETWORK: (0.0, 6.0),
}


def blows(
    seed: int, kills: int, gap: float, processes: Sequence[str], executors: Sequence[str], brokers: Sequence[str]
) -> list[Blow]:
    """`kills` SIGKILLs of processes among all other kinds of blows, `gap` seconds apart on average.

    One broker alone is killed as well, but a freeze beyond a lease needs somebody else who sends: with less than two
    executors there is none.
    """
    luck = random.Random(seed)
    kinds = [Kind.KILL] * kills
    for kind, each in _PER_KILL.items():
        if kind is not Kind.FREEZE_LEASE or len(executors) > 1:
            kinds += [kind] * max(1, kills // each)
    luck.shuffle(kinds)
    victims = {Kind.BROKER: brokers, Kind.FREEZE_LEASE: executors, Kind.KILL: processes, Kind.FREEZE: processes}
    return [
        Blow(
            kind=kind,
            pause=luck.uniform(0.2, 1.8) * gap,
            victim=luck.choice(victims[kind]) if kind in victims else "",
            lasts=luck.uniform(*_LASTS[kind]),
        )
        for kind in kinds
    ]


def duration(planned: Sequence[Blow]) -> float:
    """Seconds from the first pause to the last blow, on a machine that keeps up."""
    return sum(blow.pause for blow in planned)
