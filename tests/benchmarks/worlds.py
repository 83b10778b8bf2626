"""What correcting is worth, world by world: `python tests/benchmarks/worlds.py [SEEDS] > docs/measured.md`.

Every campaign is lived twice with the same luck, by all workers and by all but the reviser; the figures are ratios and
differences of the two. The time is that of the whole loop as a multiple of the simulated network alone, which lives the
same posts through without Mowj.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median
from time import process_time

from events.envelope import Event
from workers.command.laboratory import UNREVISED, Experiment, Laboratory, lived, simulated
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.shipped import load_world
from workers.runtime.clock import VirtualClock
from workers.views.figures import figures

WORLDS = (
    *("steady", "hour-shift", "message-miss", "outage", "demo"),
    *("format-shift", "rival", "seasonal", "fatigue", "viral", "slow-burn", "punisher", "herding", "organic"),
)


def main(arguments: Sequence[str]) -> None:
    seeds = range(1, 1 + (int(arguments[0]) if arguments else 5))
    print("# Measured\n")
    print(f"By `python tests/benchmarks/worlds.py {len(seeds)}`: 60 days; median over the seeds [least, most].\n")
    print("| world | net value, corrected | never corrected | corrected wins | breaches | revisions | switches |")
    print("|---|---|---|---|---|---|---|")
    for world in WORLDS:
        print(_row(world, seeds), flush=True)
    print(f"\nOn 60 days of steady the whole loop takes {_cost():.1f} times the CPU of the simulated network alone.")


def _row(world: str, seeds: range) -> str:
    pairs = [(figures(lived(_of(world, s))), figures(lived(_of(world, s), UNREVISED))) for s in seeds]
    corrected, never = [one.net_value for one, _ in pairs], [other.net_value for _, other in pairs]
    wins = sum(a > b for a, b in zip(corrected, never, strict=True))
    counts = [
        [one.breaches for one, _ in pairs],
        [one.execution_revisions for one, _ in pairs],
        [one.strategy_switches for one, _ in pairs],
    ]
    cells = [_spread(corrected), _spread(never), f"{wins} of {len(pairs)}", *(_spread(each) for each in counts)]
    return f"| {world} | " + " | ".join(cells) + " |"


def _of(world: str, seed: int) -> Experiment:
    return simulated(world, seed, 60)


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):,.0f} [{min(values):,.0f}, {max(values):,.0f}]"


def _cost() -> float:
    began = process_time()
    laboratory = Laboratory(_of("steady", 1))
    events: list[Event] = [event for stretch in laboratory.live() for event in stretch.events]
    whole = process_time() - began
    (network,) = laboratory.runtime.platforms.values()
    assert isinstance(network, SimulatedNetwork)
    return whole / _alone(network, events)


def _alone(other: SimulatedNetwork, events: Sequence[Event]) -> float:
    """CPU seconds of a network that takes the same posts at the same times from nobody."""
    start = _of("steady", 1).start
    began = process_time()
    network = SimulatedNetwork(
        load_world("steady"),
        seed=1,
        clock=VirtualClock(start),
        say=lambda *_: None,
        born=other.born,
        history=other.accepted(),
    )
    network.advance(events[-1].time)
    return process_time() - began


if __name__ == "__main__":
    main(sys.argv[1:])
