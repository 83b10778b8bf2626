"""The words that every event is built from: classified strings, money, counters and the traits of a post.

Invariants: every string that an event can carry is one of the aliases here, so that it is known whether it may hold
somebody's words; numbers, times and enumerations are plain by nature. A counter that a platform did not give is
absent from `Counters`, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class DataClass(StrEnum):
    """How much a field may say about a person."""

    PLAIN = "plain"
    FREE_TEXT = "free text"
    REFERENCE = "reference"


def _classed(kind: DataClass) -> Any:
    return Field(json_schema_extra={"x-data-class": kind.value})


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), _classed(DataClass.PLAIN)]
"""An identifier that operators choose or machines make: a campaign, a topic, a code. Never a person's name."""

Label = Annotated[str, StringConstraints(pattern=r"^[^/|#]{1,80}$"), _classed(DataClass.PLAIN)]
"""A segment, topic or format as the owner calls it: it becomes part of ids, so it holds none of their separators."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=1000), _classed(DataClass.PLAIN)]
"""An identifier that is put together from others: a campaign, a plan, a strategy's segment and topic."""

Text = Annotated[str, StringConstraints(max_length=20_000), _classed(DataClass.FREE_TEXT)]
"""Words written by somebody: a post, a reason, an explanation."""

Reference = Annotated[str, StringConstraints(min_length=1, max_length=500), _classed(DataClass.REFERENCE)]
"""An opaque pointer to something outside: a network's post id, a link, whoever approved."""

Verbatim = Annotated[Mapping[Name, object], _classed(DataClass.FREE_TEXT)]
"""Another event's JSON as it was received: it may hold whatever any event may."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _classed(DataClass.PLAIN)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Moment = AwareDatetime
Count = Annotated[int, Field(ge=0, le=10**15)]
"""How many; more than there are people and seconds is a slip, and no float would hold it."""


class Part(BaseModel):
    """A piece of an event: frozen, and refusing fields that nobody has defined."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")


class Fact(Part):
    """The content of one event. Its class name is the event's short name, `VERSION` its schema version."""

    VERSION: ClassVar[int] = 1


class Money(Part):
    """An exact amount in one ISO 4217 currency."""

    amount: Annotated[Decimal, Field(ge=-(10**12), le=10**12)]
    currency: Currency

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"


class Goal(StrEnum):
    """What counts as an outcome."""

    FOLLOW = "follow"
    CONVERT = "convert"
    REACH = "reach"


class Mode(StrEnum):
    """How much Mowj may do without a person."""

    ADVISE = "advise"
    APPROVE = "approve"
    AUTOMATIC = "automatic"


class Appeal(StrEnum):
    """What a post offers its reader; each is the message of one strategy family."""

    TEACH = "teach"
    PROOF = "proof"
    ENTERTAIN = "entertain"
    OFFER = "offer"
    COMMUNITY = "community"
    COLLABORATE = "collaborate"


class Criterion(StrEnum):
    """What a strategy's SWOT measures: content in stock, evidence with its appeal, cost of an outcome, the audience's
    interest, how soon outcomes come, the risk of losing money, and how many posts a week people bear.
    """

    CONTENT = "content"
    EVIDENCE = "evidence"
    COST = "cost"
    INTEREST = "interest"
    SPEED = "speed"
    RISK = "risk"
    CADENCE = "cadence"


class FunnelStage(StrEnum):
    """How near its reader a post expects to be to an outcome."""

    AWARENESS = "awareness"
    CONSIDERATION = "consideration"
    CONVERSION = "conversion"
    RETENTION = "retention"


COUNTER_NAMES: Final = frozenset(
    {
        "impressions", "reach", "engagements", "likes", "comments", "shares", "saves", "clicks",
        "follows", "unfollows", "reports", "followers", "sent", "bounced", "uncertain", "unsubscribed",
    }
)  # fmt: skip


def _known_counters(value: Mapping[str, int]) -> Mapping[str, int]:
    unknown = sorted(set(value) - COUNTER_NAMES)
    if unknown:
        raise ValueError(f"unknown counter {', '.join(unknown)}; known: {', '.join(sorted(COUNTER_NAMES))}")
    return value


Counters = Annotated[
    Mapping[Name, Count],
    AfterValidator(_known_counters),
    Field(json_schema_extra={"propertyNames": {"enum": sorted(COUNTER_NAMES), "x-data-class": DataClass.PLAIN.value}}),
]
"""Cumulative totals by name, as the platform gave them. Absent means unknown."""


class PostTraits(Part):
    """What is known of a post before anybody sees it; absent means unknown, which is no level of its own.

    `hour` is local to the campaign's zone, 0–23.
    """

    channel: Name
    topic: Name | None = None
    format: Name | None = None
    appeal: Appeal | None = None
    segment: Name | None = None
    hour: Annotated[int, Field(ge=0, le=23)] | None = None
    paid: bool | None = None
