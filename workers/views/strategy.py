"""Candidates, their SWOT, and the choice, for people.

Invariants: pure; what decides (expected value) and what explains (the SWOT's measured factors) are shown apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.strategy import StrategyChosen, StrategyProposed, Swot, SwotFactor, Valuation
from workers.views.bars import quantity


def spread(value: Valuation) -> str:
    """An expected value and its 90 % interval."""
    return f"{value.value:,.0f} ({value.low:,.0f} to {value.high:,.0f})"


def candidates(proposed: Sequence[StrategyProposed], chosen: str | None, currency: str) -> Table:
    """Every candidate, planned through; the chosen one is marked."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", no_wrap=True, min_width=1)
    table.add_column("strategy", style="bold", no_wrap=True)
    for heading in (f"worth, {currency} (90 %)", "outcomes", "spend"):
        table.add_column(heading, justify="right", no_wrap=True)
    for candidate in proposed:
        is_chosen = candidate.strategy == chosen
        expected = candidate.expected
        table.add_row(
            "►" if is_chosen else "",
            candidate.strategy,
            spread(expected),
            quantity(expected.outcomes),
            f"{expected.spend:,.0f}",
            style="green" if is_chosen else None,
        )
    return table


def swot_table(swot: Swot) -> Table:
    """The four fields; every factor is a measure that follows from events."""
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(_field("Strengths", swot.strengths, "green"), _field("Weaknesses", swot.weaknesses, "red"))
    table.add_row(_field("Opportunities", swot.opportunities, "green"), _field("Threats", swot.threats, "red"))
    return table


def choice(chosen: StrategyChosen, proposed: Sequence[StrategyProposed], currency: str) -> Panel:
    """The next move: the candidates, why this one, and its SWOT."""
    parts: list[RenderableType] = []
    if proposed:
        parts += [candidates(proposed, chosen.strategy, currency), Text()]
    parts.append(Text(f"Why: {chosen.why}."))
    swot = next((candidate.swot for candidate in proposed if candidate.strategy == chosen.strategy), None)
    if swot is not None:
        parts += [Text(), swot_table(swot)]
    if chosen.awaits_approval:
        until = f" until {chosen.approve_by:%d %b %H:%M} UTC" if chosen.approve_by is not None else ""
        parts.append(Text(f"It waits for a person's approval{until}.", style="yellow"))
    if chosen.replaces is not None:
        parts.append(Text(f"It replaces {chosen.replaces}."))
    title = f"StrategyChosen: {chosen.strategy} ({chosen.family})"
    return Panel(Group(*parts), title=title, title_align="left", border_style="magenta")


def _field(name: str, factors: Sequence[SwotFactor], style: str) -> Text:
    text = Text(name, style=f"bold {style}")
    for factor in factors:
        text.append(f"\n· {factor.statement}", style="default not bold")
    if not factors:
        text.append("\n· none measured", style="dim not bold")
    return text
