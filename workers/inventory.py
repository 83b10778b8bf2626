"""The content that may be published: what four workers know of it, and how much of a plan it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from events.campaign import AccountConnected, CampaignAccount, ContentOffered
from events.execution import PostPublished
from events.terms import Appeal
from workers.decision import State


class Piece(State):
    """One offered content of `length` characters. `used` counts publications on any account, the newest at `last`;
    `held` are the moments for which it is promised to posts that are not out yet.
    """

    topic: str
    format: str
    appeal: Appeal
    offered_by: str
    length: int = 0
    valid_until: datetime | None = None
    channels: tuple[str, ...] = ()
    uses: int = 1
    rest_days: float = 14
    used: int = 0
    last: datetime | None = None
    held: tuple[datetime, ...] = ()

    def openings(self, now: datetime, until: datetime) -> tuple[datetime, ...]:
        """The moments from which it can be published once more, rests kept, if it is used as soon as it can be."""
        rest = timedelta(days=self.rest_days)
        taken = [moment for moment in (self.last, *self.held) if moment is not None]
        first = max([now, *(moment + rest for moment in taken)])
        moments = (first + rest * number for number in range(max(0, self.uses - self.used - len(self.held))))
        return tuple(moment for moment in moments if moment <= until and self.is_valid(moment))

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until is None or at < self.valid_until

    def unfit(self, channel: str, limits: AccountConnected | None) -> str | None:
        """Why an account on the channel cannot show it, whatever the slot; None where it can."""
        if self.channels and channel not in self.channels:
            return f"not for {channel}"
        if limits is None:
            return None
        if limits.formats and self.format not in limits.formats:
            return f"{self.format} is none of the formats of {limits.account}: {', '.join(limits.formats)}"
        if limits.text_length is not None and self.length > limits.text_length:
            return f"{self.length} characters, where {limits.account} takes {limits.text_length}"
        return None


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
            length=len(fact.text),
            valid_until=fact.valid_until,
            channels=fact.channels,
            uses=fact.uses,
            rest_days=fact.rest_days,
            used=known.used if known else 0,
            last=known.last if known else None,
            held=known.held if known else (),
        )
        return Inventory(pieces={**self.pieces, fact.content: piece})

    def published(self, fact: PostPublished) -> Inventory:
        piece = self.pieces.get(fact.content)
        if piece is None:
            return self
        last = fact.at if piece.last is None else max(fact.at, piece.last)
        return self._with(fact.content, piece.model_copy(update={"used": piece.used + 1, "last": last}))

    def reserved(self, content: str, at: datetime) -> Inventory:
        """Promised to a post at that moment: not there for another, and resting from then on."""
        piece = self.pieces.get(content)
        if piece is None:
            return self
        return self._with(content, piece.model_copy(update={"held": tuple(sorted((*piece.held, at)))}))

    def released(self, content: str, at: datetime) -> Inventory:
        """The promise for that moment is over, and with it the rest that it asked for."""
        piece = self.pieces.get(content)
        if piece is None or at not in piece.held:
            return self
        place = piece.held.index(at)
        return self._with(content, piece.model_copy(update={"held": piece.held[:place] + piece.held[place + 1 :]}))

    def _with(self, content: str, piece: Piece) -> Inventory:
        return Inventory(pieces={**self.pieces, content: piece})

    def usable_on(self, accounts: Sequence[CampaignAccount], limits: Mapping[str, AccountConnected]) -> Inventory:
        """Only what at least one of the accounts can show: nothing else carries a plan."""
        pieces = {
            name: piece
            for name, piece in self.pieces.items()
            if any(piece.unfit(one.channel, limits.get(one.account)) is None for one in accounts)
        }
        return Inventory(pieces=pieces)

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
