"""What comes back by mail: reports that a message did not arrive, and requests to leave the list.

Invariants: nobody is taken off a list but by a token or Message-ID of ours, which nobody else can make. The same mail
read again changes nothing. Nothing of a mail's text is kept. Sources: RFC 3461 and 3464 (delivery status
notifications), RFC 6522 (multipart/report), RFC 2369 (mailto in List-Unsubscribe).
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path
from typing import Final

from workers.platforms.email.mailings import Mailings
from workers.platforms.email.replies import GONE
from workers.platforms.email.store import EmailStore

_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_READ: Final = "mailbox read"


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's part of a delivery status notification: `action` and `status` as RFC 3464 names them."""

    message_id: str
    action: str
    status: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many mails said what. `delayed` is not the end of it; `others` are neither reports of ours nor requests."""

    bounced: int = 0
    unsubscribed: int = 0
    delayed: int = 0
    known: int = 0
    others: int = 0


def mails(source: Path | bytes) -> Iterator[Message]:
    """Those of a Maildir, an mbox or a single message. Raises FileNotFoundError."""
    if isinstance(source, bytes):
        yield from _split(source)
    elif source.is_dir():
        box = mailbox.Maildir(str(source), create=False)
        for key in sorted(box.keys()):
            yield message_from_bytes(box.get_bytes(key), policy=policy.compat32)
    else:
        yield from _split(source.read_bytes())


def take(store: EmailStore, found: Iterable[Message], now: datetime) -> Told:
    """Write down what mails tell."""
    mailings = Mailings(store)
    counts = dict.fromkeys(Told.__dataclass_fields__, 0)
    for mail in found:
        counts[_taken(mailings, mail, now)] += 1
    with store.transaction() as tx:
        tx.execute("INSERT OR IGNORE INTO meta VALUES (?, '')", (_READ,))
    return Told(**counts)


def is_mailbox_read(store: EmailStore) -> bool:
    """Whether anybody has ever looked at what came back."""
    with store.transaction() as tx:
        return tx.execute("SELECT 1 FROM meta WHERE name = ?", (_READ,)).fetchone() is not None


def report(mail: Message) -> Report | None:
    """What a notification says of one message; None for any other mail, and for one that names no message."""
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    action = status = message_id = ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else []:
                if isinstance(block, Message) and block.get("Action"):
                    action = str(block["Action"]).strip().lower()
                    said = _STATUS.search(str(block.get("Status", "")))
                    status = said[0] if said else ""
        elif kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            original = message_from_bytes(payload if isinstance(payload, bytes) else b"")
            message_id = message_id or str(original.get("Message-ID", ""))
        elif kind == "message/rfc822" and part.is_multipart():
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) else None
            message_id = message_id or (str(first.get("Message-ID", "")) if isinstance(first, Message) else "")
    return Report(message_id, action, status) if action and message_id else None


def _taken(mailings: Mailings, mail: Message, now: datetime) -> str:
    told = report(mail)
    if told is not None:
        if told.action != "failed":
            return "delayed" if told.action == "delayed" else "others"
        detail = f"notification: {told.status}".rstrip(": ")
        if mailings.bounced(told.message_id, detail, now, gone=told.status in GONE):
            return "bounced"
        return "known" if mailings.has_message(told.message_id) else "others"
    subject = str(mail.get("Subject", ""))
    if not mailings.knows(subject):
        return "others"
    return "unsubscribed" if mailings.unsubscribed(subject, now) else "known"


def _split(content: bytes) -> Iterator[Message]:
    """By the lines that begin a mail in an mbox; what begins otherwise is one message."""
    if not content.startswith(b"From "):
        if content.strip():
            yield message_from_bytes(content)
        return
    for one in re.split(rb"(?m)(?:\A|\n\r?\n)From [^\r\n]*\r?\n", content):
        if one.strip():
            yield message_from_bytes(one.replace(b"\n>From ", b"\nFrom "))
