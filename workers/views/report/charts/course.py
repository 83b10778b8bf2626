"""The course of a campaign over time: outcomes beside their pace, KPIs beside their limits, money beside the budget.

Invariants: every axis is of the same days; breaches, revisions and switches stand on all of them by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from matplotlib.axes import Axes

from events.execution import KpiName
from workers.views.explain.locale import Locale
from workers.views.report.charts.canvas import (
    ACCENT,
    BAD,
    GOOD,
    INK,
    MUTED,
    SWITCH,
    WARN,
    Chart,
    drawn,
    number_axis,
    place,
    time_axis,
)
from workers.views.report.headings import Headings
from workers.views.report.judgments import Judgment, Pace
from workers.views.report.material import Material
from workers.views.report.series import by_day, grown_outcomes, grown_spending, promises

MARKS: Final = {
    "breach": BAD,
    "recovered": GOOD,
    "met": GOOD,
    "keep": MUTED,
    "revise": WARN,
    "switch": SWITCH,
}
"""The color of each kind of mark."""
FEWEST: Final = 3
"""Marks nearer to each other than this share of the axis, in hundredths, stand at different heights."""
LEVELS: Final = 4


def outcomes(material: Material, headings: Headings) -> Chart:
    """Outcomes so far beside what the plans promised."""
    locale, grown = material.locale, grown_outcomes(material)
    said = promises(material)

    def draw(axes: Axes) -> None:
        for number, promise in enumerate(said):
            xs = [place(promise.starts, material.starts), place(promise.ends, material.starts)]
            label = headings["legend.promised"] if number == 0 else None
            axes.plot(xs, [promise.base, promise.expected], color=MUTED, linestyle="--", linewidth=1.4, label=label)
            if promise.floor is not None:
                label = headings["legend.floor"] if number == 0 else None
                axes.plot(xs, [promise.base, promise.floor], color=BAD, linestyle=":", linewidth=1.4, label=label)
        _steps(axes, grown, material, headings["legend.outcomes"])
        _frame(axes, material, locale.compact)
        axes.set_ylim(top=max(axes.get_ylim()[1], 1.0))

    rows = tuple((locale.day(day), locale.number(total)) for day, total in by_day(grown, material))
    target = material.brief.target_outcomes
    caption = headings.say(
        "caption.outcomes_target" if target is not None else "caption.outcomes",
        total=locale.number(material.figures.outcomes),
        target=locale.number(target or 0.0),
    )
    return Chart(
        "outcomes",
        headings["chart.outcomes"],
        caption,
        drawn("outcomes", draw),
        (headings["column.day"], headings["column.outcomes"]),
        rows,
    )


def spending(material: Material, headings: Headings) -> Chart:
    """Money spent so far, and the budget."""
    locale, grown = material.locale, grown_spending(material)
    budget = float(material.brief.budget.amount)

    def draw(axes: Axes) -> None:
        axes.axhline(budget, color=BAD, linestyle=":", linewidth=1.4, label=headings["legend.budget"])
        _steps(axes, grown, material, headings["legend.spent"])
        _frame(axes, material, locale.compact)
        axes.set_ylim(top=budget * 1.12)

    rows = tuple(
        (locale.day(day), locale.money(total, material.currency, exact=True)) for day, total in by_day(grown, material)
    )
    caption = headings.say(
        "caption.spending",
        spent=locale.money(material.figures.spent, material.currency, exact=True),
        budget=locale.money(material.brief.budget.amount, material.currency, exact=True),
    )
    return Chart(
        "spending",
        headings["chart.spending"],
        caption,
        drawn("spending", draw),
        (headings["column.day"], headings["column.spent"]),
        rows,
    )


def kpis(material: Material, headings: Headings) -> list[Chart]:
    """A chart for each KPI that has a limit: every judgment, all of a plan's taken together, expectation and limit."""
    found = []
    for kpi in KpiName:
        paces = material.judgments.paces.get(kpi, ())
        if paces:
            found.append(_kpi(kpi, paces, material.judgments.points.get(kpi, ()), material, headings))
    return found


