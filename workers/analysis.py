"""What the analyst remembers of posts, and how it turns that into AudienceAnalyzed.

Invariants: an exposure says how much of a count's life has been seen, so an early reading is completed instead of
looking weak; counters that are absent leave their sums untouched.

Where a network counts no reach, a post's engagements tell of the product of its reach and their rate. They are taken to
tell of the rate, at the reach that is believed in: what a plan is worth follows from the product.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from events.campaign import AudienceObserved, CampaignBriefed, SegmentHypothesis
from events.execution import MetricObserved
from events.strategy import (
    AnalysisPrompt,
    AudienceAnalyzed,
    Cell,
    Direction,
    Dispersion,
    Interval,
    LevelEstimate,
    MaturityPoint,
    Statistics,
)
from events.terms import Goal, PostTraits
from workers.beliefs import believed_anyway, beyond, quantities
from workers.cells import added, key_of, pooled, scaled
from workers.decision import State
from workers.methods.designs import Level
from workers.methods.maturity import Curve, exponential, learn
from workers.methods.response import expand
from workers.methods.valuation import Array, spread
from workers.model import Response, levels, response
from workers.sizes import DIRECTIONS_BYTES, LEVELS_BYTES, MOST_BYTES, fitting, size, telling

AGES: Final = (1.0, 3.0, 8.0, 24.0, 48.0, 72.0, 120.0, 168.0)
"""Hours after publication at which posts are read, and the knots of both maturity curves."""
REACH_CURVE: Final = exponential(AGES, 14.0)
OUTCOME_CURVE: Final = exponential(AGES, 40.0)
YOUNGEST: Final = 3.0
DAILY_DISCOUNT: Final = 0.99
LEVEL_BYTES: Final = 300
DIRECTION_BYTES: Final = 150
"""What one of them has at most as JSON, without its names."""
_FACTORS: Final = ("channel", "segment", "topic", "format", "appeal", "hour", "paid")


class Learned(State):
    """Sums over matured posts: reach and outcomes by age, and follows against engagements."""

    reach_at: Mapping[str, float] = {}
    reach_final: float = 0
    outcomes_at: Mapping[str, float] = {}
    outcomes_final: float = 0
    follows: float = 0
    followed_engagements: float = 0

    def reach_curve(self) -> Curve:
        return learn(REACH_CURVE, {float(a): r for a, r in self.reach_at.items()}, self.reach_final, 1_000.0)

    def outcome_curve(self) -> Curve:
        seen = {float(age): total for age, total in self.outcomes_at.items()}
        return learn(OUTCOME_CURVE, seen, self.outcomes_final, 10.0)


class OpenPost(State):
    """A post that is still being read: its newest counters, its reach by age, and the ages of its conversions."""

    traits: PostTraits
    published: datetime
    history: bool = False
    counts_reach: bool = True
    """Whether its network does; where it does not, engagements are learned of posts instead of reached people."""
    age: float = 0
    reach: float | None = None
    engagements: float | None = None
    follows: float | None = None
    conversions: float = 0
    reach_by_age: Mapping[str, float] = {}
    conversions_by_age: Mapping[str, float] = {}

    def read(self, reading: MetricObserved) -> OpenPost:
        counters = reading.counters
        age = reading.age_hours if reading.age_hours is not None else AGES[-1]
        knots = {**self.reach_by_age}
        if "reach" in counters:
            knots[str(_read_at(age))] = float(counters["reach"])
        if age < self.age:
            # It came late: newer counters are known already.
            return self.model_copy(update={"reach_by_age": knots})
        reach = counters.get("reach", self.reach)
        return self.model_copy(
            update={
                "age": age,
                "reach": float(reach) if reach is not None else None,
                "engagements": engagements_of(counters, self.engagements),
                "follows": float(counters["follows"]) if "follows" in counters else self.follows,
                "reach_by_age": knots,
            }
        )

    def converted(self, count: int, at: datetime) -> OpenPost:
        age = str(_before(max(0.0, (at - self.published).total_seconds() / 3600.0)))
        by_age = {**self.conversions_by_age, age: self.conversions_by_age.get(age, 0.0) + count}
        return self.model_copy(update={"conversions": self.conversions + count, "conversions_by_age": by_age})

    def cell(self, goal: Goal, learned: Learned, *, final: bool) -> Cell:
        """This one post as sufficient statistics at the age of its last reading."""
        sums: dict[str, Any] = {"posts": 1.0}
        if self.reach is not None:
            sums["reach_exposure"] = 1.0 if final else learned.reach_curve().at(self.age)
            sums["reach"] = self.reach
            if self.engagements is not None:
                sums["engaged_posts"] = 1.0
                sums["engaged_reach"], sums["engagements"] = self.reach, min(self.engagements, self.reach * 3)
        elif self.engagements is not None and not self.counts_reach:
            sums["unreached"] = 1.0 if final else learned.reach_curve().at(self.age)
            sums["engaged_posts"], sums["engagements"] = 1.0, self.engagements
        if self.engagements is not None and goal is Goal.CONVERT and not self.history:
            seen = 1.0 if final else learned.outcome_curve().at(self.age)
            sums["outcome_posts"] = 1.0
            sums["outcome_engagements"], sums["outcomes"] = self.engagements * seen, self.conversions
        elif self.engagements is not None and goal is Goal.FOLLOW and self.follows is not None:
            sums["outcome_posts"] = 1.0
            sums["outcome_engagements"], sums["outcomes"] = self.engagements, self.follows
        return Cell(**self.traits.model_dump(), **sums)


class Era(State):
    """Statistics of the posts of one week; number -1 holds imported history."""

    number: float
    cells: Mapping[str, Cell] = {}
    elsewhere: bool = False
    """Whether the level of its posts' reach was refuted; what differed between them still counts."""

    def plus(self, key: str, cell: Cell) -> Era:
        return self.model_copy(update={"cells": {**self.cells, key: added(self.cells.get(key), cell, 1.0)}})

    def merged(self, older: Era) -> Era:
        cells = dict(self.cells)
        for key, cell in older.cells.items():
            cells[key] = added(cells.get(key), cell, 1.0)
        return self.model_copy(update={"cells": cells})

    def scaled(self, share: float, sums: Sequence[str]) -> Era:
        """The era with some of its sums worth only a share of what they were."""
        return self.model_copy(update={"cells": {key: scaled(cell, share, sums) for key, cell in self.cells.items()}})

    def elsewhere_cells(self) -> Mapping[str, Cell]:
        """Its cells, marked as of another level."""
        marked = [cell.model_copy(update={"elsewhere": True}) for cell in self.cells.values()]
        return {key_of(cell): cell for cell in marked}

    def timeless(self) -> Era:
        """The era without what it taught of hours: its posts count as if nobody knew when they were made."""
        cells: dict[str, Cell] = {}
        for cell in self.cells.values():
            unknown = cell.model_copy(update={"hour": None})
            cells[key_of(unknown)] = added(cells.get(key_of(unknown)), unknown, 1.0)
        return self.model_copy(update={"cells": cells})


