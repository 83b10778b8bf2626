"""docs/loop.md is what the workers and their tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.roster import ROSTER
from workers.views.loop_page import PARTS, flow, page

PAGE = Path(__file__).parents[3] / "docs" / "loop.md"


def test_the_page_is_what_the_workers_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_a_way_that_no_worker_goes_is_not_drawn() -> None:
    deaf = [worker for worker in ROSTER if worker.name != "reviser"]
    stranger = next(worker for worker in ROSTER if worker.name == "publisher")
    renamed = type(stranger)(
        "reviser", stranger.hears, stranger.says, stranger.state, 1, stranger.evolve, stranger.decide
    )
    with pytest.raises(ValueError, match="does not hear"):
        flow([*deaf, renamed])


def test_every_worker_has_its_part_on_the_page() -> None:
    assert list(PARTS) == [worker.name for worker in ROSTER]
