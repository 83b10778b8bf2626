"""Cells: the sums over posts of the same traits, added up, and pooled where there are too many of them.

Sums are never dropped. Where cells are too many for an event, the levels that taught least are forgotten, and posts
that differ by nothing else become one cell. To the model such a post has an unknown trait, which means average.

Invariants: pure; pooling leaves the totals over all cells what they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from events.strategy import Cell
from events.terms import PostTraits
from workers.methods.response import Quantity
from workers.sizes import size

REACH_SUMS: Final = ("reach_exposure", "reach")
ENGAGEMENT_SUMS: Final = ("engaged_posts", "engaged_reach", "unreached", "engagements")
OUTCOME_SUMS: Final = ("outcome_posts", "outcome_engagements", "outcomes")
_SUMS: Final = ("posts", *REACH_SUMS, *ENGAGEMENT_SUMS, *OUTCOME_SUMS)
_TRAITS: Final = ("topic", "format", "appeal", "segment", "hour", "paid")
"""What a cell may forget: every trait but the channel, of which there are few."""

Trait = tuple[str, object]
"""A trait and its value, such as ("hour", 9)."""


def key_of(traits: PostTraits | Cell) -> str:
    """One string per combination of traits."""
    return "|".join(
        "" if part is None else str(part)
        for part in (
            traits.channel, traits.topic, traits.format, traits.appeal, traits.segment, traits.hour, traits.paid,
        )
    ) + ("|elsewhere" if isinstance(traits, Cell) and traits.elsewhere else "")  # fmt: skip


def added(held: Cell | None, cell: Cell, share: float) -> Cell:
    """Two cells of the same traits as one, the second scaled."""
    if held is None:
        return cell if share == 1.0 else scaled(cell, share, _SUMS)
    return held.model_copy(update={n: _sum(getattr(held, n), getattr(cell, n), share) for n in _SUMS})


def scaled(cell: Cell, share: float, sums: Sequence[str]) -> Cell:
    """The cell with some of its sums worth only a share of what they were; one that nobody counted stays absent."""
    return cell.model_copy(update={n: value * share for n in sums if (value := getattr(cell, n)) is not None})


def _sum(held: float | None, more: float | None, share: float) -> float | None:
    return held if more is None else (held or 0.0) + more * share


def pooled(cells: Sequence[Cell], quantities: Sequence[Quantity], most: int) -> tuple[Cell, ...]:
    """The cells with no more bytes than `most`, where forgetting the fewest levels makes them fit; else the fewest."""
    if sum(map(size, cells)) <= most:
        return tuple(cells)
    ranked = _least_taught(cells, quantities)
    few, many = 0, len(ranked)
    while few < many:
        half = (few + many) // 2
        if sum(map(size, _without(cells, ranked[:half]))) <= most:
            many = half
        else:
            few = half + 1
    return _without(cells, ranked[:many])


def _least_taught(cells: Sequence[Cell], quantities: Sequence[Quantity]) -> list[Trait]:
    """Every level of the cells, by how much its posts can have told of its effect: least first, ties by name.

    Of an effect with prior sd s, n counts of dispersion k tell about half the logarithm of 1 + n k s^2, in nats.
    """
    posts: dict[Trait, list[float]] = {}
    for cell in cells:
        counted = (cell.reach_exposure, cell.engaged_posts, cell.outcome_posts)
        for trait in _TRAITS:
            if (value := getattr(cell, trait)) is not None:
                sums = posts.setdefault((trait, value), [0.0] * len(counted))
                posts[trait, value] = [have + more for have, more in zip(sums, counted, strict=True)]

    def taught(level: Trait) -> float:
        known = zip(posts[level], quantities, strict=True)
        return sum(0.5 * math.log1p(n * one.dispersion * dict(one.factors).get(level[0], 0.0) ** 2) for n, one in known)

    return sorted(posts, key=lambda level: (round(taught(level), 9), level[0], str(level[1])))


def _without(cells: Sequence[Cell], levels: Sequence[Trait]) -> tuple[Cell, ...]:
    """The cells as if nobody knew these levels; those that are alike then are one."""
    forgotten = set(levels)
    merged: dict[str, Cell] = {}
    for cell in cells:
        unknown = [trait for trait in _TRAITS if (trait, getattr(cell, trait)) in forgotten]
        known = cell.model_copy(update=dict.fromkeys(unknown))
        key = key_of(known)
        merged[key] = added(merged.get(key), known, 1.0)
    return tuple(merged[key] for key in sorted(merged))
