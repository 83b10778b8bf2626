"""Figures as SVG that lives inside a page: drawn by matplotlib, colored and lettered by the page's own style.

Invariants: the same figure gives the same bytes: no date, no version, no random id. Text stays text, so that the
browser shapes it (Persian too) and a reader can search it. Colors are names that the page gives values,
for light and dark. Nothing is imported from pyplot, and nothing of matplotlib before a report is asked for.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from workers.views.explain.locale import Locale

INK: Final = "#010101"
MUTED: Final = "#020202"
LINE: Final = "#030303"
ACCENT: Final = "#040404"
GOOD: Final = "#050505"
BAD: Final = "#060606"
WARN: Final = "#070707"
SWITCH: Final = "#080808"
PAPER: Final = "#090909"
NAMES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
    GOOD: "var(--good)",
    BAD: "var(--bad)",
    WARN: "var(--warn)",
    SWITCH: "var(--switch)",
    PAPER: "var(--paper)",
}
"""Colors that matplotlib draws with, and the names that stand in the page for them."""

SVG: Final = "http://www.w3.org/2000/svg"
POINTS: Final = 72.0
WIDTH: Final = 420.0
HEIGHT: Final = 225.0
SIZE: Final = 13.0
"""Of a chart's letters, in units of its width: still read where it is as narrow as a telephone."""
TICKS: Final = 5

STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "mowj",
    "text.parse_math": False,
    "font.size": SIZE,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "lines.solid_capstyle": "round",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its text alternative: a sentence, and the numbers as a table."""

    name: str
    title: str
    caption: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def drawn(name: str, draw: Callable[[Axes], None], *, height: float = HEIGHT) -> Markup:
    """What `draw` puts on one pair of axes, as an `svg` element whose ids begin with `name`."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH / POINTS, height / POINTS), dpi=POINTS, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        out = io.StringIO()
        with warnings.catch_warnings():
            # Its own font only measures; the browser has one for every script.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return Markup(inlined(out.getvalue(), name))  # noqa: S704 - matplotlib escapes every text that it writes


def inlined(svg: str, name: str) -> str:
    """An SVG document as an element of a page: ids of its own, the page's colors and fonts, no size, no metadata.

    Only tags are changed: in texts matplotlib has escaped what could be taken for one.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", lambda tag: _tag(tag[0], name), svg).strip()


def _tag(tag: str, name: str) -> str:
    if tag.startswith("<svg"):
        box = re.search(r'viewBox="[^"]*"', tag)
        assert box is not None
        says = f"{name}-title {name}-says"
        return f'<svg xmlns="{SVG}" {box[0]} class="chart" role="img" aria-labelledby="{says}">'
    tag = re.sub(r' id="([^"]*)"', rf' id="{name}-\1"', tag)
    tag = tag.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    tag = re.sub(r"font: (?:[a-z]+ )*([0-9.]+px)[^;\"]*", r"font-size: \1", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    for color, variable in NAMES.items():
        tag = tag.replace(color, variable)
    return tag


def time_axis(axes: Axes, starts: datetime, ends: datetime, locale: Locale) -> None:
    """Local days, as the language writes them; a time's place is its day since the start."""
    axes.set_xlim(0, place(ends, starts))
    days = max(1, round((ends - starts) / timedelta(days=1)))
    apart = max(1, -(-days // TICKS))
    places = list(range(0, days + 1, apart))
    axes.set_xticks(places, [locale.day(starts + timedelta(days=day)) for day in places])


def place(at: datetime, starts: datetime) -> float:
    """Days since the start."""
    return (at - starts) / timedelta(days=1)


def number_axis(axes: Axes, said: Callable[[float], str]) -> None:
    """From nothing upwards, in the language's own digits."""
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: said(value)))


def names_axis(axes: Axes, names: Sequence[str]) -> None:
    """One row a name, the first at the top."""
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False)
