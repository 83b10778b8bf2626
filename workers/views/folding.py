"""What is folded where there is little room: never inside a word, and a number never at all.

Invariants: pure; a table that has bars gives them up before it cuts anything that is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.text import Text

NARROW: Final = 70
"""Below this width even intervals are folded between their numbers."""


class Pieces:
    """Pieces on as few lines as they need, each piece whole."""

    def __init__(self, pieces: Sequence[str], gap: str = "", style: str = "") -> None:
        self._pieces, self._gap, self._style = tuple(pieces), gap, style

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        del console, options
        return Measurement(max(map(len, self._pieces), default=0), len(self._gap.join(self._pieces)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console
        lines: list[str] = []
        for piece in self._pieces:
            if lines and len(lines[-1]) + len(self._gap) + len(piece) <= options.max_width:
                lines[-1] += self._gap + piece
            else:
                lines.append(piece)
        yield Text("\n".join(lines), style=self._style, overflow="fold")


class Fitted:
    """What `make` draws for the width that there is, in characters."""

    def __init__(self, make: Callable[[int], RenderableType]) -> None:
        self._make = make

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console
        yield self._make(options.max_width)


def slashed(name: str, style: str = "") -> Pieces:
    """A strategy's name, folded after its slashes."""
    return Pieces(re.findall(r"[^/]*/|[^/]+", name), style=style)
