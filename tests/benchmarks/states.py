"""How large the workers' states are, and what a commit writes: `python tests/benchmarks/states.py [WORLD] [DAYS]`.

"Before" is the state written whole at every commit; "after" is the main row and those parts that changed. Bytes are
those of the JSON in the rows: SQLite's pages and its journal come on top of both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from unittest.mock import patch

import numpy as np

from workers.command.laboratory import lived, simulated
from workers.roster import ROSTER
from workers.runtime.store.memory import MemoryTransaction
from workers.runtime.store.parts import changed, main_row
from workers.runtime.store.rows import StateRow


@dataclass(slots=True)
class Sizes:
    """Bytes at every commit of one worker: of the whole state, of its main row, and of the parts that were written."""

    whole: list[int] = field(default_factory=list)
    main: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)


def weighed(world: str, days: float) -> Mapping[str, Sizes]:
    """A campaign of a shipped world, lived in memory, with what a store of rows would have written, by worker."""
    sizes = {worker.name: Sizes() for worker in ROSTER}
    put = MemoryTransaction.put_state

    def weighing(
        tx: MemoryTransaction, row: StateRow, rows: frozenset[str] = frozenset(), earlier: StateRow | None = None
    ) -> None:
        known = earlier.state if earlier is not None and tx.state_version(row.worker, row.campaign) else None
        written = changed(row.state, known, rows).written
        size = sizes[row.worker]
        size.whole.append(len(row.state.model_dump_json().encode()))
        size.main.append(len(main_row(row.state, rows).encode()))
        size.parts.append(sum(len(text.encode()) for text in written.values()))
        put(tx, row, rows, earlier)

    with patch.object(MemoryTransaction, "put_state", weighing):
        lived(simulated(world, 1, days))
    return sizes


def main(arguments: Sequence[str]) -> None:
    world, days = arguments[0] if arguments else "steady", float(arguments[1]) if len(arguments) > 1 else 60
    print(
        f"{days:g} days of {world}, seed 1, {len(simulated(world, 1, days).inputs.content)} posts of content; bytes\n"
    )
    print("| worker | commits | whole state, p99 | main row, p99 | written a commit, before | after |")
    print("|---|---|---|---|---|---|")
    before = after = commits = 0
    for worker, size in weighed(world, days).items():
        whole, main_rows = (f"{np.percentile(each, 99):,.0f}" for each in (size.whole, size.main))
        number, old, new = len(size.whole), sum(size.whole), sum(size.main) + sum(size.parts)
        print(f"| {worker} | {number} | {whole} | {main_rows} | {old / number:,.0f} | {new / number:,.0f} |")
        commits, before, after = commits + number, before + old, after + new
    print(f"| all | {commits} | | | {before / commits:,.0f} | {after / commits:,.0f} |")
    print(f"\nParts in rows of their own write {before / after:.1f} times less.")


if __name__ == "__main__":
    main(sys.argv[1:])
