"""From a plan's placements to slots with a time in UTC: which are exploited, which explore, and with what chance.

Invariants: local rules hold in the brief's zone (quiet hours, one day's cap), and those of the network over any
24 hours; a slot is never in the past; draws never spend what the plan has not set aside; every slot carries the chance
with which its traits were drawn, so that what it teaches can be weighed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from events.campaign import CampaignBriefed
from events.execution import Slot
from events.terms import Money
from workers.candidates import Candidate, Known
from workers.decision import State
from workers.methods.planning import SPACING_HOURS, Choice, Placement
from workers.model import Aim, ends, levels_of, takes, traits_of

CALENDAR_DAYS: Final = 7
SPACING: Final = timedelta(hours=SPACING_HOURS)
NETWORKS_DAY: Final = timedelta(hours=24)
"""Networks count a day's posts over the last 24 hours, not from a midnight."""
STRATEGIES: Final = 0.25
"""The share of slots that, at first, ask one draw of the posterior which strategy is best, and follow it."""
CHOICES: Final = 0.3
"""The share of the others that ask one draw which hour and format is best."""
Winners = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a slot is to be filled and with what chance it came out so."""

    choice: Choice
    aim: Aim
    explores: bool
    propensity: float


class Taken(State):
    """A moment at which an account posts or has posted."""

    account: str
    at: datetime


def slots(
    known: Known,
    candidate: Candidate,
    plan: str,
    first_number: int,
    chance: np.random.Generator,
    since: datetime,
    standing: Sequence[Taken] = (),
) -> tuple[Slot, ...]:
    """The slots of the next CALENDAR_DAYS after `since`, numbered on from `first_number`.

    `standing`: what is already in the calendar or was published lately; the day's cap and the spacing count it too.
    """
    if not candidate.draft.placements:
        return ()
    zone = ZoneInfo(known.brief.zone)
    origin = max(known.now, known.brief.starts).astimezone(zone).date()
    until = since + timedelta(days=CALENDAR_DAYS)
    lots = _lots(known, candidate)
    price = float(known.brief.boost_price.amount) if known.brief.boost_price is not None else 0.0
    left = float(known.brief.budget.amount) - known.spent - candidate.draft.spend
    taken = list(standing)
    made: list[tuple[Drawn, Placement, datetime]] = []
    for place in candidate.draft.placements:
        day = origin + timedelta(days=place.day)
        usual = candidate.menu.choices[place.choice]
        drawn = _drawn(lots, usual, chance, boosts=usual.boosted or left >= price)
        one = Taken(account=drawn.choice.account, at=_moment(day, drawn.choice.hour, zone))
        if not since < one.at <= until:
            continue
        if not takes(known.limits, drawn.choice.account, drawn.choice.format) or not _fits(known, one, taken):
            drawn = Drawn(usual, candidate.aim, False, drawn.propensity)
            one = Taken(account=usual.account, at=_moment(day, usual.hour, zone))
            if not since < one.at <= until or not _fits(known, one, taken):
                continue
        taken.append(one)
        left -= price * (drawn.choice.boosted - usual.boosted)
        made.append((drawn, place, one.at))
    named = _slots(known, [f"{plan}.{first_number + number}" for number in range(len(made))], made)
    return tuple(sorted(named, key=lambda slot: (slot.at, slot.slot)))


def _fits(known: Known, one: Taken, taken: Sequence[Taken]) -> bool:
    """Whether the account may post then: its day is not full, no other post of it is near, and it is no quiet hour."""
    brief = known.brief
    zone = ZoneInfo(brief.zone)
    local = one.at.astimezone(zone)
    others = [other.at for other in taken if other.account == one.account]
    today = sum(at.astimezone(zone).date() == local.date() for at in others)
    apart = all(abs(at - one.at) >= SPACING for at in others)
    has_room = today < brief.constraints.posts_per_day
    network = known.limits[one.account].posts_per_day if one.account in known.limits else None
    bearable = network is None or _bears((*others, one.at), network)
    return apart and has_room and bearable and local.hour not in brief.constraints.quiet_hours


def _bears(posts: Sequence[datetime], cap: int) -> bool:
    """Whether no 24 hours hold more posts than the cap."""
    times = sorted(posts)
    return all(later - earlier >= NETWORKS_DAY for earlier, later in zip(times, times[cap:], strict=False))


def usable_until(brief: CampaignBriefed, at: datetime) -> datetime:
    """Until when a slot may be used: through its grace, but into no quiet hour, nor into the next day and its cap."""
    zone = ZoneInfo(brief.zone)
    local = at.astimezone(zone)
    ends = [_moment(local.date() + timedelta(days=1), 0, zone), at + timedelta(minutes=brief.constraints.grace_minutes)]
    ends += [_moment(local.date(), hour, zone) for hour in brief.constraints.quiet_hours if hour > local.hour]
    return min(ends)


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The instant of a local hour; one that a clock change skips falls to the hour after."""
    local = datetime.combine(day, time(hour), zone)
    return local.astimezone(ZoneInfo("UTC"))


