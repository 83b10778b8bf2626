"""A world: who lives on a simulated network, how its feed works, what changes and what breaks. Data, validated.

Invariants: frozen; every number has its unit in its name or docstring and its limits here; a world refers to no topic,
format or segment that it does not know, except that people also have a taste for what it does not list (`unlisted`).
Nothing here is known to the workers: they meet a world only through the platform protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from events.terms import COUNTER_NAMES, Appeal
from workers.platforms.simulated.happenings import Change, Rival, Season
from workers.platforms.simulated.quantities import (
    AtLeastOne,
    Chance,
    Hour,
    NotNegative,
    Part,
    Positive,
    Taste,
    Times,
    Word,
)

POST_COUNTERS = ("impressions", "reach", "engagements", "likes", "comments", "shares", "clicks", "follows")
ACCOUNT_COUNTERS = ("followers", "follows", "unfollows")


class Propensities(Part):
    """What a person does. `engage` scales the wish to react to a post that was seen; like, comment, click, share and
    follow are chances given that they engaged, `buy` given that they clicked, `unfollow` per viewing by a fully tired
    follower.
    """

    engage: Taste = 0.1
    like: Chance = 0.8
    comment: Chance = 0.12
    click: Chance = 0.4
    share: Chance = 0.06
    follow: Chance = 0.12
    unfollow: Chance = 0.004
    buy: Chance = 0.15


class Segment(Part):
    """People who resemble each other. Tastes: 0 none, 1 strong.

    `peaks` are local hours in which they are online most; `hours` gives all 24 weights instead. `hours_online` is how
    many hours of a day they look at the network. `persuades` is the chance that a post of an appeal sells to somebody
    who would buy: what is liked need not sell; 1 if unlisted. From the click to the purchase `purchase_after_hours`
    pass at least, and `purchase_delay_hours` more on average, exponentially. After a purchase a person buys nothing
    for `rebuy_days`. `needs_per_year` is how often a person comes to buy by themselves, whatever is posted.
    """

    people: Annotated[int, Field(ge=1, le=50_000)]
    followers: Annotated[int, Field(ge=0)] = 0
    interests: Mapping[Word, Taste] = {}
    appeals: Mapping[Appeal, Taste] = {}
    formats: Mapping[Word, Taste] = {}
    persuades: Mapping[Appeal, Chance] = {}
    peaks: tuple[Hour, ...] = ()
    hours: tuple[NotNegative, ...] = ()
    hours_online: Annotated[float, Field(gt=0, le=16)] = 3.5
    propensities: Propensities = Propensities()
    purchase_after_hours: NotNegative = 0.0
    purchase_delay_hours: Positive = 30.0
    rebuy_days: Positive = 21.0
    needs_per_year: Annotated[float, Field(ge=0, le=365)] = 0.0

    @model_validator(mode="after")
    def _one_habit(self) -> Segment:
        if bool(self.peaks) == bool(self.hours):
            raise ValueError("state either peaks or hours")
        if self.hours and (len(self.hours) != 24 or sum(self.hours) <= 0):
            raise ValueError("hours are 24 weights, not all of them 0")
        if self.followers > self.people:
            raise ValueError("followers are among the segment's people")
        return self


class Throttle(Part):
    """An account that has posted more than `posts` times in the last `days` days is demoted: for each post beyond
    these, whatever it shows weighs `demotion` times as much, until enough of them are older.
    """

    posts: AtLeastOne
    days: Positive
    demotion: Chance


class Feed(Part):
    """How the network shows posts.

    `followers` and `strangers` weigh a fresh ordinary post in the feed of those who may see it: shown with chance
    s/(1+s) an hour online. `circle` is the share of strangers who may see a post at all; a share widens it by
    `friends_per_share` people of the sharer's segment, `addressing` multiplies it in the segment that the post speaks
    to. Its weight halves every `half_life_hours`, ends after `lives_hours`, and is multiplied by its early engagement,
    over `early_hours`, relative to `early_engagements`, to the power `ranking`. One unit of currency spent on a boost
    shows the post to at most `boost_people` of the addressed segment, with weight `boost`; the odds of being among them
    are `boost_aim` times as high for those who come to buy by themselves within `boost_aim_days`. `throttle`: what the
    feed does to accounts that post too often.
    """

    followers: Positive = 0.5
    strangers: Positive = 0.3
    circle: Chance = 0.08
    friends_per_share: NotNegative = 12.0
    addressing: Positive = 1.5
    half_life_hours: Positive = 5.0
    lives_hours: Annotated[int, Field(ge=2, le=168)] = 48
    early_hours: Positive = 4.0
    early_engagements: Positive = 6.0
    ranking: Annotated[float, Field(ge=0, le=3)] = 0.8
    boost: NotNegative = 0.6
    boost_people: NotNegative = 25.0
    boost_aim: Times = 1.0
    boost_aim_days: Annotated[int, Field(ge=1, le=60)] = 7
    throttle: Throttle | None = None


class Attention(Part):
    """A person takes in `posts_per_day` marketing posts a day, and tires of one account by `fatigue` with every post of
    it that they see; half of that is gone after `recovery_days`. In the same way they tire of a topic and of an appeal,
    whoever shows it, by `topic_fatigue` and `appeal_fatigue`, and recover by half in `repeat_recovery_days`. People do
    as others do: their wish to react is multiplied by the post's early engagement, relative to an ordinary post's as in
    the feed's ranking, to the power `herding`.
    """

    posts_per_day: Annotated[int, Field(ge=1, le=100)] = 4
    fatigue: Annotated[float, Field(ge=0, le=5)] = 0.12
    recovery_days: Positive = 2.0
    topic_fatigue: Annotated[float, Field(ge=0, le=5)] = 0.0
    appeal_fatigue: Annotated[float, Field(ge=0, le=5)] = 0.0
    repeat_recovery_days: Positive = 10.0
    herding: Annotated[float, Field(ge=0, le=3)] = 0.0


class Luck(Part):
    """Chance between people and posts: `people` and `moods` are log-normal spreads of a person's lasting tastes and of
    the day's liking for one content, `tail` the Pareto exponent of how widely a post is picked up (less is wilder).
    With chance `explosions` a post, whatever it says, is picked up `explosion` times as widely as it would have been.
    """

    people: Annotated[float, Field(ge=0, le=2)] = 0.4
    moods: Annotated[float, Field(ge=0, le=2)] = 0.5
    tail: Annotated[float, Field(gt=1.2, le=50)] = 2.6
    explosions: Chance = 0.0
    explosion: Times = 10.0


class Unlisted(Part):
    """The taste for a topic, format or appeal that a segment does not list, drawn by the seed between these."""

    low: Taste = 0.3
    high: Taste = 0.8

    @model_validator(mode="after")
    def _ordered(self) -> Unlisted:
        if self.low > self.high:
            raise ValueError("low is at most high")
        return self


class Credit(Part):
    """To whom the shop puts down a purchase that came by itself: to the post that the buyer last clicked, or was shown
    by a boost, in the `days` before. One without such a post is known to the shop only.
    """

    days: Positive = 7.0


class OutageKind(StrEnum):
    """Whether an outage refuses connections, or takes requests and answers with a server error."""

    REFUSED = "refused"
    ERROR = "error"


class Outage(Part):
    """The interface is down for `hours` from `day` on (days since the network's first midnight); people live on."""

    day: NotNegative
    hours: Positive
    kind: OutageKind = OutageKind.REFUSED


class FaultRates(Part):
    """What goes wrong of itself. Chances are per call; `missing_share` of the readings lack these counters."""

    outages: tuple[Outage, ...] = ()
    timeout_after_success: Chance = 0.0
    timeout_before: Chance = 0.0
    proven_unsent: Chance = 0.0
    missing_counters: tuple[Word, ...] = ()
    missing_share: Chance = 1.0

    @field_validator("missing_counters")
    @classmethod
    def _counted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - COUNTER_NAMES)
        if unknown:
            raise ValueError(f"unknown counter {', '.join(unknown)}; known: {', '.join(sorted(COUNTER_NAMES))}")
        return value


