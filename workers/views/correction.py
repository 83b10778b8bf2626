"""A breach, the three answers to it, a recovery and a target that is met, for people.

Invariants: pure; evidence stands beside the threshold that it had to reach.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered, Verdict
from events.strategy import Interval
from workers.views.bars import counted, interval_bar, limit_bar, quantity
from workers.views.folding import NARROW, Fitted, slashed
from workers.views.standing import judged_thing

BARS_FROM: Final = 96
"""The width from which there is room for bars beside the numbers."""


def breached(breach: KPIBreached, zone: ZoneInfo) -> Panel:
    bad_above = breach.limit > breach.expected
    word = "ceiling" if bad_above else "floor"
    judged = counted(breach.measured, judged_thing(breach.kpi))
    return Panel(
        Group(
            limit_bar(breach.observed, breach.limit, breach.expected, bad_above=bad_above),
            Text(
                f"observed {quantity(breach.observed)}, {word} {quantity(breach.limit)} (|),"
                f" expected {quantity(breach.expected)} (:)"
            ),
            Text(
                f"over {judged} since {breach.since.astimezone(zone):%d %b};"
                f" evidence {breach.evidence:,.0f} where {breach.threshold:,.0f} is needed,"
                f" so a false alarm has a chance below {1 / breach.threshold:.2%}"
            ),
        ),
        title=f"KPIBreached: {breach.kpi.value}",
        title_align="left",
        border_style="red",
    )


def reasons(correction: CorrectionDecided, currency: str) -> str:
    """Why this option: its worth, how sure it is to gain, and why a dearer one was passed over."""
    best = next((option for option in correction.options if option.verdict is correction.verdict), None)
    said = [f"{correction.why}."]
    if correction.verdict is not Verdict.KEEP:
        said.append(f"Sure that it gains anything over keeping: {correction.sure:.0%}.")
    dearer = [option for option in correction.options if best is not None and option.value > best.value]
    if dearer:
        names = " and ".join(
            f"{option.verdict.value} ({option.value:,.0f} {currency}, {option.sure:.0%} sure to gain)"
            for option in dearer
        )
        means, were = ("mean", "it was") if len(dearer) == 1 else ("means", "they were")
        said.append(f"The higher {means} of {names} did not count: {were} less likely than not to gain over keeping.")
    return " ".join(said)


def decided(correction: CorrectionDecided, currency: str) -> Panel:
    """The three options, valued alike over what is left of the campaign, and the one that is worth most."""
    asked = (
        f"After the breach of {correction.kpi.value}:" if correction.kpi is not None else "On review, without an alarm:"
    )
    sure = Text(f"Why: {reasons(correction, currency)}")
    return Panel(
        Group(Text(asked), Fitted(lambda width: _options(correction, currency, width)), sure),
        title=f"CorrectionDecided: {correction.verdict.value}",
        title_align="left",
        border_style="yellow",
    )


def _options(correction: CorrectionDecided, currency: str, width: int) -> Table:
    bars = width >= BARS_FROM
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", no_wrap=True, min_width=1)
    table.add_column("option", no_wrap=True)
    table.add_column("strategy", min_width=14)
    if bars:
        table.add_column("", no_wrap=True)
    table.add_column(f"worth, {currency} (90 %)", min_width=9, max_width=None if width >= NARROW else 12)
    for heading in ("outcomes", "cost"):
        table.add_column(heading, no_wrap=True, justify="right")
    top = max((option.value for option in correction.options), default=0.0) * 1.5
    for option in correction.options:
        is_best = option.verdict is correction.verdict
        interval = Interval(mean=option.value, low=option.low, high=option.high)
        table.add_row(
            "►" if is_best else "",
            option.verdict.value,
            slashed(option.strategy),
            *([interval_bar(interval, top, width=14, style="yellow")] if bars else []),
            f"{option.value:,.0f} ({option.low:,.0f} to {option.high:,.0f})",
            quantity(option.outcomes),
            f"{option.cost:,.0f}",
            style="bold" if is_best else None,
        )
    return table


def met(fact: KPIMet) -> Panel:
    said = Text(f"{fact.observed:,.0f} of {fact.target:,.0f}", style="green")
    return Panel(said, title=f"KPIMet: {fact.kpi.value}", title_align="left", border_style="green")


def recovered(fact: KPIRecovered) -> Panel:
    over = counted(fact.measured, judged_thing(fact.kpi))
    said = Text(f"{quantity(fact.observed)} over {over}, limit {quantity(fact.limit)}", style="green")
    return Panel(said, title=f"KPIRecovered: {fact.kpi.value}", title_align="left", border_style="green")
