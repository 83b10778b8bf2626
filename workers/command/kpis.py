"""KPIs as rows of a table: what `mowj status` and the end of a rehearsal show alike."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from workers.views.standing import Standing

KPI_COLUMNS: Final = ("name", "expected", "limit", "observed", "state")


def kpi_rows(standings: Iterable[Standing]) -> list[tuple[str, ...]]:
    """One row a KPI, in the order given."""
    return [
        (one.kpi.value, f"{one.expected:,.4g}", f"{one.limit:,.4g}", _known(one.observed), one.verdict)
        for one in standings
    ]


def _known(observed: float | None) -> str:
    """A cost without end is money spent without an outcome."""
    if observed is None:
        return "unknown"
    return "no outcome yet" if math.isinf(observed) else f"{observed:,.4g}"
