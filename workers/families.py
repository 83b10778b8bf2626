"""The strategy families as data: what each offers, what it takes, and what is believed of it before any evidence.

`reach`, `engagement` and `outcome` are prior expected multipliers relative to an average post, stated from general
experience (entertainment travels and converts poorly; an offer converts and travels poorly), with a log sd of
`BELIEF_SD`, so that a few posts overrule them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from events.terms import Appeal, FunnelStage

BELIEF_SD: Final = 0.45


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    appeal: Appeal
    funnel_stage: FunnelStage
    promise: str
    lead_days: float
    reach: float
    engagement: float
    outcome: float


FAMILIES: Final = (
    Family(
        "authority by teaching", Appeal.TEACH, FunnelStage.CONSIDERATION, "be the one who explains it best",
        lead_days=2, reach=1.0, engagement=1.0, outcome=1.0,
    ),
    Family(
        "social proof", Appeal.PROOF, FunnelStage.CONSIDERATION, "let those who are glad of it speak",
        lead_days=3, reach=1.0, engagement=1.0, outcome=1.1,
    ),
    Family(
        "entertainment for reach", Appeal.ENTERTAIN, FunnelStage.AWARENESS, "be worth sharing",
        lead_days=2, reach=1.2, engagement=1.15, outcome=0.65,
    ),
    Family(
        "direct offer", Appeal.OFFER, FunnelStage.CONVERSION, "say what it costs and why now",
        lead_days=1, reach=0.9, engagement=0.8, outcome=1.4,
    ),
    Family(
        "community", Appeal.COMMUNITY, FunnelStage.RETENTION, "ask, answer and gather people",
        lead_days=2, reach=0.95, engagement=1.1, outcome=0.85,
    ),
    Family(
        "collaboration", Appeal.COLLABORATE, FunnelStage.AWARENESS, "be seen next to somebody they trust",
        lead_days=5, reach=1.15, engagement=1.0, outcome=0.9,
    ),
)  # fmt: skip

BY_APPEAL: Final = {family.appeal: family for family in FAMILIES}
