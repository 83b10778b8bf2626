"""The brief as it is written: its fields, what each is for, and the JSON Schema that editors complete and check by.

Invariants: every field says what it is for, since that sentence answers a missing field and is shown by editors; an
amount is one text with its currency, a share is one with its percent sign, hours are one text of ranges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from config.comparisons import PAIR_SCHEMA
from events.terms import Appeal, Count, Goal, Label, Mode, Money, Name, Text

AMOUNT: Final = r"(\d+(?:\.\d+)?) ?([A-Z]{3})"
PERCENT: Final = r"(\d+(?:\.\d+)?) ?%"
HOURS: Final = r"(\d{1,2})(?:-(\d{1,2}))?"
MOST: Final = {"accounts": 20, "segments": 40, "topics": 100, "formats": 20}
"""How many of each a campaign may have: what an analysis of at most 64 KB can tell apart, and a person still judge."""
THREE_DECIMALS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""ISO 4217 currencies with a thousandth; in any other, three digits after a point are a thousand, written elsewhere."""
_MOST: Final = r"(?=0*(?:\d{1,12}(?!\d)|10{12}(?:\.0+)?(?![\d.])))"
"""What no amount of money exceeds, as a look ahead."""
_AMOUNT_SCHEMA: Final = (
    rf"^{_MOST}(?:\d+(?:\.\d{{1,2}}|\.\d{{4,}})? ?[A-Z]{{3}}|\d+\.\d{{3}} ?(?:{'|'.join(sorted(THREE_DECIMALS))}))$"
)
_PERCENT_SCHEMA: Final = r"^0*\d{1,2}(?:\.\d+)? ?%$"
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def parse_money(value: object) -> object:
    """`25 EUR`. Raises ValueError."""
    if isinstance(value, Money):
        return value
    found = re.fullmatch(AMOUNT, str(value))
    if found is None:
        raise ValueError("an amount and its ISO 4217 currency, such as 25 EUR or 0.50 EUR")
    decimals = found[1].partition(".")[2]
    if len(decimals) == 3 and found[2] not in THREE_DECIMALS:
        raise ValueError(
            f"an amount with none, one or two decimals: a thousand is 1000 {found[2]}, one is 1 {found[2]}"
        )
    return Money(amount=Decimal(found[1]), currency=found[2])


def parse_percent(value: object) -> object:
    """`5%` as 0.05. Raises ValueError."""
    found = re.fullmatch(PERCENT, str(value))
    if found is None:
        raise ValueError("a percentage, such as 5%")
    return float(Decimal(found[1]) / 100)


def parse_hours(value: object) -> object:
    """`7-9, 18` as hours of the day: from seven until nine, and the hour that begins at 18. Raises ValueError."""
    allowed = ValueError("hours of the day, such as 7-9, 18-22 (from seven until nine, …), or 12 for one hour, or 22-6")
    hours: list[int] = []
    for part in str(value).split(","):
        found = re.fullmatch(HOURS, part.strip())
        if found is None:
            raise allowed
        start = int(found[1])
        end = start + 1 if found[2] is None else int(found[2])
        if start > 23 or end > 24 or start == end:
            raise allowed
        hours.extend(hour % 24 for hour in range(start, end if end > start else end + 24))
    return tuple(dict.fromkeys(hours))


def _range_schema(group: int) -> str:
    """Hours from one to another that differ; `group` is the number of the look ahead's own group."""
    return rf"(?!0?(\d+)-0?\{group}(?!\d))(?:[01]?\d|2[0-3])(?:-(?:[01]?\d|2[0-4]))?"


_HOURS_SCHEMA: Final = {
    "anyOf": [
        {
            "type": "string",
            "pattern": f"^{_range_schema(1)}(?: *, *{_range_schema(2)})*$",
            "examples": ["7-9, 18-22", "22-6"],
        },
        {"type": "integer", "minimum": 0, "maximum": 23},
    ]
}

_WEIGHTS_SCHEMA: Final = {
    "type": "object",
    "propertyNames": {"pattern": PAIR_SCHEMA},
    "additionalProperties": {"type": "number", "minimum": 1, "maximum": 9},
    "examples": [{"risk over speed": 3, "evidence over cost": 2}],
}

Price = Annotated[
    Money,
    BeforeValidator(parse_money),
    WithJsonSchema({"type": "string", "pattern": _AMOUNT_SCHEMA, "examples": ["25 EUR", "0.50 EUR"]}),
]
Percent = Annotated[
    float,
    BeforeValidator(parse_percent),
    Field(ge=0, lt=1),
    WithJsonSchema({"type": "string", "pattern": _PERCENT_SCHEMA, "examples": ["5%"]}),
]
Hours = Annotated[tuple[int, ...], BeforeValidator(parse_hours), WithJsonSchema(_HOURS_SCHEMA)]
Weight = Annotated[float, Field(ge=0, le=10)]
Times = Annotated[float, Field(ge=1, le=9)]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenAccount(_Written):
    """A login on a network."""

    channel: Name = Field(description="the network, such as simulated")
    shared: bool = Field(default=False, description="true where another live campaign may publish on the account too")


