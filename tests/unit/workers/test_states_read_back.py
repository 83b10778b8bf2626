"""A state that was stored and read back is the one that was stored, to the last printed digit."""

from __future__ import annotations

from typing import Any

import pytest

from events.campaign import decimal_money
from workers.decision import Worker
from workers.roster import ROSTER


@pytest.mark.parametrize("worker", ROSTER, ids=lambda worker: worker.name)
def test_a_first_state_reads_back_as_it_is(worker: Worker[Any]) -> None:
    first = worker.state()
    read = worker.state.model_validate_json(first.model_dump_json())
    for name in worker.state.model_fields:
        assert repr(getattr(read, name)) == repr(getattr(first, name)), name


def test_no_money_and_no_money_at_all_print_alike() -> None:
    assert decimal_money(0, "EUR").model_dump(mode="json") == decimal_money(0.0, "EUR").model_dump(mode="json")
