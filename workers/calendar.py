"""From a plan's placements to slots with a time in UTC: which are exploited, which explore, and with what chance.

Invariants: local rules hold in the brief's zone (quiet hours, one day's cap); a slot is never in the past; every slot
carries the chance with which its traits were drawn, so that what it teaches can be weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from events.campaign import CampaignBriefed
from events.execution import Slot
from events.terms import Money, PostTraits
from workers.candidates import Candidate, Known
from workers.methods.planning import Choice, Placement, explore_share
from workers.methods.valuation import Array
from workers.model import Aim, Response, economics, levels, response, traits_of

CALENDAR_DAYS: Final = 7
RANDOMIZED: Final = 0.4
"""Of the exploring slots, how many try another strategy's traits at random; the rest sample this strategy's posterior."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a slot is to be filled and with what chance it came out so."""

    choice: Choice
    aim: Aim
    explores: bool
    propensity: float


def slots(
    known: Known, candidate: Candidate, plan: str, first_number: int, chance: np.random.Generator, since: datetime
) -> tuple[Slot, ...]:
    """The slots of the next CALENDAR_DAYS after `since`, numbered on from `first_number`."""
    about = response(known.brief, known.analysis.statistics)
    zone = ZoneInfo(known.brief.zone)
    origin = max(known.now, known.brief.starts).astimezone(zone).date()
    until = since + timedelta(days=CALENDAR_DAYS)
    share = explore_share(len(candidate.draft.placements))
    gross = _net_draws(known, candidate)
    made: list[Slot] = []
    for place in candidate.draft.placements:
        usual = candidate.menu.choices[place.choice]
        drawn = _drawn(known, candidate, usual, share, gross, chance)
        at = _moment(origin + timedelta(days=place.day), drawn.choice.hour, zone)
        if not since < at <= until:
            continue
        if any(slot.account == drawn.choice.account and slot.at == at for slot in made):
            drawn = Drawn(usual, candidate.aim, False, 1.0 - share)
            at = _moment(origin + timedelta(days=place.day), usual.hour, zone)
        made.append(_slot(known, about, f"{plan}.{first_number + len(made)}", drawn, place, at))
    return tuple(sorted(made, key=lambda slot: (slot.at, slot.slot)))


def _moment(day: object, hour: int, zone: ZoneInfo) -> datetime:
    """The instant of a local hour; one that a clock change skips falls to the hour after."""
    local = datetime.combine(day, time(hour), zone)  # type: ignore[arg-type]
    return local.astimezone(ZoneInfo("UTC"))


def _drawn(
    known: Known,
    candidate: Candidate,
    usual: Choice,
    share: float,
    net: Array,
    chance: np.random.Generator,
) -> Drawn:
    draw = chance.random()
    if draw >= share:
        return Drawn(usual, candidate.aim, False, 1.0 - share)
    choices = candidate.menu.choices
    if draw < share * RANDOMIZED:
        aims = _stocked_aims(known)
        if aims:
            aim = aims[int(chance.integers(len(aims)))]
            forms = sorted(known.inventory.stock(aim.topic, aim.appeal, known.now, known.now + timedelta(days=14)))
            open_choices = [c for c in choices if c.format in forms and not c.boosted] or [usual]
            choice = open_choices[int(chance.integers(len(open_choices)))]
            return Drawn(choice, aim, True, share * RANDOMIZED / (len(aims) * len(open_choices)))
    column = int(chance.integers(net.shape[1]))
    winners = np.argmax(net, axis=0)
    best = int(winners[column])
    return Drawn(choices[best], candidate.aim, True, share * (1.0 - RANDOMIZED) * float(np.mean(winners == best)))


def _stocked_aims(known: Known) -> list[Aim]:
    """Every aim for which there is content to try it with, in a fixed order."""
    brief: CampaignBriefed = known.brief
    until = known.now + timedelta(days=14)
    carried = [
        (appeal, topic)
        for appeal in brief.appeals
        for topic in brief.topics
        if topic not in brief.constraints.forbidden_topics
        and known.inventory.stock(topic, appeal, known.now, until)
    ]
    return [Aim(appeal, segment.name, topic) for appeal, topic in carried for segment in brief.segments]


def _net_draws(known: Known, candidate: Candidate) -> Array:
    money = economics(known.brief, known.analysis.statistics)
    menu = candidate.menu
    cost = np.array([money.post_cost + (money.boost_price or 0.0) * choice.boosted for choice in menu.choices])
    return np.asarray(menu.outcomes * money.outcome_worth + menu.engagements * money.engagement_worth - cost[:, None])


def _slot(known: Known, about: Response, name: str, drawn: Drawn, place: Placement, at: datetime) -> Slot:
    traits: PostTraits = traits_of(drawn.choice, drawn.aim)
    reach, engagements, outcomes = about.per_post([levels(traits)])
    boost = known.brief.boost_price if drawn.choice.boosted else None
    return Slot(
        slot=name,
        account=drawn.choice.account,
        at=at,
        traits=traits,
        explores=drawn.explores,
        propensity=drawn.propensity,
        expected_reach=float(reach.mean()) * place.share,
        expected_engagements=float(engagements.mean()) * place.share,
        expected_outcomes=float(outcomes.mean()) * place.share,
        boost=Money(amount=boost.amount, currency=boost.currency) if boost is not None else None,
    )


def exploited(planned: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots that carry the plan's promise."""
    return tuple(slot for slot in planned if not slot.explores)