def _drawn(lots: _Lots, usual: Choice, chance: np.random.Generator, *, boosts: bool) -> Drawn:
    """Thompson sampling on two levels: now and then over strategies, now and then over this strategy's choices.

    Top-two in spirit (Russo 2016): most slots take the best choice, some the best of one draw of the posterior. What is
    known to be best wins the draws too, so exploring ends by itself; where much else may be better, it does not. And
    since what is learned pays over what is left of the horizon, both shares fall towards its end. Without `boosts` the
    draw is among the choices that cost nothing but the post.
    """
    elsewhere, otherwise = STRATEGIES * lots.left, CHOICES * lots.left
    here = 1.0 - elsewhere * lots.elsewhere
    if chance.random() < elsewhere:
        aim = lots.aims[int(lots.best_aim[int(chance.integers(len(lots.best_aim)))])]
        if aim != lots.aim:
            choice = replace(usual, format=lots.formats[aim], boosted=False)
            often = elsewhere * float(np.mean(lots.best_aim == lots.aims.index(aim)))
            return Drawn(choice, aim, True, often)
    pick, best = usual, lots.best_choice if boosts else lots.best_unboosted
    if chance.random() < otherwise:
        pick = lots.choices[int(best[int(chance.integers(len(best)))])]
    often = otherwise * float(np.mean(best == lots.choices.index(pick)))
    return Drawn(pick, lots.aim, pick != usual, here * (often + (1.0 - otherwise) * (pick == usual)))


@dataclass(frozen=True, slots=True)
class _Lots:
    """What is drawn from: by draw of the posterior, the best choice of this strategy, and the best of all aims."""

    aim: Aim
    choices: tuple[Choice, ...]
    best_choice: Winners
    best_unboosted: Winners
    aims: tuple[Aim, ...]
    formats: Mapping[Aim, str]
    best_aim: Winners
    left: float
    """The square root of the share of the horizon that is still ahead."""

    @property
    def elsewhere(self) -> float:
        """The probability that another strategy is better."""
        return float(np.mean(self.best_aim != self.aims.index(self.aim)))


def _lots(known: Known, candidate: Candidate) -> _Lots:
    money, menu = known.money, candidate.menu
    boosted = np.array([choice.boosted for choice in menu.choices])
    cost = money.post_cost + (money.boost_price or 0.0) * boosted
    worth = menu.outcomes * money.outcome_worth + menu.engagements * money.engagement_worth - cost[:, None]
    formats = _stocked(known)
    formats.setdefault(candidate.aim, known.brief.formats[0])
    aims = tuple(formats)
    top = replace(menu.choices[int(np.argmax(worth.mean(axis=1)))], boosted=False)
    rows = [levels_of(replace(top, format=formats[aim]), aim) for aim in aims]
    _, engagements, outcomes = known.about.per_post(rows)
    others = outcomes * money.outcome_worth + engagements * money.engagement_worth
    left = (ends(known.brief) - known.now) / timedelta(days=known.brief.horizon_days)
    return _Lots(
        aim=candidate.aim,
        choices=menu.choices,
        best_choice=np.asarray(np.argmax(worth, axis=0)),
        best_unboosted=np.asarray(np.argmax(np.where(boosted[:, None], -np.inf, worth), axis=0)),
        aims=aims,
        formats=formats,
        best_aim=np.asarray(np.argmax(others, axis=0)),
        left=math.sqrt(min(1.0, max(0.0, left))),
    )


def _stocked(known: Known) -> dict[Aim, str]:
    """Every aim for which there is content to try it with, and in which format, in a fixed order."""
    brief = known.brief
    until = known.now + timedelta(days=2 * CALENDAR_DAYS)
    found: dict[Aim, str] = {}
    for appeal in brief.appeals:
        for topic in brief.topics:
            carried = known.inventory.stock(topic, appeal, known.now, until)
            if topic in brief.constraints.forbidden_topics or not carried:
                continue
            best = min(carried, key=lambda form: (-len(carried[form]), form))
            found.update({Aim(appeal, segment.name, topic): best for segment in brief.segments})
    return found


def _slots(known: Known, names: Sequence[str], made: Sequence[tuple[Drawn, Placement, datetime]]) -> list[Slot]:
    if not made:
        return []
    rows = [levels_of(drawn.choice, drawn.aim) for drawn, _, _ in made]
    yields = zip(*(each.mean(axis=1).tolist() for each in known.about.per_post(rows)), strict=True)
    found = []
    for name, (drawn, place, at), (reach, engagements, outcomes) in zip(names, made, yields, strict=True):
        boost = known.brief.boost_price if drawn.choice.boosted else None
        slot = Slot(
            slot=name,
            account=drawn.choice.account,
            at=at,
            traits=traits_of(drawn.choice, drawn.aim),
            explores=drawn.explores,
            propensity=drawn.propensity,
            expected_reach=reach * place.share,
            expected_engagements=engagements * place.share,
            expected_outcomes=outcomes * place.share,
            boost=Money(amount=boost.amount, currency=boost.currency) if boost is not None else None,
        )
        found.append(slot)
    return found


class Pattern(State):
    """One way in which a plan posts when it does not explore."""

    account: str
    hour: int
    format: str
    boosted: bool

    def is_of(self, choice: Choice) -> bool:
        mine = (self.account, self.hour, self.format, self.boosted)
        return mine == (choice.account, choice.hour, choice.format, choice.boosted)


def patterns_of(planned: Sequence[Slot]) -> tuple[Pattern, ...]:
    """How a plan posts, from the slots that carry its promise."""
    ways = {
        (slot.account, slot.traits.hour or 0, slot.traits.format or "", bool(slot.traits.paid))
        for slot in exploited(planned)
    }
    return tuple(Pattern(account=a, hour=h, format=f, boosted=b) for a, h, f, b in sorted(ways))


def exploited(planned: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots that carry the plan's promise."""
    return tuple(slot for slot in planned if not slot.explores)
