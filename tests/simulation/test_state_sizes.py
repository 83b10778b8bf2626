"""States stay small: what is rewritten at every commit of a campaign of sixty days is within the design's limit."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.states import weighed
from workers.command.laboratory import simulated
from workers.roster import ROSTER

LIMIT = 8192
"""Bytes of a state's main row at the 99th percentile of its commits."""


def test_the_main_row_of_every_worker_is_small_over_sixty_days_with_72_posts_of_content() -> None:
    assert len(simulated("steady", 1, 60).inputs.content) == 72
    sizes = weighed("steady", 60)
    for worker in ROSTER:
        size = sizes[worker.name]
        assert len(size.main) > 50, f"{worker.name} lived through the campaign"
        assert np.percentile(size.main, 99) <= LIMIT, worker.name
        written = [main + parts for main, parts in zip(size.main, size.parts, strict=True)]
        assert np.mean(written) <= LIMIT, f"{worker.name} writes {np.mean(written):.0f} bytes a commit"
    assert np.percentile(sizes["editor"].whole, 99) > 2 * LIMIT, "whole, the editor's would be too large"