def engagements_of(counters: Mapping[str, int], otherwise: float | None) -> float | None:
    """The platform's own total, or the sum of likes, comments and shares where all three are given; else unknown."""
    if "engagements" in counters:
        return float(counters["engagements"])
    parts = [counters.get(name) for name in ("likes", "comments", "shares")]
    if any(part is None for part in parts):
        return otherwise
    return float(sum(part for part in parts if part is not None))


def matured(learned: Learned, post: OpenPost) -> Learned:
    """The maturity sums with one more post that has run its course; history has no readings by age."""
    follows, engaged = learned.follows, learned.followed_engagements
    if post.follows is not None and post.engagements is not None:
        follows, engaged = follows + post.follows, engaged + post.engagements
    if post.history or len(post.reach_by_age) < len(AGES) - 1 or post.reach is None:
        return learned.model_copy(update={"follows": follows, "followed_engagements": engaged})
    reach_at, outcomes_at, converted = dict(learned.reach_at), dict(learned.outcomes_at), 0.0
    for age, reach in zip(map(str, AGES), _grown(post.reach_by_age, post.reach), strict=True):
        reach_at[age] = reach_at.get(age, 0.0) + reach
        converted += post.conversions_by_age.get(age, 0.0)
        outcomes_at[age] = outcomes_at.get(age, 0.0) + converted
    return Learned(
        reach_at=reach_at,
        reach_final=learned.reach_final + post.reach,
        outcomes_at=outcomes_at,
        outcomes_final=learned.outcomes_final + post.conversions,
        follows=follows,
        followed_engagements=engaged,
    )