class Network(Part):
    """What the network takes and gives. Caps are per account, days local; absent caps and formats mean no limit."""

    keyed: bool = True
    posts_per_hour: AtLeastOne | None = None
    posts_per_day: AtLeastOne | None = None
    reads_per_hour: AtLeastOne | None = None
    text_length: AtLeastOne | None = 2200
    formats: tuple[Word, ...] = ()
    find_lag_minutes: NotNegative = 0.0


class World(Part):
    """`brief` names the shipped brief that fits. Hours and days are local to `zone`."""

    brief: Word
    zone: str = "UTC"
    segments: Mapping[Word, Segment] = Field(min_length=1)
    network: Network = Network()
    feed: Feed = Feed()
    attention: Attention = Attention()
    luck: Luck = Luck()
    unlisted: Unlisted = Unlisted()
    credit: Credit = Credit()
    changes: tuple[Change, ...] = ()
    seasons: tuple[Season, ...] = ()
    rivals: tuple[Rival, ...] = ()
    faults: FaultRates = FaultRates()

    @field_validator("zone")
    @classmethod
    def _is_iana(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin or Asia/Tehran")
        return value

    @model_validator(mode="after")
    def _happenings_name_segments(self) -> World:
        named = {
            "changes": [each.segments for each in self.changes],
            "rivals": [each.segments for each in self.rivals],
        }
        for kind, segments in named.items():
            unknown = sorted({name for each in segments for name in each} - set(self.segments))
            if unknown:
                raise ValueError(f"{kind} name unknown segment {', '.join(unknown)}; known: {', '.join(self.segments)}")
        return self

    def keyed(self, *, taken: bool) -> World:
        """The same world on a network that takes keys, or does not."""
        return self.model_copy(update={"network": self.network.model_copy(update={"keyed": taken})})

    @property
    def restless(self) -> bool:
        """Whether what people like can be another thing on every day."""
        return bool(self.seasons or self.rivals)

    @property
    def size(self) -> int:
        """How many people there are."""
        return sum(segment.people for segment in self.segments.values())


def boosted_share(money: Decimal, people: int, feed: Feed) -> float:
    """The share of a segment that a boost shows the post to: more money meets ever fewer new people."""
    wanted = float(money) * feed.boost_people / people
    return wanted / (1.0 + wanted)
