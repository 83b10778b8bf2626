"""The content that may be published: what three workers know of it, and how much of a plan it carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from events.campaign import ContentOffered
from events.execution import PostPublished
from events.terms import Appeal
from workers.decision import State


class Piece(State):
    """One offered content; `used` counts publications on any account, `last` is when the newest was or will be."""

    topic: str
    format: str
    appeal: Appeal
    offered_by: str
    valid_until: datetime | None = None
    channels: tuple[str, ...] = ()
    uses: int = 1
    rest_days: float = 14
    used: int = 0
    last: datetime | None = None

    def openings(self, now: datetime, until: datetime) -> tuple[datetime, ...]:
        """The moments from which it can be published once more, rests kept, if it is used as soon as it can be."""
        end = until if self.valid_until is None else min(until, self.valid_until)
        rest = timedelta(days=self.rest_days)
        first = now if self.last is None else max(now, self.last + rest)
        moments = (first + rest * number for number in range(max(0, self.uses - self.used)))
        return tuple(moment for moment in moments if moment <= end)


class Inventory(State):
    """All content of a campaign by content id."""

    pieces: Mapping[str, Piece] = {}

    def offered(self, fact: ContentOffered, by: str) -> Inventory:
        """Offering an id again replaces the content but not the count of its uses."""
        known = self.pieces.get(fact.content)
        piece = Piece(
            topic=fact.topic,
            format=fact.format,
            appeal=fact.appeal,
            offered_by=by,
            valid_until=fact.valid_until,
            channels=fact.channels,
            uses=fact.uses,
            rest_days=fact.rest_days,
            used=known.used if known else 0,
            last=known.last if known else None,
        )
        return Inventory(pieces={**self.pieces, fact.content: piece})

    def published(self, fact: PostPublished) -> Inventory:
        return self.reserved(fact.content, fact.at)

    def reserved(self, content: str, at: datetime) -> Inventory:
        piece = self.pieces.get(content)
        if piece is None:
            return self
        last = at if piece.last is None else max(at, piece.last)
        return Inventory(
            pieces={**self.pieces, content: piece.model_copy(update={"used": piece.used + 1, "last": last})}
        )

    def released(self, content: str) -> Inventory:
        """A reservation that came to nothing. The rest since it is kept: asking people twice too soon is worse."""
        piece = self.pieces.get(content)
        if piece is None:
            return self
        return Inventory(pieces={**self.pieces, content: piece.model_copy(update={"used": max(0, piece.used - 1)})})

    def stock(self, topic: str, appeal: Appeal, now: datetime, until: datetime) -> dict[str, tuple[float, ...]]:
        """By format, the days from now at which one more publication on a topic with an appeal becomes possible."""
        carried: dict[str, list[float]] = {}
        for piece in self.pieces.values():
            if piece.topic == topic and piece.appeal is appeal:
                days = ((moment - now) / timedelta(days=1) for moment in piece.openings(now, until))
                carried.setdefault(piece.format, []).extend(days)
        return {form: tuple(sorted(days)) for form, days in carried.items() if days}

    def evidence(self, topic: str, appeal: Appeal) -> tuple[str, ...]:
        """Ids of the events that offered this content."""
        return tuple(sorted({p.offered_by for p in self.pieces.values() if p.topic == topic and p.appeal is appeal}))
