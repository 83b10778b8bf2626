"""Why a strategy was chosen, and what a person said to it."""

from __future__ import annotations

from typing import Final

from events.correction import CorrectionDecided
from events.envelope import Event
from events.execution import PlanMade
from events.strategy import (
    StrategyApproved,
    StrategyChosen,
    StrategyProposed,
    StrategyRejected,
    SwotFactor,
)
from workers.views.explain.evidence import analysis_before, expected
from workers.views.explain.record import Record, ref
from workers.views.explain.story import (
    Chapter,
    Counted,
    Moment,
    Number,
    Percent,
    Sentence,
    Sentences,
    Strategy,
    Term,
    Value,
)
from workers.weighing import NEAR

SHARES: Final = frozenset({"share of posts", "share of outcomes", "probability"})
"""Units of a SWOT's measures that are said in percent."""
NAMED: Final = 2
"""How many candidates that were passed over are named with what would have made them the choice."""


def chosen(event: Event, choice: StrategyChosen, record: Record) -> Chapter:
    """The choice of a strategy, or of the one to switch to."""
    candidates = _candidates(event, record)
    by_person = not candidates
    kind = "overridden" if by_person else "switched" if choice.correction is not None else "chosen"
    return record.chapter(
        event,
        title=Sentence(f"choice.title.{kind}", {"strategy": Strategy(choice.strategy)}, (event.id,)),
        decided=(
            Sentence(
                "choice.aim",
                {"segment": choice.segment, "topic": choice.topic, "appeal": Term(f"appeal.{choice.appeal.value}")},
                (event.id,),
            ),
            Sentence("choice.expected", expected(choice.expected, record), (event.id,)),
            *_weighed(event, choice, candidates, record),
        ),
        evidence=(*_grounds(event, choice, record), *(_candidate(*one, record) for one in candidates)),
        changed=_changes(event, choice, record),
        otherwise=_otherwise(event, choice, candidates, record, by_person=by_person),
    )


def factor(one: SwotFactor) -> Sentence:
    """A measured reason; a language may say it in its own words, by its unit."""
    measure = Percent(one.measure) if one.unit in SHARES else Number(one.measure)
    named = one.unit.replace(" ", "_")
    said = Sentence(f"factor.{named}", {"statement": one.statement, "measure": measure}, one.evidence)
    if one.weight is None:
        return said
    return Sentence("swot.weighed", {"factor": Sentences((said,)), "weight": Percent(one.weight)}, one.evidence)


def _candidates(event: Event, record: Record) -> list[tuple[Event, StrategyProposed]]:
    """The candidates of this choice, the best first: they were proposed in the same decision."""
    cause = record.find(event.causationid)
    found = record.led_to(cause, StrategyProposed) if cause is not None else []
    return sorted(found, key=lambda one: (-one[1].expected.value, one[1].strategy))


def _grounds(event: Event, choice: StrategyChosen, record: Record) -> tuple[Sentence, ...]:
    said: list[Sentence] = []
    correction = record.find(choice.correction)
    if correction is not None and isinstance(correction.data, CorrectionDecided):
        said.append(Sentence("choice.asked", {"id": ref(correction)}, (correction.id,)))
    said += analysis_before(event, record)
    for proposed, candidate in _candidates(event, record):
        if candidate.strategy == choice.strategy:
            swot = candidate.swot
            for kind, factors in (
                ("strength", swot.strengths),
                ("opportunity", swot.opportunities),
                ("weakness", swot.weaknesses),
                ("threat", swot.threats),
            ):
                said += [
                    Sentence(f"swot.{kind}", {"factor": Sentences((factor(one),))}, (proposed.id, *one.evidence))
                    for one in factors
                ]
    return tuple(said)


def _candidate(event: Event, candidate: StrategyProposed, record: Record) -> Sentence:
    values = expected(candidate.expected, record)
    return Sentence("choice.candidate", {"strategy": Strategy(candidate.strategy)} | values, (event.id,))


