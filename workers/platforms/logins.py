"""What a network's plug-in says of its logins: what to ask a person for, and what an account may do.

A factory that is a `LoginPlugin` is given `options["credentials"]` (workers/platforms/credentials.py), and its platform
answers `check`. `mowj accounts` and `mowj doctor` work by these alone, for any network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

from workers.platforms.protocol import Clock, Platform, PlatformFactory, Say


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a login is made of. A `secret` is typed unseen and never shown; a `place` says how the account is
    reached, and the settings outweigh it.
    """

    name: str
    ask: str
    secret: bool = False
    place: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit of the network's. `left` and `resets` are unknown (None) where it does not say them."""

    what: str
    most: int
    left: int | None = None
    resets: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a network says of an account's login.

    `session_ends` is renewed by Mowj; `ends` is when a person must log in again, None where no end is known.
    """

    who: str
    may: tuple[str, ...]
    may_not: tuple[str, ...] = ()
    session_ends: datetime | None = None
    ends: datetime | None = None
    limits: tuple[Allowance, ...] = ()
    warnings: tuple[str, ...] = ()


@runtime_checkable
class Checkable(Protocol):
    """A platform that can be asked what a login may do."""

    def check(self, account: str) -> Standing:
        """Raises PlatformError: AuthorizationExpired where a person must log in again."""
        ...


def _nothing_given(options: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:  # noqa: ARG001
    return {}


def _no_end(login: Mapping[str, str]) -> datetime | None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class LoginPlugin:
    """A platform factory of a network whose accounts log in.

    `given` reads the logins that stand in the plug-in's options, by account; it raises InputError. `ends` is when a
    person must log in again, as the login itself says. `needs` are the packages without which nothing works, and
    `extra` is the extra of Mowj's that brings them. Without `required`, some servers of the network ask for no login.
    """

    make: PlatformFactory
    fields: tuple[Field, ...]
    given: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, str]]] = _nothing_given
    ends: Callable[[Mapping[str, str]], datetime | None] = _no_end
    needs: tuple[str, ...] = field(default=())
    extra: str = ""
    required: bool = True

    def __call__(self, *, clock: Clock, seed: int, say: Say, options: Mapping[str, Any]) -> Platform:
        return self.make(clock=clock, seed=seed, say=say, options=options)

    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(package for package in self.needs if find_spec(package) is None)

    @property
    def places(self) -> frozenset[str]:
        """The fields that the settings outweigh."""
        return frozenset(each.name for each in self.fields if each.place)
