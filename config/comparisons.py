"""What the owner says of a SWOT's criteria, pair by pair: read from a brief, and looked at for contradictions.

Invariants: answers that contradict each other are refused with the one that is most off and what the others say of its
pair, never averaged in silence; a brief that comes without a file is judged alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from config.document import Document
from config.problems import Problem, nearest, shown
from config.validation import unknown
from events.campaign import Comparison
from events.terms import Criterion
from workers.methods.comparison import MOST_INCONSISTENT, Answer, Contradiction, contradiction

FIELD: Final = "swot_weights"
CRITERIA: Final = tuple(sorted(criterion.value for criterion in Criterion))
OVER: Final = re.compile(r"\s*(.+?)\s+(over)\s+(.+?)\s*", re.DOTALL)
PAIR_SCHEMA: Final = rf"^(?:{'|'.join(CRITERIA)}) +over +(?:{'|'.join(CRITERIA)})$"
PAIR: Final = f"one criterion over another, such as risk over speed; they are {', '.join(CRITERIA)}"


def read(written: Mapping[str, float]) -> tuple[Comparison, ...] | None:
    """The answers of a brief in which `problems` has found nothing wrong."""
    found = [OVER.fullmatch(pair) for pair in written]
    answers = tuple(
        Comparison(more=Criterion(pair[1]), less=Criterion(pair[3]), times=times)
        for pair, times in zip(found, written.values(), strict=True)
        if pair is not None
    )
    return answers or None


def problems(written: Mapping[str, float], document: Document) -> Iterator[Problem]:
    """What is wrong with the answers as they are written, each with its line."""
    misread = [problem for pair in written for problem in _misread(pair, document)]
    yield from misread
    if misread:
        return
    pairs = list(written)
    for place, given, allowed in disagreements(read(written) or ()):
        yield document.problem((FIELD, pairs[place]), given, allowed)


def disagreements(answers: Sequence[Comparison]) -> Iterator[tuple[int, str, str]]:
    """Each answer that cannot stand beside the others: its place, what was given, and what is allowed."""
    pairs: list[frozenset[Criterion]] = []
    for place, one in enumerate(answers):
        pair = frozenset((one.more, one.less))
        if len(pair) == 1:
            yield place, said(one), "two criteria that differ"
        elif pair in pairs:
            yield place, said(one), f"each pair once; above it says {said(answers[pairs.index(pair)])}"
        pairs.append(pair)
    if len(set(pairs)) < len(answers) or any(len(pair) == 1 for pair in pairs):
        return
    found = contradiction(Answer(one.more.value, one.less.value, one.times) for one in answers)
    if found is not None:
        place = pairs.index(frozenset((Criterion(found.answer.more), Criterion(found.answer.less))))
        yield place, said(answers[place]), _what_agrees(found)


def said(one: Comparison) -> str:
    """An answer as a brief has it."""
    return f"{one.more.value} over {one.less.value}: {one.times:g}"


def _misread(pair: str, document: Document) -> Iterator[Problem]:
    found = OVER.fullmatch(pair)
    if found is None:
        yield document.problem((FIELD, pair), shown(pair), PAIR, nearest(pair, _pairs()))
        return
    for word in (found[1], found[3]):
        if word not in CRITERIA:
            yield unknown(document, (FIELD, pair), word, CRITERIA)


def _pairs() -> list[str]:
    return [f"{more} over {less}" for more in CRITERIA for less in CRITERIA if more != less]


def _what_agrees(found: Contradiction) -> str:
    """What the other answers say of the pair, and by which rule they contradict."""
    more, less, times = found.answer.more, found.answer.less, found.others_say
    if times < 1.0:
        more, less, times = less, more, 1.0 / times
    say = f"the other answers together say {more} over {less}: {times:.2g}"
    if found.circle:
        way = " over ".join((found.answer.more, *found.circle))
        why = f"this one goes round in a circle, {way}"
    else:
        why = f"the consistency ratio is {found.ratio:.2f}, allowed is {MOST_INCONSISTENT:g}"
    return f"answers that agree: {say}; {why}; change this one, or those"