def _kpi(
    kpi: KpiName, paces: Sequence[Pace], points: Sequence[Judgment], material: Material, headings: Headings
) -> Chart:
    locale = material.locale
    said = _unit(kpi, locale)

    def draw(axes: Axes) -> None:
        _limits(axes, paces, material, headings)
        xs = [place(point.at, material.starts) for point in points]
        values = [(x, point.value) for x, point in zip(xs, points, strict=True) if point.value is not None]
        axes.plot(
            [x for x, _ in values],
            [value for _, value in values],
            linestyle="none",
            marker="o",
            markersize=4,
            color=ACCENT,
            alpha=0.45,
            label=headings[f"legend.{'day' if kpi is KpiName.UNFOLLOWS else 'post'}"] if values else None,
        )
        for run, label in _runs(points, paces, headings["legend.so_far"]):
            axes.plot(
                [place(point.at, material.starts) for point in run],
                [point.so_far or 0.0 for point in run],
                color=ACCENT,
                linewidth=2.2,
                label=label,
            )
        _frame(axes, material, _ticks(kpi, locale))

    rows = tuple(
        (
            locale.moment(point.at),
            said(point.value) if point.value is not None else "–",
            said(point.so_far) if point.so_far is not None else "–",
            said(point.limit),
            said(point.expected),
        )
        for point in points
    )
    ceiling = paces[-1].is_ceiling
    newest = [point.so_far for point in points if point.at > paces[-1].at]
    caption = headings.say(
        "caption.kpi" if newest else "caption.kpi_unknown",
        observed="" if not newest else said(newest[-1]) if newest[-1] is not None else headings["kpi.no_outcome"],
        limit=said(paces[-1].limit),
        side=headings["limit.ceiling" if ceiling else "limit.floor"],
        expected=said(paces[-1].expected),
    )
    columns = tuple(
        headings[f"column.{name}"]
        for name in ("when", "judged", "so_far", "ceiling" if ceiling else "floor", "promised")
    )
    name = f"kpi-{kpi.value.replace('_', '-')}"
    return Chart(name, headings.term(f"kpi.{kpi.value}"), caption, drawn(name, draw), columns, rows)


def _unit(kpi: KpiName, locale: Locale) -> Callable[[float], str]:
    return locale.percent if kpi is KpiName.ENGAGEMENT else locale.number


def _ticks(kpi: KpiName, locale: Locale) -> Callable[[float], str]:
    if kpi is KpiName.ENGAGEMENT:
        return lambda value: locale.digits(f"{value * 100:.10g}%")
    return locale.compact


def _limits(axes: Axes, paces: Sequence[Pace], material: Material, headings: Headings) -> None:
    """Expectation and limit as steps, each from its plan on to the next."""
    ends = [*(pace.at for pace in paces[1:]), material.shown_until]
    for number, (pace, until) in enumerate(zip(paces, ends, strict=True)):
        xs = [place(max(pace.at, material.starts), material.starts), place(until, material.starts)]
        side = "ceiling" if pace.is_ceiling else "floor"
        axes.plot(
            xs,
            [pace.expected] * 2,
            color=MUTED,
            linestyle="--",
            linewidth=1.4,
            label=headings["legend.promised"] if number == 0 else None,
        )
        axes.plot(
            xs,
            [pace.limit] * 2,
            color=BAD,
            linestyle=":",
            linewidth=1.6,
            label=headings[f"legend.{side}"] if number == 0 else None,
        )


def _runs(points: Sequence[Judgment], paces: Sequence[Pace], label: str) -> list[tuple[list[Judgment], str | None]]:
    """What is taken together belongs to one plan: the line is broken where the next one begins."""
    runs: list[list[Judgment]] = []
    edges = [pace.at for pace in paces]
    for point in points:
        if point.so_far is None:
            continue
        before = runs[-1][-1] if runs else None
        if before is None or any(before.at <= edge < point.at for edge in edges):
            runs.append([])
        runs[-1].append(point)
    return [(run, label if number == 0 else None) for number, run in enumerate(runs)]


def _steps(axes: Axes, grown: Sequence[tuple[datetime, float]], material: Material, label: str) -> None:
    """A total that grows in steps, up to now."""
    xs, ys = [0.0], [0.0]
    for at, total in grown:
        xs.append(place(at, material.starts))
        ys.append(total)
    xs.append(place(min(max(material.now, material.starts), material.shown_until), material.starts))
    ys.append(ys[-1])
    axes.plot(xs, ys, color=ACCENT, linewidth=2.2, drawstyle="steps-post", label=label)


def _frame(axes: Axes, material: Material, said: Callable[[float], str]) -> None:
    time_axis(axes, material.starts, material.shown_until, material.locale)
    number_axis(axes, said)
    axes.margins(y=0.12)
    axes.set_ylim(top=axes.get_ylim()[1] * 1.05)
    _marks(axes, material)
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.12),
            ncols=min(4, len(handles)),
            frameon=False,
            fontsize=12,
            handlelength=1.4,
            handletextpad=0.5,
            columnspacing=1.0,
            labelcolor=INK,
        )


def _marks(axes: Axes, material: Material) -> None:
    """A line for each mark, with its number above: near ones at different heights."""
    width = place(material.shown_until, material.starts)
    last, level = float("-inf"), 0
    for mark in material.marks:
        x = place(mark.at, material.starts)
        level = (level + 1) % LEVELS if x - last < width * FEWEST / 100 else 0
        last = x
        color = MARKS[mark.kind]
        axes.axvline(x, color=color, linewidth=1.2, alpha=0.85)
        axes.annotate(
            material.locale.digits(str(mark.number)),
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2 + 12 * level),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=12,
            color=color,
            annotation_clip=False,
        )
