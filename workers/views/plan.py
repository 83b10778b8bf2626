"""A plan for people: its steps, the first week of its calendar, its budget, and its KPIs with pace and limits.

Invariants: pure; hours are local to the brief's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.execution import BudgetLine, ExecutionRevised, Kpi, PlanMade, Slot, Step
from workers.views.bars import counted, quantity
from workers.views.folding import NARROW, Fitted, Pieces
from workers.views.strategy import spread

STRIP_FROM: Final = 72
"""The width from which there is room for the strips of a calendar."""

NONE_PAYS: Final = "no post is expected to pay what it costs"
SHOWS_NOTHING: Final = 0.995
"""A fall that is said as 100 %: nobody can lose more than all, so that none is shown."""


def made(plan: PlanMade, zone: ZoneInfo, currency: str, *, whole: bool = False, why_none: str = NONE_PAYS) -> Panel:
    """The plan; `whole` adds the steps and how soon each KPI would show a drop. `why_none`: why it has no posts."""
    expected = plan.expected
    days = (plan.ends - plan.starts).total_seconds() / 86_400
    parts: list[RenderableType] = [
        Text(
            f"{counted(expected.posts, 'post')} in {counted(round(days), 'day')}, {quantity(expected.outcomes)}"
            f" outcomes expected, worth {spread(expected)} {currency}; hours are {zone.key}'s"
        )
    ]
    if expected.posts or plan.slots:
        parts += [Text(), calendar(plan.slots, zone), Text(), budget(plan.budget)]
        parts += [Text(), kpis(plan.kpis, zone, whole=whole)]
        if whole:
            parts += [Text(), Text("steps", style="bold"), steps(plan.steps, zone)]
    else:
        parts.append(Text(f"No post is planned: {why_none}.", style="yellow"))
    title = Text(f"PlanMade: {plan.strategy}")
    return Panel(Group(*parts), title=title, title_align="left", border_style="blue")


def revised(revision: ExecutionRevised, zone: ZoneInfo, currency: str) -> Panel:
    """The same strategy carried out otherwise."""
    changes = [Text(f"· {change}") for change in revision.changes]
    expected = revision.expected
    worth = Text(f"{quantity(expected.outcomes)} further outcomes expected, worth {spread(expected)} {currency}")
    which = Text(f"{revision.strategy}, revision {revision.revision} ({revision.reason.value})")
    title = "ExecutionRevised"
    return Panel(
        Group(which, *changes, worth, Text(), calendar(revision.slots, zone)),
        title=title,
        title_align="left",
        border_style="blue",
    )


def calendar(slots: Sequence[Slot], zone: ZoneInfo) -> Fitted:
    """A strip a day: each post at its local hour by its format's first letter, in lower case where it explores.

    Where there is little room the posts stand without the strip.
    """
    return Fitted(lambda width: _calendar(slots, zone, has_strip=width >= STRIP_FROM))


def _calendar(slots: Sequence[Slot], zone: ZoneInfo, *, has_strip: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("calendar", no_wrap=True)
    if has_strip:
        table.add_column("0     6     12    18    ", no_wrap=True)
    table.add_column("posts")
    days: dict[str, list[Slot]] = {}
    for slot in slots:
        days.setdefault(f"{slot.at.astimezone(zone):%a %d %b}", []).append(slot)
    for day, posts in days.items():
        strip = [" ·"[hour % 6 == 0] for hour in range(24)]
        for slot in posts:
            mark = (slot.traits.format or "?")[0]
            strip[slot.at.astimezone(zone).hour] = mark if slot.explores else mark.upper()
        drawn = [Text("".join(strip), style="cyan")] if has_strip else []
        table.add_row(day, *drawn, Pieces([_slot(slot, zone) for slot in posts], "  "))
    return table


def budget(lines: Sequence[BudgetLine]) -> Table:
    row = Table.grid(padding=(0, 3, 0, 0))
    row.add_column(no_wrap=True, style="bold")
    row.add_row("budget", Pieces([f"{line.purpose} {line.amount}" for line in lines], "   "))
    return row


def kpis(indicators: Sequence[Kpi], zone: ZoneInfo, *, whole: bool = False) -> Fitted:
    """Each KPI's expected pace, floor or ceiling; and the drop that its test reveals with 80 % power, and by when.

    Where there is little room the age at which posts are judged is left out.
    """
    return Fitted(lambda width: _kpis(indicators, zone, has_drop=whole, has_age=whole and width >= NARROW))


def _kpis(indicators: Sequence[Kpi], zone: ZoneInfo, *, has_drop: bool, has_age: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in ("KPI", "expected", "limit", "target"):
        table.add_column(heading, no_wrap=heading != "expected", min_width=10 if heading == "expected" else None)
    if has_drop:
        table.add_column("drop shown", min_width=7)
    if has_age:
        table.add_column("judged", no_wrap=True)
    for kpi in indicators:
        row = [
            kpi.kpi.value,
            f"{quantity(kpi.expected)} / {kpi.unit}",
            _limits(kpi),
            quantity(kpi.target_total) if kpi.target_total is not None else "–",
        ]
        row += [_drop(kpi, zone)] if has_drop else []
        row += [f"{kpi.age_hours:g} h" if kpi.age_hours is not None else "daily"] if has_age else []
        table.add_row(*row)
    return table


def steps(planned: Sequence[Step], zone: ZoneInfo) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
    for step in planned:
        table.add_row(_day(step.due, zone), Text(step.worker), Text(step.step))
    return table


def _slot(slot: Slot, zone: ZoneInfo) -> str:
    traits = slot.traits
    what = f"{traits.appeal.value if traits.appeal else '?'}/{traits.topic}/{traits.format}"
    paid = " boosted" if slot.boost is not None else ""
    return f"{slot.at.astimezone(zone):%H:%M} {what}{paid}{' (exploring)' if slot.explores else ''}"


def _limits(kpi: Kpi) -> str:
    floor = f"≥ {quantity(kpi.floor)}" if kpi.floor is not None else ""
    ceiling = f"≤ {quantity(kpi.ceiling)}" if kpi.ceiling is not None else ""
    return " ".join(part for part in (floor, ceiling) if part) or "–"


def _drop(kpi: Kpi, zone: ZoneInfo) -> str:
    if kpi.smallest_drop is None or kpi.reveals_by is None or kpi.smallest_drop >= SHOWS_NOTHING:
        return "none in time" if kpi.floor is not None else "–"
    return f"{kpi.smallest_drop:.0%} by {_day(kpi.reveals_by, zone)}"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %b}"
