"""A small campaign for the eight real workers: three sorts of people, a page with a past that promises too much, and a
network that keeps its memory when Mowj dies.

Invariants: whatever is said from outside has an id of its own, so that a site may be lived again after a crash as if
for the first time; people answer at the ends of fixed stretches of time, whatever happened in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from events.campaign import (
    CampaignAccount,
    CampaignBriefed,
    Constraints,
    ContentOffered,
    HistoryImported,
    PostObserved,
    SegmentHypothesis,
)
from events.envelope import Event, to_json
from events.execution import MetricObserved
from events.terms import Appeal, Fact, Goal, Mode, Money, PostTraits
from workers.decision import Worker
from workers.platforms.protocol import Clock, Platform, Say
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.world import Network, Propensities, Segment, World
from workers.roster import ROSTER
from workers.runtime.assembly import assemble
from workers.runtime.audit import AuditReport
from workers.runtime.clock import VirtualClock
from workers.runtime.observing import Observer
from workers.runtime.operating import Operator
from workers.runtime.running import Runtime
from workers.runtime.shell import FaultPoint
from workers.runtime.store.memory import MemoryStore
from workers.runtime.store.protocol import Store

START: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)
CAMPAIGN: Final = "spring"
ACCOUNT: Final = "shop"
CHANNEL: Final = "simulated"
TENANT: Final = "default"
OWNER: Final = "/people/owner"
ARCHIVE: Final = "/imports/archive"
HISTORY: Final = "winter"


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def brief(*, constraints: Constraints | None = None, **changes: Any) -> CampaignBriefed:
    """Orders for a shop, up to four posts a day, published automatically."""
    told: dict[str, Any] = {
        "title": "Orders for the shop",
        "goal": Goal.CONVERT,
        "mode": Mode.AUTOMATIC,
        "outcome_worth": euros("40"),
        "lost_per_day": 0.03,
        "starts": START,
        "horizon_days": 12,
        "zone": "Europe/Berlin",
        "budget": euros("400"),
        "post_cost": euros("2"),
        "accounts": (CampaignAccount(account=ACCOUNT, channel=CHANNEL),),
        "segments": (SegmentHypothesis(name="beginners", people=200), SegmentHypothesis(name="experts", people=100)),
        "topics": ("brewing", "beans"),
        "formats": ("photo", "video"),
        "appeals": (Appeal.TEACH, Appeal.PROOF),
        "history": HISTORY,
        "constraints": constraints or Constraints(posts_per_day=4, quiet_hours=(0, 1, 2, 3, 4, 5)),
    }
    return CampaignBriefed(**(told | changes))


def content(uses: int = 30, **changes: Any) -> tuple[ContentOffered, ...]:
    """One evergreen piece for every topic, appeal and format."""
    return tuple(
        ContentOffered(
            content=f"{topic}-{appeal.value}-{form}",
            topic=topic,
            format=form,
            appeal=appeal,
            text=f"A {form} about {topic}, to {appeal.value}.",
            uses=uses,
            rest_days=0,
            **changes,
        )
        for topic in ("brewing", "beans")
        for appeal in (Appeal.TEACH, Appeal.PROOF)
        for form in ("photo", "video")
    )


def world(*, keyed: bool = True, find_lag_minutes: float = 0.0, **network: Any) -> World:
    """A village in which nobody responds as the page's past promises."""
    return World(
        brief="steady",
        zone="Europe/Berlin",
        network=Network(keyed=keyed, find_lag_minutes=find_lag_minutes, **network),
        segments={
            "beginners": Segment(
                people=200,
                followers=40,
                interests={"brewing": 1.0, "beans": 0.6},
                appeals={Appeal.TEACH: 1.0, Appeal.PROOF: 0.6},
                peaks=(8, 12, 19),
                propensities=Propensities(engage=0.5, click=0.9, buy=0.6),
                purchase_delay_hours=3.0,
            ),
            "experts": Segment(
                people=100,
                followers=20,
                interests={"brewing": 0.5, "beans": 1.0},
                appeals={Appeal.TEACH: 0.5, Appeal.PROOF: 1.0},
                peaks=(9, 20),
                propensities=Propensities(engage=0.5, click=0.9, buy=0.6),
                purchase_delay_hours=5.0,
            ),
        },
    )


