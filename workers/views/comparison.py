"""What correcting was worth: a campaign beside the same campaign, with the same luck, that nobody corrected.

Invariants: pure; both columns are figures of really run campaigns.
"""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from workers.views.figures import Figures


def comparison(corrected: Figures, unrevised: Figures) -> Table:
    """Both campaigns' figures and their differences."""
    table = Table(title="What correcting was worth", title_justify="left", title_style="bold")
    table.add_column("")
    table.add_column("corrected", justify="right")
    table.add_column("never corrected", justify="right")
    table.add_column("difference", justify="right")
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
    table.add_row("strategies", "\n".join(corrected.strategies), "\n".join(unrevised.strategies), "")
    table.add_row("KPI breaches", f"{corrected.breaches}", f"{unrevised.breaches}", "")
    table.add_row("execution revisions", f"{corrected.execution_revisions}", f"{unrevised.execution_revisions}", "")
    return table
