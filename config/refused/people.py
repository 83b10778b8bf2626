"""Who a group's name means: those whom it is about, or those who have to do with them.

Invariants: "parents of teens" are parents, "kids and their parents" are also kids. The young are only mentioned where
somebody grown stands before them with a word that links the two ("with", "of", "who teach"), where something is theirs
("kids' shoes buyers"), or where they say what somebody grown does ("toddler teachers"); else they are meant. Whoever is
told by a sensitive trait is meant, except by those whose work it is to care for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.refused import people_words as table
from config.refused.ages import young_ages
from config.refused.spelling import BREAK
from config.refused.tables import runs

_HEALTH = "health"


@dataclass(frozen=True, slots=True, order=True)
class _Mention:
    """Where the young are named: by a noun ("kids"), or else by an age or as what others are ("teen gamers").

    `people` where that is the name of people ("12 year olds"), and not only something that is said of them ("aged 12").
    """

    start: int
    end: int
    noun: bool
    people: bool = True


def sensitive(spoken: Sequence[str]) -> tuple[str, str] | None:
    """The trait by which people are meant, and the words that say it."""
    for trait, known in table.SENSITIVE_TRAITS.items():
        found = [*runs(spoken, known), *(_conditions(spoken) if trait == _HEALTH else ())]
        for start, end in found:
            if trait != _HEALTH or not _cared_for(spoken[:start]):
                return trait, " ".join(spoken[start:end])
    return None


def _conditions(spoken: Sequence[str]) -> Iterator[tuple[int, int]]:
    """What somebody has: "women with diabetes"."""
    for place, word in enumerate(spoken):
        after = spoken[place + 1 : place + 2]
        if word in table.CONDITIONS and (not after or after[0] == BREAK or after[0] in table.KINDS):
            for start in range(max(0, place - 3), place):
                if spoken[start] in table.HAVING and BREAK not in spoken[start:place]:
                    yield start, place + 1
                    break


def _cared_for(before: Sequence[str]) -> bool:
    carers = [place for place, word in enumerate(before) if word in table.CARERS]
    return bool(carers) and not table.LINKS.isdisjoint(before[carers[-1] + 1 :])


def minors(spoken: Sequence[str]) -> str | None:
    """The words by which people under 18 are meant."""
    carried, last = False, -1
    for mention in _mentions(spoken):
        start, end = _part(spoken, mention)
        before, after = spoken[start : mention.start], spoken[mention.end : end]
        is_next = 0 < start == last + 1 and spoken[last] in table.AND and table.LINKS.issuperset(before)
        led = _led(before, mention) or (carried and is_next)
        if not led and not _theirs(before, spoken[mention.end - 1], after, mention):
            return " ".join(spoken[mention.start : mention.end])
        carried, last = led, mention.end
    return None


def _part(spoken: Sequence[str], mention: _Mention) -> tuple[int, int]:
    """Where the part of a list begins and ends in which the mention stands."""
    ends = [place for place, word in enumerate(spoken) if word == BREAK or word in table.AND]
    start = max((place + 1 for place in ends if place < mention.start), default=0)
    return start, min((place for place in ends if place >= mention.end), default=len(spoken))


def _led(before: Sequence[str], mention: _Mention) -> bool:
    """Whether somebody grown comes before the young, and has to do with them."""
    links = [place for place, word in enumerate(before) if word in table.LINKS | table.OWNING]
    if not links:
        return _of_whom(before, mention)
    head, since = before[: links[-1]], before[links[-1] + 1 :]
    if not table.BEING.isdisjoint(since):
        return False
    if not table.ADULTS.isdisjoint(_named(head)):
        return True
    owned = before[links[-1]] in table.OWNING and bool(head)
    return mention.people and (owned or not table.PEOPLE.isdisjoint(_named(head)))


def _of_whom(before: Sequence[str], mention: _Mention) -> bool:
    """Whether the young stand in the genitive: in Persian right behind whoever has them, in German with "…er"."""
    if not (mention.people and before):
        return False
    if _is_persian(before[-1]):
        return not (table.ADULTS | table.PEOPLE).isdisjoint(before)
    return before[-1].endswith("er") and not table.ADULTS.isdisjoint(before[:-1])


def _theirs(before: Sequence[str], last: str, after: Sequence[str], mention: _Mention) -> bool:
    """Whether what is named is the young people's, or about them, or long ago."""
    if last.endswith("'s"):
        return bool(after) and after[-1] not in table.PARTAKERS
    if not mention.noun:
        return False
    if table.FREE.intersection(after[:1]) or any(end == len(before) for _, end in runs(before, table.GROWN)):
        return True
    for place, word in enumerate(_named(after)):
        if word in table.LINKS or word in table.BEING or _is_persian(word):
            return False
        if word in table.ADULTS or (place and word in table.PEOPLE - table.PARTAKERS):
            return True
    return False


def _is_persian(word: str) -> bool:
    return "\u0600" <= word[0] <= "\u06ff"


def _named(spoken: Sequence[str]) -> list[str]:
    return [word.removesuffix("'s") for word in spoken]


def _mentions(spoken: Sequence[str]) -> list[_Mention]:
    """Where the young are named, in order; an age and those whose it is are one."""
    named = _named(spoken)
    harmless = {place for start, end in runs(named, table.HARMLESS) for place in range(start, end)}
    found = [_Mention(start, end, noun=True) for start, end in runs(named, table.MINORS) if start not in harmless]
    found += [_Mention(start, end, noun=False, people=people) for start, end, people in young_ages(named)]
    for place, (word, after) in enumerate(itertools.pairwise([*named, ""])):
        is_parent = word in table.YOUNG_PARENTS and after in table.ADULTS and spoken[place] == word
        rest = named[place + 2 : place + 3]
        is_fan = word in table.YOUNG_PARENTS and after not in table.GENRES and not table.PEOPLE.isdisjoint(rest)
        if word in table.YOUNG and (after in table.PEOPLE | table.YOUNGSTERS or is_parent or is_fan):
            found.append(_Mention(place, place + 2, noun=False))
    whole: list[_Mention] = []
    for one in sorted(found):
        if whole and one.start <= whole[-1].end:
            last = whole.pop()
            end = max(last.end, one.end)
            whole.append(_Mention(last.start, end, last.noun or one.noun, last.people or one.people))
        else:
            whole.append(one)
    return whole