class WrittenSegment(_Written):
    """What you believe of one group of people. Beliefs are relative: 1 is ordinary, 2 twice as responsive."""

    people: Count | None = Field(default=None, description="how many there are, such as 900")
    interests: Mapping[Label, Weight] = Field(default={}, description="by topic, how much they care: {brewing: 2}")
    appeals: Mapping[Appeal, Weight] = Field(default={}, description="by appeal, how much it moves them: {teach: 2}")
    hours: Hours = Field(default=(), description="when they are there, local hours such as 7-9, 18-22")


class WrittenConstraints(_Written):
    """What may never happen."""

    posts_per_day: Annotated[int, Field(ge=1, le=50)] = Field(
        default=2, description="posts a day at most, over all accounts"
    )
    quiet_hours: Hours = Field(default=(), description="local hours in which nothing is published, such as 22-6")
    forbidden_topics: tuple[Name, ...] = Field(default=(), description="topics that nothing may be published about")
    minutes_per_week: Annotated[float, Field(gt=0, le=7 * 24 * 60)] | None = Field(
        default=None, description="how long you can work on it a week"
    )
    pieces_per_week: Annotated[float, Field(ge=0, le=200)] = Field(
        default=2, description="new posts a week you can make when asked"
    )
    grace_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = Field(
        default=60, description="a post that is later than this is planned anew, never sent"
    )
    approval_hours: Annotated[float, Field(gt=0, le=24 * 14)] = Field(
        default=12, description="how long a proposal waits for your approval in the mode approve"
    )


class BriefFile(_Written):
    """A campaign: what you want, what it is worth, what may be spent, who is to be reached, what may never happen."""

    campaign: Name = Field(description="the campaign's id, such as spring-sale; it never changes")
    tenant: Name = Field(
        default="default", description="whose campaign it is, where one installation serves several clients"
    )
    title: Text = Field(description="what the campaign is about, in a few words")
    goal: Goal = Field(description="what counts as an outcome: convert, follow or reach")
    worth: Price = Field(description="what one outcome is worth, such as 25 EUR")
    tomorrow_costs: Percent = Field(description="how much less an outcome is worth a day later, such as 5%")
    audience_worth: Price | None = Field(default=None, description="what one follower is worth when the campaign ends")
    starts: str | None = Field(default=None, description="a date or a time, such as 2026-03-02; without it, now")
    days: Annotated[int, Field(ge=1, le=730)] = Field(description="how many days the campaign lasts, such as 60")
    zone: Name = Field(
        default="UTC", description="an IANA time zone, such as Europe/Berlin; all hours here are local to it"
    )
    language: Name = Field(default="en", description="the language of posts and reports, such as en, de or fa")
    mode: Mode = Field(
        default=Mode.APPROVE,
        description="advise never publishes, approve asks a person first, automatic publishes by itself",
    )
    budget: Price = Field(description="all that may be spent, such as 900 EUR")
    post_cost: Price = Field(description="what producing one post costs, such as 6 EUR")
    boost_price: Price | None = Field(
        default=None, description="what paying for one post's reach costs; without it, never"
    )
    minute_cost: Price | None = Field(default=None, description="what a minute of your own time is worth")
    minutes_per_post: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = Field(
        default=0, description="your own minutes that a post takes"
    )
    minutes_per_revision: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = Field(
        default=15, description="your minutes for changing the plan"
    )
    minutes_per_switch: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = Field(
        default=180, description="your minutes for another strategy"
    )
    target: Annotated[float, Field(gt=0)] | None = Field(default=None, description="how many outcomes you wish for")
    accounts: Annotated[Mapping[Name, WrittenAccount], Field(min_length=1, max_length=MOST["accounts"])] = Field(
        description="the logins to publish through, by name, each with its channel"
    )
    segments: Annotated[Mapping[Label, WrittenSegment], Field(min_length=1, max_length=MOST["segments"])] = Field(
        description="the groups of people, by name, and what you believe of them"
    )
    topics: Annotated[tuple[Label, ...], Field(min_length=1, max_length=MOST["topics"])] = Field(
        description="what posts are about"
    )
    formats: Annotated[tuple[Label, ...], Field(min_length=1, max_length=MOST["formats"])] = Field(
        description="such as photo, video, text"
    )
    appeals: Annotated[tuple[Appeal, ...], Field(min_length=1)] = Field(
        default=tuple(Appeal), description="what posts may offer their readers; all six without it"
    )
    constraints: WrittenConstraints = Field(default=WrittenConstraints(), description="what may never happen")
    history: Name | None = Field(default=None, description="the name of an import of past posts to wait for")
    swot_weights: Annotated[Mapping[str, Times], WithJsonSchema(_WEIGHTS_SCHEMA)] = Field(
        default={},
        description="what matters more in a strategy's SWOT, and how many times (1 to 9): {risk over speed: 3}",
    )


def brief_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a brief, for editors: what `mowj schema brief` writes."""
    schema: dict[str, Any] = _plain(BriefFile.model_json_schema())
    return {"$schema": SCHEMA_DIALECT, **schema, "title": "A campaign brief of Mowj"}


def _plain(node: Any) -> Any:
    """Without what is only for the schemas of events."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "x-data-class"}
    return [_plain(item) for item in node] if isinstance(node, list) else node
