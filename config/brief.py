"""A campaign brief: the YAML that an owner writes, read into `CampaignBriefed`.

Invariants: the fact is complete and consistent (one currency, known zone, every name that is referred to exists), or an
`InputError` names everything that is wrong. The time zone decides what the brief's own hours and dates mean.

An example with every field is `config/briefs/demo.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from config import comparisons
from config.brief_file import BriefFile, WrittenConstraints, WrittenSegment
from config.document import Document, FieldPath
from config.local_time import in_zone
from config.problems import InputError, Problem, nearest, shown
from config.refusals import refusals
from config.validation import unknown, validate_in_part
from config.yaml_text import read_yaml
from events.campaign import CampaignAccount, CampaignBriefed, Constraints, SegmentHypothesis
from events.terms import Currency, Money

_TRANSLATED: Final = frozenset({"starts", "accounts", "segments", "constraints", "swot_weights"})
"""Fields of the same name in brief and fact that are written otherwise."""


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
    written, misshapen = validate_in_part(BriefFile, document)
    problems = [*misshapen, *_inconsistencies(written, document), *_refusals(written, document)]
    starts, zone = now.astimezone(UTC), _given(written, "zone")
    if _given(written, "starts") is not None:
        starts, found = _start(
            str(written.starts), ZoneInfo(zone if zone in available_timezones() else "UTC"), document
        )
        problems += found
    if problems:
        raise InputError(problems)
    return Brief(written.campaign, written.tenant, _fact(written, starts), document)


def _given(brief: BriefFile, field: str) -> Any:
    """The field's value; None where it is missing or misshapen, and so can be compared with nothing."""
    return getattr(brief, field, None)


def _inconsistencies(brief: BriefFile, document: Document) -> Iterator[Problem]:
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
    constraints: WrittenConstraints | None = _given(brief, "constraints")
    if _given(brief, "topics") is not None:
        yield from _unknown_topics(brief, constraints, document)
    if constraints is not None and len(constraints.quiet_hours) == 24:
        path = ("constraints", "quiet_hours")
        yield document.problem(path, "the whole day", "an hour left to publish in")
    yield from comparisons.problems(_given(brief, "swot_weights") or {}, document)


def _unknown_topics(brief: BriefFile, constraints: WrittenConstraints | None, document: Document) -> Iterator[Problem]:
    segments: Mapping[str, WrittenSegment] = _given(brief, "segments") or {}
    for segment, belief in segments.items():
        for topic in belief.interests:
            if topic not in brief.topics:
                yield unknown(document, ("segments", segment, "interests", topic), topic, brief.topics)
    forbidden = constraints.forbidden_topics if constraints is not None else ()
    for index, topic in enumerate(forbidden):
        # What nobody writes about may be forbidden too; what is nearly a topic is one that was misspelt.
        if topic not in brief.topics and nearest(topic, brief.topics) is not None:
            yield unknown(document, ("constraints", "forbidden_topics", index), topic, brief.topics)
    if set(brief.topics) <= set(forbidden):
        yield document.problem(("constraints", "forbidden_topics"), "every topic", "fewer than all topics")


def _refusals(brief: BriefFile, document: Document) -> Iterator[Problem]:
    """What no campaign of Mowj does, whatever it is worth."""
    groups = tuple(_given(brief, "segments") or ())
    for path, text, refusal in refusals(_given(brief, "title") or "", _given(brief, "topics") or (), groups):
        yield document.problem(path, refusal.within(text), refusal.allowed)


def _currencies(brief: BriefFile, document: Document) -> Iterator[Problem]:
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


def _fact(brief: BriefFile, starts: datetime) -> CampaignBriefed:
    alike = CampaignBriefed.model_fields.keys() & BriefFile.model_fields.keys()
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
        swot_weights=comparisons.read(brief.swot_weights),
    )
