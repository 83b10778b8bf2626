"""What the owner's comparisons of a SWOT's criteria decide: which of nearly tied candidates is the next move.

Expected value decides between candidates, whatever the weights. Only where another is worth nearly as much as the best,
and the posterior cannot tell which of them is worth more, does the balance of their weighed factors choose.

Invariants: pure; without comparisons nothing is weighed; ties of the balance go to the greater expected value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from events.campaign import CampaignBriefed
from events.strategy import Swot
from events.terms import Criterion
from workers.candidates import Candidate
from workers.methods.comparison import Answer, weights

NEAR: Final = 0.05
"""The share of the best candidate's expected value that is given up at most for what the owner weighs."""
TOLD_APART: Final = 0.8
"""The chance of being worth more from which the better of two is known: as sure as an unprompted correction must be."""


def criteria(brief: CampaignBriefed) -> Mapping[Criterion, float] | None:
    """The weight of every criterion, adding up to 1; None where the owner compared none."""
    if not brief.swot_weights:
        return None
    answers = [Answer(one.more.value, one.less.value, one.times) for one in brief.swot_weights]
    return {Criterion(name): weight for name, weight in weights(answers, list(Criterion)).items()}


def preferred(candidates: Sequence[Candidate], swots: Sequence[Swot]) -> int:
    """The place of the next move among candidates that are sorted by value, the best first."""
    if swots[0].balance is None:
        return 0
    tied = [place for place, other in enumerate(candidates) if place == 0 or nearly_tied(candidates[0], other)]
    return min(tied, key=lambda place: (-round(swots[place].balance or 0.0, 9), place))


def nearly_tied(best: Candidate, other: Candidate) -> bool:
    """Whether taking the other gives up little, and nobody can be sure that it gives up anything."""
    lost = best.draft.value.mean - other.draft.value.mean
    ahead = float(np.mean(best.draft.draws > other.draft.draws))
    return lost <= NEAR * best.draft.value.mean and ahead < TOLD_APART
