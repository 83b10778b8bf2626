"""Candidates, their SWOT, and the choice, for people.

Invariants: pure; what decides (expected value) and what explains (the SWOT's measured factors) are shown apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.campaign import CampaignBriefed
from events.strategy import StrategyChosen, StrategyProposed, Swot, SwotFactor, Valuation
from events.terms import Mode
from workers.views.bars import counted, quantity
from workers.views.folding import NARROW, Fitted, slashed


def spread(value: Valuation) -> str:
    """An expected value and its 90 % interval."""
    return f"{value.value:,.0f} ({value.low:,.0f} to {value.high:,.0f})"


def candidates(proposed: Sequence[StrategyProposed], chosen: str | None, currency: str) -> Fitted:
    """Every candidate, planned through; the chosen one is marked."""
    return Fitted(lambda width: _candidates(proposed, chosen, currency, width))


def _candidates(proposed: Sequence[StrategyProposed], chosen: str | None, currency: str, width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", no_wrap=True, min_width=1)
    table.add_column("strategy", style="bold", min_width=14)
    table.add_column(
        f"worth, {currency} (90 %)", justify="right", min_width=9, max_width=None if width >= NARROW else 12
    )
    for heading in ("outcomes", "spend"):
        table.add_column(heading, justify="right", no_wrap=True)
    for candidate in proposed:
        is_chosen = candidate.strategy == chosen
        expected = candidate.expected
        table.add_row(
            "►" if is_chosen else "",
            slashed(candidate.strategy),
            spread(expected),
            quantity(expected.outcomes),
            f"{expected.spend:,.0f}",
            style="green" if is_chosen else None,
        )
    return table


def swot_table(swot: Swot) -> Table:
    """The four fields; every factor is a measure that follows from events, with its weight where the owner gave one."""
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(_field("Strengths", swot.strengths, "green"), _field("Weaknesses", swot.weaknesses, "red"))
    table.add_row(_field("Opportunities", swot.opportunities, "green"), _field("Threats", swot.threats, "red"))
    return table


def choice(chosen: StrategyChosen, proposed: Sequence[StrategyProposed], brief: CampaignBriefed) -> Panel:
    """The next move: the candidates, why this one, and its SWOT."""
    currency = brief.outcome_worth.currency
    parts: list[RenderableType] = []
    if proposed:
        parts += [candidates(proposed, chosen.strategy, currency), Text()]
    parts.append(Text(f"Why {chosen.family}: {chosen.why}."))
    if chosen.expected.value < 0:
        lost, posts = quantity(-chosen.expected.value), counted(chosen.expected.posts, "post")
        pilot = f"a pilot of {posts}, to learn whether it pays; raise worth or lower post_cost, or end it"
        parts.append(Text(f"It is expected to lose {lost} {currency}: {pilot}.", style="yellow"))
    swot = next((candidate.swot for candidate in proposed if candidate.strategy == chosen.strategy), None)
    if swot is not None:
        parts += [Text(), swot_table(swot)]
        if swot.balance is not None:
            good, bad = (_weight(*fields) for fields in _sides(swot))
            parts.append(Text(f"Of what you weigh, {good:.0%} speaks for it and {bad:.0%} against it.", style="dim"))
    if chosen.awaits_approval and brief.mode is Mode.ADVISE:
        parts.append(Text("It is advice: in the mode advise nothing is published.", style="yellow"))
    elif chosen.awaits_approval:
        zone = ZoneInfo(brief.zone)
        until = f" until {chosen.approve_by.astimezone(zone):%d %b %H:%M %Z}" if chosen.approve_by is not None else ""
        parts.append(Text(f"It waits for a person's approval{until}.", style="yellow"))
    if chosen.replaces is not None:
        parts.append(Text(f"It replaces {chosen.replaces}."))
    title = Text(f"StrategyChosen: {chosen.strategy}")
    return Panel(Group(*parts), title=title, title_align="left", border_style="magenta")


def _sides(swot: Swot) -> tuple[tuple[Sequence[SwotFactor], ...], ...]:
    return (swot.strengths, swot.opportunities), (swot.weaknesses, swot.threats)


def _weight(*fields: Sequence[SwotFactor]) -> float:
    return sum(factor.weight or 0.0 for factors in fields for factor in factors)


def _field(name: str, factors: Sequence[SwotFactor], style: str) -> Text:
    text = Text(name, style=f"bold {style}")
    for factor in factors:
        weight = f" (weight {factor.weight:.0%})" if factor.weight is not None else ""
        text.append(f"\n· {factor.statement}{weight}", style="default not bold")
    if not factors:
        text.append("\n· none measured", style="dim not bold")
    return text
