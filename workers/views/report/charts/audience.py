"""The audience drawn with how sure it is known: hours as a heat map, levels and directions with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from events.strategy import AudienceAnalyzed, Interval, LevelEstimate, StrategyProposed
from workers.views.audience import factor
from workers.views.explain.locale import Locale
from workers.views.report.charts.canvas import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    Chart,
    drawn,
    names_axis,
)
from workers.views.report.headings import Headings
from workers.views.report.material import Choice, Material

HOURS: Final = 24
MEASURES: Final = ("reach", "engagement_rate", "outcomes_per_post")
FACTORS: Final = ("segment", "format", "topic", "appeal", "channel", "paid")
ROW: Final = 26.0
"""Height of one name's row."""


def hours(analysis: AudienceAnalyzed, material: Material, headings: Headings) -> Chart | None:
    """The 24 local hours: the more, the fuller its color; the less is known of an hour, the larger its white middle."""
    levels = {int(level.level): level for level in factor(analysis, "hour")}
    if not levels:
        return None
    locale = material.locale

    def draw(axes: Axes) -> None:
        for row, name in enumerate(MEASURES):
            found = {hour: _interval(level, name) for hour, level in levels.items()}
            top = max((one.mean for one in found.values()), default=0.0)
            for hour, one in found.items():
                _cell(axes, hour, row, one, top)
        names_axis(axes, [headings[f"measure.{name}"] for name in MEASURES])
        axes.set_xlim(-0.5, HOURS - 0.5)
        places = list(range(0, HOURS, 3))
        axes.set_xticks(places, [locale.digits(f"{hour:02}") for hour in places])
        axes.set_ylim(len(MEASURES) - 0.45, -0.55)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)

    ranked = sorted(levels.values(), key=lambda level: (-level.outcomes_per_post.mean, int(level.level)))
    best = ranked[0]
    caption = headings.say(
        "caption.hours",
        hour=locale.digits(f"{int(best.level):02}:00"),
        outcomes=_spread(best.outcomes_per_post, locale),
    )
    rows = tuple(
        (
            locale.digits(f"{hour:02}:00"),
            locale.whole(level.posts),
            *(_spread(_interval(level, name), locale, share=name == "engagement_rate") for name in MEASURES),
        )
        for hour, level in sorted(levels.items())
    )
    columns = (headings["column.hour"], headings["column.posts"], *(headings[f"measure.{name}"] for name in MEASURES))
    return Chart("hours", headings["chart.hours"], caption, drawn("hours", draw, height=190), columns, rows)


def levels(analysis: AudienceAnalyzed, material: Material, headings: Headings) -> list[Chart]:
    """A chart for each factor of more than one level: expected outcomes a post, with the 90 % interval."""
    found = []
    for name in FACTORS:
        known = sorted(factor(analysis, name), key=lambda level: (-level.outcomes_per_post.mean, level.level))
        if len(known) > 1:
            found.append(_levels(name, known, material.locale, headings))
    return found


def directions(analysis: AudienceAnalyzed, material: Material, headings: Headings, shown: int = 8) -> Chart | None:
    """Whom to speak to about what, relative to the average pair."""
    leading = analysis.directions[:shown]
    if not leading:
        return None
    locale = material.locale
    named = [(f"{one.segment} · {one.topic}", Interval(mean=one.score, low=one.low, high=one.high)) for one in leading]

    def draw(axes: Axes) -> None:
        axes.axvline(1.0, color=MUTED, linestyle="--", linewidth=1.2)
        _intervals(axes, named, locale)

    rows = tuple(
        (
            one.segment,
            one.topic,
            _spread(Interval(mean=one.score, low=one.low, high=one.high), locale),
            locale.whole(one.posts),
        )
        for one in leading
    )
    columns = tuple(headings[f"column.{name}"] for name in ("segment", "topic", "relative", "posts"))
    best = leading[0]
    caption = headings.say(
        "caption.directions", segment=best.segment, topic=best.topic, score=locale.number(best.score)
    )
    return Chart(
        "directions",
        headings["chart.directions"],
        caption,
        drawn("directions", draw, height=70 + ROW * len(named)),
        columns,
        rows,
    )


