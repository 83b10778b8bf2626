"""The strategies that were weighed: each candidate of a choice with its SWOT, the chosen one marked."""

from __future__ import annotations

from dataclasses import dataclass

from events.strategy import StrategyProposed, SwotFactor
from workers.views.explain.choices import factor
from workers.views.explain.saying import say
from workers.views.report.charts import audience
from workers.views.report.charts.canvas import Chart
from workers.views.report.headings import Headings
from workers.views.report.material import Choice, Material

FIELDS = ("strengths", "weaknesses", "opportunities", "threats")


@dataclass(frozen=True, slots=True)
class Card:
    """One candidate; `swot` has a heading, a name for its color, and what was measured."""

    strategy: str
    family: str
    is_chosen: bool
    worth: str
    swot: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """One choice: its chart, and a card for every candidate, the chosen one first."""

    title: str
    event: str
    chart: Chart | None
    cards: tuple[Card, ...]


def examined(choice: Choice, number: int, material: Material, headings: Headings) -> Examined:
    chosen = choice.chosen.strategy
    ordered = sorted(choice.candidates, key=lambda one: one.strategy != chosen)
    locale = material.locale
    title = headings.say("strategy.choice", day=locale.day(choice.event.recordedtime), strategy=locale.strategy(chosen))
    return Examined(
        title,
        choice.event.id,
        audience.candidates(choice, number, material, headings),
        tuple(_card(one, chosen, material, headings) for one in ordered),
    )


def _card(one: StrategyProposed, chosen: str, material: Material, headings: Headings) -> Card:
    locale, value = material.locale, one.expected
    worth = headings.say(
        "strategy.worth",
        worth=locale.money(value.value, material.currency),
        low=locale.money(value.low, material.currency),
        high=locale.money(value.high, material.currency),
        outcomes=locale.number(value.outcomes),
    )

    def said(factors: tuple[SwotFactor, ...]) -> tuple[str, ...]:
        return tuple(say(factor(measured), locale) for measured in factors) or (headings["swot.none"],)

    swot = tuple((headings[f"swot.{name}"], name, said(getattr(one.swot, name))) for name in FIELDS)
    return Card(
        locale.strategy(one.strategy), headings.term(f"family.{one.family}"), one.strategy == chosen, worth, swot
    )
