"""A seeded audience on a real Bluesky network: accounts with tastes and hours of their own, who read what a shop posts.

Each has one topic that it likes, known from a post's tags, and hours in which it looks at its phone. Within those hours
of campaign time it sees new posts; those to its taste it likes, sometimes reposts or answers, and after some it
follows, or buys: the till notes the post that the link's utm_content names. The accounts do it all themselves, by XRPC.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.bluesky import Login, Network

LIKES, REPOSTS, REPLIES, FOLLOWS, BUYS = 0.8, 0.2, 0.2, 0.5, 0.5
"""Chances, for a post to one's taste; the second to fourth of those who like it, the last of those who saw its link."""
LOOKS_FOR: Final = timedelta(days=2)
"""Nobody reads older posts."""


@dataclass
class Person:
    """One account. `hours` are UTC."""

    login: Login
    taste: str
    hours: frozenset[int]
    luck: random.Random
    seen: set[str] = field(default_factory=set)
    follows: bool = False

    def looked(self, since: datetime, now: datetime) -> bool:
        """Whether one of its hours began or went on since then: however late it is asked, it has not missed one."""
        hours = int((now - since).total_seconds() // 3600) + 1
        return any((now - timedelta(hours=ago)).hour in self.hours for ago in range(min(hours, 24)))


@dataclass
class Audience:
    """People who look at a shop's posts until they are told to stop. `now` gives campaign time."""

    shop: Login
    people: list[Person]
    now: Callable[[], datetime]
    buys: Callable[[str, str], None]
    """Told the post of Mowj's that a link named, and who bought (an id that means nothing)."""
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("like", "repost", "reply", "follow", "buy"), 0))
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    failures: list[BaseException] = field(default_factory=list)

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def pause(self, seconds: float) -> None:
        """Let them live on."""
        self._stop.wait(seconds)

    def end(self) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    def _live(self) -> None:
        before = self.now()
        with ThreadPoolExecutor(4) as pool:
            while not self._stop.wait(0.2):
                try:
                    now = self.now()
                    fresh = self._fresh(before)
                    online = [person for person in self.people if person.looked(before, now)]
                    for done in [pool.submit(self._look, person, fresh) for person in online]:
                        done.result()
                    before = now
                except Exception as error:  # noqa: BLE001  (handed to the test)
                    self.failures.append(error)
                    return

    def _fresh(self, since: datetime) -> list[dict[str, Any]]:
        """What somebody who looks now, or has looked since then, is shown."""
        feed = self.shop.ask("app.bsky.feed.getAuthorFeed", actor=self.shop.did, filter="posts_no_replies", limit=60)
        return [entry["post"] for entry in feed["feed"] if since - _made(entry["post"]) < LOOKS_FOR]

    def _look(self, person: Person, posts: list[dict[str, Any]]) -> None:
        for post in posts:
            if post["uri"] in person.seen:
                continue
            person.seen.add(post["uri"])
            if person.taste not in _tags(post) or person.luck.random() > LIKES:
                continue
            person.login.like(post)
            self._count("like")
            if person.luck.random() < REPOSTS:
                person.login.repost(post)
                self._count("repost")
            if person.luck.random() < REPLIES:
                person.login.reply(post, "Good to know.")
                self._count("reply")
            if not person.follows and person.luck.random() < FOLLOWS:
                person.login.follow(self.shop)
                person.follows = True
                self._count("follow")
            own = _named(post)
            if own is not None and person.luck.random() < BUYS:
                self.buys(own, f"order-{self._count('buy')}")

    def _count(self, what: str) -> int:
        with self._counting:
            self.done[what] += 1
            return self.done[what]


def people(network: Network, tastes: Mapping[str, int], seed: int) -> list[Person]:
    """New accounts: so many of each taste. Each looks in six hours of the day, three mornings and three evenings."""
    luck = random.Random(seed)
    wanted = [taste for taste, count in tastes.items() for _ in range(count)]
    with ThreadPoolExecutor(4) as pool:
        logins = list(pool.map(lambda _: network.account("fan"), wanted))
    found = []
    for login, taste in zip(logins, wanted, strict=True):
        morning, evening = luck.randint(5, 10), luck.randint(15, 20)
        hours = frozenset(hour for start in (morning, evening) for hour in range(start, start + 3))
        found.append(Person(login, taste, hours, random.Random(luck.random())))
    return found


def _made(post: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(post["record"]["createdAt"])


def _tags(post: Mapping[str, Any]) -> set[str]:
    facets = post["record"].get("facets", ())
    return {feature["tag"] for facet in facets for feature in facet["features"] if "tag" in feature}


def _named(post: Mapping[str, Any]) -> str | None:
    """What utm_content says in the card's link, or in one that is written out."""
    record = post["record"]
    card = record.get("embed", {}).get("external", {}).get("uri")
    written = [
        feature["uri"] for facet in record.get("facets", ()) for feature in facet["features"] if "uri" in feature
    ]
    for link in [card, *written]:
        if link and (named := parse_qs(urlsplit(link).query).get("utm_content")):
            return str(named[0])
    return None