def _grown(by_age: Mapping[str, float], final: float) -> list[float]:
    """Reach at each of AGES, never above the final one; a missed reading lies between its neighbors."""
    known = sorted((float(age), min(reach, final)) for age, reach in by_age.items())
    ages, reaches = zip((0.0, 0.0), *known, (AGES[-1], final), strict=True)
    return [float(reach) for reach in np.interp(AGES, ages, reaches)]


def analyzed(
    brief: CampaignBriefed,
    observed: Sequence[AudienceObserved],
    eras: Sequence[Era],
    opened: Sequence[OpenPost],
    learned: Learned,
    prompt: AnalysisPrompt,
    breach: str | None,
) -> AudienceAnalyzed:
    """The whole analysis as it stands now, within the size of an event."""
    follows = learned.follows / learned.followed_engagements if learned.followed_engagements > 0 else None
    reach, outcomes = learned.reach_curve(), learned.outcome_curve()
    priors = telling(beyond(brief, observed), believed_anyway(brief))
    shown = _shown_bytes(brief)
    most = MOST_BYTES - sum(map(size, priors)) - sum(shown)
    statistics = Statistics(
        goal=brief.goal,
        cells=pooled(_cells(brief, eras, opened, learned), quantities(brief), most),
        priors=priors,
        maturity=tuple(MaturityPoint(age_hours=a, reach=reach.at(a), outcomes=outcomes.at(a)) for a in AGES),
        follows_per_engagement=follows,
    )
    about, cells = response(brief, statistics), statistics.cells
    return AudienceAnalyzed(
        prompt=prompt,
        breach=breach,
        pilot=not cells and not observed,
        posts=sum(cell.posts for cell in cells),
        levels=_estimates(brief, about, cells, shown[0]),
        directions=_directions(brief, about, cells, shown[1]),
        dispersion=Dispersion(
            reach=about.reach.dispersion, engagement=about.engagement.dispersion, outcome=about.outcome.dispersion
        ),
        statistics=statistics,
    )


def _shown_bytes(brief: CampaignBriefed) -> tuple[int, int]:
    """What levels and directions may have: no more than all that the brief makes possible would need."""
    names = [_bytes_of(name) for _, name in _asked(brief, ())]
    segments = [_bytes_of(segment.name) for segment in brief.segments]
    topics = [_bytes_of(topic) for topic in brief.topics]
    pairs = len(segments) * len(topics) * DIRECTION_BYTES + len(topics) * sum(segments) + len(segments) * sum(topics)
    return min(LEVELS_BYTES, len(names) * LEVEL_BYTES + sum(names)), min(DIRECTIONS_BYTES, pairs)


def _bytes_of(name: str) -> int:
    return len(name.encode())


def _cells(
    brief: CampaignBriefed, eras: Sequence[Era], opened: Sequence[OpenPost], learned: Learned
) -> tuple[Cell, ...]:
    current = max((era.number for era in eras), default=0.0)
    total: dict[str, Cell] = {}
    for era in eras:
        days = 7 * (current - era.number) if era.number >= 0 else 0.0
        for key, cell in era.elsewhere_cells().items() if era.elsewhere else era.cells.items():
            total[key] = added(total.get(key), cell, DAILY_DISCOUNT**days)
    for post in opened:
        if post.age >= YOUNGEST:
            cell = post.cell(brief.goal, learned, final=False)
            key = key_of(cell)
            total[key] = added(total.get(key), cell, 1.0)
    return tuple(total[key] for key in sorted(total))


