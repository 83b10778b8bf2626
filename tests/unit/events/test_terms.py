"""The words of the vocabulary: frozen, strict, and absent where nothing is known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from events.campaign import CampaignBriefed, decimal_money
from events.execution import MetricObserved
from events.terms import Money, PostTraits


def test_a_fact_does_not_change() -> None:
    metric = MetricObserved(account="a", counters={"reach": 1})
    with pytest.raises(ValidationError, match="frozen"):
        metric.account = "b"


def test_a_field_that_nobody_has_defined_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        PostTraits.model_validate({"channel": "c", "mood": "good"})


def test_a_counter_that_was_not_given_is_absent_and_not_zero() -> None:
    metric = MetricObserved(account="a", counters={"reach": 0})
    assert metric.model_dump(mode="json", exclude_none=True) == {
        "account": "a",
        "counters": {"reach": 0},
        "final": False,
    }


@pytest.mark.parametrize("counters", [{"applause": 1}, {"reach": -1}, {"reach": None}])
def test_a_counter_that_is_unknown_negative_or_null_is_refused(counters: dict[str, int | None]) -> None:
    with pytest.raises(ValidationError):
        MetricObserved.model_validate({"account": "a", "counters": counters})


def test_money_is_exact_and_says_its_currency() -> None:
    assert str(Money(amount=Decimal("1234.5"), currency="EUR")) == "1,234.50 EUR"
    assert Money.model_validate_json('{"amount": "0.10", "currency": "EUR"}').amount == Decimal("0.10")
    assert decimal_money(1 / 3, "EUR").amount == Decimal("0.33")


def brief(**changes: object) -> dict[str, object]:
    euro = {"amount": "5", "currency": "EUR"}
    return {
        "title": "t", "goal": "reach", "outcome_worth": euro, "lost_per_day": 0.1, "starts": "2026-01-01T00:00:00Z",
        "horizon_days": 5, "budget": euro, "post_cost": euro, "accounts": [{"account": "a", "channel": "c"}],
        "segments": [{"name": "s"}], "topics": ["t"], "formats": ["f"], **changes,
    }  # fmt: skip


def test_a_brief_with_a_naive_time_is_refused() -> None:
    CampaignBriefed.model_validate(brief())
    with pytest.raises(ValidationError, match="timezone"):
        CampaignBriefed.model_validate(brief(starts="2026-01-01T00:00:00"))


def test_a_brief_in_two_currencies_is_refused() -> None:
    with pytest.raises(ValidationError, match="one brief, one currency; given EUR, USD"):
        CampaignBriefed.model_validate(brief(budget={"amount": "5", "currency": "USD"}))


def test_a_brief_in_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="not an IANA time zone"):
        CampaignBriefed.model_validate(brief(zone="Mars/Base"))
