"""Four tiny workers and a scripted network: enough of a loop to break the runtime with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from events.campaign import (
    CampaignAccount,
    CampaignBriefed,
    CampaignPaused,
    CampaignResumed,
    ConversionRecorded,
    SegmentHypothesis,
)
from events.correction import KPIMet
from events.envelope import Event, to_json
from events.execution import (
    FailureKind,
    KpiName,
    MetricObserved,
    Pacing,
    PostFailed,
    PostPublished,
    PostScheduled,
    PostUncertain,
    Variant,
)
from events.runtime import EffectKind, EffectSettled, Settlement, StateMigrated, TimerFired
from events.terms import Fact, Goal, Money, PostTraits
from workers.decision import (
    NOTHING,
    Decision,
    Delivery,
    Effect,
    Publish,
    ReadPost,
    State,
    Timer,
    Worker,
)
from workers.platforms.protocol import Limits, OutgoingPost, Published, Reading, Say
from workers.runtime.assembly import assemble
from workers.runtime.clock import Clock, VirtualClock
from workers.runtime.running import Runtime
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.protocol import Store

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT: Final = "shop"
CHANNEL: Final = "net"
CAMPAIGN: Final = "spring"
PERSON: Final = "/people/olivia"
TRAITS: Final = PostTraits(channel=CHANNEL)
GRACE: Final = timedelta(hours=2)


def euros(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def brief(title: str = "Spring", account: str = ACCOUNT, *, shared: bool = False) -> CampaignBriefed:
    return CampaignBriefed(
        title=title,
        goal=Goal.CONVERT,
        outcome_worth=euros(25),
        lost_per_day=0.04,
        starts=START,
        horizon_days=30,
        budget=euros(900),
        post_cost=euros(6),
        accounts=(CampaignAccount(account=account, channel=CHANNEL, shared=shared),),
        segments=(SegmentHypothesis(name="everybody"),),
        topics=("beans",),
        formats=("photo",),
    )


class EditorState(State):
    posts: int = 0


def _edit(state: EditorState, delivery: Delivery) -> EditorState:
    return EditorState(posts=state.posts + 1) if isinstance(delivery.data, PostScheduled) else state


def _schedule(state: EditorState, delivery: Delivery) -> Decision:
    match delivery.data:
        case CampaignBriefed() | CampaignResumed() | StateMigrated():
            return Decision(timers=(Timer("next", delivery.now + timedelta(hours=1)),))
        case CampaignPaused():
            return Decision(timers=(Timer("next", None),))
        case TimerFired():
            post = f"{delivery.campaign}-{state.posts + 1}"
            return Decision(
                emits=(scheduled(post, delivery.now),), timers=(Timer("next", delivery.now + timedelta(hours=6)),)
            )
    return NOTHING


def scheduled(post: str, at: datetime) -> PostScheduled:
    return PostScheduled(
        post=post,
        content="words",
        account=ACCOUNT,
        at=at,
        not_after=at + GRACE,
        traits=TRAITS,
        variant=Variant(text=f"words of {post}", language="en"),
        fingerprint=f"print of {post}",
        cost=euros(6),
    )


EDITOR: Final = Worker(
    "editor",
    frozenset({CampaignBriefed, CampaignPaused, CampaignResumed}),
    frozenset({PostScheduled}),
    EditorState,
    1,
    _edit,
    _schedule,
)


class PublisherState(State):
    scheduled: Mapping[str, str] = {}


def _note(state: PublisherState, delivery: Delivery) -> PublisherState:
    if isinstance(delivery.data, PostScheduled):
        return PublisherState(scheduled={**state.scheduled, delivery.data.post: delivery.data.fingerprint})
    return state


def publish_effect(post: str, fingerprint: str, not_after: datetime, pacing: Pacing | None = None) -> Effect:
    variant = Variant(text=f"words of {post}", language="en")
    payload = Publish(post=post, variant=variant, fingerprint=fingerprint, traits=TRAITS, pacing=pacing)
    return Effect(post, EffectKind.PUBLISH, ACCOUNT, payload, not_after)


def _publish(state: PublisherState, delivery: Delivery) -> Decision:
    match delivery.data:
        case PostScheduled(post=post, fingerprint=fingerprint, not_after=not_after):
            return Decision(effects=(publish_effect(post, fingerprint, not_after),))
        case EffectSettled() as settled:
            return Decision(emits=(_outcome(state, settled),))
    return NOTHING


def _outcome(state: PublisherState, settled: EffectSettled) -> Fact:
    if settled.settlement is Settlement.UNCERTAIN:
        return PostUncertain(post=settled.key, account=settled.account, detail=settled.detail)
    if settled.settlement is not Settlement.DONE:
        return PostFailed(
            post=settled.key, account=settled.account, kind=FailureKind.EXPIRED, detail=settled.settlement.value
        )
    return PostPublished(
        post=settled.key,
        content="words",
        account=settled.account,
        at=settled.at,
        traits=TRAITS,
        reference=settled.reference or "",
        fingerprint=state.scheduled[settled.key],
        cost=euros(6),
    )


PUBLISHER: Final = Worker(
    "publisher",
    frozenset({PostScheduled}),
    frozenset({PostPublished, PostFailed, PostUncertain}),
    PublisherState,
    1,
    _note,
    _publish,
)


class ObserverState(State):
    references: Mapping[str, str] = {}


def _remember(state: ObserverState, delivery: Delivery) -> ObserverState:
    if isinstance(delivery.data, PostPublished):
        return ObserverState(references={**state.references, delivery.data.post: delivery.data.reference})
    return state


def _observe(state: ObserverState, delivery: Delivery) -> Decision:
    match delivery.data:
        case PostPublished(post=post):
            return Decision(timers=(Timer(f"read {post}", delivery.now + timedelta(hours=9)),))
        case TimerFired(timer=timer):
            post = timer.removeprefix("read ")
            payload = ReadPost(reference=state.references[post])
            until = delivery.now + timedelta(hours=3)
            return Decision(effects=(Effect(f"read-{post}", EffectKind.READ_POST, ACCOUNT, payload, until),))
        case EffectSettled(settlement=Settlement.DONE, key=key, counters=counters):
            post = key.removeprefix("read-")
            return Decision(emits=(MetricObserved(account=ACCOUNT, post=post, counters=counters or {}),))
    return NOTHING


OBSERVER: Final = Worker(
    "observer", frozenset({PostPublished}), frozenset({MetricObserved}), ObserverState, 1, _remember, _observe
)


class EvaluatorState(State):
    reach: int = 0
    conversions: int = 0
    met: int = 0


def _sum(state: EvaluatorState, delivery: Delivery) -> EvaluatorState:
    match delivery.data:
        case MetricObserved(counters=counters):
            return state.model_copy(update={"reach": state.reach + counters.get("reach", 0)})
        case ConversionRecorded(count=count):
            return state.model_copy(update={"conversions": state.conversions + count})
        case KPIMet():
            return state.model_copy(update={"met": state.met + 1})
    return state


def _judge(state: EvaluatorState, delivery: Delivery) -> Decision:
    if not isinstance(delivery.data, MetricObserved):
        return NOTHING
    luck = float(delivery.chance("luck").random())
    return Decision(
        emits=(
            KPIMet(kpi=KpiName.REACH, plan="p", observed=state.reach / 7 + luck, target=10 / 3),
            KPIMet(kpi=KpiName.OUTCOMES, plan="p", observed=state.conversions / 3, target=1),
        )
    )


EVALUATOR: Final = Worker(
    "evaluator", frozenset({MetricObserved, ConversionRecorded}), frozenset({KPIMet}), EvaluatorState, 1, _sum, _judge
)

ROSTER: Final[tuple[Worker[Any], ...]] = (EDITOR, PUBLISHER, OBSERVER, EVALUATOR)


Script = Callable[["ScriptedNetwork", str], None]
"""Called with the network and the operation before it is carried out; raises what the network is to answer."""


@dataclass
class ScriptedNetwork:
    """A network that survives crashes of Mowj, and counts what it accepted independently of it.

    `trouble` raises instead of carrying a call out, `aftermath` after having carried it out.
    """

    clock: Clock
    keyed: bool = True
    read_lag: timedelta = timedelta(0)
    say: Say | None = None
    trouble: Script | None = None
    aftermath: Script | None = None
    posts_per_day: int | None = None
    account: Mapping[str, int] = field(default_factory=lambda: {"followers": 300})
    named: str | None = None
    """The reference of every post, instead of one by its number."""
    accepted: list[tuple[str, str, datetime]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    unsaid: list[tuple[str, datetime]] = field(default_factory=list)
    published_at: Callable[[datetime], datetime] = lambda at: at
    """What the network's own clock makes of a moment."""

    def limits(self, account: str) -> Limits:
        return Limits(self.keyed, self.posts_per_day, None, ("photo",), ("reach",), self.read_lag)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self._before("publish")
        places = [n for n, (known, _, _) in enumerate(self.accepted) if self.keyed and known == key]
        if not places:
            self.accepted.append((key, post.fingerprint, self.clock.now()))
            self.unsaid.append((post.post, self.clock.now() + timedelta(hours=5)))
            places = [len(self.accepted) - 1]
        if self.aftermath is not None:
            self.aftermath(self, "publish")
        return self._published(places[0])

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        self._before("find")
        for place, (known, shown, at) in enumerate(self.accepted):
            matches = known == key if self.keyed else shown == fingerprint
            if matches and at >= since and at + self.read_lag <= self.clock.now():
                return self._published(place)
        return None

    def read_post(self, account: str, reference: str) -> Reading:
        self._before("read")
        return Reading(self.clock.now(), {"reach": 100 + 7 * int(reference.removeprefix("ref-")), "made up": 3})

    def read_account(self, account: str) -> Reading:
        self._before("read")
        return Reading(self.published_at(self.clock.now()), self.account)

    def advance(self, to: datetime) -> None:
        """Say the conversions that have happened; what was not acknowledged is said again."""
        while self.unsaid and self.unsaid[0][1] <= to and self.say is not None:
            post, at = self.unsaid[0]
            self.say(ConversionRecorded(post=post, account=ACCOUNT), CAMPAIGN, f"conversion of {post}", at)
            self.unsaid.pop(0)

    def _before(self, operation: str) -> None:
        self.calls.append(operation)
        if self.trouble is not None:
            self.trouble(self, operation)

    def _published(self, place: int) -> Published:
        return Published(
            f"ref-{place}" if self.named is None else self.named, self.published_at(self.accepted[place][2])
        )


