"""Numbers drawn with characters: bars with intervals, bars against a limit, rows of little columns.

Invariants: pure; every drawing can be read without color; what is not known is drawn as a question mark, never as zero.
A bar is cropped where there is no room, never folded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from rich.text import Text

from events.strategy import Interval

COLUMNS: Final = "▁▂▃▄▅▆▇█"
UNKNOWN: Final = "?"


def quantity(value: float) -> str:
    """A number with as many digits as tell something: about three, and never a fraction of hundreds."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def counted(number: int, thing: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def interval_bar(interval: Interval, top: float, width: int = 18, style: str = "cyan") -> Text:
    """Solid up to the interval's low end, medium up to the mean, light up to its high end; `top` fills the width.

    An end beyond `top` is cut there, and marked.
    """
    low, mean, high = (_filled(value, top, width) for value in (interval.low, interval.mean, interval.high))
    text = Text("█" * low, style=style, no_wrap=True, overflow="crop")
    text.append("▓" * (mean - low), style=style)
    text.append("░" * (high - mean), style=f"dim {style}")
    text.append(" " * (width - high))
    text.append(">" if interval.high > top * 1.001 else " ", style="dim")
    return text


def limit_bar(
    observed: float | None, limit: float, expected: float, width: int = 24, *, bad_above: bool = False
) -> Text:
    """What was observed, with a `|` at the limit and a `:` at the expectation."""
    if observed is None:
        return Text("not measured yet".ljust(width), style="dim", no_wrap=True, overflow="crop")
    top = max(expected, limit) * 1.25 or 1.0
    filled = _filled(observed, top, width)
    bad = observed > limit if bad_above else observed < limit
    style = "red" if bad else "green"
    marks = {_place(expected, top, width): ":", _place(limit, top, width): "|"}
    text = Text(no_wrap=True, overflow="crop")
    for place in range(width):
        mark = marks.get(place)
        text.append(mark or ("█" if place < filled else " "), style="bold" if mark else style)
    return text


def share_bar(share: float, width: int = 12, style: str = "yellow") -> Text:
    """A share from 0 to 1."""
    filled = _filled(share, 1.0, width)
    bar = Text("█" * filled, style=style, no_wrap=True, overflow="crop")
    return bar.append("·" * (width - filled), style="dim")


def columns(values: Sequence[float | None], style: str = "cyan") -> Text:
    """A row of columns, the greatest value the highest; one that is unknown is a question mark."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0)
    text = Text()
    for value in values:
        if value is None:
            text.append(UNKNOWN, style="dim")
        elif value <= 0 or top <= 0:
            text.append(" ")
        else:
            text.append(COLUMNS[min(len(COLUMNS) - 1, int(value / top * (len(COLUMNS) - 1) + 0.5))], style=style)
    return text


def _filled(value: float, top: float, width: int) -> int:
    """How many of `width` characters a value fills where `top` fills all."""
    if value <= 0 or top <= 0:
        return 0
    return width if value >= top else round(value / top * width)


def _place(at: float, top: float, width: int) -> int:
    return min(width - 1, round(at / top * width))
