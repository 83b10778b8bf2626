"""What is believed before any post: the model's quantities, and the priors of brief, surveys and strategy families.

Invariants: pure, in a fixed order. What a brief says is never carried by an analysis: whoever reads that has the brief.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from events.campaign import AudienceObserved, CampaignBriefed, SegmentHypothesis
from events.strategy import Prior
from workers.families import BELIEF_SD, FAMILIES
from workers.methods.response import BLOCK_HOURS, Quantity

HYPOTHESIS_SD: Final = 0.4
HYPOTHESIS_TRUST: Final = 0.5
"""The share, on the log scale, that is believed of what an owner claims: owners are sure of more than is so."""
TYPICAL_REACH: Final = 200.0
REACHED_SHARE: Final = 0.08
"""Of the people in the brief's segments, how many an average post reaches before anything is known."""

ELSEWHERE: Final = ("elsewhere", "yes")
"""The level of posts whose reach was of another level than the campaign's own."""
_ELSEWHERE_SD: Final = 2.0
"""By how much it may differ, on the log scale, either way alike: 50 times more or less is still within two of it."""

# Prior sd of each factor's log effects. Measured between levels of a real page's year (Moro et al. 2016): reach .44 by
# format, .19 by hour, .06 by category; engagement per person reached .64 by format, .29 by category, .04 by hour.
# Mentions of four companies vary by .29 to .49 over the hours of a day. Segments were not observed there.
_REACH: Final = (
    ("channel", 0.4), ("topic", 0.1), ("format", 0.4), ("appeal", 0.15), ("segment", 0.2), ("hour", 0.35),
    ("paid", 0.5), ("elsewhere", _ELSEWHERE_SD),
    ("segment:topic", 0.1), ("segment:appeal", 0.1), ("segment:block", 0.35),
)  # fmt: skip
_ENGAGEMENT: Final = (
    ("channel", 0.4), ("topic", 0.3), ("format", 0.55), ("appeal", 0.35), ("segment", 0.3), ("hour", 0.08),
    ("paid", 0.3),
    ("segment:topic", 0.3), ("segment:appeal", 0.3),
)  # fmt: skip
_OUTCOME: Final = (
    ("channel", 0.4), ("topic", 0.25), ("format", 0.25), ("appeal", 0.35), ("segment", 0.35), ("paid", 0.3),
    ("segment:topic", 0.25), ("segment:appeal", 0.25),
)  # fmt: skip
PAID_REACH: Final = 1.4
"""Prior multiplier of a boost's reach (a page's paid posts reached 1.45 times its unpaid ones: Moro et al. 2016)."""


def quantities(brief: CampaignBriefed) -> tuple[Quantity, Quantity, Quantity]:
    """Reach, engagement and outcome with their stated priors."""
    people = sum(segment.people or 0 for segment in brief.segments)
    reached = max(people * REACHED_SHARE, 30.0) if people else TYPICAL_REACH
    return (
        Quantity("reach", _REACH, math.log(reached), 0.6, 2.0),
        Quantity("engagement", _ENGAGEMENT, math.log(0.05), 0.6, 4.0),
        Quantity("outcome", _OUTCOME, math.log(0.03), 0.8, 4.0),
    )


def beliefs(brief: CampaignBriefed, observed: Iterable[AudienceObserved]) -> tuple[Prior, ...]:
    """Family defaults, the owner's hypotheses, and what was observed of segments, as priors in a fixed order."""
    seen = {fact.segment: fact for fact in observed}
    priors = [_prior("reach", "paid", "yes", PAID_REACH, 0.35)]
    for family in FAMILIES:
        level = family.appeal.value
        priors += [
            _prior("reach", "appeal", level, family.reach, BELIEF_SD / 3.0),
            _prior("engagement", "appeal", level, family.engagement, BELIEF_SD),
            _prior("outcome", "appeal", level, family.outcome, BELIEF_SD),
        ]
    sizes = [segment.people for segment in brief.segments if segment.people]
    for segment in brief.segments:
        priors += _segment(segment, seen.get(segment.name), sum(sizes) / len(sizes) if sizes else None)
    return tuple(priors)


def of_elsewhere() -> Prior:
    """What is believed of posts whose level was refuted: theirs is as likely above as below the campaign's own."""
    return Prior(
        quantity="reach", factor=ELSEWHERE[0], level=ELSEWHERE[1], mean=0.5 * _ELSEWHERE_SD**2, sd=_ELSEWHERE_SD
    )


