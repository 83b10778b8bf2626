"""The feed: which posts are live, and who sees which of them in an hour.

Invariants: one row a live post in every array of `Board`; a post enters when it is accepted and leaves `lives_hours`
later, when its counters are final. Reach counts a person once, engagements count a person once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.platforms.protocol import OutgoingPost
from workers.platforms.simulated import chance
from workers.platforms.simulated.chance import Floats, Keys, People
from workers.platforms.simulated.people import Population
from workers.platforms.simulated.world import POST_COUNTERS, World, boosted_share

Flags = NDArray[np.bool_]

_SMOOTH: Final = 2.0
"""Engagements of an ordinary post that the network assumes before it has seen any."""
_SWING: Final = (0.25, 3.0)
"""The least and the most that early engagement can do."""
_BURIED: Final = 0.01
"""The share of its fresh weight below which nobody scrolls as far down as the post."""
_SEEN_AGAIN: Final = 0.25
"""How much of its weight a post keeps for somebody who has seen it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post that the network took, under which key and when. The key is kept on keyless networks too, for counting."""

    reference: str
    account: str
    key: str
    post: OutgoingPost
    at: datetime

    @property
    def published(self) -> float:
        """Hours since 1970 in UTC."""
        return self.at.timestamp() / 3600


@dataclass(frozen=True, slots=True)
class Viewings:
    """Who was shown what in one hour, as pairs: `row` of the board and `person`; `first`: they had not seen it."""

    row: People
    person: People
    first: Flags


class Board:
    """The live posts, column by column. `paid` are the people whom a post's boost shows it to."""

    def __init__(self, world: World, seed: int, people: Population) -> None:
        self._world, self._seed, self._people = world, seed, people
        everybody, segments = len(people.everybody), len(people.sizes)
        self.posts: list[Accepted] = []
        self.account: People = np.zeros(0, dtype=np.intp)
        self.counters: NDArray[np.int64] = np.zeros((0, len(POST_COUNTERS)), dtype=np.int64)
        self.liking: Floats = np.zeros((0, everybody))
        self.shares: Floats = np.zeros((0, segments))
        self.persuasion: Floats = np.zeros((0, segments))
        self.keys: Keys = chance.keys()
        self._published: Floats = np.zeros(0)
        self._early: Floats = np.zeros(0)
        self._lot: Floats = np.zeros((0, everybody))
        self._circle: Floats = np.zeros((0, segments))
        self.paid: Flags = np.zeros((0, everybody), dtype=np.bool_)
        self._posted: list[tuple[int, float]] = []
        self._seen: Flags = np.zeros((0, everybody), dtype=np.bool_)

    def add(self, accepted: Accepted, account: int, day: int, soon: Flags) -> None:
        """A new row. `account` is the account's number, `soon` who comes to buy by themselves before long."""
        post, people, feed = accepted.post, self._people, self._world.feed
        content = chance.key(self._seed, "content", post.fingerprint, day)
        target = people.rows.get(post.traits.segment or "")
        luck = chance.pareto(chance.single(content, "picked up"), self._world.luck.tail)
        if chance.single(content, "explodes") < self._world.luck.explosions:
            luck *= self._world.luck.explosion
        circle = np.full(len(people.sizes), feed.circle * luck)
        if target is not None:
            circle[target] *= feed.addressing
        self.posts.append(accepted)
        self._posted.append((account, accepted.published))
        self.account = np.append(self.account, account)
        self._published = np.append(self._published, accepted.published)
        self._early = np.append(self._early, 0.0)
        lot = chance.uniform(chance.keys(chance.key(content, "lot")), people.everybody)
        self._lot = np.vstack((self._lot, lot))
        self._circle = np.vstack((self._circle, circle))
        self.paid = np.vstack((self.paid, self._bought(post.boost, target, lot, soon)))
        self.liking = np.vstack((self.liking, people.liking(post.traits)))
        self.counters = np.vstack((self.counters, np.zeros_like(self.counters, shape=(1, len(POST_COUNTERS)))))
        self.shares = np.vstack((self.shares, np.zeros(len(people.sizes))))
        self.persuasion = np.vstack((self.persuasion, people.persuasion(post.traits)))
        self._seen = np.vstack((self._seen, np.zeros(len(people.everybody), dtype=np.bool_)))
        self.turn(day)

    def retire(self, hour: int) -> list[tuple[Accepted, NDArray[np.int64]]]:
        """Take away the posts whose life is over at the beginning of the hour, with their final counters."""
        over = self._published + self._world.feed.lives_hours <= hour
        if not over.any():
            return []
        retired = [(self.posts[row], self.counters[row]) for row in np.flatnonzero(over)]
        stays = ~over
        self.posts = [post for post, stay in zip(self.posts, stays, strict=True) if stay]
        self.account, self.counters, self.keys = self.account[stays], self.counters[stays], self.keys[stays]
        self.liking, self.shares = self.liking[stays], self.shares[stays]
        self.persuasion = self.persuasion[stays]
        self._published, self._early, self._lot = self._published[stays], self._early[stays], self._lot[stays]
        self._circle, self.paid, self._seen = self._circle[stays], self.paid[stays], self._seen[stays]
        return retired

    def turn(self, day: int) -> None:
        """Begin a day: luck is keyed by it."""
        self.keys = chance.keys(
            *(chance.key(self._seed, "content", accepted.post.fingerprint, day) for accepted in self.posts)
        )

    def change(self) -> None:
        """Ask the people anew what they like, after a change of the world."""
        for row, accepted in enumerate(self.posts):
            self.liking[row] = self._people.liking(accepted.post.traits)
            self.persuasion[row] = self._people.persuasion(accepted.post.traits)

    def show(self, hour: int, online: People, following: Flags, left: People) -> Viewings:
        """One hour of scrolling: `following` by account and online person, `left` what attention each still has."""
        feed, segment = self._world.feed, self._people.segment[online]
        age = hour - self._published
        rank = self._rank(age)
        presence = np.minimum(np.maximum(1.0 + age, 0.0), 1.0)
        heat = presence * 0.5 ** (np.maximum(age + 0.5, 0.0) / feed.half_life_hours) * rank * self._demotion(hour)
        fresh = np.flatnonzero(heat > _BURIED)
        lot = self._lot[fresh[:, None], online]
        circle = (self._circle * rank[:, None] + feed.friends_per_share * self.shares / self._people.sizes)[fresh]
        weight = np.where(following[self.account[fresh]], feed.followers, feed.strangers * (lot < circle[:, segment]))
        if self.paid.any():
            weight += feed.boost * self.paid[fresh[:, None], online]
        row, column = np.nonzero(weight)
        weight, row, person = weight[row, column], fresh[row], online[column]
        seen = self._seen[row, person]
        score = weight * heat[row] * np.where(seen, _SEEN_AGAIN, 1.0)
        draws = chance.uniform(self.keys[row] + chance.keys(chance.key("shown", hour)), person)
        scrolled = draws < score / (1.0 + score)
        row, column, person, seen = row[scrolled], column[scrolled], person[scrolled], seen[scrolled]
        taken_in = self._attend(row, column, heat, left)
        row, person, first = row[taken_in], person[taken_in], ~seen[taken_in]
        self._seen[row, person] = True
        return Viewings(row, person, first)

    @staticmethod
    def _attend(row: People, column: People, heat: Floats, left: People) -> Flags:
        """Which viewings people have attention for: each takes in what is highest in the feed first."""
        if (np.bincount(column, minlength=len(left)) <= left).all():
            return np.ones(len(column), dtype=np.bool_)
        shown = np.zeros((len(heat), len(left)), dtype=np.bool_)
        shown[row, column] = True
        order = np.argsort(-heat, kind="stable")
        shown[order] &= np.cumsum(shown[order], axis=0) <= left
        result: Flags = shown[row, column]
        return result

    def count(self, counter: str, rows: People) -> None:
        """Add one to a counter for every mention of a row."""
        self.counters[:, POST_COUNTERS.index(counter)] += np.bincount(rows, minlength=len(self.posts))

    def tally(self, counters: Sequence[str], rows: People, does: Flags) -> None:
        """Add one to each counter for every person who does it: `does` by counter and person, `rows` their posts."""
        columns = np.array([POST_COUNTERS.index(counter) for counter in counters])
        which, who = does.nonzero()
        np.add.at(self.counters, (rows[who], columns[which]), 1)

    def engage(self, hour: int, rows: People) -> None:
        """Count engagements, and remember the early ones, which the feed ranks by."""
        engaged = np.bincount(rows, minlength=len(self.posts))
        self.counters[:, POST_COUNTERS.index("engagements")] += engaged
        self._early += engaged * (hour - self._published < self._world.feed.early_hours)

    def proof(self, hour: int) -> Floats:
        """By what each post's early engagement multiplies the wish of others to react."""
        result: Floats = self._success(hour - self._published) ** self._world.attention.herding
        return result

    def _rank(self, age: Floats) -> Floats:
        """How the feed weighs each post for its early engagement."""
        result: Floats = self._success(age) ** self._world.feed.ranking
        return result

    def _success(self, age: Floats) -> Floats:
        """The early engagement of each post against what an ordinary one has by that age."""
        feed = self._world.feed
        ordinary = feed.early_engagements * np.minimum(np.maximum(age / feed.early_hours, 0.0), 1.0)
        least, most = _SWING
        result: Floats = np.minimum(np.maximum((self._early + _SMOOTH) / (ordinary + _SMOOTH), least), most)
        return result

    def _demotion(self, hour: int) -> Floats | float:
        """How the feed weighs each post for how often its account has posted."""
        throttle = self._world.feed.throttle
        if throttle is None:
            return 1.0
        self._posted = [(account, at) for account, at in self._posted if at > hour + 1 - 24 * throttle.days]
        accounts = np.array([account for account, _ in self._posted], dtype=np.intp)
        lately = np.bincount(accounts, minlength=int(self.account.max()) + 1)
        result: Floats = throttle.demotion ** np.maximum(lately[self.account] - throttle.posts, 0)
        return result

    def _bought(self, boost: Decimal | None, target: int | None, lot: Floats, soon: Flags) -> Flags:
        """Whom a boost shows a post to: of the addressed segment, or of all, those with the highest lots."""
        feed, people = self._world.feed, self._people
        addressed = np.ones(len(lot), dtype=np.bool_) if target is None else people.segment == target
        if boost is None:
            return addressed & False
        share = boosted_share(boost, int(addressed.sum()), feed)
        aimed = feed.boost_aim * share / (1.0 - share + feed.boost_aim * share)
        shown: Flags = addressed & (lot > 1.0 - np.where(soon, aimed, share))
        return shown
