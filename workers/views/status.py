"""The foot of a live view: where the campaign stands right now, in a dozen lines.

Invariants: pure; fits into 80 columns and 14 lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.envelope import Event
from events.execution import PostPublished
from workers.views import audience
from workers.views.bars import columns, share_bar
from workers.views.course import Course
from workers.views.figures import Figures, outcomes
from workers.views.folding import slashed
from workers.views.standing import standings_table

LAST_POSTS: Final = 3
LAST_DAYS: Final = 18


def status(course: Course, so_far: Figures, events: Sequence[Event], days: float) -> Panel:
    """Day, strategy, outcomes a day, KPIs and the newest posts with their counters."""
    strategy = course.plan.strategy if course.plan is not None else "none yet"
    head = Text.assemble(
        (f"day {min(course.day, int(days) or 1):>2} of {days:.0f} ", "bold"),
        share_bar(course.day / max(days, 1.0), width=12, style="blue"),
        f"  strategy {strategy}  posts {so_far.posts}",
    )
    money = Text.assemble(
        f"outcomes {so_far.outcomes:,.0f} ",
        columns(daily(course, events, days)[-LAST_DAYS:], style="green"),
        f" a day  worth {so_far.gross_value:,.0f} spent {so_far.spent:,.0f} net ",
        (f"{so_far.net_value:,.0f} {so_far.currency}", "bold green" if so_far.net_value >= 0 else "bold red"),
    )
    parts = [head, money]
    if course.analysis is not None:
        parts.append(Text.assemble("hours    ", audience.hours(course.analysis), ("  expected outcomes a post", "dim")))
    body = Group(*parts, standings_table(course.judging.standings()), _posts(course, course.posts[-LAST_POSTS:]))
    return Panel(body, title=Text(course.brief.title), title_align="left", border_style="dim")


def daily(course: Course, events: Sequence[Event], days: float) -> list[float]:
    """Outcomes of each of the campaign's days so far."""
    totals = [0.0] * min(course.day, max(1, int(days)))
    for moment, count in outcomes(events, course.brief.goal):
        day = int((moment - course.brief.starts).total_seconds() // 86_400)
        if 0 <= day < len(totals):
            totals[day] += count
    return totals


def _posts(course: Course, posts: Sequence[PostPublished]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="cyan")
    for post in posts:
        reading = course.readings.get(post.post)
        counters = reading.counters if reading is not None else {}
        shown = " ".join(f"{name} {counters.get(name, '?')}" for name in ("reach", "engagements"))
        sold = course.conversions.get(post.post, 0)
        when = f"{post.at.astimezone(course.zone):%a %H:%M}"
        table.add_row(when, slashed(post.content), f"{shown} outcomes {sold}")
    return table