def _changes(event: Event, choice: StrategyChosen, record: Record) -> tuple[Sentence, ...]:
    said: list[Sentence] = []
    if choice.replaces is not None:
        said.append(Sentence("choice.replaces", {"strategy": Strategy(choice.replaces)}, (event.id,)))
    if choice.awaits_approval:
        phrase = "choice.awaits_until" if choice.approve_by is not None else "choice.awaits"
        values: dict[str, Value] = {"until": Moment(choice.approve_by)} if choice.approve_by is not None else {}
        said.append(Sentence(phrase, values, (event.id,)))
    answer = _answer(event, choice, record)
    if answer is not None:
        said.append(answer)
    planned = _plan_of(event, choice, record)
    if planned is not None:
        values = {"plan": planned.data.plan, "id": ref(planned)} if isinstance(planned.data, PlanMade) else {}
        said.append(Sentence("choice.planned", values, (planned.id,)))
    return tuple(said)


def _answer(event: Event, choice: StrategyChosen, record: Record) -> Sentence | None:
    for other in record.after(event):
        if isinstance(other.data, StrategyApproved | StrategyRejected) and other.data.fingerprint == choice.fingerprint:
            word = "approved" if isinstance(other.data, StrategyApproved) else "rejected"
            return Sentence(f"choice.was_{word}", {"id": ref(other)}, (other.id,))
    return None


def _plan_of(event: Event, choice: StrategyChosen, record: Record) -> Event | None:
    """The plan made of the choice before the next one."""
    for other in record.after(event):
        if isinstance(other.data, StrategyChosen):
            return None
        if isinstance(other.data, PlanMade) and other.data.strategy == choice.strategy:
            return other
    return None


def _otherwise(
    event: Event,
    choice: StrategyChosen,
    candidates: list[tuple[Event, StrategyProposed]],
    record: Record,
    *,
    by_person: bool,
) -> tuple[Sentence, ...]:
    if by_person:
        return (Sentence("choice.only_person", {}, (event.id,)),)
    others = [one for one in candidates if one[1].strategy != choice.strategy]
    if not others:
        return (Sentence("choice.alone", {}, (event.id,)),)
    needed = _needed(choice, [other for _, other in candidates])
    said = [
        Sentence(
            "choice.otherwise",
            {"strategy": Strategy(other.strategy), "gap": record.worth(needed - other.expected.value)},
            (proposed.id,),
        )
        for proposed, other in others[:NAMED]
    ]
    rest = others[NAMED:]
    if rest:
        gap = max(choice.expected.value, others[0][1].expected.value) - rest[0][1].expected.value
        values: dict[str, Value] = {"others": Counted(len(rest), "other"), "gap": record.worth(gap)}
        said.append(Sentence("choice.others", values, tuple(proposed.id for proposed, _ in rest)))
    return tuple(said)


def _needed(choice: StrategyChosen, candidates: list[StrategyProposed]) -> float:
    """What a candidate would have had to be worth, to be chosen whatever the owner weighs."""
    most = max(choice.expected.value, *(other.expected.value for other in candidates))
    weighs = choice.correction is None and any(other.swot.balance is not None for other in candidates)
    return most / (1.0 - NEAR) if weighs and most > 0 else most


def _weighed(
    event: Event, choice: StrategyChosen, candidates: list[tuple[Event, StrategyProposed]], record: Record
) -> tuple[Sentence, ...]:
    """Where the owner's weights decided: against which candidate, and what was given up for them."""
    found = {other.strategy: (proposed, other) for proposed, other in candidates}
    if choice.weighed_against not in found or choice.strategy not in found:
        return ()
    (mine, own), (proposed, other) = found[choice.strategy], found[choice.weighed_against]
    values: dict[str, Value] = {
        "strategy": Strategy(other.strategy),
        "gap": record.worth(other.expected.value - choice.expected.value),
        "own": Number(own.swot.balance or 0.0),
        "other": Number(other.swot.balance or 0.0),
    }
    return (Sentence("choice.weighed", values, (event.id, mine.id, proposed.id)),)
