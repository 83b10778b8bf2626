"""A campaign brief: the YAML that an owner writes, read into `CampaignBriefed`.

Invariants: the fact is complete and consistent (one currency, known zone, every name that is referred to exists), or an
`InputError` names everything that is wrong. The time zone decides what the brief's own hours and dates mean.

An example with every field is `config/briefs/demo.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.document import Document, FieldPath
from config.local_time import in_zone
from config.problems import InputError, Problem, nearest, shown
from config.validation import unknown, validate_in_part
from config.yaml_text import read_yaml
from events.campaign import CampaignAccount, CampaignBriefed, Constraints, SegmentHypothesis
from events.terms import Appeal, Count, Currency, Goal, Label, Mode, Money, Name, Text

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) ?([A-Z]{3})")
_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?) ?%")
_HOURS: Final = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")

_TRANSLATED: Final = frozenset({"starts", "accounts", "segments", "constraints"})
"""Fields of the same name in brief and fact that are written otherwise."""


def parse_money(value: object) -> object:
    """`25 EUR`. Raises ValueError."""
    if isinstance(value, Money):
        return value
    found = _AMOUNT.fullmatch(str(value))
    if found is None:
        raise ValueError("an amount and its ISO 4217 currency, such as 25 EUR or 0.50 EUR")
    return Money(amount=Decimal(found[1]), currency=found[2])


def parse_percent(value: object) -> object:
    """`5%` as 0.05. Raises ValueError."""
    found = _PERCENT.fullmatch(str(value))
    if found is None:
        raise ValueError("a percentage, such as 5%")
    return float(Decimal(found[1]) / 100)


def parse_hours(value: object) -> object:
    """`7-9, 18` as hours of the day: from seven until nine, and the hour that begins at 18. Raises ValueError."""
    allowed = ValueError("hours of the day, such as 7-9, 18-22 (from seven until nine, …), or 12 for one hour, or 22-6")
    hours: list[int] = []
    for part in str(value).split(","):
        found = _HOURS.fullmatch(part.strip())
        if found is None:
            raise allowed
        start = int(found[1])
        end = start + 1 if found[2] is None else int(found[2])
        if start > 23 or end > 24 or start == end:
            raise allowed
        hours.extend(hour % 24 for hour in range(start, end if end > start else end + 24))
    return tuple(dict.fromkeys(hours))


Price = Annotated[Money, BeforeValidator(parse_money)]
Percent = Annotated[float, BeforeValidator(parse_percent), Field(ge=0, lt=1)]
Hours = Annotated[tuple[int, ...], BeforeValidator(parse_hours)]
Weight = Annotated[float, Field(ge=0, le=10)]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Account(_Written):
    channel: Name = Field(description="the network, such as simulated")
    shared: bool = False


class _Segment(_Written):
    people: Count | None = None
    interests: Mapping[Label, Weight] = {}
    appeals: Mapping[Appeal, Weight] = {}
    hours: Hours = ()


class _Constraints(_Written):
    posts_per_day: Annotated[int, Field(ge=1, le=50)] = 2
    quiet_hours: Hours = ()
    forbidden_topics: tuple[Name, ...] = ()
    minutes_per_week: Annotated[float, Field(gt=0)] | None = None
    pieces_per_week: Annotated[float, Field(ge=0)] = 2
    grace_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    approval_hours: Annotated[float, Field(gt=0, le=24 * 14)] = 12


class _BriefFile(_Written):
    """The brief as it is written. Descriptions answer a missing field."""

    campaign: Name = Field(description="the campaign's id, such as spring-sale; it never changes")
    tenant: Name = "default"
    title: Text = Field(description="what the campaign is about, in a few words")
    goal: Goal = Field(description="convert, follow or reach")
    worth: Price = Field(description="what one outcome is worth, such as 25 EUR")
    tomorrow_costs: Percent = Field(description="how much less an outcome is worth a day later, such as 5%")
    audience_worth: Price | None = None
    starts: str | None = None
    days: Annotated[int, Field(ge=1, le=730)] = Field(description="how many days the campaign lasts, such as 60")
    zone: Name = Field("UTC", description="an IANA time zone, such as Europe/Berlin")
    language: Name = "en"
    mode: Mode = Mode.APPROVE
    budget: Price = Field(description="all that may be spent, such as 900 EUR")
    post_cost: Price = Field(description="what producing one post costs, such as 6 EUR")
    boost_price: Price | None = None
    minute_cost: Price | None = None
    minutes_per_post: Annotated[float, Field(ge=0)] = 0
    minutes_per_revision: Annotated[float, Field(ge=0)] = 15
    minutes_per_switch: Annotated[float, Field(ge=0)] = 180
    target: Annotated[float, Field(gt=0)] | None = None
    accounts: Annotated[Mapping[Name, _Account], Field(min_length=1)] = Field(
        description="the logins to publish through, by name, each with its channel"
    )
    segments: Annotated[Mapping[Label, _Segment], Field(min_length=1)] = Field(
        description="the groups of people, by name, and what you believe of them"
    )
    topics: Annotated[tuple[Label, ...], Field(min_length=1)] = Field(description="what posts are about")
    formats: Annotated[tuple[Label, ...], Field(min_length=1)] = Field(description="such as photo, video, text")
    appeals: Annotated[tuple[Appeal, ...], Field(min_length=1)] = tuple(Appeal)
    constraints: _Constraints = _Constraints()
    history: Name | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What was briefed, for which campaign of which tenant."""

    campaign: str
    tenant: str
    fact: CampaignBriefed
    document: Document

    @property
    def file(self) -> str:
        return self.document.file

    def awaiting(self, history: str) -> Brief:
        """The same brief, whose first analysis waits for the named import."""
        return replace(self, fact=self.fact.model_copy(update={"history": history}))


