"""Traits of many posts at once, column by column: what a valuation asks of thousands that nobody will ever make.

Rows stand in a grid of aims and choices. A column is the same for all choices of an aim, or all aims of a choice, or
neither; so the levels of a grid are few, and each is looked up once.

Invariants: the columns of one aim come in the order of `expand`, so that sums over them are those of the same rows
written out, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Level = tuple[str, str]
"""(factor, level), such as ("format", "photo") or ("segment:topic", "beginners:brewing")."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Column:
    """Which of its levels each row has; `which` has the shape (aims or 1, choices or 1). None: the row has none."""

    levels: tuple[Level | None, ...]
    which: Places

    def places(self, columns: Mapping[Level, int]) -> Places:
        """Where each row's level stands among a posterior's columns; -1 where nothing is known of it."""
        known = [-1 if level is None else columns.get(level, -1) for level in self.levels]
        return np.array(known, dtype=np.intp)[self.which]


@dataclass(frozen=True, slots=True)
class Design:
    """A grid of rows, or the rows of one aim."""

    columns: tuple[Column, ...]

    def of_aim(self, number: int) -> Design:
        """One aim's rows."""
        one = slice(number, number + 1)
        return Design(
            tuple(Column(each.levels, each.which[one] if len(each.which) > 1 else each.which) for each in self.columns)
        )

    def places(self, columns: Mapping[Level, int]) -> list[Places]:
        return [np.zeros((1, 1), dtype=np.intp), *(each.places(columns) for each in self.columns)]


def column(values: Sequence[Level | None], shape: tuple[int, int]) -> Column:
    """The column of these rows' levels."""
    levels = tuple(dict.fromkeys(values))
    number = {level: place for place, level in enumerate(levels)}
    return Column(levels, np.array([number[level] for level in values], dtype=np.intp).reshape(shape))
