"""The catalogues of English and Persian say the same, and each writes numbers and days in its own way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from workers.views.explain import english, persian
from workers.views.explain.locale import Locale

NOWRUZ = datetime(2026, 3, 21, 9, tzinfo=UTC)


def places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def test_both_catalogues_have_the_same_phrases_and_terms() -> None:
    assert set(english.PHRASES) == set(persian.PHRASES)
    only_persian = set(persian.TERMS) - set(english.TERMS)
    assert set(english.TERMS) <= set(persian.TERMS)
    # English says a currency by its code.
    assert all(term.startswith("currency.") for term in only_persian)


@pytest.mark.parametrize("phrase", sorted(english.PHRASES))
def test_a_phrase_leaves_the_same_places_open_in_both(phrase: str) -> None:
    if phrase.startswith("factor."):
        # English repeats the worker's own words, Persian says the measure: either is always there.
        assert places(english.PHRASES[phrase]) | places(persian.PHRASES[phrase]) <= {"statement", "measure"}
    else:
        assert places(english.PHRASES[phrase]) == places(persian.PHRASES[phrase])


def test_persian_has_its_own_digits_signs_and_calendar() -> None:
    locale = Locale("fa-IR", ZoneInfo("Asia/Tehran"))
    assert locale.direction == "rtl"
    assert locale.percent(0.415) == "۴۲٪"
    assert locale.money(Decimal("1234.5"), "EUR", exact=True) == "۱٬۲۳۴٫۵۰ یورو"
    assert locale.day(NOWRUZ, year=True) == "۱ فروردین ۱۴۰۵"
    assert locale.weekday(NOWRUZ) == "شنبه"
    assert locale.time(NOWRUZ) == "۱۲:۳۰"


def test_every_other_language_is_english_here() -> None:
    locale = Locale("de", ZoneInfo("Europe/Berlin"))
    assert (locale.code, locale.direction) == ("en", "ltr")
    assert locale.percent(0.415) == "42%"
    assert locale.day(NOWRUZ, year=True) == "21 Mar 2026"


def test_a_small_share_keeps_a_digit_that_tells_something() -> None:
    locale = Locale("en", ZoneInfo("UTC"))
    assert [locale.percent(share) for share in (0.5, 0.034, 0.0017, 0.0)] == ["50%", "3.4%", "0.17%", "0%"]


def test_an_estimate_that_rounds_to_nothing_has_no_sign() -> None:
    locale = Locale("en", ZoneInfo("UTC"))
    assert locale.money(-0.001, "EUR") == "0.00 EUR"
    assert locale.money(-38.4, "EUR") == "-38 EUR"
