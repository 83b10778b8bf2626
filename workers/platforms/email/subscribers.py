"""Who is written to: taken with their consent, counted, given out, and forgotten.

Invariants: nobody is a subscriber without a source and a time of consent. Who is suppressed stays so, whatever file
names them again, and nothing that still waits goes out to them. Nothing here says an address but to whom asks for it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from workers.platforms.email.store import EVERYWHERE, EmailStore, stamp
from workers.platforms.email.terms import Reason, State

SUPPRESSED: Final = (
    "SELECT p.reason FROM suppression p WHERE p.hash = s.hash AND p.list IN (s.list, '*') "
    "ORDER BY p.reason = 'unsubscribed' DESC LIMIT 1"
)
"""Why a subscriber `s` is not written to, as a subquery; NULL for who is."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One person on a list, as a file names them; shows no address where it is printed."""

    address: str = field(repr=False)
    consent_source: str
    consent_at: datetime
    name: str | None = field(default=None, repr=False)
    language: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were taken, and which lines name somebody who must not be written to."""

    new: int
    changed: int
    known: int
    suppressed: tuple[int, ...]


class Subscribers:
    def __init__(self, store: EmailStore) -> None:
        self._store, self._signer = store, store.signer

    def take(self, list_: str, rows: Iterable[tuple[int, Subscriber]], now: datetime) -> Imported:
        """Add those of a file, each with its line; what is known is brought up to date, but keeps its consent."""
        found: Counter[str] = Counter()
        refused = []
        with self._store.transaction() as tx:
            for line, one in rows:
                digest = self._signer.address_hash(one.address)
                if self._reason(tx, list_, digest) is not None:
                    refused.append(line)
                else:
                    found[_put(tx, list_, digest, one, now)] += 1
        return Imported(found["new"], found["changed"], found["known"], tuple(refused))

    def counts(self) -> dict[str, dict[str, int]]:
        """By list: who is written to as `active`, who is not by reason."""
        counts: dict[str, dict[str, int]] = {}
        with self._store.transaction() as tx:
            asked = f"SELECT s.list, ({SUPPRESSED}) AS reason, count(*) FROM subscriber s GROUP BY 1, 2 ORDER BY 1, 2"  # noqa: S608
            for list_, reason, count in tx.execute(asked):
                counts.setdefault(list_, {"active": 0})[reason or "active"] = count
        return counts

    def active(self, list_: str) -> int:
        with self._store.transaction() as tx:
            asked = f"SELECT count(*) FROM subscriber s WHERE s.list = ? AND ({SUPPRESSED}) IS NULL"  # noqa: S608
            return int(tx.execute(asked, (list_,)).fetchone()[0])

    def unsubscribed(self, list_: str) -> int:
        """How many have ever left the list."""
        with self._store.transaction() as tx:
            asked = "SELECT count(*) FROM suppression WHERE list = ? AND reason = 'unsubscribed'"
            return int(tx.execute(asked, (list_,)).fetchone()[0])

    def rows(self, list_: str | None = None) -> Iterator[dict[str, str]]:
        """Every subscriber with all that is kept of them: for their own eyes, and the owner's."""
        asked = (
            f"SELECT s.list, s.address, s.name, s.language, s.consent_source, s.consent_at, s.imported_at, "  # noqa: S608
            f"coalesce(({SUPPRESSED}), 'active') AS standing FROM subscriber s WHERE s.list = coalesce(?, s.list) "
            "ORDER BY s.list, s.number"
        )
        with self._store.transaction() as tx:
            kept = tx.execute(asked, (list_,)).fetchall()
        for row in kept:
            yield {name: row[name] or "" for name in row.keys()}  # noqa: SIM118  (a Row's keys are not its iterator)

    def suppress(self, address: str, list_: str, reason: Reason, now: datetime) -> bool:
        """Write to the address no more, on one list or EVERYWHERE; whether it was written to until now."""
        digest = self._signer.address_hash(address)
        with self._store.transaction() as tx:
            return suppress(tx, list_, digest, reason, now)

    def erase(self, address: str, now: datetime) -> int:
        """Forget a person on every list; only a hash stays, so that nobody adds them again. How many rows that were."""
        digest = self._signer.address_hash(address)
        with self._store.transaction() as tx:
            suppress(tx, EVERYWHERE, digest, Reason.ERASED, now)
            count = tx.execute("DELETE FROM subscriber WHERE hash = ?", (digest,)).rowcount
            # A domain of one's own names a person, too.
            tx.execute("DELETE FROM gate")
        self._store.forget()
        return int(count)

    def _reason(self, tx: sqlite3.Connection, list_: str, digest: bytes) -> str | None:
        asked = "SELECT reason FROM suppression WHERE hash = ? AND list IN (?, ?)"
        row = tx.execute(asked, (digest, list_, EVERYWHERE)).fetchone()
        return None if row is None else str(row["reason"])


def suppress(tx: sqlite3.Connection, list_: str, digest: bytes, reason: Reason, now: datetime) -> bool:
    """The same within a transaction. Mailings that are under way pass the person over from now on."""
    added = tx.execute(
        "INSERT INTO suppression VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET reason = excluded.reason, at = excluded.at "
        "WHERE excluded.reason = 'unsubscribed' AND suppression.reason <> 'unsubscribed'",
        (list_, digest, reason.value, stamp(now)),
    ).rowcount
    state = State.UNSUBSCRIBED if reason is Reason.UNSUBSCRIBED else State.SUPPRESSED
    tx.execute(
        "UPDATE delivery SET state = ? WHERE state = 'queued' AND subscriber IN "
        "(SELECT number FROM subscriber WHERE hash = ? AND ? IN (list, '*'))",
        (state.value, digest, list_),
    )
    return bool(added)


def _put(tx: sqlite3.Connection, list_: str, digest: bytes, one: Subscriber, now: datetime) -> str:
    known = tx.execute("SELECT * FROM subscriber WHERE list = ? AND hash = ?", (list_, digest)).fetchone()
    if known is None:
        tx.execute(
            "INSERT INTO subscriber (list, hash, address, domain, name, language, consent_source, consent_at, "
            "imported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                list_, digest, one.address, one.domain, one.name, one.language, one.consent_source,
                stamp(one.consent_at), stamp(now),
            ),
        )  # fmt: skip
        return "new"
    said = (one.name or known["name"], one.language or known["language"])
    if said == (known["name"], known["language"]):
        return "known"
    tx.execute("UPDATE subscriber SET name = ?, language = ? WHERE number = ?", (*said, known["number"]))
    return "changed"
