"""The eight workers of the loop, in the order in which ties between them are broken."""

from __future__ import annotations

from typing import Any, Final

from workers import analyst, editor, evaluator, observer, planner, publisher, reviser, strategist
from workers.decision import Worker

ROSTER: Final[tuple[Worker[Any], ...]] = (
    analyst.WORKER,
    strategist.WORKER,
    planner.WORKER,
    editor.WORKER,
    publisher.WORKER,
    observer.WORKER,
    evaluator.WORKER,
    reviser.WORKER,
)