def beyond(brief: CampaignBriefed, observed: Iterable[AudienceObserved]) -> tuple[Prior, ...]:
    """The priors that what was observed of segments adds to the brief's own, or puts in their place."""
    own = frozenset(beliefs(brief, ()))
    return tuple(prior for prior in beliefs(brief, observed) if prior not in own)


def believed_anyway(brief: CampaignBriefed) -> Callable[[Prior], tuple[float, float]]:
    """Mean and sd that the effect of a prior's level would have without it."""
    own = {effect(prior): (prior.mean, prior.sd) for prior in beliefs(brief, ())}
    usual = {one.name: dict(one.factors) for one in quantities(brief)}
    return lambda prior: own.get(effect(prior), (0.0, usual[prior.quantity][prior.factor]))


def effect(prior: Prior) -> tuple[str, str, str]:
    return prior.quantity, prior.factor, prior.level


def _segment(belief: SegmentHypothesis, seen: AudienceObserved | None, typical: float | None) -> list[Prior]:
    name = belief.name
    priors = []
    people = seen.people if seen is not None and seen.people else belief.people
    if people and typical:
        priors.append(_prior("reach", "segment", name, math.sqrt(people / typical), 0.3))
    interests: dict[str, tuple[float, float]] = {t: (_trusted(w), HYPOTHESIS_SD) for t, w in belief.interests.items()}
    appeals: dict[str, tuple[float, float]] = {a.value: (_trusted(w), HYPOTHESIS_SD) for a, w in belief.appeals.items()}
    if seen is not None:
        interests = _combined(interests, dict(seen.interests), seen.asked)
        appeals = _combined(appeals, {a.value: s for a, s in seen.appeals.items()}, seen.asked)
    for topic, (weight, sd) in sorted(interests.items()):
        priors.append(_prior("engagement", "segment:topic", f"{name}:{topic}", weight, sd))
    for appeal, (weight, sd) in sorted(appeals.items()):
        priors.append(_prior("engagement", "segment:appeal", f"{name}:{appeal}", math.sqrt(weight), sd))
        priors.append(_prior("outcome", "segment:appeal", f"{name}:{appeal}", math.sqrt(weight), sd))
    return priors + _hours(belief, seen)


def _trusted(claimed: float) -> float:
    return float(max(claimed, 0.05) ** HYPOTHESIS_TRUST)


def _combined(
    held: Mapping[str, tuple[float, float]], shares: Mapping[str, float], asked: int
) -> dict[str, tuple[float, float]]:
    """Precision-weighted mean, on the log scale, of a hypothesis and a survey's share relative to its average."""
    combined = dict(held)
    average = sum(shares.values()) / len(shares) if shares else 0.0
    for level, share in shares.items():
        survey = math.log((share * asked + 1.0) / (average * asked + 1.0))
        error = math.sqrt(1.0 / (share * asked + 1.0) + 0.2**2)
        weight, sd = held.get(level, (1.0, HYPOTHESIS_SD))
        first, second = 1.0 / sd**2, 1.0 / error**2
        mean = (first * math.log(max(weight, 0.05)) + second * survey) / (first + second)
        combined[level] = (math.exp(mean), 1.0 / math.sqrt(first + second))
    return combined


def _hours(belief: SegmentHypothesis, seen: AudienceObserved | None) -> list[Prior]:
    blocks = range(24 // BLOCK_HOURS)
    if seen is not None and seen.hours:
        share = [sum(seen.hours.get(block * BLOCK_HOURS + h, 0.0) for h in range(BLOCK_HOURS)) for block in blocks]
        average = max(sum(share) / len(share), 1e-6)
        weights = [max(s / average, 0.25) ** 0.5 for s in share]
    elif belief.hours:
        active = [any(hour // BLOCK_HOURS == block for hour in belief.hours) for block in blocks]
        weights = [1.35 if is_active else 0.8 for is_active in active]
    else:
        return []
    return [
        _prior("reach", "segment:block", f"{belief.name}:{b}", w, 0.3) for b, w in zip(blocks, weights, strict=True)
    ]


def _prior(quantity: str, factor: str, level: str, multiplier: float, sd: float) -> Prior:
    return Prior(quantity=quantity, factor=factor, level=level, mean=math.log(max(multiplier, 0.05)), sd=sd)
