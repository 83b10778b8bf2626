"""Logins of accounts: read by plug-ins, and renewed by one owner across all processes.

Invariants: a login is replaced only by a newer one that the network gave, compared and swapped against the one that it
was renewed from, or by a person. A passing error changes nothing. What the network refuses is kept, and noted, so that
no process asks again at once. Where the newer login cannot be written, this process holds it and writes it later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Final, Protocol
from uuid import uuid4

from workers.platforms.protocol import AuthorizationExpired, ProvenUnsent
from workers.platforms.sealing import CredentialsUnusable, KeyFile
from workers.platforms.vault import Row, Vault

Fields = Mapping[str, str]
Renew = Callable[[Fields], Fields]
"""The login that the network gives for an older one. Raises PlatformError; AuthorizationExpired is its final word."""

FROM_SETTINGS: Final = "from_settings"
"""A field of what was kept for an account whose login stands in the settings: it ends with them."""
LEASE: Final = 45.0
"""Seconds; longer than a renewal's calls can take together."""
REST: Final = 15 * 60.0
"""Seconds before a login that was refused is tried again by anybody but a person: far below 300 a day."""
_LOOK_AGAIN: Final = 0.05


class Busy(ProvenUnsent):
    """Another process is renewing this login; nothing was sent."""


class Credentials(Protocol):
    """What a plug-in is given as `options["credentials"]`. Safe for threads."""

    def accounts(self) -> Collection[str]:
        """Those of this plug-in's channel that somebody has added, or that the settings name."""
        ...

    def get(self, account: str) -> Fields:
        """Raises KeyError for an account that nobody has added, CredentialsUnusable where it cannot be read."""
        ...

    def renewed(self, account: str, seen: Fields, renew: Renew, *, patience: float = 10.0) -> Fields:
        """A newer login than `seen`: another's, if there is one by now, else what `renew` gets.

        :param patience: seconds to wait for another process that is renewing it
        :raises Busy: it is still at it
        :raises PlatformError: what `renew` raised; nothing was changed
        :raises KeyError, CredentialsUnusable: as `get`
        """
        ...


class GivenCredentials:
    """Logins of one process, forgotten with it."""

    def __init__(self, given: Mapping[str, Fields]) -> None:
        self._known = {account: dict(fields) for account, fields in given.items()}
        self._lock = Lock()

    def accounts(self) -> Collection[str]:
        return list(self._known)

    def get(self, account: str) -> Fields:
        return self._known[account]

    def put(self, account: str, fields: Fields) -> None:
        self._known[account] = dict(fields)

    def renewed(self, account: str, seen: Fields, renew: Renew, *, patience: float = 10.0) -> Fields:  # noqa: ARG002
        with self._lock:
            known = self.get(account)
            if known == seen:
                self._known[account] = dict(renew(known))
            return self._known[account]


@dataclass(frozen=True, slots=True)
class Kept:
    """A login as it holds now. `row` is what stands in the vault and `own` what that says; None: the settings alone."""

    fields: Fields = field(repr=False)
    row: Row | None
    own: Fields = field(repr=False)
    from_settings: bool

    @property
    def version(self) -> int:
        return self.row.version if self.row is not None else 0


