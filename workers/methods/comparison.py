"""Weights from pairwise answers such as "A matters 3 times as much as B", and whether answers contradict each other.

The log weights are the least squares fit to the logs of the answered ratios. Where every pair was answered that is the
row geometric mean of the reciprocal matrix (Crawford & Williams 1985, *J. Math. Psychology* 29); where some were not,
the fit needs no made-up answers (Bozóki, Fülöp & Rónyai 2010). The fit of least norm is taken: parts that nobody has
compared with each other have the same geometric mean, and what nobody compared at all counts as that mean.

Contradictions are measured by the consistency ratio of Saaty (1980): what the greatest eigenvalue of the matrix, its
missing entries filled in by the fit, exceeds n, relative to random answers to as many pairs (Ágoston & Csató 2022,
*Omega* 108).

Invariants: pure; the order of the answers changes nothing; ties are broken by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_INCONSISTENT: Final = 0.1
"""The consistency ratio above which answers say too little about weights (Saaty 1980)."""
_RANDOM_INDEX: Final = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
"""By how many things are compared, the mean consistency index of random answers to all pairs (Saaty 1980)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`more` matters `times` as much as `less`; each pair is answered once, either way round."""

    more: str
    less: str
    times: float


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The answer that is most off, and how many times as much the others let its `more` matter as its `less`.

    `circle` names what the answer closes a circle with (each matters more than the next, and the last more than the
    first); it is empty where only the sizes disagree.
    """

    answer: Answer
    others_say: float
    ratio: float
    circle: tuple[str, ...]


def weights(answers: Iterable[Answer], names: Iterable[str]) -> dict[str, float]:
    """The weight of each name; they add up to 1. Names that no answer mentions count as the geometric mean."""
    given = _ordered(answers)
    known = sorted({*names, *_mentioned(given)})
    raw = np.exp(_fit(given, known))
    return {name: float(weight) for name, weight in zip(known, raw / raw.sum(), strict=True)}


def consistency_ratio(answers: Iterable[Answer]) -> float:
    """The greatest consistency ratio of the parts that are compared with each other; 0 where nothing can disagree."""
    return max((_ratio(part) for part in _parts(_ordered(answers))), default=0.0)


def contradiction(answers: Iterable[Answer]) -> Contradiction | None:
    """What the answers disagree about most: a circle, or sizes beyond MOST_INCONSISTENT; None where they agree."""
    given = _ordered(answers)
    circular = [answer for answer in given if answer.times > 1.0 and _way(given, answer.less, answer.more)]
    ratio = consistency_ratio(given)
    if circular:
        worst = _most_off(given, circular)
        return Contradiction(worst, _others_say(given, worst), ratio, _way(given, worst.less, worst.more))
    if ratio <= MOST_INCONSISTENT:
        return None
    part = max(_parts(given), key=_ratio)
    worst = _most_off(part, part)
    return Contradiction(worst, _others_say(part, worst), ratio, ())


def _ordered(answers: Iterable[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda answer: (answer.more, answer.less))


def _mentioned(answers: Iterable[Answer]) -> set[str]:
    return {name for answer in answers for name in (answer.more, answer.less)}


def _design(answers: Sequence[Answer], names: Sequence[str]) -> NDArray[np.float64]:
    """One row an answer: +1 for what matters more, -1 for what matters less."""
    design = np.zeros((len(answers), len(names)))
    for row, answer in enumerate(answers):
        design[row, names.index(answer.more)] += 1.0
        design[row, names.index(answer.less)] -= 1.0
    return design


def _fit(answers: Sequence[Answer], names: Sequence[str]) -> NDArray[np.float64]:
    logs = np.array([math.log(answer.times) for answer in answers])
    return np.asarray(np.linalg.pinv(_design(answers, names)) @ logs)


def _parts(answers: Sequence[Answer]) -> list[list[Answer]]:
    """The answers by what hangs together through them."""
    parts: list[tuple[set[str], list[Answer]]] = []
    for answer in answers:
        ends = {answer.more, answer.less}
        touched = [part for part in parts if part[0] & ends]
        names = ends.union(*(part[0] for part in touched))
        together = [one for part in touched for one in part[1]]
        parts = [part for part in parts if part not in touched] + [(names, _ordered([*together, answer]))]
    return [part for _, part in parts]


def _ratio(answers: Sequence[Answer]) -> float:
    """The consistency ratio of answers that hang together."""
    names = sorted(_mentioned(answers))
    size = len(names)
    pairs = (size - 1) * (size - 2)
    missing = size * (size - 1) // 2 - len(answers)
    if size < 3 or 2 * missing >= pairs:
        return 0.0  # As many answers as it takes to compare all: nothing is said twice.
    logs = _fit(answers, names)
    matrix = np.exp(logs[:, None] - logs[None, :])
    for answer in answers:
        more, less = names.index(answer.more), names.index(answer.less)
        matrix[more, less], matrix[less, more] = answer.times, 1.0 / answer.times
    greatest = float(np.max(np.linalg.eigvals(matrix).real))
    random = _RANDOM_INDEX[min(size, max(_RANDOM_INDEX))] * (1.0 - 2.0 * missing / pairs)
    return max(0.0, greatest - size) / (size - 1) / random


def _others_say(answers: Sequence[Answer], answer: Answer) -> float:
    """The ratio of the answer's two sides by the other answers alone; they hang together without it."""
    names = sorted(_mentioned(answers))
    logs = _fit([other for other in answers if other is not answer], names)
    return math.exp(float(logs[names.index(answer.more)] - logs[names.index(answer.less)]))


def _most_off(answers: Sequence[Answer], among: Sequence[Answer]) -> Answer:
    """The answer that the others contradict most; one without which something hangs loose is contradicted by none."""

    def off(answer: Answer) -> float:
        rest = [other for other in answers if other is not answer]
        if not any({answer.more, answer.less} <= _mentioned(part) for part in _parts(rest)):
            return 0.0
        return abs(math.log(answer.times / _others_say(answers, answer)))

    return min(among, key=lambda answer: (-round(off(answer), 9), answer.more, answer.less))


def _way(answers: Sequence[Answer], start: str, end: str) -> tuple[str, ...]:
    """The shortest way from start to end over answers by which each step matters more than the next; empty if none."""
    below: Mapping[str, list[str]] = {
        name: sorted(answer.less for answer in answers if answer.more == name and answer.times > 1.0)
        for name in _mentioned(answers)
    }
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        for name in below.get(way[-1], []):
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
