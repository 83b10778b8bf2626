"""What deciding costs by itself: the worker's functions over the same events, with no log, no store and no thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any, Final

import numpy as np

from events.envelope import Event
from tests.benchmarks.outgrown.material import heard
from workers.decision import State, Worker
from workers.runtime.assembly import running_version
from workers.runtime.deciding import consider

_WEIGHED: Final = 20
"""Of so many events one has the state weighed behind it."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Microseconds of CPU an event, emits an event, and bytes of a campaign's whole state as JSON."""

    cpu: float
    emits: float
    state_median: float
    state_p99: float


def deciding(worker: Worker[Any], events: Sequence[Event]) -> Deciding:
    given, version = heard(worker, events), running_version()
    states: dict[str, State] = {}
    sizes: list[int] = []
    emits, spent = 0, 0.0
    for number, event in enumerate(given):
        state = states.get(event.subject) or worker.state()
        began = process_time()
        outcome = consider(worker, state, event, event.recordedtime, version)
        spent += process_time() - began
        states[event.subject] = outcome.state
        emits += len(outcome.emits)
        if number % _WEIGHED == 0:
            sizes.append(len(outcome.state.model_dump_json().encode()))
    return Deciding(
        1e6 * spent / len(given), emits / len(given), float(np.median(sizes)), float(np.percentile(sizes, 99))
    )
