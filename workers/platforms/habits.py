"""What networks take of a text, and what is usual there: one row each.

Invariants: data alone. Lengths are the networks' own rules, by the page named beside each; how many tags are usual is
this project's judgment. Rows of networks that no plug-in serves yet were written from documentation and never tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """What a network counts in."""

    GRAPHEMES = "graphemes"
    CHARACTERS = "characters"
    """Unicode code points."""
    UTF16 = "UTF-16 code units"
    WEIGHTED = "weighted characters"
    """As X counts: most alphabets 1, Chinese, Japanese, Korean and emoji 2."""


class Link(StrEnum):
    """Where a post's own link stands."""

    BESIDE = "beside the text"
    WRITTEN = "in the text"


@dataclass(frozen=True, slots=True)
class Habits:
    """`most` signs a post, in `unit`, and `octets` of UTF-8; `threads` posts at most for one content, 1 where there are
    no threads. `link_costs` signs where every link counts alike. `link_gives_way`: beside pictures there is no room for
    a card, so the link is written out in short. `tags` at most; None is any number.
    """

    most: int | None = None
    unit: Unit = Unit.CHARACTERS
    octets: int | None = None
    threads: int = 1
    tags: int | None = None
    link: Link = Link.BESIDE
    link_costs: int | None = None
    link_gives_way: bool = False
    medium: str = "social"

    def reduced(self, signs: int, octets: int) -> Habits | None:
        """With so much less room; None where nothing is left."""
        if self.most is None or self.most <= signs or (self.octets is not None and self.octets <= octets):
            return None
        return replace(self, most=self.most - signs, octets=None if self.octets is None else self.octets - octets)


BLUESKY: Final = Habits(300, Unit.GRAPHEMES, octets=3000, threads=20, tags=5, link_gives_way=True)
"""Lexicon app.bsky.feed.post: maxGraphemes, maxLength."""

HABITS: Final[Mapping[str, Habits]] = {
    "bluesky": BLUESKY,
    # docs.joinmastodon.org/user/posting: 500 characters where a server says nothing else, each link 23.
    "mastodon": Habits(500, Unit.GRAPHEMES, threads=20, tags=4, link=Link.WRITTEN, link_costs=23),
    # docs.x.com/fundamentals/counting-characters.
    "x": Habits(280, Unit.WEIGHTED, threads=20, tags=2, link=Link.WRITTEN, link_costs=23),
    # core.telegram.org/bots/api#sendmessage; a caption beside media has 1,024.
    "telegram": Habits(4096, Unit.UTF16, tags=3, link=Link.WRITTEN),
    # learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api: commentary.
    "linkedin": Habits(3000, Unit.CHARACTERS, tags=3),
    # developers.facebook.com/docs/instagram-platform: a caption; nobody can follow a link in one, but all can read it.
    "instagram": Habits(2200, Unit.CHARACTERS, tags=5, link=Link.WRITTEN),
    # developers.facebook.com/docs/pages-api/posts: message and link.
    "facebook": Habits(63_206, Unit.CHARACTERS, tags=2),
    # developers.google.com/my-business/reference/rest: localPosts.summary, with the link as its call to action.
    "google-business": Habits(1500, Unit.CHARACTERS, tags=0),
    "email": Habits(medium="email"),
}


def habits_of(channel: str, most: int | None) -> Habits:
    """A network's row; of one that has none only how many characters it takes is known, and nothing is changed."""
    return HABITS.get(channel) or Habits(most)
