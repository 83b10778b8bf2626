"""What the owner and the outside world say: the brief, the audience, content, history, outcomes and accounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from events.terms import (
    Appeal,
    Count,
    Criterion,
    DataClass,
    Fact,
    FunnelStage,
    Goal,
    Label,
    Mode,
    Moment,
    Money,
    Name,
    Part,
    PostTraits,
    Reference,
    Share,
    Text,
)

Hour = Annotated[int, Field(ge=0, le=23)]

_BY_HOUR: Any = Field(
    json_schema_extra={"propertyNames": {"pattern": "^(1?[0-9]|2[0-3])$", "x-data-class": DataClass.PLAIN.value}}
)
"""JSON writes the hours of a mapping as words."""


class CampaignAccount(Part):
    """A login on a network that the campaign publishes through. `shared`: other live campaigns may use it too."""

    account: Name
    channel: Name
    shared: bool = False


class SegmentHypothesis(Part):
    """What the owner believes of one group of people; evidence overrides it.

    `interests` (by topic) and `appeals` are relative: 1 is ordinary, 2 twice as responsive. `hours` are local.
    """

    name: Label
    people: Count | None = None
    interests: Mapping[Label, Annotated[float, Field(ge=0, le=10)]] = {}
    appeals: Mapping[Appeal, Annotated[float, Field(ge=0, le=10)]] = {}
    hours: tuple[Hour, ...] = ()


class Constraints(Part):
    """What may never happen. `quiet_hours` are local hours in which nothing is published.

    `pieces_per_week` is how much new content the owner can make when asked; plans count on no more.
    """

    posts_per_day: Annotated[int, Field(ge=1, le=50)] = 2
    quiet_hours: tuple[Hour, ...] = ()
    forbidden_topics: tuple[Name, ...] = ()
    minutes_per_week: Annotated[float, Field(gt=0, le=7 * 24 * 60)] | None = None
    pieces_per_week: Annotated[float, Field(ge=0, le=200)] = 2
    grace_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    approval_hours: Annotated[float, Field(gt=0, le=24 * 14)] = 12


class Comparison(Part):
    """The owner's answer: in a strategy's SWOT, `more` matters so many `times` as much as `less`."""

    more: Criterion
    less: Criterion
    times: Annotated[float, Field(ge=1, le=9)]


@cache
def _zones() -> frozenset[str]:
    """Asked once: looking through the zones' files takes twenty times as long as all else that a brief must pass."""
    return frozenset(available_timezones())


