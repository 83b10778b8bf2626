"""What correcting was worth: a campaign beside the same campaign, with the same luck, that nobody corrected.

Invariants: pure; both columns are figures of really run campaigns.
"""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from workers.views.figures import Figures
from workers.views.folding import Pieces


def comparison(corrected: Figures, unrevised: Figures) -> Group:
    """Both campaigns' figures and their differences, the strategies that they followed, and what it comes to."""
    gain, currency = corrected.net_value - unrevised.net_value, corrected.currency
    followed = Table.grid(padding=(0, 2, 0, 0))
    followed.add_column(no_wrap=True)
    for name, found in (("corrected", corrected), ("never corrected", unrevised)):
        steps = [f"{number}. {strategy}" for number, strategy in enumerate(found.strategies, 1)]
        followed.add_row(f"{name} followed", Pieces(steps or ["no strategy"], "  "))
    verdict = Text.assemble(
        "Correcting was worth ",
        (f"{gain:+,.0f} {currency}", "bold green" if gain >= 0 else "bold red"),
        f": {corrected.net_value:,.0f} {currency} net instead of {unrevised.net_value:,.0f}.",
    )
    return Group(_figures(corrected, unrevised), followed, Text(), verdict)


def _figures(corrected: Figures, unrevised: Figures) -> Table:
    table = Table(title="What correcting was worth", title_justify="left", title_style="bold")
    table.add_column("")
    table.add_column("corrected", justify="right")
    table.add_column("never corrected", justify="right")
    table.add_column("difference", justify="right", no_wrap=True)
    currency = corrected.currency
    rows = (
        ("outcomes", corrected.outcomes, unrevised.outcomes),
        (f"their worth, {currency}, discounted", corrected.gross_value, unrevised.gross_value),
        (f"spent, {currency}", corrected.spent, unrevised.spent),
        (f"spent, {currency}, discounted", corrected.spent_discounted, unrevised.spent_discounted),
        ("posts", corrected.posts, unrevised.posts),
    )
    for name, ours, theirs in rows:
        table.add_row(name, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours - theirs:+,.0f}")
    gain = corrected.net_value - unrevised.net_value
    table.add_section()
    table.add_row(
        f"net value, {currency}",
        f"{corrected.net_value:,.0f}",
        f"{unrevised.net_value:,.0f}",
        Text(f"{gain:+,.0f}", style="green" if gain >= 0 else "red"),
        style="bold",
    )
    table.add_section()
    table.add_row("KPI breaches", f"{corrected.breaches}", f"{unrevised.breaches}", "")
    table.add_row("execution revisions", f"{corrected.execution_revisions}", f"{unrevised.execution_revisions}", "")
    return table