class KeptCredentials:
    """Logins of one channel in a vault. `given` are those of the settings, and what they say of any account's `places`
    (its base URL, its proxy) outweighs what was said when it was added.
    """

    def __init__(
        self,
        vault: Vault,
        key: KeyFile,
        channel: str,
        given: Mapping[str, Fields] | None = None,
        places: Collection[str] = (),
        *,
        lease: float = LEASE,
        rest: float = REST,
    ) -> None:
        self._vault, self._key, self._channel = vault, key, channel
        self._given, self._places = dict(given or {}), frozenset(places)
        self._lease, self._rest = lease, rest
        self._unwritten: dict[str, tuple[Kept, Fields]] = {}

    def accounts(self) -> Collection[str]:
        rows = self._vault.rows()
        return sorted({row.account for row in rows if row.channel == self._channel} | set(self._given))

    def get(self, account: str) -> Fields:
        return self.kept(account).fields

    def kept(self, account: str) -> Kept:
        """Raises KeyError, CredentialsUnusable."""
        if account in self._unwritten and (late := self._written_late(account)) is not None:
            return late
        row, given = self._vault.row(account), self._given.get(account, {})
        if row is not None and row.channel != self._channel:
            raise KeyError(account)
        own = self._key.open(row.sealed, account) if row is not None else {}
        over = {name: value for name, value in given.items() if name in self._places}
        if own and FROM_SETTINGS not in own:
            return Kept({**own, **over}, row, own, from_settings=False)
        login = {name: value for name, value in given.items() if name not in self._places}
        if not login:
            raise KeyError(account)
        # Where the settings say something else by now, what came of the earlier login is not theirs.
        holds = all(own.get(name) == value for name, value in login.items())
        fields = {name: value for name, value in own.items() if name != FROM_SETTINGS} if holds else {}
        return Kept({**fields, **given}, row, own if holds else {}, from_settings=True)

    def put(self, account: str, fields: Fields) -> None:
        """A person's word: it replaces whatever is there. Raises CredentialsUnusable."""
        self._unwritten.pop(account, None)
        self._ready()
        sealed = self._key.seal(fields, account)
        while True:
            row = self._vault.row(account)
            if self._vault.replace(account, self._channel, sealed, row.version if row is not None else 0):
                return

    def remove(self, account: str) -> bool:
        """Whether there was anything to remove. Needs no key."""
        self._unwritten.pop(account, None)
        return self._vault.remove(account)

    def forgive(self, account: str) -> None:
        """Let a login that was refused be tried again at once."""
        self._vault.forgive(account)

    def renewed(self, account: str, seen: Fields, renew: Renew, *, patience: float = 10.0) -> Fields:
        holder, ends = uuid4().hex, time.monotonic() + patience
        while not self._vault.lease(account, holder, self._lease):
            if (fields := self.get(account)) != seen:
                return fields
            if time.monotonic() >= ends:
                raise Busy(f"another process is renewing the login of {account!r}")
            Event().wait(_LOOK_AGAIN)
        try:
            return self._renewed(account, seen, renew)
        finally:
            # A lease that cannot be given back ends by itself.
            with suppress(CredentialsUnusable):
                self._vault.release(account, holder)

    def _renewed(self, account: str, seen: Fields, renew: Renew) -> Fields:
        known = self.kept(account)
        if known.fields != seen:
            return known.fields
        self._require_hope(account, known)
        try:
            new = renew(known.fields)
        except AuthorizationExpired as error:
            # Where tokens may be used once, the refusal may be of one that somebody has used meanwhile.
            if (newer := self.kept(account)).fields != known.fields:
                return newer.fields
            self._note(account, known, error)
            raise
        return self._write(account, known, new)

    def _require_hope(self, account: str, known: Kept) -> None:
        """Raise AuthorizationExpired for a login that the network has refused a little while ago."""
        row = known.row
        if row is None or row.refused_at is None or not known.own:
            return
        if abs(time.time() - row.refused_at) < self._rest:
            raise AuthorizationExpired(
                f"refused at {datetime.fromtimestamp(row.refused_at, UTC):%Y-%m-%d %H:%M} UTC: {row.refused}; "
                f"`mowj accounts add {account}` takes a new secret, `mowj accounts check {account}` tries it at once"
            )

    def _note(self, account: str, known: Kept, refusal: AuthorizationExpired) -> None:
        """So that no process asks again at once. Without it all the same holds, but for that."""
        try:
            version = known.version
            if not known.own and self._replace(account, known, known.fields):
                version += 1
            self._vault.refuse(account, version, str(refusal))
        except CredentialsUnusable as error:
            refusal.add_note(f"nor could it be noted: {error}")

    def _write(self, account: str, known: Kept, new: Fields) -> Fields:
        """Swap; whoever was quicker has won. What cannot be written now is held, and written before the next look."""
        try:
            return new if self._replace(account, known, new) else self.get(account)
        except CredentialsUnusable:
            self._unwritten[account] = (known, new)
            return new

    def _written_late(self, account: str) -> Kept | None:
        """What is held, while it still cannot be written."""
        known, new = self._unwritten[account]
        try:
            self._replace(account, known, new)
        except CredentialsUnusable:
            return Kept(new, known.row, known.own, known.from_settings)
        self._unwritten.pop(account, None)
        return None

    def _replace(self, account: str, known: Kept, new: Fields) -> bool:
        """What the settings say of an added account's places is not kept with it."""
        self._ready()
        own = {name: value for name, value in known.own.items() if name in self._places}
        kept = {name: value for name, value in new.items() if name not in self._places} | own
        if known.from_settings:
            kept[FROM_SETTINGS] = "yes"
        return self._vault.replace(account, self._channel, self._key.seal(kept, account), known.version)

    def _ready(self) -> None:
        """A key, made for the first secret only: another one would lock out what is kept already."""
        if not self._key.exists() and not self._vault.rows():
            self._key.make()
        self._key.read()