def _estimates(brief: CampaignBriefed, about: Response, cells: Sequence[Cell], most: int) -> tuple[LevelEstimate, ...]:
    """Every level, or where they are too many, of those that the brief names those with most posts, then outcomes."""
    rows = [levels(cell) for cell in cells]
    weights = np.array([cell.posts for cell in cells])
    asked = _asked(brief, rows)
    reach = about.reach.average(rows, weights, asked)
    engagement = about.engagement.average(rows, weights, asked)
    outcomes = reach if about.goal is Goal.REACH else reach * engagement * about.outcome.average(rows, weights, asked)
    posts: Counter[Level] = Counter()
    for cell, row in zip(cells, rows, strict=True):
        posts.update(dict.fromkeys(row, cell.posts))
    found = [
        LevelEstimate(
            factor=factor,
            level=level,
            posts=round(posts[factor, level]),
            engagement_rate=_interval(engagement[i]),
            reach=_interval(reach[i]),
            outcomes_per_post=_interval(outcomes[i]),
        )
        for i, (factor, level) in enumerate(asked)
    ]
    kept = set(fitting(sorted(found, key=_claim), most))
    return tuple(level for level in found if level in kept)


def _claim(level: LevelEstimate) -> tuple[bool, int, float, str, str]:
    """In what order levels are kept: first those that no brief has many of."""
    many = level.factor not in {"hour", "paid", "appeal"}
    return many, -level.posts, -round(level.outcomes_per_post.mean, 9), level.factor, level.level


def _asked(brief: CampaignBriefed, rows: Sequence[tuple[Level, ...]]) -> list[Level]:
    possible: set[Level] = {("hour", str(hour)) for hour in range(24)} | {("paid", "yes")}
    possible.update(("channel", account.channel) for account in brief.accounts)
    possible.update(("segment", segment.name) for segment in brief.segments)
    possible.update(("topic", topic) for topic in brief.topics)
    possible.update(("format", form) for form in brief.formats)
    possible.update(("appeal", appeal.value) for appeal in brief.appeals)
    possible.update(level for row in rows for level in row if level[0] in _FACTORS)
    return sorted(possible, key=lambda level: (_FACTORS.index(level[0]), level[1].zfill(2)))


def _directions(brief: CampaignBriefed, about: Response, cells: Sequence[Cell], most: int) -> tuple[Direction, ...]:
    """The leading pairs of segment and allowed topic by expected outcomes per post, relative to all pairs' average."""
    channel = brief.accounts[0].channel
    pairs = [
        (segment, topic)
        for segment in brief.segments
        for topic in brief.topics
        if topic not in brief.constraints.forbidden_topics
    ]
    if not pairs:
        return ()  # An amended brief may forbid every topic: then there is no average to be better than.
    rows = [
        expand(channel=channel, topic=topic, format=None, appeal=None, segment=segment.name, hour=None, paid=None)
        for segment, topic in pairs
    ]
    outcomes = about.per_post(rows)[2]
    relative = outcomes / np.maximum(outcomes.mean(axis=0), 1e-12)
    scores = [round(float(score), 9) for score in relative.mean(axis=1)]
    ranked = sorted(range(len(pairs)), key=lambda i: (-scores[i], pairs[i][0].name, pairs[i][1]))
    found = (_direction(*pairs[i], _interval(relative[i]), cells) for i in ranked)
    return tuple(fitting(found, most))


def _direction(segment: SegmentHypothesis, topic: str, score: Interval, cells: Sequence[Cell]) -> Direction:
    return Direction(
        segment=segment.name,
        topic=topic,
        score=score.mean,
        low=score.low,
        high=score.high,
        posts=round(sum(c.posts for c in cells if c.topic == topic and c.segment in (None, segment.name))),
        people=segment.people,
    )


def _interval(draws: Array) -> Interval:
    summary = spread(draws)
    return Interval(mean=summary.mean, low=summary.low, high=summary.high)


def _read_at(age: float) -> float:
    """The reading that an age belongs to: readings come a little late, never early."""
    return max((knot for knot in AGES if knot <= age * 1.02 + 0.1), default=AGES[0])


def _before(age: float) -> float:
    """The first reading that can show something that happened at an age."""
    return next((knot for knot in AGES if age <= knot), AGES[-1])


def fingerprint(*parts: object) -> str:
    """A short, stable hash of what a person saw and may approve."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:16]
