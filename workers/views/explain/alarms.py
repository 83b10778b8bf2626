"""Why a KPI's alarm came, or went, and what would have kept it from coming."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from events.correction import CorrectionDecided, KPIBreached, KPIMet, KPIRecovered
from events.envelope import Event
from events.execution import KpiName
from events.strategy import AudienceAnalyzed
from workers.views.explain.evidence import caused_by, level, named
from workers.views.explain.record import Record, ref
from workers.views.explain.story import Chapter, Counted, Day, Number, Percent, Sentence, Term, Value
from workers.views.explain.trial import Trial, trial

THINGS: Final[Mapping[KpiName, str]] = {
    KpiName.OUTCOMES: "outcome",
    KpiName.REACH: "person",
    KpiName.ENGAGEMENT: "engagement",
    KpiName.COST: "outcome",
    KpiName.UNFOLLOWS: "unfollow",
    KpiName.ENGAGEMENTS: "engagement",
}
"""What is counted for a KPI."""


def breached(event: Event, breach: KPIBreached, record: Record) -> Chapter:
    over = breach.limit > breach.expected
    tried = trial(record.events, event, breach)
    beyond = breach.observed / breach.limit - 1.0 if breach.limit > 0 else 0.0
    values: dict[str, Value] = {
        "kpi": named(breach.kpi),
        "observed": level(breach.kpi, breach.observed, record),
        "limit": level(breach.kpi, breach.limit, record),
        "expected": level(breach.kpi, breach.expected, record),
        "beyond": Percent(abs(beyond)),
    }
    return record.chapter(
        event,
        title=Sentence("breach.title", {"kpi": named(breach.kpi)}, (event.id,)),
        decided=(Sentence("breach.ceiling" if over else "breach.floor", values, (event.id,)),),
        evidence=_evidence(event, breach, tried, record),
        changed=_followed(event, record),
        otherwise=_otherwise(event, breach, tried),
    )


def recovered(event: Event, fact: KPIRecovered, record: Record) -> Chapter:
    values: dict[str, Value] = {
        "kpi": named(fact.kpi),
        "observed": level(fact.kpi, fact.observed, record),
        "limit": level(fact.kpi, fact.limit, record),
        "judged": _judged(fact.kpi, fact.measured),
    }
    return record.chapter(
        event,
        title=Sentence("recovered.title", {"kpi": named(fact.kpi)}, (event.id,)),
        decided=(Sentence("recovered.level", values, (event.id,)),),
        evidence=caused_by(record.find(event.causationid)),
        changed=(Sentence("recovered.changed", {}, (event.id,)),),
        otherwise=(Sentence("recovered.otherwise", values, (event.id,)),),
    )


def met(event: Event, fact: KPIMet, record: Record) -> Chapter:
    fewer = math.floor(fact.observed - fact.target) + 1
    return record.chapter(
        event,
        title=Sentence("met.title", {"kpi": named(fact.kpi)}, (event.id,)),
        decided=(
            Sentence("met.level", {"observed": Number(fact.observed), "target": Number(fact.target)}, (event.id,)),
        ),
        evidence=caused_by(record.find(event.causationid)),
        changed=(Sentence("met.changed", {}, (event.id,)),),
        otherwise=(Sentence("met.otherwise", {"fewer": Counted(fewer, "fewer.outcome")}, (event.id,)),),
    )


def _judged(kpi: KpiName, count: int) -> Counted:
    return Counted(count, "day" if kpi is KpiName.UNFOLLOWS else "post")


def _evidence(event: Event, breach: KPIBreached, tried: Trial | None, record: Record) -> tuple[Sentence, ...]:
    said = [
        Sentence(
            "breach.evidence",
            {
                "judged": _judged(breach.kpi, breach.measured),
                "since": Day(breach.since),
                "evidence": Number(breach.evidence),
                "threshold": Number(breach.threshold),
                "chance": Percent(1.0 / breach.threshold),
            },
            (event.id,),
        )
    ]
    if tried is not None:
        values: dict[str, Value] = {
            "total": Counted(tried.total, THINGS[breach.kpi]),
            "asked": Counted(tried.asked, THINGS[breach.kpi]),
        }
        said.append(Sentence("breach.counts_over" if tried.above else "breach.counts", values, (event.id,)))
    return (*said, *caused_by(record.find(event.causationid)))


def _followed(event: Event, record: Record) -> tuple[Sentence, ...]:
    """The analysis that the breach asked for, and the correction that answered it."""
    said: list[Sentence] = []
    for other, _ in record.led_to(event, AudienceAnalyzed):
        said.append(Sentence("breach.analyzed", {"id": ref(other)}, (other.id,)))
    for other in record.after(event):
        if isinstance(other.data, CorrectionDecided) and other.data.breach == event.id:
            values: dict[str, Value] = {"verdict": Term(f"verdict.{other.data.verdict.value}"), "id": ref(other)}
            said.append(Sentence("breach.answered", values, (other.id,)))
            break
    else:
        said.append(Sentence("breach.unanswered", {}, (event.id,)))
    return tuple(said)


def _otherwise(event: Event, breach: KPIBreached, tried: Trial | None) -> tuple[Sentence, ...]:
    if tried is None:
        return (Sentence("breach.unknown", {}, (event.id,)),)
    thing = f"{'fewer' if tried.above else 'more'}.{THINGS[breach.kpi]}"
    missing = Counted(math.ceil(abs(tried.asked - tried.total)), thing)
    side = "over" if tried.above else "under"
    said = [Sentence(f"breach.at_limit_{side}", {"missing": missing}, (event.id,))]
    if tried.enough is not None:
        said.append(Sentence(f"breach.enough_{side}", {"enough": Counted(tried.enough, thing)}, (event.id,)))
    else:
        said.append(Sentence("breach.not_by_one", {}, (event.id,)))
    return tuple(said)
