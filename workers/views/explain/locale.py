"""Numbers, money and days as a language writes them: English, or Persian with its digits and the Solar Hijri calendar.

Invariants: pure; a language without a catalogue of its own is English here. Times are local to the zone that is given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from workers.views.bars import quantity
from workers.views.explain import english, persian

PERSIAN: Final = "fa"
ENGLISH: Final = "en"
WHOLE_FROM: Final = 10.0
"""Estimates of money from here on are said without cents."""

MILLION: Final = 1e6
BILLION: Final = 1e9
PERSIAN_MINUS: Final = "\N{LEFT-TO-RIGHT MARK}\N{MINUS SIGN}"
"""As CLDR has it: without the mark the sign would stand behind its number."""
WITHOUT_CENTS: Final = frozenset({"IRR", "IRT", "JPY", "KRW", "VND"})
"""Currencies of which nobody says a hundredth."""

_PERSIAN_SIGNS: Final = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Locale:
    """How one language writes. `language` is a brief's; its first part counts (fa for fa-IR)."""

    language: str
    zone: ZoneInfo

    @property
    def code(self) -> str:
        """The language that is really spoken: fa or en."""
        return PERSIAN if self.language.lower().replace("_", "-").split("-")[0] == PERSIAN else ENGLISH

    @property
    def direction(self) -> str:
        return "rtl" if self.code == PERSIAN else "ltr"

    @property
    def phrases(self) -> Mapping[str, str]:
        return persian.PHRASES if self.code == PERSIAN else english.PHRASES

    @property
    def terms(self) -> Mapping[str, str]:
        return persian.TERMS if self.code == PERSIAN else english.TERMS

    def digits(self, written: str) -> str:
        """A number that was written in English as this language writes it."""
        return written.replace("-", PERSIAN_MINUS).translate(_PERSIAN_SIGNS) if self.code == PERSIAN else written

    def number(self, value: float) -> str:
        """About three digits; a whole number has no others, and of millions only three are said."""
        if float(value).is_integer():
            return self.whole(value)
        return self.compact(value) if abs(value) >= MILLION else self.digits(quantity(value))

    def compact(self, value: float) -> str:
        """Three digits of a great number, with the word for the rest; a smaller one as it is."""
        for size, key in ((BILLION, "number.billion"), (MILLION, "number.million")):
            if abs(value) >= size:
                scaled = value / size
                said = f"{scaled:,.0f}" if scaled.is_integer() else quantity(scaled)
                return self.terms[key].format(self.digits(said))
        return self.digits(f"{value:,.10g}")

    def whole(self, value: float) -> str:
        return self.digits(f"{value:,.0f}")

    def percent(self, share: float) -> str:
        """A share; small ones keep a digit that tells something."""
        if math.isinf(share) or math.isnan(share):
            return self.number(share)
        places = 0 if abs(share) >= 0.1 or share == 0 else 1 if abs(share) >= 0.01 else 2
        return self.digits(f"{share * 100:.{places}f}%")

    def money(self, value: float | Decimal, currency: str, *, exact: bool = False) -> str:
        """An amount with its currency. An estimate has no cents unless it is small, and three digits if it is great."""
        unit = self.terms.get(f"currency.{currency}", currency)
        if not exact and abs(float(value)) >= MILLION:
            return f"{self.compact(float(value))} {unit}"
        cents = exact or abs(float(value)) < WHOLE_FROM
        places = 2 if cents and currency not in WITHOUT_CENTS else 0
        amount = f"{value:,.{places}f}"
        if float(amount.replace(",", "")) == 0:
            amount = amount.lstrip("-")
        return f"{self.digits(amount)} {unit}"

    def strategy(self, name: str) -> str:
        """A strategy's name; Persian says its appeal in Persian, with no slash between two directions of writing."""
        appeal, *aim = name.split("/")
        if self.code == ENGLISH or not aim:
            return name
        return " · ".join((self.terms.get(f"appeal.{appeal}", appeal), *aim))

    def day(self, moment: datetime, *, year: bool = False) -> str:
        """The local day, such as 2 Mar or ۱۱ اسفند."""
        local = moment.astimezone(self.zone)
        if self.code == ENGLISH:
            return f"{local.day} {_MONTHS[local.month - 1]}{f' {local.year}' if year else ''}"
        # Here, so that nobody pays for a calendar that is not theirs.
        from persiantools.jdatetime import JalaliDate  # noqa: PLC0415

        date = JalaliDate(local.date())  # type: ignore[no-untyped-call]
        return self.digits(f"{date.day} {persian.MONTHS[date.month - 1]}{f' {date.year}' if year else ''}")

    def weekday(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return (persian.WEEKDAYS if self.code == PERSIAN else _WEEKDAYS)[local.weekday()]

    def time(self, moment: datetime) -> str:
        return self.digits(f"{moment.astimezone(self.zone):%H:%M}")

    def moment(self, at: datetime) -> str:
        """Weekday, day and time."""
        return f"{self.weekday(at)} {self.day(at)} {self.time(at)}"
