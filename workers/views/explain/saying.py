"""Saying a sentence in one language: its phrase from the catalogue, its values as that language writes them.

Invariants: pure. A word of the vocabulary that a catalogue does not know is said as the log has it, never dropped.
"""

from __future__ import annotations

from typing import Final

from workers.views.explain.locale import Locale
from workers.views.explain.story import (
    Cash,
    Counted,
    Day,
    Moment,
    Number,
    Percent,
    Ref,
    Sentence,
    Sentences,
    Strategy,
    Term,
    Value,
    Worth,
)

TERMS_FIRST: Final = ("{kpi}", "{verdict}")
"""How phrases begin whose first word is ours, and not somebody's name: it is written large."""
ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
ISOLATED: Final = "\N{POP DIRECTIONAL ISOLATE}"
SHORT: Final = 8
"""Characters of an event's id that are said."""


def say(sentence: Sentence, locale: Locale) -> str:
    """The sentence as text."""
    phrase = locale.phrases.get(sentence.phrase)
    if phrase is None:
        # A factor that was measured by a worker of another version: its own words are on the log.
        phrase = locale.phrases["factor.other"]
    said = phrase.format_map({name: said_value(value, locale) for name, value in sentence.values.items()})
    return said[0].upper() + said[1:] if phrase.startswith(TERMS_FIRST) else said


def short(event: str) -> str:
    return event[:SHORT]


def said_value(value: Value, locale: Locale) -> str:
    match value:
        case str() | Strategy():
            return _named(value if isinstance(value, str) else locale.strategy(value.name), locale)
        case Number(value=number):
            return locale.number(number)
        case Worth(value=amount, currency=currency):
            return locale.money(amount, currency)
        case Cash(value=exact, currency=currency):
            return locale.money(exact, currency, exact=True)
        case Percent(value=share):
            return locale.percent(share)
        case Counted():
            return _counted(value, locale)
        case Term(key=key):
            return locale.terms.get(key, key.rsplit(".", 1)[-1])
        case Day(at=at) | Moment(at=at):
            return locale.day(at) if isinstance(value, Day) else locale.moment(at)
        case Ref(event=event):
            return short(event)
        case Sentences(parts=parts):
            comma = "، " if locale.direction == "rtl" else ", "
            return comma.join(say(part, locale) for part in parts)


def _named(name: str, locale: Locale) -> str:
    """Somebody's own word; among words that are written from the right it keeps its own direction."""
    return f"{ISOLATE}{name}{ISOLATED}" if locale.direction == "rtl" else name


def _counted(value: Counted, locale: Locale) -> str:
    one, _, many = locale.terms[f"noun.{value.noun}"].partition("|")
    return f"{locale.number(value.value)} {one if value.value == 1 else many}"
