"""An AudienceAnalyzed for people: how hours, formats and the rest do, how sure that is, and which directions lead.

Invariants: pure; every rate stands with its 90 % interval; an analysis without evidence is called a pilot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from events.strategy import AudienceAnalyzed, Interval, LevelEstimate
from events.terms import Goal
from workers.views.bars import columns, interval_bar, quantity
from workers.views.folding import Fitted

ORDER: Final = ("format", "topic", "appeal", "segment", "channel", "paid")
BEST_HOURS: Final = 5
DIRECTIONS: Final = 5
NUMBERS_WIDTH: Final = 66
"""What the columns of numbers take; bars get what is left."""
NARROWEST_BAR: Final = 8


def factor(analysis: AudienceAnalyzed, name: str) -> list[LevelEstimate]:
    """The levels of one factor, as they were analyzed."""
    return [level for level in analysis.levels if level.factor == name]


def headline(analysis: AudienceAnalyzed) -> Text:
    """On how much it rests, what asked for it, and whether outcomes were ever measured."""
    text = Text(f"from {analysis.posts:,.1f} posts' worth of evidence (prompted by: {analysis.prompt.value})")
    if analysis.pilot:
        text = Text("a pilot: no evidence yet beyond the brief's own hypotheses", style="yellow")
    if not is_measured(analysis):
        text.append("\nthe outcomes a post are assumed from the brief, not measured", style="yellow")
    return text


def is_measured(analysis: AudienceAnalyzed) -> bool:
    """Whether the outcomes of any post were ever seen."""
    found = analysis.statistics
    # Where reach is the goal, it is the outcome, and has no sums of its own.
    return any(cell.reach_exposure if found.goal is Goal.REACH else cell.outcome_posts for cell in found.cells)


def hours(analysis: AudienceAnalyzed) -> Text:
    """The 24 local hours as columns of expected outcomes per post."""
    by_hour = {int(level.level): level.outcomes_per_post.mean for level in factor(analysis, "hour")}
    return columns([by_hour.get(hour) for hour in range(24)])


def hour_scale() -> Text:
    return Text("0     6     12    18    ", style="dim")


def brief_look(analysis: AudienceAnalyzed) -> Group:
    """Hours and formats only: small enough for a live view."""
    return Group(
        headline(analysis),
        Text.assemble(("hours  ", "dim"), hours(analysis), ("   expected outcomes a post", "dim")),
        Text.assemble("       ", hour_scale()),
        rates(_best_hours(analysis) + factor(analysis, "format")),
    )


def full_look(analysis: AudienceAnalyzed) -> Group:
    """Every factor of more than one level, and the ranked directions."""
    parts: list[RenderableType] = [
        headline(analysis),
        Text.assemble(("hours  ", "dim"), hours(analysis), ("   expected outcomes a post", "dim")),
        Text.assemble("       ", hour_scale()),
    ]
    levels = _best_hours(analysis)
    for name in ORDER:
        found = factor(analysis, name)
        levels += found if len(found) > 1 or name == "paid" else []
    parts += [rates(levels), Text("directions: whom to speak to about what", style="bold"), directions(analysis)]
    return Group(*parts)


def rates(levels: Sequence[LevelEstimate]) -> Fitted:
    """Engagement rate and outcomes per post of each level, all else equal, with 90 % intervals."""
    return Fitted(lambda width: _rates(levels, min(18, width - NUMBERS_WIDTH)))


def _rates(levels: Sequence[LevelEstimate], bar: int) -> Table:
    has_bars = bar >= NARROWEST_BAR
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("")
    table.add_column("posts", justify="right", no_wrap=True)
    if has_bars:
        table.add_column("", no_wrap=True)
    table.add_column("engagement rate", justify="right", min_width=14)
    table.add_column("outcomes a post", justify="right", min_width=14)
    top = max((level.engagement_rate.mean for level in levels), default=0.0) * 1.6
    previous = ""
    for level in levels:
        if level.factor != previous:
            table.add_row(Text(level.factor, style="dim"))
            previous = level.factor
        rate, outcomes = level.engagement_rate, level.outcomes_per_post
        table.add_row(
            Text(f"  {_shown(level)}", style="bold"),
            f"{level.posts}",
            *([interval_bar(rate, top, bar)] if has_bars else []),
            f"{rate.mean:.1%} ({rate.low:.1%}–{rate.high:.1%})",
            f"{quantity(outcomes.mean)} ({quantity(outcomes.low)}–{quantity(outcomes.high)})",
        )
    return table


def directions(analysis: AudienceAnalyzed, shown: int = DIRECTIONS) -> Fitted:
    """The leading pairs of segment and topic, relative to the average pair."""
    return Fitted(lambda width: _directions(analysis, shown, has_bars=width >= NUMBERS_WIDTH + NARROWEST_BAR))


def _directions(analysis: AudienceAnalyzed, shown: int, *, has_bars: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in ("segment", "topic"):
        table.add_column(heading)
    if has_bars:
        table.add_column("", no_wrap=True)
    table.add_column("outcomes, 1 = average", min_width=12)
    table.add_column("posts", no_wrap=True, justify="right")
    leading = analysis.directions[:shown]
    top = max((direction.score for direction in leading), default=0.0) * 1.8
    for direction in leading:
        spread = f"{direction.score:.2f} ({direction.low:.2f}–{direction.high:.2f})"
        bar = interval_bar(Interval(mean=direction.score, low=direction.low, high=direction.high), top)
        row = (bar, spread) if has_bars else (spread,)
        table.add_row(Text(direction.segment), Text(direction.topic), *row, f"{direction.posts}")
    return table


def _best_hours(analysis: AudienceAnalyzed) -> list[LevelEstimate]:
    ranked = sorted(factor(analysis, "hour"), key=lambda level: (-level.outcomes_per_post.mean, int(level.level)))
    return sorted(ranked[:BEST_HOURS], key=lambda level: int(level.level))


def _shown(level: LevelEstimate) -> str:
    return f"{int(level.level):02}:00" if level.factor == "hour" else level.level
