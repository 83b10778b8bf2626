"""One campaign's log, made ready for explaining: what caused what, and what was known before an event.

Invariants: pure; nothing is decided again. What an event led to is found through causes and named references alone,
never by guessing from times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from events.campaign import CampaignBriefed
from events.envelope import Event
from events.execution import (
    CalendarExtended,
    ExecutionRevised,
    PlanMade,
    PostApproved,
    PostProposed,
    PostRejected,
    Slot,
)
from events.runtime import TimerFired
from events.strategy import StrategyApproved, StrategyChosen, StrategyRejected
from events.terms import Fact
from workers.views.explain.story import Chapter, Ref, Sentence, Worth

_ANSWERS = (StrategyApproved, StrategyRejected, PostApproved, PostRejected)

FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True, slots=True)
class Record:
    """Raises ValueError where the events hold no brief."""

    events: Sequence[Event]
    brief: CampaignBriefed = field(init=False)
    briefed: Event = field(init=False)
    first: CampaignBriefed = field(init=False)
    places: dict[str, int] = field(init=False)
    caused: dict[str, list[Event]] = field(init=False)
    slots: dict[str, Slot] = field(init=False)
    posts: dict[str, PostProposed] = field(init=False)

    def __post_init__(self) -> None:
        said = [event for event in self.events if isinstance(event.data, CampaignBriefed)]
        briefs = [event.data for event in said if isinstance(event.data, CampaignBriefed)]
        if not briefs:
            raise ValueError("a campaign that was never briefed has nothing to explain")
        caused: dict[str, list[Event]] = {}
        slots: dict[str, Slot] = {}
        posts: dict[str, PostProposed] = {}
        for event in self.events:
            cause = causing(event)
            if cause is not None:
                caused.setdefault(cause, []).append(event)
            match event.data:
                case PlanMade(slots=made) | ExecutionRevised(slots=made) | CalendarExtended(slots=made):
                    slots |= {slot.slot: slot for slot in made}
                case PostProposed() as post:
                    posts[post.post] = post
                case _:
                    pass
        found = {
            "brief": briefs[-1],
            "briefed": said[0],
            "first": briefs[0],
            "places": {event.id: place for place, event in enumerate(self.events)},
            "caused": caused,
            "slots": slots,
            "posts": posts,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def day(self, event: Event) -> int:
        """The campaign's day, the first being 1."""
        return max(0, int((event.recordedtime - self.first.starts).total_seconds() // 86_400)) + 1

    def find(self, identity: str | None) -> Event | None:
        place = self.places.get(identity or "")
        return self.events[place] if place is not None else None

    def led_to(self, event: Event, kind: type[FactT]) -> list[tuple[Event, FactT]]:
        """What of one kind it caused directly."""
        return [(other, other.data) for other in self.caused.get(event.id, ()) if isinstance(other.data, kind)]

    def before(self, event: Event, kind: type[FactT]) -> tuple[Event, FactT] | None:
        """The last of a kind before the event."""
        for place in range(self.places[event.id] - 1, -1, -1):
            other = self.events[place]
            if isinstance(other.data, kind):
                return other, other.data
        return None

    def after(self, event: Event) -> Iterator[Event]:
        yield from self.events[self.places[event.id] + 1 :]

    def chain(self, event: Event) -> list[Event]:
        """The event, its cause, its cause's cause and so on, back to the brief.

        A person's answer follows from what was shown to that person; whatever else comes from outside, from the brief
        alone. What is older than the brief has no cause here.
        """
        found = [event]
        while (cause := self._cause(found[-1])) is not None and cause not in found:
            found.append(cause)
        return found

    def _cause(self, event: Event) -> Event | None:
        cause = self.find(causing(event))
        if cause is None and isinstance(event.data, _ANSWERS):
            cause = self._shown(event, event.data.fingerprint)
        if cause is None and self.places[event.id] > self.places[self.briefed.id]:
            return self.briefed
        return cause

    def _shown(self, answer: Event, fingerprint: str) -> Event | None:
        for place in range(self.places[answer.id] - 1, -1, -1):
            other = self.events[place]
            if isinstance(other.data, StrategyChosen | PostProposed) and other.data.fingerprint == fingerprint:
                return other
        return None

    def chapter(
        self,
        *events: Event,
        title: Sentence,
        decided: tuple[Sentence, ...],
        evidence: tuple[Sentence, ...] = (),
        changed: tuple[Sentence, ...] = (),
        otherwise: tuple[Sentence, ...] = (),
    ) -> Chapter:
        """What was decided by one event, or by several alike, at the first one's time."""
        first = events[0]
        return Chapter(
            kind=first.name,
            event=first.id,
            events=tuple(event.id for event in events),
            at=first.recordedtime,
            day=self.day(first),
            title=title,
            decided=decided,
            evidence=evidence,
            changed=changed,
            otherwise=otherwise,
        )

    def worth(self, value: float) -> Worth:
        return Worth(value, self.brief.outcome_worth.currency)


def causing(event: Event) -> str | None:
    """The id of an event's cause; a timer's is the event whose decision set it."""
    if event.causationid is None and isinstance(event.data, TimerFired):
        return event.data.set_by
    return event.causationid


def ref(event: Event) -> Ref:
    return Ref(event.id)
