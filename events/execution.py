"""The plan, the posts and what is read back of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.campaign import Media
from events.strategy import Valuation
from events.terms import (
    Appeal,
    Counters,
    Fact,
    FunnelStage,
    Key,
    Moment,
    Money,
    Name,
    Part,
    PostTraits,
    Reference,
    Share,
    Text,
)


class Slot(Part):
    """A place in the calendar. `explores`: drawn at random with chance `propensity`, to learn."""

    slot: Name
    account: Name
    at: Moment
    traits: PostTraits
    explores: bool
    propensity: Share
    expected_reach: float
    expected_engagements: float
    expected_outcomes: float
    boost: Money | None = None


class Step(Part):
    """One operational step of the plan."""

    step: Text
    due: Moment
    worker: Name


class BudgetLine(Part):
    """What part of the budget is for what."""

    purpose: Name
    amount: Money


class KpiName(StrEnum):
    OUTCOMES = "outcomes"
    REACH = "reach_per_post"
    ENGAGEMENT = "engagement_rate"
    COST = "cost_per_outcome"
    UNFOLLOWS = "unfollows"
    ENGAGEMENTS = "engagements_per_post"
    """In place of reach and engagement rate, where a network counts no reach."""


class Kpi(Part):
    """An indicator with its pace and limits.

    `expected` per unit (`unit`: post, reached person, day, or outcome) with a `floor` below which it breaches, or a
    `ceiling` above which it does. Posts are judged once, at `age_hours`, when `maturity` of their final count is
    expected. `dispersion` is the k of the negative binomial that bounds its variance; `alpha` the chance of a false
    alarm over the whole campaign; `smallest_drop` the share of the expectation whose loss the test reveals by
    `reveals_by` with 80 % power.
    """

    kpi: KpiName
    unit: Name
    expected: float
    floor: float | None = None
    ceiling: float | None = None
    age_hours: Annotated[float, Field(gt=0)] | None = None
    maturity: Share = 1.0
    dispersion: Annotated[float, Field(gt=0)]
    alpha: Annotated[float, Field(gt=0, lt=1)]
    smallest_drop: Share | None = None
    reveals_by: Moment | None = None
    target_total: float | None = None


class PlanMade(Fact):
    """How the chosen strategy is carried out: steps, the first slots of the calendar, budget and KPIs."""

    plan: Name
    strategy: Name
    starts: Moment
    ends: Moment
    expected: Valuation
    steps: tuple[Step, ...]
    slots: tuple[Slot, ...]
    calendar_until: Moment
    budget: tuple[BudgetLine, ...]
    kpis: tuple[Kpi, ...]


class RevisionReason(StrEnum):
    CORRECTION = "correction"
    RESUMED = "resumed"
    AMENDED = "amended"


class ExecutionRevised(Fact):
    """The same strategy carried out otherwise. `slots` replace every slot of the plan that is still ahead."""

    plan: Name
    revision: Annotated[int, Field(ge=1)]
    strategy: Name
    reason: RevisionReason
    correction: Name | None = None
    changes: tuple[Text, ...]
    expected: Valuation
    slots: tuple[Slot, ...]
    calendar_until: Moment
    budget: tuple[BudgetLine, ...]
    kpis: tuple[Kpi, ...]


class CalendarExtended(Fact):
    """The next stretch of the same plan's calendar; nothing about the plan changed."""

    plan: Name
    slots: tuple[Slot, ...]
    calendar_until: Moment


class Variant(Part):
    """Exactly what people will see."""

    text: Text
    language: Name
    link: Reference | None = None
    media: tuple[Media, ...] = ()


class PostProposed(Fact):
    """A slot has its content. In approve mode it waits for PostApproved with this `fingerprint` until `approve_by`.

    Unless a person approved the same variant on the same account for the same day, as the post `approved_as`, which was
    planned anew before it was sent.
    """

    post: Name
    slot: Name
    content: Name
    account: Name
    at: Moment
    traits: PostTraits
    variant: Variant
    fingerprint: Name
    awaits_approval: bool
    approve_by: Moment | None = None
    boost: Money | None = None
    explores: bool = False
    propensity: Share = 1.0
    approved_as: Name | None = None


class PostApproved(Fact):
    post: Name
    fingerprint: Name
    by: Reference


class PostRejected(Fact):
    post: Name
    fingerprint: Name
    by: Reference
    reason: Text


class Pacing(Part):
    """What an account bears, whoever posts on it: several campaigns may share it, and none knows the others' plans.

    At most `posts_per_day` posts on a local day of `zone`, any two of them `apart_minutes` apart, and the same text
    again only after `rest_days`.
    """

    posts_per_day: Annotated[int, Field(ge=1)]
    zone: Name
    apart_minutes: Annotated[float, Field(ge=0)]
    rest_days: Annotated[float, Field(ge=0)]


class PostScheduled(Fact):
    """The post will be sent at `at`, or not at all once `not_after` has passed, or where `pacing` forbids it."""

    post: Name
    content: Name
    account: Name
    at: Moment
    not_after: Moment
    traits: PostTraits
    variant: Variant
    fingerprint: Name
    cost: Money
    boost: Money | None = None
    pacing: Pacing | None = None


class CancelReason(StrEnum):
    """Why a slot or a post will not happen. `WITHDRAWN`: its content was offered anew or ran out meanwhile."""

    REVISED = "plan revised"
    PAUSED = "campaign paused"
    ENDED = "campaign ended"
    NO_CONTENT = "no content"
    NOT_APPROVED = "not approved in time"
    REJECTED = "rejected"
    LATE = "missed its slot"
    ACCOUNT = "account unavailable"
    WITHDRAWN = "content withdrawn"
    BUDGET = "budget spent"


class PostCancelled(Fact):
    """A slot will not be filled, or its post not sent. `post` is absent where none had been proposed."""

    slot: Name
    post: Name | None = None
    reason: CancelReason
    detail: Text = ""


class ContentRequested(Fact):
    """The inventory does not carry the plan: this much is missing."""

    request: Key
    topic: Name
    format: Name
    appeal: Appeal
    funnel_stage: FunnelStage
    channel: Name
    pieces: Annotated[int, Field(ge=1)]
    needed_by: Moment
    why: Text


class PostPublished(Fact):
    """The network has the post. `reference` is the network's id for it."""

    post: Name
    content: Name
    account: Name
    at: Moment
    traits: PostTraits
    reference: Reference
    url: Reference | None = None
    fingerprint: Name
    cost: Money
    boost: Money | None = None


class FailureKind(StrEnum):
    REJECTED = "rejected"
    EXPIRED = "missed its slot"
    AUTHORIZATION = "authorization expired"
    GONE = "network unreachable"
    CANCELLED = "cancelled by an operator"


class PostFailed(Fact):
    """The post is certainly not on the network, and nobody will send it."""

    post: Name
    account: Name
    kind: FailureKind
    detail: Text


class PostUncertain(Fact):
    """The network may or may not have the post: it could not be found, and is never sent again."""

    post: Name
    account: Name
    detail: Text


class MetricObserved(Fact):
    """Counters of a post, or of an account where `post` is absent, as the platform gave them at `time`.

    `age_hours` is since publication; `final` says that the post will not be read again.
    """

    account: Name
    post: Name | None = None
    age_hours: Annotated[float, Field(ge=0)] | None = None
    counters: Counters
    final: bool = False


class ObservationMissed(Fact):
    """A reading was due and could not be had; what it would have said stays unknown. `final`: none will follow."""

    account: Name
    post: Name | None = None
    age_hours: Annotated[float, Field(ge=0)] | None = None
    detail: Text
    final: bool = False
