"""Ages below 18 in a group's name: "12 year olds", "under 16s", "kids aged 8-12", "13 تا 17 ساله".

Invariant: a number is an age only by the words around it: "under 10 minutes cooks" and "customers for 12 years" have
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from config.refused import people_words as table

ADULT: Final = 18

_SPAN: Final = r"(?P<low>\d{1,2})\+?s?(?: (?:to|until|and|bis|und|تا) (?P<high>\d{1,2})| (?P<next>\d{1,2}))?\+?"
_BOTH: Final = r"(?P<low>\d{1,2})(?: (?:to|until|and|bis|und|تا))? (?P<high>\d{1,2})"
_UNDER: Final = r"(?:under|below|younger than|less than|not yet|unter|jünger als|زیر|کمتر از)(?: the)?(?: age)?(?: of)?"
_AGED: Final = r"(?:(?:of|with|at) )?(?:age|ages|aged|alter|im alter von|سن)"
_YEARS: Final = r"(?:years?|yrs?|jahren?|سال)"
_NAMED: Final = "|".join(
    sorted(table.TEAMS | table.PEOPLE | {"jahre", "jahren", "years", "year", "سال", "ساله", "سالهها", "سالههای"})
)
_ENDS: Final = rf",|and|or|und|oder|و|یا|with|mit|in|{_NAMED}"
"""What may follow a bare number that is an age."""
_FEW: Final = "|".join(word for word, number in table.NUMBERS.items() if 0 < number < ADULT)
_PATTERNS: Final = tuple(
    re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")
    for pattern in (
        rf"{_SPAN} (?:{_YEARS}|y) (?:olds?|o|alte?n?|of age)",
        rf"{_SPAN} (?:yos?|jährige[nrs]?|ساله|سالهها|سالههای)",
        rf"{_AGED}(?: (?:of|from|between|von|zwischen|بین))? {_SPAN}(?: {_YEARS})?",
        rf"(?<!for )(?<!since )(?<!seit ){_BOTH} {_YEARS}(?! (?:{'|'.join(sorted(table.EXPERIENCE))}))",
        rf"(?:{'|'.join(sorted(table.PEOPLE))}) {_BOTH}",
        rf"(?:{'|'.join(sorted(table.YOUNGSTERS))}) (?:of |from |von |zwischen |between )?{_BOTH}",
        rf"who (?:are|is) (?P<low>\d{{1,2}})(?=$| (?:{_ENDS})(?!\S))",
        rf"(?:{_FEW})jährige[nrs]?",
        r"u (?P<below>[3-9]|[1-9]\d)",  # age classes and nurseries begin at 3; "u2" is a band, and a line
        r"(?:over|above|über) (?P<low>\d{1,2})s",
        rf"(?:from|ab|از) (?P<low>\d{{1,2}}) {_YEARS}",
        r"(?:up to|bis|bis zu|تا) (?P<below>\d{1,2}) (?:years|jahre|jahren|سال)",
        rf"{_UNDER} (?P<below>\d{{1,2}})(?:s|(?: s)?(?=$| (?:{_ENDS})(?!\S)))(?: (?:{_YEARS}|ساله|سالهها|سالههای))?",
        r"^(?P<low>\d{1,2})(?: (?:to|bis|تا))? (?P<high>1[0-8]|\d)$",
        r"^(?P<low>\d{1,2})\+$",
        r"(?P<low>[1-9]|1[0-2])(?:st|nd|rd|th) graders",
        r"(?:(?:fir|1)st|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth) graders",
    )
)
"""What makes numbers an age. `low` is the youngest, `below` whom all are younger than; without either it is a class."""
_SEVERAL: Final = re.compile(r"(?:olds|yos|s|jährigen?|graders|سالهها|سالههای)$")
"""What ends an age that is the name of people."""
_YEARLY: Final = re.compile(r"years?|yrs?|jahren?|jährige[nrs]?|ساله(?:ها|های)?")


def young_ages(spoken: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Where each age below 18 begins and ends, and whether it names people ("12 year olds") or says theirs."""
    words = list(_counted(spoken))
    text = " ".join(words)
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            if _is_young(found.groupdict()):
                start = text[: found.start()].count(" ")
                end = start + found[0].count(" ") + 1
                if table.AGED.isdisjoint((*words[max(0, start - 1) : start], *words[end : end + 1])):
                    yield start, min(end, len(spoken)), _SEVERAL.search(found[0]) is not None


def _is_young(found: dict[str, str | None]) -> bool:
    if found.get("below") is not None:
        return int(found["below"] or 0) <= ADULT
    low, high = found.get("low"), found.get("high") or found.get("next")
    if low is None:
        return True
    return int(low) < ADULT and (high is None or int(low) < int(high))


def _counted(spoken: Sequence[str]) -> Iterator[str]:
    """Numbers of years in digits: one word stays one word, so that places stay true."""
    for place, word in enumerate(spoken):
        after = spoken[place + 1] if place + 1 < len(spoken) else ""
        is_age = _YEARLY.fullmatch(after) or (place and spoken[place - 1] in table.BEFORE_AGES)
        if word in table.NUMBERS and is_age:
            yield str(table.NUMBERS[word])
        else:
            yield word