def load_brief(path: Path, now: datetime) -> Brief:
    """The brief at `path`; one without `starts` starts `now` (aware). Raises InputError with every problem."""
    document = read_yaml(path)
    written, misshapen = validate_in_part(_BriefFile, document)
    problems = [*misshapen, *_inconsistencies(written, document)]
    starts, zone = now.astimezone(UTC), _given(written, "zone")
    if _given(written, "starts") is not None and zone in available_timezones():
        starts, found = _start(str(written.starts), ZoneInfo(zone), document)
        problems += found
    if problems:
        raise InputError(problems)
    return Brief(written.campaign, written.tenant, _fact(written, starts), document)


def _given(brief: _BriefFile, field: str) -> Any:
    """The field's value; None where it is missing or misshapen, and so can be compared with nothing."""
    return getattr(brief, field, None)


def _inconsistencies(brief: _BriefFile, document: Document) -> Iterator[Problem]:
    """What only shows where fields are compared."""
    zone: str | None = _given(brief, "zone")
    if zone is not None and zone not in available_timezones():
        hint = nearest(zone, available_timezones())
        allowed = "an IANA time zone, such as Europe/Berlin or Asia/Tehran"
        yield document.problem(("zone",), shown(zone), allowed, hint)
    if _given(brief, "worth") is not None:
        yield from _currencies(brief, document)
    for field in ("topics", "formats", "appeals"):
        names = _given(brief, field) or ()
        for index, name in enumerate(names):
            if name in names[:index]:
                path: FieldPath = (field, index)
                yield document.problem(path, shown(str(name)), "each name once")
    constraints: _Constraints | None = _given(brief, "constraints")
    if _given(brief, "topics") is not None:
        yield from _unknown_topics(brief, constraints, document)
    if constraints is not None and len(constraints.quiet_hours) == 24:
        path = ("constraints", "quiet_hours")
        yield document.problem(path, "the whole day", "an hour left to publish in")


def _unknown_topics(brief: _BriefFile, constraints: _Constraints | None, document: Document) -> Iterator[Problem]:
    segments: Mapping[str, _Segment] = _given(brief, "segments") or {}
    for segment, belief in segments.items():
        for topic in belief.interests:
            if topic not in brief.topics:
                yield unknown(document, ("segments", segment, "interests", topic), topic, brief.topics)
    forbidden = constraints.forbidden_topics if constraints is not None else ()
    for index, topic in enumerate(forbidden):
        if topic not in brief.topics:
            yield unknown(document, ("constraints", "forbidden_topics", index), topic, brief.topics)
    if set(brief.topics) <= set(forbidden):
        yield document.problem(("constraints", "forbidden_topics"), "every topic", "fewer than all topics")


def _currencies(brief: _BriefFile, document: Document) -> Iterator[Problem]:
    currency: Currency = brief.worth.currency
    for field in ("audience_worth", "budget", "post_cost", "boost_price", "minute_cost"):
        price: Money | None = _given(brief, field)
        if price is not None and price.currency != currency:
            allowed = f"the currency of worth, {currency}"
            yield document.problem((field,), shown(price.currency), allowed)


def _start(written: str, zone: ZoneInfo, document: Document) -> tuple[datetime, list[Problem]]:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        allowed = "a date or a time, such as 2026-03-02 or 2026-03-02T09:00, local to `zone` unless it has an offset"
        return datetime.max.replace(tzinfo=UTC), [document.problem(("starts",), shown(written), allowed)]
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), []
    local = in_zone(moment, zone)
    if local.assumed is not None:
        allowed = "a time that happens once, or one with its offset"
        return local.utc, [document.problem(("starts",), f"{shown(written)}: {local.assumed}", allowed)]
    return local.utc, []


def _fact(brief: _BriefFile, starts: datetime) -> CampaignBriefed:
    alike = CampaignBriefed.model_fields.keys() & _BriefFile.model_fields.keys()
    same: dict[str, Any] = {field: getattr(brief, field) for field in alike - _TRANSLATED}
    return CampaignBriefed(
        **same,
        starts=starts,
        outcome_worth=brief.worth,
        lost_per_day=brief.tomorrow_costs,
        horizon_days=brief.days,
        target_outcomes=brief.target,
        accounts=tuple(
            CampaignAccount(account=name, channel=account.channel, shared=account.shared)
            for name, account in brief.accounts.items()
        ),
        segments=tuple(
            SegmentHypothesis(
                name=name, people=known.people, interests=known.interests, appeals=known.appeals, hours=known.hours
            )
            for name, known in brief.segments.items()
        ),
        constraints=Constraints(**brief.constraints.model_dump()),
    )
