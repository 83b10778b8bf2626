"""Whether words ask for engagement that is bought or fake, or speak of it only to warn of it.

Invariants: a thing that is fake ("bought likes") may be spoken against before it ("no bought likes", "how to spot …")
or after it ("…: how we fight them"), and what stands beside it in a list with it; what one is told to do ("buy likes")
only right before it ("never buy likes"). Whatever is not spoken against is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from config.refused import engagement_words as table
from config.refused.spelling import BREAK
from config.refused.tables import runs

_AFTER: Final = 10
"""How many words behind a thing may speak against it."""
_BEFORE: Final = 4
"""How many words before a thing a warning may stand."""


@dataclass(frozen=True, slots=True, order=True)
class _Ask:
    start: int
    end: int
    told: bool
    what: str


def asked(spoken: Sequence[str]) -> tuple[str, str] | None:
    """What is asked for, and the words that ask for it, if any do."""
    otherwise = {place for start, end in runs(spoken, table.HARMLESS) for place in range(start, end)}
    things = (_Ask(*run, told=False, what=table.FAKE_IS) for run in runs(spoken, table.FAKE))
    denied = -1
    for ask in sorted({*_patterns(spoken), *things}):
        if ask.end - 1 in otherwise or (ask.start < denied and not ask.told):
            continue
        listed = (
            not ask.told and 0 <= denied < ask.start and {BREAK, *table.LIST}.issuperset(spoken[denied : ask.start])
        )
        if not (listed or _denies(spoken, ask.start, told=ask.told) or (not ask.told and _opposed(spoken, ask))):
            return ask.what, " ".join(spoken[ask.start : ask.end])
        denied = max(denied, ask.end)
    return None


def _patterns(spoken: Sequence[str]) -> Iterator[_Ask]:
    for pattern, (place, word) in itertools.product(table.PATTERNS, enumerate(spoken)):
        if pattern.leads and place and spoken[place - 1] != BREAK and not _denies(spoken, place, told=True):
            continue
        if any(word.startswith(first) and word[len(first) :] in pattern.second for first in pattern.first):
            yield _Ask(place, place + 1, pattern.told, pattern.catches)
        if word not in pattern.first:
            continue
        for end in range(place + 1, min(place + 2 + pattern.between, len(spoken))):
            if spoken[end] == BREAK or spoken[end] in table.JOINS - pattern.through:
                break
            if _bare(spoken[end]) in pattern.second:
                yield _Ask(place, end + 1, pattern.told, pattern.catches)
                break


def _bare(word: str) -> str:
    """A Persian word without its plural."""
    return word.removesuffix("ی").removesuffix("ها") if "ها" in word else word


def _denies(spoken: Sequence[str], place: int, *, told: bool) -> bool:
    """Whether what stands before this place, in its clause, speaks against what is there."""
    filled = True
    for at in range(place - 1, max(-1, place - 1 - _BEFORE), -1):
        word = spoken[at]
        if word == BREAK:
            return False
        if word in table.NEGATIONS and filled:
            return True
        if word in table.WARNINGS and (filled or not told):
            return True
        if word in table.ELSEWHERE and (at == 0 or spoken[at - 1] not in table.DONE_WITH):
            return False
        filled = filled and word in table.FILLERS
    return False


def _opposed(spoken: Sequence[str], ask: _Ask) -> bool:
    """Whether what stands after it speaks against it: right after, or by what is done to "them"."""
    behind = spoken[ask.end : ask.end + _AFTER]
    if any({BREAK}.issuperset(behind[:start]) for start, _ in runs(behind, table.VERDICTS)):
        return True
    for place, word in enumerate(behind):
        if word in table.NEGATIONS or (word == BREAK and place):
            return False
        if word in table.THEY and any(start == 0 for start, _ in runs(behind[place + 1 :], table.VERDICTS)):
            return True
        if word in table.OPPOSE and not table.OBJECTS.isdisjoint(behind[place + 1 : place + 2]):
            return True
        if word in table.OBJECTS and not table.OPPOSE.isdisjoint(behind[place + 1 : place + 3]):
            return True
    return False