@dataclass
class World:
    """What survives a crash of the runtime: the store, the network and the time."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    store: Store = field(default_factory=MemoryStore)
    network: ScriptedNetwork = field(init=False)

    def __post_init__(self) -> None:
        self.network = ScriptedNetwork(self.clock)

    def runtime(self, **options: Any) -> Runtime:
        """A new process on this world."""
        options.setdefault("platforms", {CHANNEL: self._network})
        roster = options.pop("roster", ROSTER)
        return assemble(roster, self.store, self.clock, decidedby="toys", **options)

    def _network(self, _clock: Clock, say: Say) -> ScriptedNetwork:
        self.network.say = say
        return self.network

    def briefed(self, runtime: Runtime) -> None:
        """Connect the account and brief the campaign; doing it twice changes nothing."""
        runtime.connect(ACCOUNT, CHANNEL)
        tell(runtime, brief(), "brief")

    def log(self) -> list[dict[str, Any]]:
        """Everything that was said, as JSON."""
        with self.store.view() as view:
            return [to_json(record.event) for record in view.log.campaign(CAMPAIGN)]

    def names(self) -> list[str]:
        return [event["type"].split(".")[1] for event in self.log()]


def tell(runtime: Runtime, fact: Fact, own_id: str, campaign: str = CAMPAIGN) -> Event:
    """A person says something now."""
    return runtime.intake.accept(fact, campaign, "default", PERSON, own_id, runtime.shell.clock.now(), person=True)
