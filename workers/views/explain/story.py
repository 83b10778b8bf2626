"""What an explanation is made of: a story of chapters, each of sentences that name the events they rest on.

Invariants: a sentence is the name of a phrase and its values; its words come from a catalogue of one language only when
it is said (`saying.py`), so the same story is told in several. Values keep their numbers exact and their units beside
them. Every sentence belongs to at least one event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Number:
    """A number of which about three digits tell something."""

    value: float


@dataclass(frozen=True, slots=True)
class Worth:
    """An estimated amount of money: whole units from ten on."""

    value: float
    currency: str


@dataclass(frozen=True, slots=True)
class Cash:
    """An exact amount of money."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A share from 0 to 1, said in percent."""

    value: float


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of a thing that the catalogue has words for."""

    value: float
    noun: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary, by the catalogue's name for it, such as `kpi.outcomes`."""

    key: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy by its name, appeal/segment/topic."""

    name: str


@dataclass(frozen=True, slots=True)
class Day:
    at: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime


@dataclass(frozen=True, slots=True)
class Ref:
    """An event, said by the first characters of its id."""

    event: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """Short phrases said one after the other, as a list within a sentence."""

    parts: tuple[Sentence, ...]


Value = Number | Worth | Cash | Percent | Counted | Term | Strategy | Day | Moment | Ref | Sentences | str
"""A string is somebody's or the log's own word, said as it is."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`phrase` is a key of the catalogues, `values` what it leaves open; `events` are ids of what it rests on."""

    phrase: str
    values: Mapping[str, Value] = field(default_factory=dict)
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """One decision, or several alike. `event` is its (first) event, `events` all of them.

    `decided` says what was decided, `evidence` on what, `changed` what it changed, `otherwise` what would have changed
    it. `kind` is the event's short name.
    """

    kind: str
    event: str
    events: tuple[str, ...]
    at: datetime
    day: int
    title: Sentence
    decided: tuple[Sentence, ...] = ()
    evidence: tuple[Sentence, ...] = ()
    changed: tuple[Sentence, ...] = ()
    otherwise: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A campaign's decisions in order. `language` and `zone` are its brief's."""

    campaign: str
    title: str
    language: str
    zone: str
    chapters: tuple[Chapter, ...]
