"""KPIs as a person reads them."""

from __future__ import annotations

import math

import pytest

from events.execution import KpiName
from workers.command.kpis import KPI_COLUMNS, kpi_rows
from workers.lives import KpiState
from workers.views.standing import Standing


@pytest.mark.parametrize(("observed", "cell"), [(None, "unknown"), (math.inf, "no outcome yet"), (1234.5, "1,234")])
def test_what_was_observed_is_said_in_words_where_it_is_no_number(observed: float | None, cell: str) -> None:
    cost = Standing(KpiName.COST, "EUR / outcome", 1, 2, True, observed, 2, 0.1, KpiState.HEALTHY)
    ((*_, found, _verdict),) = kpi_rows([cost])
    assert KPI_COLUMNS[-2] == "observed"
    assert found == cell
