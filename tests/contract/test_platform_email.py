"""The newsletter keeps the promises of every platform, against a real SMTP server; and those of its own protocol.

What the mail server can be made to say, it says. A post is handed to our own store, so a call whose answer is lost is
a disk that fails before or after the commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.problems import InputError
from tests.contract.platform_suite import MovableClock, Stage, Trouble, TroubleSuite, outgoing
from tests.smtp import Mail, certificate, mail_server, options
from workers.platforms.email import factory
from workers.platforms.email.mailings import Mailings
from workers.platforms.email.network import EmailNetwork
from workers.platforms.email.store import EmailStore, open_email_store
from workers.platforms.email.subscribers import Subscriber, Subscribers
from workers.platforms.email.terms import Reason
from workers.platforms.protocol import (
    AuthorizationExpired,
    OutgoingPost,
    ProvenUnsent,
    Published,
    RateLimited,
    Rejected,
)

LIST = "letters"


class FailingDisk(EmailStore):
    """`fails` says whether a commit is lost: before it takes effect, after it, or not at all."""

    fails: str = "never"
    reads_fail = False

    def transaction(self) -> Any:
        self._before = self._connected().total_changes
        return super().transaction()

    def commit(self, connection: sqlite3.Connection) -> None:
        hit = self.reads_fail or connection.total_changes > self._before
        if hit and self.fails == "before":
            raise sqlite3.OperationalError("disk I/O error")
        super().commit(connection)
        if hit and self.fails == "after":
            raise sqlite3.OperationalError("disk I/O error")


class Staged:
    """The plug-in: of its publishing the disk fails where it writes, of its readings where it reads."""

    def __init__(self, platform: EmailNetwork, disk: FailingDisk, bare: EmailNetwork) -> None:
        self._platform, self._disk, self._bare = platform, disk, bare
        self.lacks_a_page = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def publish(self, account: str, post: OutgoingPost, key: str) -> Published:
        self._disk.reads_fail = False
        return self._platform.publish(account, post, key)

    def read_post(self, account: str, reference: str) -> Any:
        self._disk.reads_fail = True
        return (self._bare if self.lacks_a_page else self._platform).read_post(account, reference)


@pytest.fixture
def mail() -> Iterator[Mail]:
    with mail_server() as running:
        yield running


def made(folder: Path, mail: Mail, clock: MovableClock | None = None, **more: Any) -> EmailNetwork:
    given = options(mail.port, **more) | {"directory": folder}
    platform = factory(clock=clock or MovableClock(), seed=1, say=lambda *_: None, options=given)
    assert isinstance(platform, EmailNetwork)
    return platform


def subscribe(folder: Path, *addresses: str, language: str | None = None) -> EmailStore:
    store, now = open_email_store(folder), MovableClock().now()
    assert store is not None
    rows = [(line, Subscriber(one, "the shop's form", now, language=language)) for line, one in enumerate(addresses, 2)]
    Subscribers(store).take(LIST, rows, now)
    return store


class TestEmail(TroubleSuite):
    @pytest.fixture
    def stage(self, tmp_path: Path, mail: Mail) -> Iterator[Stage]:
        subscribe(tmp_path, "ann@one.example", "bob@two.example").close()
        clock = MovableClock()
        platform, bare = made(tmp_path, mail, clock), made(tmp_path, mail, clock, unsubscribe_url=None)
        disk = FailingDisk(tmp_path, platform._opened("test").signer)
        platform._opened("test").close()
        platform._store = disk
        staged: Any = Staged(platform, disk, bare)

        def cause(trouble: Trouble) -> None:
            mail.start()
            mail.manners.sender, mail.manners.password, disk.fails = None, "beans and water", "never"
            staged.lacks_a_page = trouble is Trouble.NO_REACH
            match trouble:
                case Trouble.OUTAGE | Trouble.PROVEN_UNSENT:
                    mail.stop()
                case Trouble.RATE_LIMITED:
                    mail.manners.sender = "451 4.7.1 too much today"
                case Trouble.REJECTED:
                    mail.manners.sender = "550 5.7.1 not from you"
                case Trouble.EXPIRED:
                    mail.manners.password = "another"
                case Trouble.TIMEOUT_BEFORE:
                    disk.fails = "before"
                case Trouble.TIMEOUT_AFTER_SUCCESS:
                    disk.fails = "after"

        yield Stage(staged, clock, LIST, cause=cause, scarce="unsubscribed")
        platform.close()
        bare.close()

    @staticmethod
    def _calls(stage: Stage, reference: str) -> list[Callable[[], object]]:
        """Publishing alone asks the mail server: what went out, our own ledger says."""
        return [lambda: stage.platform.publish(LIST, outgoing("next", "Next."), "next")]


def test_readings_need_no_mail_server(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, "ann@one.example").close()
    platform, clock = made(tmp_path, mail), MovableClock()
    published = platform.publish(LIST, outgoing(), "key")
    mail.stop()
    assert platform.read_post(LIST, published.reference).counters["sent"] == 0
    assert platform.read_account(LIST).counters == {"followers": 1, "unfollows": 0}
    assert platform.find(LIST, "key", "", clock.now()) == published
    platform.close()


def test_each_subscriber_gets_one_message_under_a_message_id_of_their_own(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, *(f"p{number}@{number}.example" for number in range(7))).close()
    platform = made(tmp_path, mail)
    published = platform.publish(LIST, outgoing(), "key")
    for _ in range(3):
        platform.advance(MovableClock().now())
    assert sorted(mail.recipients) == [f"p{number}@{number}.example" for number in range(7)]
    assert len({one.message["Message-ID"] for one in mail.handler.taken}) == 7
    assert mail.handler.connections == 2, "one to ask whether it would be taken, one for all messages"
    assert platform.read_post(LIST, published.reference).counters["sent"] == 7
    platform.close()


def test_greylisted_and_full_mailboxes_are_tried_later_at_growing_distances_and_given_up_in_the_end(
    tmp_path: Path, mail: Mail
) -> None:
    mail.manners.greylisted |= {"grey@one.example"}
    mail.manners.full |= {"full@two.example"}
    subscribe(tmp_path, "grey@one.example", "full@two.example", "ann@three.example").close()
    clock = MovableClock()
    platform = made(tmp_path, mail, clock, retry_first_seconds=300, give_up_hours=2)
    reference = platform.publish(LIST, outgoing(), "key").reference
    platform.advance(clock.now())
    assert mail.recipients == ["ann@three.example"]
    tries = []
    for _ in range(60 * 3):
        before = mail.handler.tried["full@two.example"]
        platform.advance(clock.move(minutes=1))
        if mail.handler.tried["full@two.example"] > before:
            tries.append((clock.now() - MovableClock().now()).total_seconds() / 60)
    assert tries == [5, 15, 35, 75], "5, 10, 20 and 40 minutes apart, and the next would be after two hours"
    assert mail.recipients == ["ann@three.example", "grey@one.example"]
    counters = platform.read_post(LIST, reference).counters
    assert (counters["sent"], counters["bounced"]) == (2, 1)
    assert platform.read_account(LIST).counters["followers"] == 3, "a full mailbox is still somebody's"
    platform.close()


def test_an_address_that_does_not_exist_bounces_and_is_not_written_to_again(tmp_path: Path, mail: Mail) -> None:
    mail.manners.unknown |= {"gone@one.example"}
    mail.manners.spam |= {"picky@two.example"}
    subscribe(tmp_path, "gone@one.example", "picky@two.example", "ann@three.example").close()
    clock = MovableClock()
    platform = made(tmp_path, mail, clock)
    reference = platform.publish(LIST, outgoing(), "key").reference
    platform.advance(clock.now())
    counters = platform.read_post(LIST, reference).counters
    assert (counters["sent"], counters["bounced"]) == (1, 2)
    assert platform.read_account(LIST).counters["followers"] == 2
    platform.publish(LIST, outgoing("second", "Another."), "second")
    platform.advance(clock.move(minutes=1))
    assert mail.handler.tried == {"gone@one.example": 1, "picky@two.example": 2, "ann@three.example": 2}
    platform.close()


def test_an_answer_lost_after_the_message_is_uncertain_and_nobody_sends_it_again(tmp_path: Path, mail: Mail) -> None:
    mail.manners.dropped |= {"lost@one.example"}
    store = subscribe(tmp_path, "lost@one.example", "ann@two.example")
    clock = MovableClock()
    platform = made(tmp_path, mail, clock)
    reference = platform.publish(LIST, outgoing(), "key").reference
    for _ in range(100):
        platform.advance(clock.move(hours=1))
    assert sorted(mail.recipients) == ["ann@two.example", "lost@one.example"]
    assert Mailings(store).ledger(LIST)[reference] == {"sent": 1, "uncertain": 1}
    assert platform.read_post(LIST, reference).counters["uncertain"] == 1
    platform.close()
    store.close()


def test_whoever_leaves_while_a_mailing_is_under_way_does_not_get_it(tmp_path: Path, mail: Mail) -> None:
    mail.manners.greylisted |= {"left@one.example", "erased@two.example"}
    store = subscribe(tmp_path, "left@one.example", "erased@two.example", "waits@four.example", "ann@three.example")
    clock = MovableClock()
    platform = made(tmp_path, mail, clock)
    reference = platform.publish(LIST, outgoing(), "key").reference
    Subscribers(store).suppress("WAITS@four.example", LIST, Reason.BY_HAND, clock.now())
    platform.advance(clock.now())
    Subscribers(store).suppress("left@one.example", LIST, Reason.UNSUBSCRIBED, clock.now())
    assert Subscribers(store).erase("erased@two.example", clock.now()) == 1
    for _ in range(5):
        platform.advance(clock.move(hours=1))
    assert mail.recipients == ["ann@three.example"]
    assert Mailings(store).ledger(LIST)[reference] == {"sent": 1, "suppressed": 2, "unsubscribed": 1}
    platform.close()
    store.close()


def test_nothing_of_a_held_campaign_goes_out_until_it_is_let_go(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, "ann@one.example").close()
    held = {"roastery"}
    given = options(mail.port) | {"directory": tmp_path, "held": lambda campaign, account: campaign in held}
    platform: Any = factory(clock=MovableClock(), seed=1, say=lambda *_: None, options=given)
    platform.publish(LIST, outgoing(), "key")
    platform.advance(MovableClock().now())
    assert mail.recipients == []
    held.clear()
    platform.advance(MovableClock().now())
    assert mail.recipients == ["ann@one.example"]
    platform.close()


def test_one_domain_gets_no_more_than_its_share_a_minute(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, *(f"p{number}@large.example" for number in range(5)), "ann@small.example").close()
    clock = MovableClock()
    platform = made(tmp_path, mail, clock, per_domain_per_minute=2)
    platform.publish(LIST, outgoing(), "key")
    sent = []
    for _ in range(4):
        platform.advance(clock.now())
        sent.append(len(mail.recipients))
        clock.move(seconds=30)
    assert sent == [2, 3, 4, 5]
    platform.close()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_login_goes_over_tls_alone_and_only_to_a_server_that_proves_who_it_is(
    tmp_path: Path, security: str
) -> None:
    context, trusted = certificate(tmp_path)
    how = {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    subscribe(tmp_path, "ann@one.example").close()
    with mail_server(**how) as mail:
        right: dict[str, Any] = {"host": "localhost", "security": security, "ca_file": str(trusted)}
        platform = made(tmp_path, mail, **right)
        platform.publish(LIST, outgoing(), "key")
        platform.advance(MovableClock().now())
        assert mail.recipients == ["ann@one.example"]
        assert platform.check(LIST).may == ("send as letters@roastery.example",)
        for wrong in ({"host": "127.0.0.1"}, {"ca_file": None}):
            other = made(tmp_path, mail, **(right | wrong))
            with pytest.raises(ProvenUnsent, match="SSLCertVerificationError"):
                other.publish(LIST, outgoing("second", "Another."), "second")
            other.close()
        platform.close()


def test_a_server_without_starttls_never_sees_the_password(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, "ann@one.example").close()
    platform = made(tmp_path, mail, security="starttls")
    with pytest.raises(ProvenUnsent, match="STARTTLS"):
        platform.publish(LIST, outgoing(), "key")
    with pytest.raises(InputError, match="security"):
        made(tmp_path, mail, host="mail.example.org", security="none")
    platform.close()


def test_pictures_go_inside_the_letter_and_a_film_is_refused(tmp_path: Path, mail: Mail) -> None:
    subscribe(tmp_path, "ann@one.example").close()
    for name in ("cup.png", "cup.webp"):
        Image.new("RGB", (8, 8), "brown").save(tmp_path / name)
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    platform = made(tmp_path, mail)
    with pytest.raises(Rejected, match="video/mp4"):
        platform.publish(LIST, replace(outgoing(), media=(str(tmp_path / "film.mp4"),)), "film")
    media = (str(tmp_path / "cup.png"), str(tmp_path / "cup.webp"))
    platform.publish(LIST, replace(outgoing(), media=media, alt_texts=("A cup & saucer", "")), "key")
    for path in media:
        Path(path).unlink()
    platform.advance(MovableClock().now())
    (taken,) = mail.handler.taken
    html = taken.message.get_body(("html",))
    assert html is not None
    shown = {part["Content-ID"].strip("<>") for part in taken.message.walk() if part.get_content_maintype() == "image"}
    assert len(shown) == 2
    assert all(f'src="cid:{one}"' in html.get_content() for one in shown)
    assert 'alt="A cup &amp; saucer"' in html.get_content()
    platform.close()


def test_a_list_without_settings_or_without_anybody_is_not_published_to(tmp_path: Path, mail: Mail) -> None:
    platform = made(tmp_path, mail)
    with pytest.raises(ProvenUnsent, match="import"):
        platform.publish(LIST, outgoing(), "key")
    subscribe(tmp_path, "ann@one.example").close()
    with pytest.raises(AuthorizationExpired, match="strangers"):
        platform.publish("strangers", outgoing(), "key")
    platform.close()


def test_no_error_tells_an_address(tmp_path: Path, mail: Mail) -> None:
    mail.manners.unknown |= {"secret@one.example"}
    mail.manners.sender = "451 4.7.1 secret@one.example asks too much"
    store = subscribe(tmp_path, "secret@one.example")
    platform = made(tmp_path, mail)
    with pytest.raises(RateLimited) as raised:
        platform.publish(LIST, outgoing(), "key")
    assert "secret" not in str(raised.value)
    mail.manners.sender = None
    platform.publish(LIST, outgoing(), "key")
    platform.advance(MovableClock().now())
    with store.transaction() as tx:
        kept = [str(dict(row)) for row in tx.execute("SELECT detail FROM delivery")]
    assert kept == ["{'detail': 'RCPT TO: 550 5.1.1'}"]
    platform.close()
    store.close()
