"""The SWOT of a candidate: every factor measured, and traceable to the events it follows from.

Strengths and weaknesses are what we bring (content, evidence, cost); opportunities and threats what the audience and
the network hold. It explains a choice that expected value has made. Where the owner said which criteria matter more,
each factor has its weight, the weightiest come first, and the balance of all may break a near tie (`weighing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from events.strategy import Swot, SwotFactor
from events.terms import Criterion
from workers.candidates import Candidate, Known
from workers.methods.valuation import Array
from workers.weighing import criteria

EARLY_DAYS = 7
THIN_EVIDENCE = 5


def swot(known: Known, candidate: Candidate, shown: Sequence[Candidate], analyzed_by: str, briefed_by: str) -> Swot:
    evidence, interest = _evidence(known, candidate, analyzed_by), _interest(known, candidate, analyzed_by)
    if not candidate.draft.placements:
        return _fields(known, [_no_posts(analyzed_by, briefed_by), evidence], [interest])
    ours = [_stock(known, candidate, briefed_by), evidence, _cost(candidate, shown, analyzed_by)]
    early, loss = _early(candidate, analyzed_by), _loss(candidate, analyzed_by)
    return _fields(known, ours, [interest, early, loss, _pressure(known, candidate, briefed_by)])


Measured = tuple[bool, SwotFactor]
"""A factor, and whether it speaks for the candidate."""


def _fields(known: Known, ours: Sequence[Measured], theirs: Sequence[Measured]) -> Swot:
    weights = criteria(known.brief)
    if weights is not None:
        ours, theirs = _weighed(ours, weights), _weighed(theirs, weights)
    balance = sum((factor.weight or 0.0) * (1 if good else -1) for good, factor in [*ours, *theirs])
    return Swot(
        strengths=tuple(factor for good, factor in ours if good),
        weaknesses=tuple(factor for good, factor in ours if not good),
        opportunities=tuple(factor for good, factor in theirs if good),
        threats=tuple(factor for good, factor in theirs if not good),
        balance=None if weights is None else float(np.clip(balance, -1.0, 1.0)),
    )


def _weighed(factors: Sequence[Measured], weights: Mapping[Criterion, float]) -> list[Measured]:
    """The factors with their weights, the weightiest first."""
    found = [
        (good, one.model_copy(update={"weight": weights[one.criterion]} if one.criterion is not None else {}))
        for good, one in factors
    ]
    return sorted(found, key=lambda factor: -round(factor[1].weight or 0.0, 9))


def _no_posts(analyzed_by: str, briefed_by: str) -> tuple[bool, SwotFactor]:
    """Nothing that could be planned: whatever is measured of its posts would be a number about nothing."""
    statement = "no post of it is worth its cost, or can be paid and filled"
    return False, SwotFactor(statement=statement, measure=0, unit="posts planned", evidence=(analyzed_by, briefed_by))


def _stock(known: Known, candidate: Candidate, briefed_by: str) -> tuple[bool, SwotFactor]:
    posts = len(candidate.draft.placements)
    carried = 1.0 - candidate.missing / posts if posts else 0.0
    aim = candidate.aim
    evidence = known.inventory.evidence(aim.topic, aim.appeal) or (briefed_by,)
    statement = f"the content in stock carries {carried:.0%} of its {posts} posts"
    if candidate.missing:
        first = f"the first of {candidate.missing} missing pieces" if candidate.missing > 1 else "the missing piece"
        days = f"{candidate.lead_days:g} day{'' if candidate.lead_days == 1 else 's'}"
        statement += f"; {first} is {days} away"
    return carried >= 0.8, SwotFactor(
        statement=statement,
        measure=carried,
        unit="share of posts",
        evidence=evidence,
        criterion=Criterion.CONTENT,
    )


def _evidence(known: Known, candidate: Candidate, analyzed_by: str) -> tuple[bool, SwotFactor]:
    aim = candidate.aim
    posts = sum(
        cell.posts
        for cell in known.analysis.statistics.cells
        if cell.appeal is aim.appeal and cell.segment in (None, aim.segment)
    )
    return posts >= THIN_EVIDENCE, SwotFactor(
        statement=f"{posts:.0f} posts with this appeal have been seen here",
        measure=posts,
        unit="posts",
        evidence=(analyzed_by,),
        criterion=Criterion.EVIDENCE,
    )


def _cost(candidate: Candidate, shown: Sequence[Candidate], analyzed_by: str) -> tuple[bool, SwotFactor]:
    def per_outcome(one: Candidate) -> float:
        return one.draft.spend / max(one.draft.outcomes, 1e-9)

    middle = float(np.median([per_outcome(one) for one in shown]))
    ratio = per_outcome(candidate) / max(middle, 1e-9)
    return ratio <= 1.0, SwotFactor(
        statement=f"an outcome costs {per_outcome(candidate):,.2f}, {ratio:.2f} times the candidates' median",
        measure=ratio,
        unit="ratio to median cost per outcome",
        evidence=(analyzed_by,),
        criterion=Criterion.COST,
    )


def _interest(known: Known, candidate: Candidate, analyzed_by: str) -> tuple[bool, SwotFactor]:
    aim = candidate.aim
    direction = next(d for d in known.analysis.directions if (d.segment, d.topic) == (aim.segment, aim.topic))
    return direction.score >= 1.0, SwotFactor(
        statement=(
            f"{aim.segment} asked about {aim.topic} answer {direction.score:.2f} times the average direction"
            f" (90 %: {direction.low:.2f} to {direction.high:.2f})"
        ),
        measure=direction.score,
        unit="ratio to average outcomes per post",
        evidence=(analyzed_by,),
        criterion=Criterion.INTEREST,
    )


def _early(candidate: Candidate, analyzed_by: str) -> tuple[bool, SwotFactor]:
    places = candidate.draft.placements
    early = sum(place.share for place in places if place.day < EARLY_DAYS) / max(sum(p.share for p in places), 1e-9)
    return early > 0.2, SwotFactor(
        statement=f"{early:.0%} of its outcomes fall into the first {EARLY_DAYS} days",
        measure=early,
        unit="share of outcomes",
        evidence=(analyzed_by,),
        criterion=Criterion.SPEED,
    )


def _loss(candidate: Candidate, analyzed_by: str) -> tuple[bool, SwotFactor]:
    draws: Array = candidate.draft.draws
    chance = float(np.mean(draws < 0.0))
    return chance < 0.1, SwotFactor(
        statement=f"the chance that it loses money is {chance:.0%}",
        measure=chance,
        unit="probability",
        evidence=(analyzed_by,),
        criterion=Criterion.RISK,
    )


def _pressure(known: Known, candidate: Candidate, briefed_by: str) -> tuple[bool, SwotFactor]:
    segment = next(s for s in known.brief.segments if s.name == candidate.aim.segment)
    weeks = max(known.brief.horizon_days / 7.0, 1.0)
    per_week = len(candidate.draft.placements) / weeks
    people = f" to {segment.people:,} people" if segment.people else ""
    roomy = per_week <= 7.0
    meaning = "no more than one a day" if roomy else "each further one of a day earns less"
    return roomy, SwotFactor(
        statement=f"{per_week:.1f} posts a week{people}: {meaning}",
        measure=per_week,
        unit="posts per week",
        evidence=(briefed_by,),
        criterion=Criterion.CADENCE,
    )
