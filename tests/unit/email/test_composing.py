"""One recipient's letter, as the bytes that go over the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from workers.platforms.email.composing import LONGEST_SUBJECT, Sender, message, split, ways_out
from workers.platforms.email.mailings import UNSUBSCRIBE
from workers.platforms.email.signing import Signer
from workers.platforms.email.terms import Errand, Mailing

SENDER = Sender(
    "letters",
    "Corner Roastery, Ltd.",
    "letters@roastery.example",
    "Corner Roastery\n1 Mill Lane <Smalltown>",
    "owner@roastery.example",
    "leave@roastery.example",
    "https://a-rather-long-name.of-a-news-server.roastery.example/some/where/unsubscribe",
)
SIGNER = Signer(b"k" * 32)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def errand(text: str, language: str = "en", link: str | None = None, **more: Any) -> Errand:
    mailing = Mailing(campaign="roastery", text=text, language=language, link=link)
    return replace(Errand(7, "key", 31, 0, "ann@one.example", None, None, mailing), **more)


def written(one: Errand, sender: Sender = SENDER) -> tuple[EmailMessage, bytes]:
    raw = message(one, sender, [], SIGNER, NOW)
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read, raw


def part(read: EmailMessage, kind: str) -> str:
    body = read.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_headers_are_those_that_a_newsletter_owes_its_readers() -> None:
    read, raw = written(errand("Grind finer.", name="Ann Öl"))
    token = SIGNER.token(UNSUBSCRIBE, 7, "key", 31)
    page, mail = ways_out(SENDER, token)
    assert read["From"].addresses[0].display_name == "Corner Roastery, Ltd."
    assert read["To"].addresses[0].display_name == "Ann Öl"
    assert read["Reply-To"] == "owner@roastery.example"
    assert read["Precedence"] == "bulk"
    assert read["Date"].datetime == NOW
    # As they stand on the wire: what is folded by encoding, no mail program finds.
    assert f"\r\nList-Unsubscribe: <{page}>,\r\n <{mail}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert page.startswith("https://")
    assert page.endswith(f"?t={token}")
    assert read["Message-ID"] == written(errand("Grind finer.", attempts=3))[0]["Message-ID"]
    assert read["Message-ID"] != written(errand("Grind finer.", subscriber=32))[0]["Message-ID"]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


def test_without_a_page_there_is_no_one_click_but_a_way_out_by_mail() -> None:
    read, _ = written(errand("Grind finer."), replace(SENDER, unsubscribe_url=None))
    assert read["List-Unsubscribe"].startswith("<mailto:leave@roastery.example?subject=unsubscribe-")
    assert read["List-Unsubscribe-Post"] is None
    assert "mailto:leave@roastery.example" in part(read, "plain")


def test_markdown_becomes_html_and_html_in_a_post_is_shown_and_not_obeyed() -> None:
    text = "Beans\n\n**Fresh** <script>alert(1)</script> ![x](https://spy.example/p.gif) [go](javascript:alert(1))"
    html = part(written(errand(text, link="https://roastery.example/a?b=1&c=2"))[0], "html")
    assert "<strong>Fresh</strong>" in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "b=1&amp;c=2" in html
    assert "1 Mill Lane &lt;Smalltown&gt;" in html
    assert "https://" not in html.replace("https://roastery.example", "").replace(
        "https://a-rather-long-name", ""
    ).replace("https://spy.example/p.gif", ""), "nothing else leads anywhere"


def test_a_persian_letter_runs_from_right_to_left_and_is_read_back_letter_by_letter() -> None:
    text = "# قهوهٔ تازه می‌رسد\n\nآسیاب را **ریزتر** کنید."
    read, _ = written(errand(text, language="fa"))
    assert read["Subject"] == "قهوهٔ تازه می‌رسد"
    html = part(read, "html")
    assert '<html lang="fa" dir="rtl">' in html
    assert "<strong>ریزتر</strong>" in html
    assert "لغو اشتراک" in html
    assert "آسیاب را" in part(read, "plain")


def test_a_post_in_one_language_tells_another_reader_the_way_out_in_theirs() -> None:
    html = part(written(errand("Grind finer.", subscriber=31, language="en"))[0], "html")
    assert "Unsubscribe" in html
    persian = part(written(replace(errand("Grind finer."), language="fa"))[0], "html")
    assert '<html lang="en" dir="ltr">' in persian
    assert 'dir="rtl" lang="fa"' in persian


def test_a_name_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        written(errand("Grind finer.", name="Ann\r\nBcc: everybody@two.example"))


@pytest.mark.parametrize(
    ("text", "subject", "body"),
    [
        ("# Fresh *beans*\n\nGrind.", "Fresh beans", "Grind."),
        ("Fresh beans.\nGrind.", "Fresh beans.", "Fresh beans.\nGrind."),
        ("#beans are here", "#beans are here", "#beans are here"),
        ("# Only a heading", "Only a heading", "# Only a heading"),
        ("word " * 40, "word " * 12 + "word…", ("word " * 40).strip()),
        ("x" * 200, "x" * (LONGEST_SUBJECT - 1) + "…", "x" * 200),
    ],
)
def test_the_first_line_is_the_subject_and_a_heading_is_not_said_twice(text: str, subject: str, body: str) -> None:
    assert split(text) == (subject, body)
    assert len(subject) <= LONGEST_SUBJECT


def test_a_line_that_begins_with_a_dot_and_one_that_looks_like_an_envelope_arrive_as_they_are() -> None:
    body = part(written(errand("Hello\n.\n..two\nFrom me"))[0], "plain")
    assert body.startswith("Hello\n.\n..two\nFrom me\n")
