"""What people answered to posts, and what became of them otherwise than planned, told in groups.

They were approved, rejected or cancelled, have failed, or are uncertain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from events.campaign import CampaignBriefed
from events.envelope import Event
from events.execution import (
    CancelReason,
    ExecutionRevised,
    PlanMade,
    PostApproved,
    PostCancelled,
    PostFailed,
    PostRejected,
    PostUncertain,
    Slot,
)
from events.runtime import TimerFired
from events.terms import Mode
from workers.lives import slot_of
from workers.views.explain.record import Record
from workers.views.explain.story import Chapter, Counted, Day, Number, Sentence, Sentences, Term, Value

SHOWN: Final = 4
"""How many kinds of posts are named of a group; the rest is counted."""
HEARD: Final = 2
"""How many words that were said to them."""


def group_of(event: Event, record: Record) -> str | None:
    """What the event is told together with; None for what is neither an answer to a post nor a mishap.

    What a plan or a revision takes out is told with that itself.
    """
    match event.data:
        case PostCancelled(reason=CancelReason.REVISED) if _taken_out(event, record):
            return None
        case PostCancelled(reason=CancelReason.NOT_APPROVED) if _only_advises(event, record):
            return "cancelled.advised"
        case PostCancelled(reason=reason):
            return f"cancelled.{reason.name.lower()}"
        case PostFailed(kind=kind):
            return f"failed.{kind.name.lower()}"
        case PostUncertain():
            return "uncertain"
        case PostRejected():
            return "rejected"
        case PostApproved():
            return "approved"
        case _:
            return None


def _taken_out(event: Event, record: Record) -> bool:
    cause = record.find(event.causationid)
    return cause is not None and isinstance(cause.data, PlanMade | ExecutionRevised)


def _only_advises(event: Event, record: Record) -> bool:
    """Whether nothing was to be sent then, whoever had approved it."""
    brief = record.before(event, CampaignBriefed)
    return brief is not None and brief[1].mode is Mode.ADVISE


def group(group: str, events: Sequence[Event], record: Record) -> Chapter:
    """Posts to which the same happened between two other decisions."""
    identities = tuple(event.id for event in events)
    kind, _, reason = group.partition(".")
    slots = [slot for event in events if (slot := _slot(event, record)) is not None]
    values: dict[str, Value] = {"posts": Counted(len(events), "post")}
    if reason:
        values["reason"] = Term(f"reason.{group}")
    return record.chapter(
        *events,
        title=Sentence(f"posts.{kind}", values, identities),
        decided=(*_when(slots, identities), *_what(slots, identities)),
        evidence=(*_causes(events, record), *_words(events)),
        changed=(Sentence(f"posts.changed.{kind}", {}, identities),),
        otherwise=(Sentence(f"posts.otherwise.{group}", {}, identities),),
    )


def _slot(event: Event, record: Record) -> Slot | None:
    match event.data:
        case PostCancelled(slot=slot):
            return record.slots.get(slot)
        case PostFailed(post=post) | PostUncertain(post=post) | PostRejected(post=post) | PostApproved(post=post):
            return record.slots.get(slot_of(post))
        case _:
            return None


def _when(slots: Sequence[Slot], events: tuple[str, ...]) -> tuple[Sentence, ...]:
    if not slots:
        return ()
    times = sorted(slot.at for slot in slots)
    values: dict[str, Value] = {"first": Day(times[0]), "last": Day(times[-1])}
    same = times[0].date() == times[-1].date()
    return (Sentence("posts.day" if same else "posts.days", values, events),)


def _what(slots: Sequence[Slot], events: tuple[str, ...]) -> tuple[Sentence, ...]:
    """How many of which format about which topic, most first."""
    kinds = Counter((slot.traits.format or "?", slot.traits.topic or "?") for slot in slots)
    ranked = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return ()
    parts = [
        Sentence("posts.kind", {"count": Number(count), "format": form, "topic": topic}, events)
        for (form, topic), count in ranked[:SHOWN]
    ]
    rest = sum(count for _, count in ranked[SHOWN:])
    if rest:
        parts.append(Sentence("posts.rest", {"others": Counted(rest, "other")}, events))
    return (Sentence("posts.kinds", {"kinds": Sentences(tuple(parts))}, events),)


def _causes(events: Sequence[Event], record: Record) -> tuple[Sentence, ...]:
    """What they followed from, one sentence a kind; a timer says nothing by itself."""
    kinds: dict[str, list[str]] = {}
    for event in events:
        cause = record.find(event.causationid)
        if cause is not None and not isinstance(cause.data, TimerFired):
            kinds.setdefault(cause.name, []).append(cause.id)
    return tuple(
        Sentence("evidence.cause", {"kind": Term(f"cause.{kind}")}, tuple(dict.fromkeys(causes)))
        for kind, causes in kinds.items()
    )


def _words(events: Sequence[Event]) -> tuple[Sentence, ...]:
    """What was said to it, each once."""
    said: dict[str, list[str]] = {}
    for event in events:
        match event.data:
            case PostCancelled(detail=words) | PostFailed(detail=words) | PostUncertain(detail=words) if words:
                said.setdefault(words, []).append(event.id)
            case PostRejected(reason=words) if words:
                said.setdefault(words, []).append(event.id)
            case _:
                pass
    return tuple(
        Sentence("posts.words", {"words": words}, tuple(events)) for words, events in list(said.items())[:HEARD]
    )
