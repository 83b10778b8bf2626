"""What a run has proven: facts, posts and ledger held against each other. Pure.

Invariants: whatever is not as promised becomes a finding in words; nothing is rounded away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

Post = tuple[str, str]
"""Account and post: a post's name is its campaign's own, and every campaign of a run has one account of its name."""

SETTLED_UNCERTAIN: Final = "uncertain"
PERHAPS_OUT: Final = frozenset({"asking", SETTLED_UNCERTAIN})
"""Where a post may be on the network without Mowj's saying that it is."""


@dataclass(frozen=True, slots=True)
class Published:
    """Posts by who says so: the network's own file, the log, the ledger's lines (state by post)."""

    network: Counter[Post]
    log: Counter[Post]
    ledger: Mapping[Post, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Event ids of outside facts: those whose producer was answered, and those on the log, as often as they stand."""

    answered: frozenset[str]
    log: Counter[str]


def lost(facts: Facts) -> set[str]:
    return {one for one in facts.answered if one not in facts.log}


def repeated(counts: Mapping[str, int] | Mapping[Post, int]) -> int:
    """How many are there more than once."""
    return sum(count > 1 for count in counts.values())


def wrong_facts(facts: Facts) -> list[str]:
    found = []
    if gone := lost(facts):
        found.append(f"{len(gone)} outside facts were answered and are not on the log, such as {sorted(gone)[:3]}")
    if twice := [one for one, count in facts.log.items() if count > 1]:
        found.append(f"{len(twice)} outside facts stand on the log more than once, such as {sorted(twice)[:3]}")
    return found


def wrong_posts(posts: Published, *, keyed: bool) -> list[str]:
    """What of the posts is not as promised: at most once, and exactly once where the network takes keys."""
    found = [] if posts.network else ["no post is on the network: nothing is proven of posts"]
    for who, counts in (("the network has", posts.network), ("the log says of", posts.log)):
        if twice := sorted(post for post, count in counts.items() if count > 1):
            found.append(f"{who} {len(twice)} posts more than once, such as {twice[:3]}")
    done = {post for post, state in posts.ledger.items() if state == "done"}
    network, said = set(posts.network), set(posts.log)
    if missing := sorted((said | done) - network):
        found.append(f"{len(missing)} posts are said to be published and are not on the network, such as {missing[:3]}")
    unsaid = {post: posts.ledger.get(post, "not in the ledger") for post in network - done}
    # Without keys, nobody may send again what may be out already: a person has to look.
    odd = unsaid if keyed else {post: state for post, state in unsaid.items() if state not in PERHAPS_OUT}
    if odd:
        found.append(f"{len(odd)} posts are on the network and are not done in the ledger, such as {_few(odd)}")
    return found


def wrong_ledger(states: Mapping[Post, str]) -> list[str]:
    """Posts whose sending has not come to an end."""
    open_still = {post: state for post, state in states.items() if state in {"sending", "asking"}}
    return [f"{len(open_still)} posts are still on their way, such as {_few(open_still)}"] if open_still else []


def worst_after(moment: float, seconds: float, spans: Iterable[tuple[float, float]]) -> float | None:
    """The longest (answered, seen) span of what was answered within so many seconds after a moment; None for none."""
    waits = [seen - answered for answered, seen in spans if moment <= answered < moment + seconds]
    return max(waits, default=None)


def middle(numbers: Iterable[float]) -> float:
    """The median; 0 for none."""
    found = list(numbers)
    return median(found) if found else 0.0


def _few(states: Mapping[Post, str]) -> list[str]:
    return [f"{'/'.join(post)}: {state}" for post, state in sorted(states.items())[:3]]
