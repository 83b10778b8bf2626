"""What comes back by mail: notifications as real servers write them, and requests to leave."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workers.platforms.email.mailings import MESSAGE, UNSUBSCRIBE, Mailings
from workers.platforms.email.returned import Told, mails, take
from workers.platforms.email.store import EmailStore, open_email_store
from workers.platforms.email.subscribers import Subscriber, Subscribers
from workers.platforms.email.terms import Mailing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIST = "letters"

NOTIFICATION = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: letters@roastery.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon,  2 Mar 2026 09:00:00 +0000

Final-Recipient: rfc822; ann@one.example
Original-Recipient: rfc822;ann@one.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <ann@one.example>: no

--B
Content-Type: {kind}

Message-ID: <{token}@roastery.example>
Subject: Fresh beans

{rest}
--B--
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmailStore]:
    made = open_email_store(tmp_path)
    assert made is not None
    Subscribers(made).take(LIST, [(2, Subscriber("ann@one.example", "form", NOW))], NOW)
    mailing = Mailing(campaign="roastery", text="Beans", language="en")
    assert Mailings(made).accept(LIST, "key", mailing, [], NOW)
    yield made
    made.close()


def notice(store: EmailStore, action: str = "failed", status: str = "5.1.1", kind: str = "message/rfc822") -> bytes:
    token = store.signer.token(MESSAGE, 1, "key", 1)
    rest = "Body" if kind == "message/rfc822" else ""
    return NOTIFICATION.format(action=action, status=status, kind=kind, token=token, rest=rest).encode()


def counted(store: EmailStore) -> dict[str, int]:
    reference = next(iter(Mailings(store).ledger(LIST)))
    return Mailings(store).counts(LIST, reference) or {}


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_mailbox_that_does_not_exist_bounces_once_and_is_not_written_to_again(store: EmailStore, kind: str) -> None:
    assert take(store, mails(notice(store, kind=kind)), NOW) == Told(bounced=1)
    assert take(store, mails(notice(store, kind=kind)), NOW) == Told(known=1)
    assert counted(store)["bounced"] == 1
    assert Subscribers(store).active(LIST) == 0


def test_a_message_that_came_too_late_bounces_and_its_reader_stays(store: EmailStore) -> None:
    assert take(store, mails(notice(store, status="4.4.7")), NOW) == Told(bounced=1)
    assert Subscribers(store).active(LIST) == 1


def test_a_delayed_message_and_a_delivered_one_are_no_bounces(store: EmailStore) -> None:
    assert take(store, mails(notice(store, action="delayed", status="4.4.1")), NOW) == Told(delayed=1)
    assert take(store, mails(notice(store, action="relayed", status="2.0.0")), NOW) == Told(others=1)
    assert counted(store)["bounced"] == 0


def test_nobody_else_can_make_a_notification_or_a_request_that_takes_somebody_off_the_list(store: EmailStore) -> None:
    forged = replace(store.signer, key=b"another key of thirty-two bytes!")
    fake = notice(store).replace(
        store.signer.token(MESSAGE, 1, "key", 1).encode(), forged.token(MESSAGE, 1, "key", 1).encode()
    )
    request = f"Subject: unsubscribe-{forged.token(UNSUBSCRIBE, 1, 'key', 1)}\n\n".encode()
    # Whoever got a letter knows its Message-ID, which is no token to leave by.
    wrong = f"Subject: unsubscribe-{store.signer.token(MESSAGE, 1, 'key', 1)}\n\n".encode()
    for one in (fake, request, wrong, b"Subject: unsubscribe\n\nPlease!", b"Subject: unsubscribe-zz.1.x\n\n"):
        assert take(store, mails(one), NOW) == Told(others=1)
    assert Subscribers(store).active(LIST) == 1


def test_a_mail_to_the_address_in_the_header_leaves_the_list_and_counts_for_its_mailing(store: EmailStore) -> None:
    request = f"Subject: unsubscribe-{store.signer.token(UNSUBSCRIBE, 1, 'key', 1)}\n\n".encode()
    assert take(store, mails(request), NOW) == Told(unsubscribed=1)
    assert take(store, mails(request), NOW) == Told(unsubscribed=1)
    assert counted(store)["unsubscribed"] == 1
    assert Subscribers(store).active(LIST) == 0
    assert Mailings(store).ledger(LIST) == {next(iter(Mailings(store).ledger(LIST))): {"unsubscribed": 1}}


def test_an_mbox_and_a_maildir_are_read_mail_by_mail(store: EmailStore, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    folder = mailbox.Maildir(tmp_path / "maildir")
    for one in (notice(store), b"Subject: Hello\n\nFrom here on.\n\nFrom there on.\n"):
        box.add(one)
        folder.add(one)
    box.close()
    assert take(store, mails(tmp_path / "box"), NOW) == Told(bounced=1, others=1)
    assert take(store, mails(tmp_path / "maildir"), NOW) == Told(known=1, others=1)
    assert take(store, mails((tmp_path / "box").read_bytes()), NOW) == Told(known=1, others=1)


def test_what_is_broken_is_read_past(store: EmailStore) -> None:
    whole = notice(store)
    broken = [b"", b"\xff\xfe\x00", b"Content-Type: multipart/report\n\nno parts", whole[: whole.index(b"Action")]]
    broken += [whole.replace(b"Action", b"Axtion"), whole.replace(b"Message-ID", b"Other-ID")]
    for one in broken:
        told = take(store, mails(one), NOW)
        assert told.bounced == 0
    assert Subscribers(store).active(LIST) == 1
