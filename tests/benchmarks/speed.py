"""How long a campaign takes on the virtual clock, in memory: `python tests/benchmarks/speed.py [WORLD [ROUNDS]]`.

CPU seconds of living 60 days, without imports, inputs and audit, beside a loop of plain Python in the same run, whose
time says how fast the machine is just now. Both are the least of all rounds: what else runs can only add to them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import process_time
from typing import Final

from workers.command.laboratory import Laboratory, simulated

DAYS: Final = 60
ADDITIONS: Final = 10_000_000


def main(arguments: Sequence[str]) -> None:
    world = arguments[0] if arguments else "steady"
    rounds = int(arguments[1]) if len(arguments) > 1 else 5
    loops, lives, events = [], [], 0
    for _ in range(rounds):
        began = process_time()
        _add()
        loops.append(process_time() - began)
        laboratory = Laboratory(simulated(world, 1, DAYS))
        began = process_time()
        events = sum(len(stretch.events) for stretch in laboratory.live())
        lives.append(process_time() - began)
    loop, life = min(loops), min(lives)
    print(
        f"{world}, {DAYS} days, {events:,} events: {life:.2f} s of CPU, {1e6 * life / events:.0f} µs an event,"
        f" {life / loop:.2f} times {ADDITIONS:,} additions in plain Python ({loop:.2f} s); the least of {rounds}"
    )


def _add() -> None:
    total = 0
    for number in range(ADDITIONS):
        total += number


if __name__ == "__main__":
    main(sys.argv[1:])
