"""Where the loop can die: every moment that the runtime names, told apart by what it is about, and a process that dies
at chosen ones.

Invariants: a moment's key is the number of effective commits before it and its place in its transaction, so that a step
that is taken again after a crash has the same keys; nobody dies at one key twice, so every life gets further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from events.envelope import Event
from workers.platforms.protocol import Limits, OutgoingPost, Platform, Published, Reading
from workers.runtime.observing import Observer
from workers.runtime.shell import SimulatedCrash

Key = tuple[int, str, int]
Label = tuple[str, str]

INSIDE: Final = ("after sending commit", "before call", "after call", "before answer commit")
"""Whoever dies here leaves a call of which nobody knows whether it happened."""
_CLAIM: Final = "claim"
"""A restart claims anew, so claims are numbered through all lives."""


@dataclass
class Moments:
    """Counts its way through a life, and through the next one after a crash."""

    commits: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    place: int = 0
    appended: bool = False

    def key(self, name: str) -> Key | None:
        """The key of the moment that has come; None where nothing is at stake, as in a fact that is said again."""
        side, _, what = name.partition(" ")
        kind = what.removesuffix(" commit")
        if kind == _CLAIM:
            self.claims[name] += 1
            return -1, name, self.claims[name]
        if what.endswith("commit"):
            idle = kind == "intake" and not self.appended
            if side == "after":
                self.commits += not idle
                self.place, self.appended = 0, False
            return None if idle else (self.commits, name, 0)
        self.appended = self.appended or what == "append"
        self.place += 1
        return self.commits, name, self.place

    def restarted(self) -> None:
        """What was under way has not happened."""
        self.place, self.appended = 0, False


@dataclass
class DyingAt:
    """The fault point of a process that dies once at each of these moments."""

    keys: set[Key]
    moments: Moments = field(default_factory=Moments)
    died: list[Key] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        key = self.moments.key(name)
        if key is not None and key in self.keys:
            self.keys.remove(key)
            self.died.append(key)
            self.moments.restarted()
            raise SimulatedCrash(f"{name} ({key[0]})")


@dataclass
class Course(Observer):
    """An undisturbed life, written down: its moments in order, each with its label."""

    moments: Moments = field(default_factory=Moments)
    labels: dict[Key, Label] = field(default_factory=dict)
    _appends: list[Key] = field(default_factory=list)
    _batches: list[Key] = field(default_factory=list)
    _sending: list[Key] = field(default_factory=list)
    _called: str = ""

    def __call__(self, name: str) -> None:
        key = self.moments.key(name)
        if key is None:
            return
        self.labels[key] = (name, "")
        if name.endswith("append"):
            self._appends.append(key)
        elif "batch" in name:
            self._batches.append(key)
        elif name in {"before sending commit", "after sending commit", "before call"}:
            self._sending.append(key)
        elif name in {"after call", "before answer commit", "after answer commit"}:
            self.labels[key] = (name, self._called)

    def appended(self, event: Event) -> None:
        """Called after the commit, in the order of appending."""
        for key in self._appends[:2]:
            self.labels[key] = (key[1], event.name)
        del self._appends[:2]

    def committed(self, worker: str, seconds: float) -> None:
        del seconds
        for key in self._batches:
            self.labels[key] = (key[1], worker)
        self._batches.clear()

    def calling(self, call: str) -> None:
        """The network is being called: now it is known what was to be sent."""
        self._called = call
        for key in self._sending:
            self.labels[key] = (key[1], call)
        self._sending.clear()


@dataclass
class Overheard:
    """A network that says who calls it."""

    network: Platform
    course: Course

    def limits(self, account: str) -> Limits:
        return self.network.limits(account)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self.course.calling("publish")
        return self.network.publish(account, post, key)

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:
        self.course.calling("find")
        return self.network.find(account, key, fingerprint, since)

    def read_post(self, account: str, reference: str) -> Reading:
        self.course.calling("read post")
        return self.network.read_post(account, reference)

    def read_account(self, account: str) -> Reading:
        self.course.calling("read account")
        return self.network.read_account(account)

    def advance(self, to: datetime) -> None:
        self.network.advance(to)


def chosen(labels: dict[Key, Label], every: int, names: Collection[str] | None = None) -> set[Key]:
    """The first moment of each label, and every so many of all; `names` restricts them to moments of these names."""
    keys = [key for key in labels if (key[1] in names if names is not None else key[1] not in INSIDE)]
    firsts = {labels[key]: key for key in reversed(keys)}
    return {*firsts.values(), *keys[::every]}
