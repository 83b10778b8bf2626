"""What several rooms say alike: a decision's cause, the analysis it knew, an expected worth, a KPI in its unit."""

from __future__ import annotations

from typing import Final

from events.envelope import Event
from events.execution import KpiName
from events.strategy import AudienceAnalyzed, Valuation
from workers.views.explain.record import Record, ref
from workers.views.explain.story import Counted, Number, Percent, Sentence, Term, Value

SHARES: Final = frozenset({KpiName.ENGAGEMENT})
"""KPIs that are shares, said in percent."""


def caused_by(cause: Event | None) -> tuple[Sentence, ...]:
    """What the decision followed from; nothing where that is not on the log."""
    if cause is None:
        return ()
    return (Sentence("evidence.cause", {"kind": Term(f"cause.{cause.name}"), "id": ref(cause)}, (cause.id,)),)


def analysis_before(event: Event, record: Record) -> tuple[Sentence, ...]:
    """The analysis that was the newest when the event was decided."""
    found = record.before(event, AudienceAnalyzed)
    if found is None:
        return ()
    said, analysis = found
    if analysis.pilot:
        return (Sentence("evidence.pilot", {"id": ref(said)}, (said.id,)),)
    values: dict[str, Value] = {"id": ref(said), "posts": Counted(analysis.posts, "post")}
    return (Sentence("evidence.analysis", values, (said.id,)),)


def expected(value: Valuation, record: Record) -> dict[str, Value]:
    """The values of a phrase about what something is expected to bring."""
    return {
        "value": record.worth(value.value),
        "low": record.worth(value.low),
        "high": record.worth(value.high),
        "outcomes": Counted(value.outcomes, "outcome"),
        "posts": Counted(value.posts, "post"),
        "spend": record.worth(value.spend),
    }


def named(kpi: KpiName) -> Term:
    return Term(f"kpi.{kpi.value}")


def level(kpi: KpiName, value: float, record: Record) -> Value:
    """A KPI's value in its own unit."""
    if kpi in SHARES:
        return Percent(value)
    return record.worth(value) if kpi is KpiName.COST else Number(value)
