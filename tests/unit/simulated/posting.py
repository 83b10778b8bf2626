"""A policy at work: posts at moments on a simulated network, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from events.terms import Appeal, Fact, PostTraits
from tests.contract.platform_suite import MovableClock
from workers.platforms.protocol import OutgoingPost
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.world import World

ZONE = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZONE)


def ignore(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
    """A `say` for those who do not listen."""


@dataclass(frozen=True)
class Planned:
    """One post of a policy, `day` and `hour` in the world's own time."""

    day: int
    hour: int
    content: str
    traits: PostTraits
    account: str = "roastery"
    boost: Decimal | None = None


@dataclass(frozen=True)
class Outcome:
    """Counters by content, conversions as (content, time), how many the shop put down to no post, and the network."""

    counters: Mapping[str, Mapping[str, int]]
    bought: Sequence[tuple[str, datetime]]
    published: Mapping[str, datetime]
    network: SimulatedNetwork
    uncredited: int = 0

    def mean(self, counter: str) -> float:
        return sum(each[counter] for each in self.counters.values()) / len(self.counters)

    @property
    def bought_per_post(self) -> float:
        return len(self.bought) / len(self.counters)


def traits(
    segment: str = "beginners",
    topic: str = "brewing",
    appeal: Appeal = Appeal.TEACH,
    format_: str = "video",
) -> PostTraits:
    return PostTraits(channel="simulated", segment=segment, topic=topic, appeal=appeal, format=format_)


def daily(hour: int, days: range, of: PostTraits, **more: Any) -> list[Planned]:
    return [Planned(day, hour, f"content {day}", of, **more) for day in days]


def follow(world: World, policy: Sequence[Planned], *, seed: int = 1, days: int = 40) -> Outcome:
    """Carry a policy out, then wait until so many days have passed."""
    clock = MovableClock(MIDNIGHT)
    said: list[tuple[str | None, datetime]] = []

    def say(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        said.append((fact.model_dump()["post"], at))

    network = SimulatedNetwork(world, seed=seed, clock=clock, say=say)
    references: dict[str, tuple[str, str]] = {}
    published: dict[str, datetime] = {}
    for planned in sorted(policy, key=lambda each: (each.day, each.hour)):
        due = MIDNIGHT + timedelta(days=planned.day, hours=planned.hour)
        network.advance(clock.move(seconds=(due - clock.now()).total_seconds()))
        accepted = network.publish(planned.account, outgoing(planned), f"key of {planned.content}")
        references[planned.content] = (planned.account, accepted.reference)
        published[planned.content] = accepted.at
    network.advance(clock.move(seconds=(MIDNIGHT + timedelta(days=days) - clock.now()).total_seconds()))
    counters = {content: network.read_post(*where).counters for content, where in references.items()}
    bought = [(post, at) for post, at in said if post is not None]
    return Outcome(counters, bought, published, network, len(said) - len(bought))


def outgoing(planned: Planned) -> OutgoingPost:
    return OutgoingPost(
        post=planned.content,
        campaign="roastery",
        text=planned.content,
        fingerprint=f"hash of {planned.content}",
        traits=planned.traits,
        boost=planned.boost,
    )


def changed(world: World, part: str, **values: Any) -> World:
    """The world with some values of one part set otherwise."""
    return world.model_copy(update={part: getattr(world, part).model_copy(update=values)})
