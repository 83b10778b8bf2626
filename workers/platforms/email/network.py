"""A newsletter as a platform: publishing hands a mailing over, whole and durably; it then goes out by itself.

Invariants: under one key there is one mailing, whoever asks for it and however often. Before it is stored the mail
server has been asked whether it would take it, so that what is refused, out of reach or without a login is known while
nothing is promised. Readings are counts, of our own ledger.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from workers.platforms.email.connection import Connection
from workers.platforms.email.draining import Drain, Held, Outlet
from workers.platforms.email.mailings import Accepted, Mailings
from workers.platforms.email.pictures import read
from workers.platforms.email.returned import is_mailbox_read
from workers.platforms.email.signing import KeyUnsafe
from workers.platforms.email.store import EmailStore, OtherKey, open_email_store
from workers.platforms.email.subscribers import Subscribers
from workers.platforms.email.terms import COUNTERS, Mailing
from workers.platforms.habits import HABITS
from workers.platforms.logins import Allowance, Standing
from workers.platforms.protocol import (
    AuthorizationExpired,
    Clock,
    Limits,
    OutcomeUnknown,
    OutgoingPost,
    ProvenUnsent,
    Published,
    Reading,
    Rejected,
)
from workers.platforms.variants import Shape, shape

LONGEST: Final = 100_000
"""Characters; a letter of more is cut off by the largest mailbox providers, at 102 KB of HTML."""
FORMATS: Final = ("text", "photo", "link", "carousel", "letter", "article")
"""Whatever else a brief calls a format, a letter may be unable to show."""


class EmailNetwork:
    """Safe to call from several threads; `advance` from one at a time."""

    def __init__(self, directory: Path | None, outlets: Mapping[str, Outlet], clock: Clock, held: Held) -> None:
        self._directory, self._outlets, self._clock, self._held = directory, outlets, clock, held
        self._store: EmailStore | None = None
        self._drain: Drain | None = None

    def limits(self, account: str) -> Limits:  # noqa: ARG002  (the same for every list)
        return Limits(
            takes_key=True,
            posts_per_day=None,
            text_length=LONGEST,
            formats=FORMATS,
            counters=COUNTERS,
            read_lag=timedelta(0),
        )

    def shape(self, post: OutgoingPost) -> Shape:
        """Raises Rejected."""
        if len(post.text) > LONGEST:
            raise Rejected(f"a letter holds {LONGEST:,} characters")
        if post.boost is not None:
            raise Rejected("an email cannot be boosted")
        return shape(post, HABITS["email"])

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        outlet, laid = self._outlet(account), self.shape(post)
        mailings = Mailings(self._opened("publish"))
        try:
            known = mailings.find(account, key)
        except sqlite3.Error as error:
            raise ProvenUnsent(f"the subscribers' store does not answer ({type(error).__name__})") from error
        if known is not None:
            return _published(known)
        mailing = Mailing(campaign=post.campaign, text=laid.parts[0], language=post.language, link=laid.link)
        pictures = read(post)
        size = len(post.text) * 4 + sum(len(one.content) for one in pictures) * 4 // 3
        connection = Connection(outlet.server(), self._clock.now)
        try:
            connection.check(size)
        finally:
            connection.close()
        try:
            accepted = mailings.accept(account, key, mailing, pictures, self._clock.now())
        except sqlite3.Error as error:
            raise OutcomeUnknown(f"storing the mailing failed ({type(error).__name__})") from error
        if accepted is None:
            raise ProvenUnsent(f"nobody is on the list {account!r}: mowj subscribers import")
        return _published(accepted)

    def find(self, account: str, key: str, fingerprint: str, since: datetime) -> Published | None:  # noqa: ARG002
        store = self._opened("find")
        try:
            known = Mailings(store).find(account, key)
        except sqlite3.Error as error:
            raise OutcomeUnknown(f"the subscribers' store does not answer ({type(error).__name__})") from error
        return None if known is None else _published(known)

    def read_post(self, account: str, reference: str) -> Reading:
        outlet, store = self._outlet(account), self._opened("read")
        try:
            counts = Mailings(store).counts(account, reference)
            is_told = _hears_of_leaving(outlet, store)
        except sqlite3.Error as error:
            raise OutcomeUnknown(f"the subscribers' store does not answer ({type(error).__name__})") from error
        if counts is None:
            raise Rejected(f"the list {account!r} has no mailing {reference!r}")
        if not is_told:
            del counts["unsubscribed"]
        return Reading(self._clock.now(), counts)

    def read_account(self, account: str) -> Reading:
        outlet, store = self._outlet(account), self._opened("read")
        subscribers = Subscribers(store)
        try:
            counts = {"followers": subscribers.active(account)}
            if _hears_of_leaving(outlet, store):
                counts["unfollows"] = subscribers.unsubscribed(account)
        except sqlite3.Error as error:
            raise OutcomeUnknown(f"the subscribers' store does not answer ({type(error).__name__})") from error
        return Reading(self._clock.now(), counts)

    def check(self, account: str) -> Standing:
        """Log in, and ask whether mail of this sender is taken. Raises PlatformError."""
        outlet = self._outlet(account)
        server = outlet.server()
        connection = Connection(server, self._clock.now)
        try:
            connection.check(0)
            size = connection.largest
        finally:
            connection.close()
        limits = (Allowance("bytes a message", size),) if size else ()
        return Standing(server.user or "nobody", (f"send as {outlet.sender.address}",), limits=limits)

    def advance(self, to: datetime) -> None:  # noqa: ARG002  (each message looks at the clock)
        if self._directory is None:
            return
        try:
            if self._drain is None:
                store = self._store or open_email_store(self._directory, make=False)
                if store is None:
                    return
                self._store = store
                self._drain = Drain(
                    Mailings(store), store.signer, self._outlets, self._clock, self._held, self._directory
                )
            self._drain.run()
        except (sqlite3.Error, OSError, KeyUnsafe, OtherKey) as error:
            raise ProvenUnsent(f"the subscribers' store does not answer ({type(error).__name__})") from error

    def close(self) -> None:
        """For whoever makes another on the same directory within one process."""
        if self._drain is not None:
            self._drain.close()
        if self._store is not None:
            self._store.close()
        self._drain = self._store = None

    def _outlet(self, account: str) -> Outlet:
        try:
            return self._outlets[account]
        except KeyError as error:
            raise AuthorizationExpired(f"no [platforms.…options.accounts.{account}] says who sends to it") from error

    def _opened(self, what: str) -> EmailStore:
        """Raises ProvenUnsent."""
        if self._directory is None:
            raise ProvenUnsent(f"{what}: without a data directory there is no list")
        try:
            self._store = self._store or open_email_store(self._directory, make=False)
        except (sqlite3.Error, OSError, KeyUnsafe, OtherKey) as error:
            raise ProvenUnsent(f"{what}: the subscribers' store cannot be used: {error}") from error
        if self._store is None:
            raise ProvenUnsent(f"{what}: nobody is on any list here: mowj subscribers import")
        return self._store


def _hears_of_leaving(outlet: Outlet, store: EmailStore) -> bool:
    """Without a page, whoever leaves writes to a mailbox, into which perhaps nobody has ever looked."""
    return outlet.sender.unsubscribe_url is not None or is_mailbox_read(store)


def _published(known: Accepted) -> Published:
    return Published(known.reference, known.at)