def past(posts: int = 10, reach: int = 150) -> tuple[tuple[str, datetime, Fact], ...]:
    """(id, time, fact) of imported posts, the last the end of the import."""
    told: list[tuple[str, datetime, Fact]] = []
    for number in range(posts):
        at = START - timedelta(days=30 - number, hours=-number)
        traits = PostTraits(
            channel=CHANNEL,
            topic=("brewing", "beans")[number % 2],
            format=("photo", "video")[number // 2 % 2],
            appeal=(Appeal.TEACH, Appeal.PROOF)[number // 3 % 2],
            segment=("beginners", "experts")[number // 5 % 2],
            hour=at.hour,
            paid=False,
        )
        post = f"old-{number}"
        observed = PostObserved(post=post, account=ACCOUNT, published=at, traits=traits, history=HISTORY)
        counters = {"reach": reach + 10 * (number % 3), "engagements": reach // 3, "likes": reach // 4}
        reading = MetricObserved(account=ACCOUNT, post=post, counters=counters, final=True)
        told += [(f"{post}/post", at, observed), (f"{post}/reading", at + timedelta(days=8), reading)]
    return (*told, ("end", START, HistoryImported(history=HISTORY, posts=posts, rows=posts)))


@dataclass(frozen=True)
class Answering:
    """A person who looks at a campaign after every stretch and says what follows; `by` makes the ids."""

    every: timedelta
    answer: Callable[[Sequence[Event]], Iterable[tuple[str, Fact]]]


@dataclass
class Site:
    """What survives a crash: store, time, and a network with a memory of its own. Everything else is made anew."""

    brief: CampaignBriefed = field(default_factory=brief)
    content: Sequence[ContentOffered] = field(default_factory=content)
    past: Sequence[tuple[str, datetime, Fact]] = field(default_factory=past)
    world: World = field(default_factory=world)
    script: Mapping[timedelta, Fact] = field(default_factory=dict)
    person: Answering | None = None
    store: Store = field(default_factory=MemoryStore)
    seed: int = 1
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    through: Callable[[Platform], Platform] = lambda network: network
    """What stands between Mowj and the network, if anything."""

    def __post_init__(self) -> None:
        self._say: Say | None = None
        self.network = SimulatedNetwork(self.world, seed=self.seed, clock=self.clock, say=self._said)

    def _said(self, fact: Fact, campaign: str, own_id: str, time: datetime) -> None:
        assert self._say is not None
        self._say(fact, campaign, own_id, time)

    def start(self, roster: Sequence[Worker[Any]] = ROSTER, **options: Any) -> Runtime:
        """A process that has said what its owner told it to say; saying it again changes nothing."""

        def network(_clock: Clock, say: Say) -> Platform:
            self._say = say
            return self.through(self.network)

        runtime = assemble(roster, self.store, self.clock, platforms={CHANNEL: network}, **options)
        for account in self.brief.accounts:
            runtime.connect(account.account, account.channel)
        for piece in self.content:
            runtime.intake.accept(piece, CAMPAIGN, TENANT, OWNER, piece.content, START)
        for own_id, at, fact in self.past:
            runtime.intake.accept(fact, CAMPAIGN, TENANT, ARCHIVE, own_id, at)
        runtime.intake.accept(self.brief, CAMPAIGN, TENANT, OWNER, "brief", START, person=True)
        return runtime

    def live(
        self,
        days: float,
        *,
        fault: FaultPoint | None = None,
        observer: Observer | None = None,
        roster: Sequence[Worker[Any]] = ROSTER,
        decidedby: str | None = None,
    ) -> Runtime:
        """Live from wherever the clock stands until so many days after START."""
        runtime = self.start(roster, fault=fault, observer=observer, decidedby=decidedby)
        for after in self._moments(timedelta(days=days)):
            runtime.advance_to(START + after)
            self._speak(runtime, after)
            runtime.run_until_idle()
        return runtime

    def _moments(self, end: timedelta) -> list[timedelta]:
        moments = {end, *(after for after in self.script if after <= end)}
        if self.person is not None:
            moments |= {self.person.every * number for number in range(1, int(end / self.person.every) + 1)}
        return sorted(moments)

    def _speak(self, runtime: Runtime, after: timedelta) -> None:
        """What is said at a moment that has come; one that a restart comes back to has been spoken at already."""
        if START + after < self.clock.now():
            return
        if after in self.script:
            tell(runtime, self.script[after], f"script/{after}")
        if self.person is not None and after % self.person.every == timedelta(0):
            for own_id, fact in self.person.answer(runtime.history(CAMPAIGN)):
                tell(runtime, fact, own_id)

    def log(self) -> list[dict[str, Any]]:
        """Everything that was said of the campaign, as JSON, in order."""
        return [to_json(event) for event in self.events()]

    def events(self) -> list[Event]:
        with self.store.view() as view:
            return [record.event for record in view.log.campaign(CAMPAIGN)]

    def facts(self, kind: type[Fact]) -> list[Any]:
        return [event.data for event in self.events() if isinstance(event.data, kind)]

    def accepted(self) -> Counter[str]:
        """How often the network has each post of ours: its own count, whatever Mowj says."""
        return Counter(each.post.post for each in self.network.accepted())


def tell(runtime: Runtime, fact: Fact, own_id: str) -> Event:
    """A person's word, at the campaign's present time."""
    return runtime.intake.accept(fact, CAMPAIGN, TENANT, OWNER, own_id, runtime.shell.now(), person=True)


def audit(runtime: Runtime) -> AuditReport:
    return Operator(runtime.shell).audit(ROSTER, runtime.shell.decidedby)
