"""What a fact from outside must look like before anybody reads it: who says it, of what, and when.

Invariants: pure functions; each returns what is wrong as a sentence, or None. A source is a URI reference (RFC 3986)
in normal form, so that no spelling of a reserved source passes; a moment is one that every store can keep and every
worker can reckon with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from unicodedata import category
from urllib.parse import quote, unquote, urlsplit

from config.brief_file import MOST
from config.comparisons import disagreements
from config.refusals import refusals
from events.campaign import CampaignBriefed
from events.catalogue import ENTRIES, Speaker, may_say
from events.envelope import RESERVED_PREFIX
from events.terms import Fact, Part

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)

LONGEST_SOURCE: Final = 2000
LONGEST_WORD: Final = 200

_URI_REFERENCE: Final = re.compile(r"(?:[\w.~:/?\[\]@!$&'()*+,;=-]|%[0-9A-F]{2})+(?:#[^#]*)?", re.ASCII | re.IGNORECASE)
_RESERVED: Final = RESERVED_PREFIX.strip("/")


def person_source(by: str) -> str:
    """The source of what a person says: `by` in whatever script, as one segment of a path."""
    return f"/people/{quote(by, safe='')}"


def wrong_source(source: str) -> str | None:
    """What is wrong with a source, if anything is."""
    allowed = "a source is a URI reference such as /shops/roastery"
    if len(source) > LONGEST_SOURCE or not _URI_REFERENCE.fullmatch(source):
        return f"source {source[:LONGEST_WORD]!r}: {allowed}, without blanks, of at most {LONGEST_SOURCE} characters"
    try:
        parts = urlsplit(source)
        host = parts.hostname
    except ValueError as error:
        return f"source {source!r}: {allowed}; {error}"
    segments = [unquote(segment) for segment in parts.path.split("/")]
    if {".", ".."} & set(segments):
        return f"source {source!r}: {allowed}, and is written without . and .. in its path"
    first = next((segment for segment in segments if segment), "")
    if first.casefold() == _RESERVED or (host == _RESERVED and not parts.scheme):
        return f"source {source!r}: sources under {RESERVED_PREFIX} are Mowj's own"
    return None


def wrong_voice(source: str, fact: Fact, *, person: bool) -> str | None:
    """Why this source may not say the fact, if it may not."""
    name = type(fact).__name__
    if name not in ENTRIES or ENTRIES[name].model is not type(fact):
        return f"{name} is not an event"
    if may_say(source, name, person):
        return None
    if Speaker.PERSON in ENTRIES[name].speakers:
        return f"{source} may not say {name}: that is a person's word, said with `mowj`"
    return f"{source} may not say {name}: Mowj says it itself"


def wrong_word(what: str, word: str, longest: int = LONGEST_WORD) -> str | None:
    """What is wrong with an identifier or a person's reference."""
    if not word.strip():
        return f"{what} is missing: given {word!r}"
    if len(word) > longest or any(category(letter) == "Cc" for letter in word):
        return f"{what}: given {word[:LONGEST_WORD]!r}; allowed: 1 to {longest} characters, none of them a control"
    return None


def wrong_moments(time: datetime, fact: Fact) -> str | None:
    """What is wrong with when it became true, or with a moment that it speaks of."""
    if time.tzinfo is None:
        return f"time {time.isoformat()} has no zone"
    name = type(fact).__name__
    for what, moment in (("time", time), *_moments(name, fact)):
        if moment.tzinfo is None or not EARLIEST <= moment < LATEST:
            return f"{what}: given {moment.isoformat()}; moments lie between {EARLIEST.year} and {LATEST.year}"
    return None


def wrong_purpose(fact: Fact) -> str | None:
    """What a brief asks for that no campaign does, whoever says it: a file's brief is refused before, with its line."""
    if not isinstance(fact, CampaignBriefed):
        return None
    for place, text, refusal in refusals(fact.title, fact.topics, [group.name for group in fact.segments]):
        return f"{place[0]}: given {refusal.within(text)}; allowed: {refusal.allowed}"
    return None


def wrong_brief(fact: Fact) -> str | None:
    """What is wrong with a brief that no file's reader has looked at."""
    if not isinstance(fact, CampaignBriefed):
        return None
    prices = (
        fact.outcome_worth, fact.budget, fact.post_cost, fact.audience_worth, fact.boost_price, fact.minute_cost,
    )  # fmt: skip
    if any(price is not None and price.amount < 0 for price in prices):
        return "an amount below zero; allowed: no brief has one"
    lists: dict[str, tuple[str, ...]] = {
        "accounts": tuple(account.account for account in fact.accounts),
        "segments": tuple(segment.name for segment in fact.segments),
        "topics": fact.topics,
        "formats": fact.formats,
        "appeals": fact.appeals,
    }
    twice = [what for what, names in lists.items() if len(set(names)) < len(names)]
    if twice:
        return f"{twice[0]}: a name is given twice; allowed: each once"
    many = [what for what, most in MOST.items() if len(lists[what]) > most]
    if many:
        return f"{many[0]}: given {len(lists[many[0]])} of them; allowed: at most {MOST[many[0]]}"
    disagreeing = next(disagreements(fact.swot_weights or ()), None)
    return f"swot_weights: given {disagreeing[1]}; allowed: {disagreeing[2]}" if disagreeing is not None else None


def _moments(what: str, value: object) -> Iterator[tuple[str, datetime]]:
    """Every moment inside a value, with where it stands."""
    if isinstance(value, datetime):
        yield what, value
    elif isinstance(value, Part):
        for name, item in value.__dict__.items():
            yield from _moments(f"{what}.{name}", item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _moments(what, item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _moments(what, item)
