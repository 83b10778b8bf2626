"""The page on which a reader leaves the list, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry

from workers.gateway.server import Gateway, Health
from workers.platforms.email.leaving import LeavingPage
from workers.platforms.email.mailings import MESSAGE, UNSUBSCRIBE, Mailings
from workers.platforms.email.store import EmailStore, open_email_store
from workers.platforms.email.subscribers import Subscriber, Subscribers
from workers.platforms.email.terms import Mailing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIST = "letters"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmailStore]:
    made = open_email_store(tmp_path)
    assert made is not None
    Subscribers(made).take(LIST, [(2, Subscriber("ann@one.example", "form", NOW))], NOW)
    mailing = Mailing(campaign="roastery", text="Beans", language="en")
    assert Mailings(made).accept(LIST, "key", mailing, [], NOW)
    yield made
    made.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    page = LeavingPage(tmp_path, lambda: NOW)
    made = Gateway("127.0.0.1", 0, CollectorRegistry(), Health(lambda: True, list), {"/unsubscribe": page})
    yield made
    made.close()
    page.close()


def asked(
    gateway: Gateway, method: str, path: str, body: bytes = b"", languages: str = "en"
) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    try:
        headers = {"Accept-Language": languages} | (FORM if method == "POST" else {})
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def test_looking_at_the_page_changes_nothing_and_one_click_leaves_the_list(store: EmailStore, gateway: Gateway) -> None:
    path = f"/unsubscribe?t={store.signer.token(UNSUBSCRIBE, 1, 'key', 1)}"
    for method in ("GET", "GET"):
        status, page, headers = asked(gateway, method, path)
        assert (status, "<button>Unsubscribe</button>" in page) == (200, True)
        assert headers["Referrer-Policy"] == "no-referrer"
        assert Subscribers(store).active(LIST) == 1
    for _ in range(2):
        status, page, _ = asked(gateway, "POST", path, b"List-Unsubscribe=One-Click")
        assert (status, "You have left" in page) == (200, True)
    assert Subscribers(store).active(LIST) == 0
    (states,) = Mailings(store).ledger(LIST).values()
    assert states == {"unsubscribed": 1}
    assert "ann@one.example" not in page


def test_the_page_speaks_persian_to_who_asks_for_it(store: EmailStore, gateway: Gateway) -> None:
    path = f"/unsubscribe?t={store.signer.token(UNSUBSCRIBE, 1, 'key', 1)}"
    _, page, _ = asked(gateway, "GET", path, languages="fa-IR,en;q=0.5")
    assert '<html lang="fa" dir="rtl">' in page
    assert "لغو اشتراک" in page


def test_a_token_that_is_not_ours_takes_nobody_off_the_list(store: EmailStore, gateway: Gateway) -> None:
    good = store.signer.token(UNSUBSCRIBE, 1, "key", 1)
    message = store.signer.token(MESSAGE, 1, "key", 1)
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    for token in ("", "x", message, good.replace("1.1.", "1.2."), changed, f"{good}A", "1.1." + "A" * 22):
        for method in ("GET", "POST"):
            assert asked(gateway, method, f"/unsubscribe?t={token}")[0] == 404, token
    assert Subscribers(store).active(LIST) == 1


def test_a_directory_without_subscribers_has_nobody_to_take_off(gateway: Gateway, tmp_path: Path) -> None:
    assert asked(gateway, "POST", "/unsubscribe?t=1.1." + "A" * 22)[0] == 404
    assert not list(tmp_path.iterdir()), "and asking makes none"


def test_a_post_to_anything_else_or_of_any_size_is_refused(gateway: Gateway) -> None:
    assert asked(gateway, "POST", "/metrics", b"x")[0] == 404
    assert asked(gateway, "POST", "/unsubscribe?t=1", b"x" * 70_000)[0] == 400
