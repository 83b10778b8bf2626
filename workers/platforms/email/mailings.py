"""Mailings and the ledger of their recipients.

Invariants: a mailing is stored whole, with everybody on its list, in one transaction: under a key there is one, or
none. `sending` is durable before a message is handed over; who is found so by the next owner of the list is uncertain,
and nobody but a person would write to them again. What once counted as sent, bounced or uncertain always does.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workers.platforms.email.signing import named_in, same
from workers.platforms.email.store import EmailStore, moment, stamp
from workers.platforms.email.subscribers import SUPPRESSED, suppress
from workers.platforms.email.terms import Errand, Mailing, Outcome, Picture, Reason, State, Verdict

UNSUBSCRIBE: Final = "unsubscribe"
MESSAGE: Final = "message"
"""What a token is for: to leave a list, and to know a message again by its Message-ID."""

_LEFT: Final = "the sender ended while it was being sent"


@dataclass(frozen=True, slots=True)
class Accepted:
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Retrying:
    """How long a mailbox that does not take a message yet is left alone, and for how long it is tried in all."""

    first: timedelta = timedelta(minutes=5)
    most: timedelta = timedelta(hours=4)
    give_up: timedelta = timedelta(hours=72)

    def distance(self, attempts: int) -> timedelta:
        """From the last try to the next."""
        return min(self.first * (1 << min(attempts - 1, 20)), self.most)

    def is_over(self, attempts: int) -> bool:
        """Whether there is no next try."""
        return sum((self.distance(number) for number in range(1, attempts + 1)), timedelta(0)) > self.give_up


class Mailings:
    def __init__(self, store: EmailStore) -> None:
        self._store, self._signer = store, store.signer

    def accept(
        self, list_: str, key: str, mailing: Mailing, pictures: Sequence[Picture], now: datetime
    ) -> Accepted | None:
        """Store a mailing for everybody on the list, or find the one that the key has. None where the list is empty."""
        with self._store.transaction() as tx:
            known = _known(tx, list_, key)
            if known is not None:
                return known
            reference = "mailing-" + hashlib.sha256(f"{list_}\x00{key}".encode()).hexdigest()[:32]
            job = tx.execute(
                "INSERT INTO job (list, key, reference, campaign, accepted_at, mailing) VALUES (?, ?, ?, ?, ?, ?)",
                (list_, key, reference, mailing.campaign, stamp(now), mailing.model_dump_json()),
            ).lastrowid
            rows = [(job, place, one.kind, one.alt, one.content) for place, one in enumerate(pictures)]
            tx.executemany("INSERT INTO picture VALUES (?, ?, ?, ?, ?)", rows)
            count = tx.execute(
                "INSERT INTO delivery (job, subscriber, state, due) SELECT ?, number, CASE coalesce(reason, '') "  # noqa: S608
                "WHEN '' THEN 'queued' WHEN 'unsubscribed' THEN 'unsubscribed' ELSE 'suppressed' END, ? FROM "
                f"(SELECT s.number, ({SUPPRESSED}) AS reason FROM subscriber s WHERE s.list = ?)",
                (job, stamp(now), list_),
            ).rowcount
            if not count:
                tx.execute("DELETE FROM job WHERE number = ?", (job,))
                return None
        return Accepted(reference, now)

    def find(self, list_: str, key: str) -> Accepted | None:
        with self._store.transaction() as tx:
            return _known(tx, list_, key)

    def counts(self, list_: str, reference: str) -> dict[str, int] | None:
        """How far a mailing has come; None for one that the list does not have."""
        with self._store.transaction() as tx:
            job = tx.execute("SELECT number FROM job WHERE list = ? AND reference = ?", (list_, reference)).fetchone()
            if job is None:
                return None
            row = tx.execute(
                "SELECT count(sent_at) AS sent, count(bounced_at) AS bounced, count(unsubscribed_at) AS unsubscribed, "
                "count(uncertain_at) AS uncertain FROM delivery WHERE job = ?",
                (job["number"],),
            ).fetchone()
        return dict(row)

    def ledger(self, list_: str) -> dict[str, dict[str, int]]:
        """By mailing: how many recipients are in which state."""
        found: dict[str, dict[str, int]] = {}
        asked = (
            "SELECT j.reference, d.state, count(*) FROM job j JOIN delivery d ON d.job = j.number WHERE j.list = ? "
            "GROUP BY j.number, d.state ORDER BY j.number, d.state"
        )
        with self._store.transaction() as tx:
            for reference, state, count in tx.execute(asked, (list_,)):
                found.setdefault(reference, {})[state] = count
        return found

    def pictures(self, job: int) -> list[Picture]:
        with self._store.transaction() as tx:
            rows = tx.execute("SELECT kind, alt, content FROM picture WHERE job = ? ORDER BY place", (job,)).fetchall()
        return [Picture(row["kind"], row["alt"], row["content"]) for row in rows]

    def campaigns(self, list_: str) -> list[str]:
        """Those of which somebody on the list still waits for a message."""
        asked = (
            "SELECT DISTINCT j.campaign FROM job j WHERE j.list = ? AND EXISTS "
            "(SELECT 1 FROM delivery d WHERE d.job = j.number AND d.state = 'queued')"
        )
        with self._store.transaction() as tx:
            return [row["campaign"] for row in tx.execute(asked, (list_,))]

    # -- sending, by the list's one owner --

    def lost(self, now: datetime) -> int:
        """Nobody sends any more what is still `sending`: its outcome is uncertain. How many that are."""
        with self._store.transaction() as tx:
            return int(
                tx.execute(
                    "UPDATE delivery SET state = 'uncertain', uncertain_at = ?, detail = ? WHERE state = 'sending'",
                    (stamp(now), _LEFT),
                ).rowcount
            )

    def next(
        self, list_: str, now: datetime, left_out: Collection[str], domain_pause: timedelta,
        ended: tuple[Errand, Verdict] | None, retrying: Retrying, *, more: bool,
    ) -> Errand | None:  # fmt: skip
        """Write how one errand ended and, with `more`, which begins: one transaction, so that a message costs one.

        `left_out` are campaigns that are held; a domain is left alone for `domain_pause` after each message.
        """
        with self._store.transaction() as tx:
            if ended is not None:
                _settle(tx, list_, *ended, now, retrying)
            return _taken(tx, list_, now, left_out, domain_pause) if more else None

    # -- what recipients and their servers say afterwards --

    def bounced(self, text: str, detail: str, now: datetime, *, gone: bool) -> bool:
        """The message whose id is in the text did not arrive; whether it is ours, and this is news."""
        with self._store.transaction() as tx:
            named = self._recipient(tx, text, MESSAGE)
            if named is None:
                return False
            list_, job, subscriber = named
            changed = tx.execute(
                "UPDATE delivery SET state = 'bounced', bounced_at = ?, detail = ? "
                "WHERE job = ? AND subscriber = ? AND bounced_at IS NULL",
                (stamp(now), detail, job, subscriber),
            ).rowcount
            if gone:
                _suppress_number(tx, list_, subscriber, Reason.BOUNCED, now)
            return bool(changed)

    def unsubscribed(self, text: str, now: datetime) -> bool:
        """Whoever the token in the text names leaves the list; whether it is one of ours. Again changes nothing."""
        with self._store.transaction() as tx:
            named = self._recipient(tx, text, UNSUBSCRIBE)
            if named is None:
                return False
            list_, job, subscriber = named
            tx.execute(
                "UPDATE delivery SET unsubscribed_at = coalesce(unsubscribed_at, ?) WHERE job = ? AND subscriber = ?",
                (stamp(now), job, subscriber),
            )
            _suppress_number(tx, list_, subscriber, Reason.UNSUBSCRIBED, now)
            return True

    def knows(self, token: str) -> bool:
        """Whether the token was given to somebody to leave a list."""
        with self._store.transaction() as tx:
            return self._recipient(tx, token, UNSUBSCRIBE) is not None

    def has_message(self, message_id: str) -> bool:
        """Whether the Message-ID is one of ours."""
        with self._store.transaction() as tx:
            return self._recipient(tx, message_id, MESSAGE) is not None

    def _recipient(self, tx: sqlite3.Connection, text: str, purpose: str) -> tuple[str, int, int] | None:
        for token, job, subscriber in named_in(text):
            row = tx.execute("SELECT list, key FROM job WHERE number = ?", (job,)).fetchone()
            if row is not None and same(token, self._signer.token(purpose, job, row["key"], subscriber)):
                return str(row["list"]), job, subscriber
        return None


def _known(tx: sqlite3.Connection, list_: str, key: str) -> Accepted | None:
    row = tx.execute("SELECT reference, accepted_at FROM job WHERE list = ? AND key = ?", (list_, key)).fetchone()
    return None if row is None else Accepted(row["reference"], moment(row["accepted_at"]))


def _suppress_number(tx: sqlite3.Connection, list_: str, subscriber: int, reason: Reason, now: datetime) -> None:
    row = tx.execute("SELECT hash FROM subscriber WHERE number = ?", (subscriber,)).fetchone()
    if row is not None:  # else they were erased, and are on the list of those already
        suppress(tx, list_, row["hash"], reason, now)


def _settle(
    tx: sqlite3.Connection, list_: str, errand: Errand, verdict: Verdict, now: datetime, retrying: Retrying
) -> None:
    state, due, attempts = State.QUEUED, now, errand.attempts
    match verdict.outcome:
        case Outcome.SENT:
            state = State.SENT
        case Outcome.REFUSED | Outcome.GONE:
            state = State.BOUNCED
        case Outcome.UNCERTAIN:
            state = State.UNCERTAIN
        case Outcome.LATER:
            attempts += 1
            due = now + retrying.distance(attempts)
            state = State.BOUNCED if retrying.is_over(attempts) else State.QUEUED
        case Outcome.UNSENT:
            # Not the recipient's doing; but whoever is at hand whenever a connection ends must not hold up the others.
            due = now + retrying.first
    reached = {State.SENT: "sent_at", State.BOUNCED: "bounced_at", State.UNCERTAIN: "uncertain_at"}.get(state)
    also = f", {reached} = coalesce({reached}, :now)" if reached else ""
    tx.execute(
        f"UPDATE delivery SET state = :state, due = :due, attempts = :attempts, detail = :detail{also} "  # noqa: S608
        "WHERE job = :job AND subscriber = :subscriber AND state = 'sending'",
        {
            "state": state.value, "due": stamp(due), "attempts": attempts, "detail": verdict.detail, "now": stamp(now),
            "job": errand.job, "subscriber": errand.subscriber,
        },
    )  # fmt: skip
    if verdict.outcome is Outcome.GONE:
        _suppress_number(tx, list_, errand.subscriber, Reason.BOUNCED, now)
    elif state is State.QUEUED:
        _pass_over(tx, errand)


def _pass_over(tx: sqlite3.Connection, errand: Errand) -> None:
    """Whoever left, or was erased, while their message was being tried is not tried again."""
    tx.execute(
        "UPDATE delivery SET state = coalesce((SELECT "  # noqa: S608
        f"CASE coalesce(({SUPPRESSED}), '') WHEN '' THEN 'queued' WHEN 'unsubscribed' THEN 'unsubscribed' "
        "ELSE 'suppressed' END FROM subscriber s WHERE s.number = delivery.subscriber), 'suppressed') "
        "WHERE job = ? AND subscriber = ?",
        (errand.job, errand.subscriber),
    )


def _taken(
    tx: sqlite3.Connection, list_: str, now: datetime, left_out: Collection[str], domain_pause: timedelta
) -> Errand | None:
    marks = ", ".join("?" * len(left_out))
    row = tx.execute(
        "SELECT d.job, d.subscriber, d.attempts, j.key, j.mailing, s.address, s.domain, s.name, s.language "  # noqa: S608
        "FROM delivery d CROSS JOIN job j ON j.number = d.job JOIN subscriber s ON s.number = d.subscriber "
        f"WHERE d.state = 'queued' AND d.due <= ? AND j.list = ? AND j.campaign NOT IN ({marks}) AND NOT EXISTS "
        "(SELECT 1 FROM gate g WHERE g.list = j.list AND g.domain = s.domain AND g.not_before > ?) "
        "ORDER BY d.due, d.job, d.subscriber LIMIT 1",
        (stamp(now), list_, *left_out, stamp(now)),
    ).fetchone()
    if row is None:
        return None
    at = (row["job"], row["subscriber"])
    tx.execute("UPDATE delivery SET state = 'sending' WHERE job = ? AND subscriber = ?", at)
    if domain_pause:
        tx.execute("DELETE FROM gate WHERE not_before <= ?", (stamp(now),))
        tx.execute("INSERT INTO gate VALUES (?, ?, ?)", (list_, row["domain"], stamp(now + domain_pause)))
    mailing = Mailing.model_validate_json(row["mailing"])
    return Errand(
        row["job"],
        row["key"],
        row["subscriber"],
        row["attempts"],
        row["address"],
        row["name"],
        row["language"],
        mailing,
    )