class CampaignBriefed(Fact):
    """The owner's goal, money, time and limits. For a known campaign it amends the earlier brief.

    `lost_per_day` is the share of an outcome's worth that a day's delay costs. `audience_worth` is what one follower is
    worth when the campaign ends. The minutes are the owner's own, priced by `minute_cost`, if that is given. `history`
    names the import to wait for before the first analysis. `swot_weights` says which measures of a SWOT matter more;
    without them all matter alike, and expected value alone decides.
    """

    title: Text
    goal: Goal
    mode: Mode = Mode.APPROVE
    outcome_worth: Money
    lost_per_day: Annotated[float, Field(ge=0, lt=1)]
    audience_worth: Money | None = None
    starts: Moment
    horizon_days: Annotated[int, Field(ge=1, le=730)]
    zone: Name = "UTC"
    language: Name = "en"
    budget: Money
    post_cost: Money
    boost_price: Money | None = None
    minute_cost: Money | None = None
    minutes_per_post: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 0
    minutes_per_revision: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 15
    minutes_per_switch: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 180
    target_outcomes: Annotated[float, Field(gt=0)] | None = None
    accounts: tuple[CampaignAccount, ...] = Field(min_length=1)
    segments: tuple[SegmentHypothesis, ...] = Field(min_length=1)
    topics: tuple[Label, ...] = Field(min_length=1)
    formats: tuple[Label, ...] = Field(min_length=1)
    appeals: tuple[Appeal, ...] = tuple(Appeal)
    constraints: Constraints = Constraints()
    history: Name | None = None
    swot_weights: tuple[Comparison, ...] | None = None

    @field_validator("zone")
    @classmethod
    def _is_iana(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin or Asia/Tehran")
        ZoneInfo(value)
        return value

    @model_validator(mode="after")
    def _one_currency(self) -> CampaignBriefed:
        money = (
            self.outcome_worth,
            self.budget,
            self.post_cost,
            self.audience_worth,
            self.boost_price,
            self.minute_cost,
        )
        currencies = sorted({m.currency for m in money if m is not None})
        if len(currencies) > 1:
            raise ValueError(f"one brief, one currency; given {', '.join(currencies)}")
        return self


class AudienceObserved(Fact):
    """Evidence on one segment from a survey or a platform's audience page. Shares are of the people asked."""

    segment: Label
    channel: Name | None = None
    people: Count | None = None
    asked: Annotated[int, Field(ge=1)]
    interests: Mapping[Label, Share] = {}
    appeals: Mapping[Appeal, Share] = {}
    hours: Annotated[Mapping[Hour, Share], _BY_HOUR] = {}


class Media(Part):
    """A picture or film that goes with a post, by the hash of its bytes."""

    sha256: Name
    kind: Name
    path: Reference
    alt: Text | None = None


class ContentOffered(Fact):
    """Something that may be published. Offering the same `content` id again replaces it: a post that would show what it
    was is cancelled, unless it is out already, and its slot filled anew. It is withdrawn by offering it with a
    `valid_until` in the past.

    Evergreen content may be published `uses` times on an account, `rest_days` apart.
    """

    content: Name
    topic: Name
    format: Name
    appeal: Appeal
    funnel_stage: FunnelStage | None = None
    language: Name = "en"
    text: Text
    link: Reference | None = None
    media: tuple[Media, ...] = ()
    cost: Money | None = None
    valid_until: Moment | None = None
    channels: tuple[Name, ...] = ()
    uses: Annotated[int, Field(ge=1, le=100)] = 1
    rest_days: Annotated[float, Field(ge=0, le=3650)] = 14


class TimeQuality(StrEnum):
    """How far the time of an imported post can be trusted."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    DAY_UNKNOWN = "day unknown"


class PostObserved(Fact):
    """A post that Mowj did not publish: made by hand on the account, or imported history (`history` names which)."""

    post: Name
    account: Name
    published: Moment
    time_quality: TimeQuality = TimeQuality.EXACT
    traits: PostTraits
    reference: Reference | None = None
    text: Text | None = None
    history: Name | None = None


class HistoryImported(Fact):
    """The named import is complete; the analyst may decide."""

    history: Name
    posts: Count
    rows: Count
    skipped: Count = 0
    notes: tuple[Text, ...] = ()


class ConversionRecorded(Fact):
    """Outcomes outside the network: a purchase, a sign-up. `post` is the last post that led there, if known."""

    count: Annotated[int, Field(ge=1)] = 1
    post: Name | None = None
    account: Name | None = None
    value: Money | None = None
    person: Reference | None = None


class SpendPurpose(StrEnum):
    PRODUCTION = "production"
    BOOST = "boost"
    FEE = "fee"
    OTHER = "other"


class SpendRecorded(Fact):
    """Money that left outside Mowj's own count of production and boosts."""

    amount: Money
    purpose: SpendPurpose
    post: Name | None = None


class AccountConnected(Fact):
    """A login works; these are the network's limits and abilities for it."""

    account: Name
    channel: Name
    takes_key: bool
    posts_per_day: Count | None = None
    text_length: Count | None = None
    formats: tuple[Name, ...] = ()
    counters: tuple[Name, ...] = ()
    read_lag_seconds: Annotated[float, Field(ge=0)] = 0


class AccountPaused(Fact):
    """Nothing is published on the account until AccountResumed."""

    account: Name
    reason: Text


class AccountResumed(Fact):
    account: Name
    reason: Text


class AuthorizationExpired(Fact):
    """The network refuses the login; the account alone waits for a person."""

    account: Name
    reason: Text


class AuthorizationRestored(Fact):
    account: Name
    reason: Text


class CampaignPaused(Fact):
    """Nothing of the campaign is published until CampaignResumed."""

    reason: Text
    by: Reference


class CampaignResumed(Fact):
    """The campaign goes on from now; what was missed is planned anew, never fired at once."""

    reason: Text
    by: Reference


class CampaignEnded(Fact):
    """The campaign is over: its accounts are free, nothing more is published, readings stop."""

    reason: Text
    by: Reference


def decimal_money(amount: float, currency: str) -> Money:
    """A computed amount rounded to cents, written alike whether it was computed from whole numbers or not."""
    return Money(amount=Decimal(str(round(float(amount), 2))), currency=currency)
