"""Why a plan was kept, revised or left, and how far the other answers were from being given."""

from __future__ import annotations

from events.correction import CorrectionDecided, KPIBreached, Option, Verdict
from events.envelope import Event
from events.execution import CalendarExtended, ExecutionRevised
from events.runtime import TimerFired
from events.strategy import AudienceAnalyzed, StrategyChosen, StrategyRejected
from workers.reviser import EVEN, MATERIAL, REVIEW_CERTAINTY
from workers.views.explain.evidence import analysis_before, named
from workers.views.explain.record import Record, ref
from workers.views.explain.story import Chapter, Counted, Percent, Sentence, Strategy, Term, Value


def decided(event: Event, correction: CorrectionDecided, record: Record) -> Chapter:
    best = _of(correction, correction.verdict)
    return record.chapter(
        event,
        title=Sentence(f"correction.title.{correction.verdict.value}", {}, (event.id,)),
        decided=_decided(event, correction, best, record),
        evidence=(*_asked(event, correction, record), *analysis_before(event, record), *_options(event, record)),
        changed=_changed(event, correction, record),
        otherwise=_otherwise(event, correction, best, record),
    )


def _of(correction: CorrectionDecided, verdict: Verdict) -> Option | None:
    return next((option for option in correction.options if option.verdict is verdict), None)


def _decided(event: Event, correction: CorrectionDecided, best: Option | None, record: Record) -> tuple[Sentence, ...]:
    said: list[Sentence] = []
    if best is not None:
        values: dict[str, Value] = {"strategy": Strategy(best.strategy), "cost": record.worth(best.cost)}
        values |= _worth(best, record)
        if correction.leave is not None:
            values["leave"] = Strategy(correction.leave)
        said.append(Sentence(f"correction.{correction.verdict.value}", values, (event.id,)))
    if correction.verdict is Verdict.KEEP and correction.pace < 1.0:
        said.append(Sentence("correction.pace", {"pace": Percent(correction.pace)}, (event.id,)))
    return tuple(said)


def _worth(option: Option, record: Record) -> dict[str, Value]:
    return {
        "value": record.worth(option.value),
        "low": record.worth(option.low),
        "high": record.worth(option.high),
        "outcomes": Counted(option.outcomes, "outcome"),
    }


def _asked(event: Event, correction: CorrectionDecided, record: Record) -> tuple[Sentence, ...]:
    """What the answer was given to: a breach, a review, or a switch that a person did not want."""
    breach, cause = record.find(correction.breach), record.find(event.causationid)
    if breach is not None and isinstance(breach.data, KPIBreached):
        values: dict[str, Value] = {"kpi": named(breach.data.kpi), "id": ref(breach)}
        return (Sentence("correction.breach", values, (breach.id,)),)
    match cause.data if cause is not None else None:
        case StrategyRejected():
            kind = "refused"
        case TimerFired():
            kind = "lapsed"
        case CalendarExtended():
            kind = "silent"
        case AudienceAnalyzed():
            kind = "review"
        case _:
            return ()
    assert cause is not None
    return (Sentence(f"correction.{kind}", {"id": ref(cause)}, (cause.id,)),)


def _options(event: Event, record: Record) -> tuple[Sentence, ...]:
    correction = event.data
    assert isinstance(correction, CorrectionDecided)
    said = []
    for option in correction.options:
        values: dict[str, Value] = {
            "verdict": Term(f"verdict.{option.verdict.value}"),
            "strategy": Strategy(option.strategy),
            "cost": record.worth(option.cost),
        }
        said.append(Sentence("correction.option", values | _worth(option, record), (event.id,)))
    if correction.verdict is not Verdict.KEEP:
        said.append(Sentence("correction.sure", {"sure": Percent(correction.sure)}, (event.id,)))
    return tuple(said)


def _changed(event: Event, correction: CorrectionDecided, record: Record) -> tuple[Sentence, ...]:
    if correction.verdict is Verdict.KEEP:
        return (Sentence("correction.changed_nothing", {}, (event.id,)),)
    said: list[Sentence] = []
    for other, revision in record.led_to(event, ExecutionRevised):
        values: dict[str, Value] = {"slots": Counted(len(revision.slots), "post"), "id": ref(other)}
        said.append(Sentence("correction.revised", values, (other.id,)))
    for other, choice in record.led_to(event, StrategyChosen):
        values = {"strategy": Strategy(choice.strategy), "id": ref(other)}
        said.append(Sentence("correction.switched", values, (other.id,)))
    return tuple(said) or (Sentence("correction.not_yet", {}, (event.id,)),)


def _otherwise(
    event: Event, correction: CorrectionDecided, best: Option | None, record: Record
) -> tuple[Sentence, ...]:
    """How far each other option was from being chosen: by its worth, or by the odds that it gains anything.

    A correction must gain more likely than not where there is something to lose; without an alarm it must be surer, and
    gain more.
    """
    kept = _of(correction, Verdict.KEEP)
    if best is None or kept is None:
        return (Sentence("correction.unknown", {}, (event.id,)),)
    is_review = _is_review(event, correction, record)
    needed = REVIEW_CERTAINTY if is_review else EVEN
    said = []
    for option in correction.options:
        if option.verdict is best.verdict:
            continue
        values = _compared(option, best, needed, record)
        if option.verdict is Verdict.KEEP:
            values["gap"] = record.worth(_lacking(kept, best, correction.sure, is_review=is_review))
            phrase = "keep_review" if is_review else "more"
        else:
            must = kept.value > option.cost
            phrase = "odds" if option.value > best.value else "more_and_odds" if must else "more"
        said.append(Sentence(f"correction.otherwise.{phrase}", values, (event.id,)))
    if _of(correction, Verdict.SWITCH) is None:
        said.append(Sentence("correction.no_switch", {}, (event.id,)))
    if best is not kept and kept.value > max(0.0, best.cost):
        odds: dict[str, Value] = {"needed": Percent(needed), "sure": Percent(correction.sure)}
        odds["best"] = Term(f"verdict.{best.verdict.value}")
        said.append(Sentence("correction.had_to_gain", odds, (event.id,)))
    return tuple(said)


def _compared(option: Option, best: Option, needed: float, record: Record) -> dict[str, Value]:
    return {
        "verdict": Term(f"verdict.{option.verdict.value}"),
        "best": Term(f"verdict.{best.verdict.value}"),
        "gap": record.worth(abs(best.value - option.value)),
        "needed": Percent(needed),
        "odds": Percent(option.sure),
        "material": Percent(MATERIAL),
    }


def _lacking(kept: Option, best: Option, sure: float, *, is_review: bool) -> float:
    """How much more keeping had to be worth to be the answer: up to the best, or to where its odds would have ruled.

    The odds are taken as they are on record.
    """
    bar, needed = max(0.0, best.cost), REVIEW_CERTAINTY if is_review else EVEN
    if kept.value <= bar and sure < needed:
        return bar - kept.value
    reach = max(best.value / (1.0 + MATERIAL), bar) if is_review else best.value
    return max(0.0, reach - kept.value)


def _is_review(event: Event, correction: CorrectionDecided, record: Record) -> bool:
    cause = record.find(event.causationid)
    asked = cause is not None and isinstance(cause.data, AudienceAnalyzed | CalendarExtended)
    return correction.breach is None and asked