def candidates(choice: Choice, number: int, material: Material, headings: Headings) -> Chart | None:
    """What each candidate of a choice is expected to be worth."""
    if not choice.candidates:
        return None
    locale, currency = material.locale, material.currency
    named = [(locale.strategy(one.strategy), _worth(one)) for one in choice.candidates]

    def draw(axes: Axes) -> None:
        _intervals(axes, named, locale, marked=locale.strategy(choice.chosen.strategy))

    rows = tuple(
        (
            locale.strategy(one.strategy),
            locale.money(one.expected.value, currency),
            f"{locale.money(one.expected.low, currency)} – {locale.money(one.expected.high, currency)}",
            locale.number(one.expected.outcomes),
            locale.whole(one.expected.posts),
            locale.money(one.expected.spend, currency),
        )
        for one in choice.candidates
    )
    columns = tuple(
        headings[f"column.{name}"] for name in ("strategy", "worth", "interval", "outcomes", "posts", "spent")
    )
    name = f"candidates-{number}"
    return Chart(
        name,
        headings.say("chart.candidates", currency=locale.terms.get(f"currency.{currency}", currency)),
        headings.say("caption.candidates", strategy=locale.strategy(choice.chosen.strategy)),
        drawn(name, draw, height=70 + ROW * len(named)),
        columns,
        rows,
    )


def _worth(candidate: StrategyProposed) -> Interval:
    value = candidate.expected
    return Interval(mean=value.value, low=value.low, high=value.high)


def _interval(level: LevelEstimate, name: str) -> Interval:
    found = getattr(level, name)
    assert isinstance(found, Interval)
    return found


def _cell(axes: Axes, hour: int, row: int, one: Interval, top: float) -> None:
    """A square filled by its mean; the hole in it grows with the interval's width relative to the mean."""
    share = one.mean / top if top > 0 else 0.0
    axes.add_patch(Rectangle((hour - 0.46, row - 0.42), 0.92, 0.84, facecolor=LINE, edgecolor="none", alpha=0.35))
    axes.add_patch(
        Rectangle((hour - 0.46, row - 0.42), 0.92, 0.84, facecolor=ACCENT, edgecolor="none", alpha=share**1.5)
    )
    unsure = min(1.0, (one.high - one.low) / (2 * one.mean)) if one.mean > 0 else 1.0
    height = 0.84 * 0.55 * unsure
    axes.add_patch(
        Rectangle((hour - 0.06, row - height / 2), 0.12, height, facecolor=INK, edgecolor="none", alpha=0.55)
    )


def _levels(name: str, known: Sequence[LevelEstimate], locale: Locale, headings: Headings) -> Chart:
    named = [(headings.level(name, level.level), level.outcomes_per_post) for level in known]

    def draw(axes: Axes) -> None:
        _intervals(axes, named, locale)

    rows = tuple(
        (
            headings.level(name, level.level),
            locale.whole(level.posts),
            _spread(level.reach, locale),
            _spread(level.engagement_rate, locale, share=True),
            _spread(level.outcomes_per_post, locale),
        )
        for level in known
    )
    columns = (headings[f"factor.{name}"], headings["column.posts"], *(headings[f"measure.{one}"] for one in MEASURES))
    caption = headings.say("caption.levels", best=named[0][0], outcomes=_spread(known[0].outcomes_per_post, locale))
    return Chart(
        f"level-{name}",
        headings[f"factor.{name}"],
        caption,
        drawn(f"level-{name}", draw, height=70 + ROW * len(named)),
        columns,
        rows,
    )


def _intervals(axes: Axes, named: Sequence[tuple[str, Interval]], locale: Locale, marked: str | None = None) -> None:
    """A dot at the mean, a line over the 90 % interval."""
    for row, (name, one) in enumerate(named):
        heavy = marked is None or name == marked
        axes.plot([one.low, one.high], [row, row], color=ACCENT, linewidth=5, alpha=0.35 if heavy else 0.18)
        axes.plot([one.mean], [row], marker="o", markersize=7, color=ACCENT if heavy else MUTED, linestyle="none")
    names_axis(axes, [name for name, _ in named])
    least = min((one.low for _, one in named), default=0.0)
    axes.set_xlim(left=min(0.0, least * 1.08))
    axes.xaxis.set_major_formatter(lambda value, _: locale.compact(value))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(visible=True, axis="x")


def _spread(one: Interval, locale: Locale, *, share: bool = False) -> str:
    said = locale.percent if share else locale.number
    return f"{said(one.mean)} ({said(one.low)} – {said(one.high)})"
