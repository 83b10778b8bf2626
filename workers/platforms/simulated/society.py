"""A world alive: hour by hour, people look at the feed, react, follow, tire, leave and, some time later, buy.

Invariants: a step is one hour of UTC and is lived once it is over, so counters stand as of the last full hour. The same
world, seed, birth and accepted posts give the same society, however its time was cut into pieces; hours without a
live post are skipped, since nobody can react to nothing, unless people come to buy by themselves.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from workers.platforms.simulated import chance
from workers.platforms.simulated.chance import Floats, People
from workers.platforms.simulated.feed import Accepted, Board, Flags, Viewings
from workers.platforms.simulated.needs import Needs, Touches
from workers.platforms.simulated.people import Population
from workers.platforms.simulated.weariness import Weariness
from workers.platforms.simulated.world import ACCOUNT_COUNTERS, POST_COUNTERS, World

_HABITS: Final = ("like", "comment", "click", "share", "follow", "buy")
_COUNTED: Final = ("likes", "comments", "clicks", "shares")
"""What the first of the habits are counted as."""
_WISH_KEYS: Final = chance.keys(chance.key("mood"), chance.key("engage"))[:, None]
_UNFOLLOW, _DELAY = (chance.keys(chance.key(each)) for each in ("unfollow", "delay"))
_HABIT_KEYS: Final = chance.keys(*(chance.key(each) for each in (*_HABITS, "sold")))[:, None]
_LONG_AGO: Final = -1e9


@dataclass(frozen=True, slots=True, order=True)
class Purchase:
    """Somebody bought, at `at`; the shop puts it down to `post` and `account`, or to none. `id` is the same whenever
    this is lived again.
    """

    at: datetime
    id: str
    post: str | None
    account: str | None
    campaign: str


class Society:
    """People, feed and accounts, from `born` on."""

    def __init__(self, world: World, seed: int, born: datetime) -> None:
        self._world, self._seed = world, seed
        self._zone = ZoneInfo(world.zone)
        first_day = born.astimezone(self._zone).date()
        self._first_day = first_day.toordinal()
        self._hour = int(born.timestamp() // 3600)
        self._day: int | None = None
        self._people = Population(world, seed, first_day)
        self._online: list[People] = []
        self._era = 0
        self._board = Board(world, seed, self._people)
        self._settled: dict[str, NDArray[np.int64]] = {}
        everybody = len(self._people.everybody)
        self._accounts: dict[str, int] = {}
        self._account_counters: NDArray[np.int64] = np.zeros((0, len(ACCOUNT_COUNTERS)), dtype=np.int64)
        self._following: Flags = np.zeros((0, everybody), dtype=np.bool_)
        attention = world.attention
        self._tired = Weariness(everybody, attention.fatigue, attention.recovery_days)
        repeated = {"topic": attention.topic_fatigue, "appeal": attention.appeal_fatigue}
        self._repeats = {
            trait: Weariness(everybody, fatigue, attention.repeat_recovery_days)
            for trait, fatigue in repeated.items()
            if fatigue
        }
        self._attention: People = np.zeros(everybody, dtype=np.intp)
        self._bought: Floats = np.full(everybody, _LONG_AGO)
        self._purchases: list[Purchase] = []
        self._needs = Needs(world, seed, self._people.segment)
        self._touches = Touches(everybody, world.credit.days)
        self._newest: Accepted | None = None
        self._habits: Floats = np.array([self._people.propensity(habit) for habit in _HABITS])
        self._unfollow: Floats = self._people.propensity("unfollow")
        segments = list(world.segments.values())
        self._rebuy = [24.0 * segment.rebuy_days for segment in segments]
        self._wait = [segment.purchase_after_hours for segment in segments]
        self._delay = [segment.purchase_delay_hours for segment in segments]

    def show(self, accepted: Accepted) -> None:
        """Let an accepted post into the feed. Time must have been lived up to its moment."""
        day = self._local(self._hour)[0]
        soon = self._needs.within(day, self._world.feed.boost_aim_days)
        self._board.add(accepted, self._account(accepted.account), day, soon)
        self._newest = accepted

    def post_counters(self, reference: str) -> dict[str, int]:
        """Totals of a post that was shown. Raises KeyError for any other."""
        values = self._settled.get(reference)
        if values is None:
            rows = {accepted.reference: row for row, accepted in enumerate(self._board.posts)}
            values = self._board.counters[rows[reference]]
        return dict(zip(POST_COUNTERS, (int(value) for value in values), strict=True))

    def account_counters(self, account: str) -> dict[str, int]:
        row = self._account(account)
        values = (int(value) for value in self._account_counters[row])
        return {**dict(zip(ACCOUNT_COUNTERS, values, strict=True)), "followers": int(self._following[row].sum())}

    def purchases(self, to: datetime) -> list[Purchase]:
        """Take what was bought until a moment, in order."""
        due = []
        while self._purchases and self._purchases[0].at <= to:
            due.append(heapq.heappop(self._purchases))
        return due

    def live(self, to: datetime) -> None:
        """Live the full hours until `to`."""
        end = int(to.timestamp() // 3600)
        while self._hour < end:
            for accepted, counters in self._board.retire(self._hour):
                self._settled[accepted.reference] = counters
            if not self._board.posts and not self._needs.any:
                self._hour = end
                return
            self._live_hour(self._hour)
            self._hour += 1

    def _local(self, hour: int) -> tuple[int, int]:
        """The local day, counted from that of birth, and the hour of the day in which an hour of UTC begins."""
        local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(self._zone)
        return local.date().toordinal() - self._first_day, local.hour

    def _live_hour(self, hour: int) -> None:
        day, local_hour = self._local(hour)
        if self._board.posts:
            self._begin(day)
            self._look(hour, self._online[local_hour])
        if self._needs.any:
            self._come(hour, self._needs.at(day, local_hour))

    def _look(self, hour: int, online: People) -> None:
        """Who is online sees what the feed shows them."""
        if not len(online):
            return
        board = self._board
        left = self._world.attention.posts_per_day - self._attention[online]
        viewings = board.show(hour, online, self._following[:, online], left)
        if not len(viewings.row):
            return
        board.count("impressions", viewings.row)
        board.count("reach", viewings.row[viewings.first])
        np.add.at(self._attention, viewings.person, 1)
        self._touch(hour, viewings.row, viewings.person, board.paid[viewings.row, viewings.person])
        tired = self._tired.tire(hour, board.account[viewings.row], viewings.person)
        self._leave(viewings, tired)
        for trait, weariness in self._repeats.items():
            rows = np.array([weariness.row(str(getattr(each.post.traits, trait))) for each in board.posts])
            tired = tired + weariness.tire(hour, rows[viewings.row], viewings.person)
        self._react(hour, viewings, tired)

    def _begin(self, day: int) -> None:
        """Begin a day, if it is a new one: attention is fresh, luck is new, changes come into force."""
        if day == self._day:
            return
        self._day = day
        self._online = list(self._people.begin(day))
        self._attention[:] = 0
        self._board.turn(day)
        if self._people.era != self._era:
            self._era = self._people.era
            self._board.change()

    def _leave(self, viewings: Viewings, tired: Floats) -> None:
        account, person = self._board.account[viewings.row], viewings.person
        draws = chance.uniform(self._board.keys[viewings.row] + _UNFOLLOW, person)
        leaving = draws < self._unfollow[self._people.segment[person]] * (1.0 - np.exp(-tired))
        leaving &= self._following[account, person]
        if leaving.any():
            pairs = np.unique(np.stack((account[leaving], person[leaving])), axis=1)
            self._following[pairs[0], pairs[1]] = False
            self._count(pairs[0], "unfollows")

    def _react(self, hour: int, viewings: Viewings, tired: Floats) -> None:
        """Of those who see a post for the first time some engage, and of these some do more."""
        board, first = self._board, viewings.first
        row, person = viewings.row[first], viewings.person[first]
        content = board.keys[row]
        mood, resolve = chance.uniform(content + _WISH_KEYS, person)
        wish = board.liking[row, person] * chance.lognormal(mood, self._world.luck.moods) * np.exp(-tired[first])
        if self._world.attention.herding:
            wish *= board.proof(hour)[row]
        engaged = resolve < 1.0 - np.exp(-wish)
        row, person, content = row[engaged], person[engaged], content[engaged]
        if not len(row):
            return
        board.engage(hour, row)
        segment = self._people.segment[person]
        draws = chance.uniform(content + _HABIT_KEYS, person)
        does, sold = draws[:-1] < self._habits[:, segment], draws[-1] < board.persuasion[row, segment]
        _, _, clicks, shares, follows, buys = does
        board.tally(_COUNTED, row, does[: len(_COUNTED)])
        np.add.at(board.shares, (row[shares], segment[shares]), 1.0)
        self._touch(hour, row, person, clicks)
        self._follow(row[follows], person[follows])
        for each in np.flatnonzero(clicks & buys & sold):
            self._buy(hour, int(row[each]), int(person[each]))

    def _follow(self, row: People, person: People) -> None:
        if not len(row):
            return
        account = self._board.account[row]
        _, once = np.unique(account * len(self._bought) + person, return_index=True)
        once = once[~self._following[account[once], person[once]]]
        self._following[account[once], person[once]] = True
        self._board.count("follows", row[once])
        self._count(account[once], "follows")

    def _count(self, accounts: People, counter: str) -> None:
        """Add one to an account's counter for every mention of it."""
        totals = np.bincount(accounts, minlength=len(self._accounts))
        self._account_counters[:, ACCOUNT_COUNTERS.index(counter)] += totals

    def _buy(self, hour: int, row: int, person: int) -> None:
        segment = int(self._people.segment[person])
        if hour - self._bought[person] < self._rebuy[segment]:
            return
        self._bought[person] = hour
        draw = float(chance.uniform(self._board.keys[row : row + 1] + _DELAY, np.array([person]))[0])
        bought = (hour + 1 + self._wait[segment] - np.log(draw) * self._delay[segment]) * 3600
        accepted = self._board.posts[row]
        self._sell(bought, f"{accepted.reference}/{person}", accepted, accepted.post.campaign)

    def _touch(self, hour: int, row: People, person: People, touched: Flags) -> None:
        """Remember who clicked a post or was shown it by its boost, as far as a shop will ask."""
        if not self._needs.any:
            return
        for each in np.unique(row[touched]):
            self._touches.touch(hour, self._board.posts[each], person[touched & (row == each)])

    def _come(self, hour: int, people: People) -> None:
        """Of those who come to buy by themselves, those buy who have not lately. None is said before the first post."""
        due = people[hour - self._bought[people] >= np.array(self._rebuy)[self._people.segment[people]]]
        self._bought[due] = hour
        if self._newest is None:
            return
        for person in due:
            credited = self._touches.credited(hour, int(person))
            campaign = (credited or self._newest).post.campaign
            self._sell(3600 * (hour + 1), f"unprompted/{hour}/{person}", credited, campaign)

    def _sell(self, at: float, name: str, credited: Accepted | None, campaign: str) -> None:
        purchase = Purchase(
            at=datetime.fromtimestamp(round(float(at)), UTC),
            id=f"purchase/{name}",
            post=credited.post.post if credited else None,
            account=credited.account if credited else None,
            campaign=campaign,
        )
        heapq.heappush(self._purchases, purchase)

    def _account(self, account: str) -> int:
        """The account's number; a new one begins with the followers that the world gives it."""
        row = self._accounts.setdefault(account, len(self._accounts))
        if row == len(self._following):
            people = self._people
            self._following = np.vstack((self._following, people.founders(account)))
            self._tired.row(account)
            self._account_counters = np.vstack(
                (self._account_counters, np.zeros_like(self._account_counters, shape=(1, 3)))
            )
        return row
