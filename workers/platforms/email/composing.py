"""One recipient's message: text and HTML from a post's Markdown, with the headers that a newsletter owes its readers.

Invariants: the same errand has the same Message-ID and the same way out, whenever it is written. HTML in a post is
shown, never obeyed, and nothing is loaded from elsewhere when the message is opened. Sources: RFC 5322, RFC 2369
(List-Unsubscribe), RFC 8058 (one click), RFC 2919 (List-Id), CommonMark for the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from functools import lru_cache
from html import escape
from typing import Any, Final
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt

from workers.platforms.email.mailings import MESSAGE, UNSUBSCRIBE
from workers.platforms.email.signing import Signer
from workers.platforms.email.terms import Errand, Mailing, Picture
from workers.platforms.email.words import direction, spoken, words

LONGEST_SUBJECT: Final = 70
"""Characters that inboxes show of a subject."""

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: `name` and `address` stand in From, `footer` says who and where that is."""

    list: str
    name: str
    address: str
    footer: str
    reply_to: str | None = None
    unsubscribe_mailto: str | None = None
    unsubscribe_url: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class _Policy(EmailPolicy):
    """RFC 5322 lines. Headers that hold addresses of pages the library would fold by encoding, which nobody decodes."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in {"list-unsubscribe", "message-id", "list-id"}:
            return f"{name}: {value}".replace(">, <", ">,\r\n <").encode("ascii") + b"\r\n"
        return super().fold_binary(name, value)


_LINES: Final = _Policy(linesep="\r\n", raise_on_defect=True)


def message(errand: Errand, sender: Sender, pictures: Sequence[Picture], signer: Signer, at: datetime) -> bytes:
    """The message as it goes over the wire, in 7 bits."""
    made = EmailMessage(policy=SMTP)
    leave = signer.token(UNSUBSCRIBE, errand.job, errand.job_key, errand.subscriber)
    own_id = signer.token(MESSAGE, errand.job, errand.job_key, errand.subscriber)
    mailing = errand.mailing
    subject, body = split(mailing.text)
    made["From"] = Address(sender.name, addr_spec=sender.address)
    made["To"] = Address(errand.name or "", addr_spec=errand.address)
    made["Subject"] = subject
    made["Date"] = at
    made["Message-ID"] = f"<{own_id}@{sender.domain}>"
    if sender.reply_to:
        made["Reply-To"] = sender.reply_to
    made["Precedence"] = "bulk"
    made["List-Id"] = f"<{quote(sender.list)}.{sender.domain}>"
    ways = ways_out(sender, leave)
    made["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    if ways[0].startswith("https://"):
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    link = mailing.link
    language = spoken(errand.language or mailing.language)
    made.set_content(_text(body, link, sender, ways[0], language, pictures))
    ids = [f"{place}.{own_id}@{sender.domain}" for place in range(len(pictures))]
    shown = list(zip(ids, pictures, strict=True))
    made.add_alternative(_html(mailing, body, link, sender, ways[0], language, shown), subtype="html")
    part: Any = made.get_payload()
    for own, picture in shown:
        main, _, sub = picture.kind.partition("/")
        part[1].add_related(picture.content, main, sub, cid=f"<{own}>", disposition="inline")
    return made.as_bytes(policy=_LINES)


def ways_out(sender: Sender, token: str) -> list[str]:
    """Where a recipient leaves the list: the page first, if there is one."""
    ways = []
    if sender.unsubscribe_url:
        ways.append(f"{sender.unsubscribe_url}{'&' if '?' in sender.unsubscribe_url else '?'}t={token}")
    if sender.unsubscribe_mailto:
        ways.append(f"mailto:{quote(sender.unsubscribe_mailto, safe='@')}?subject=unsubscribe-{token}")
    return ways


@lru_cache(maxsize=4)
def rendered(body: str) -> str:
    """As HTML; everybody on a list gets the same."""
    return str(_MARKDOWN.render(body))


@lru_cache(maxsize=4)
def split(text: str) -> tuple[str, str]:
    """Subject and body: a heading in the first line is the subject alone, any other first line both."""
    first, _, rest = text.strip().partition("\n")
    is_heading = first.startswith("# ") and rest.strip()
    inline = _MARKDOWN.parseInline(first.lstrip("# ") if first.startswith("# ") else first)
    plain = "".join(child.content for token in inline for child in token.children or ())
    subject = " ".join(plain.split())
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1].rpartition(" ")[0] or subject[: LONGEST_SUBJECT - 1]
        subject += "…"
    return subject, rest.strip() if is_heading else text.strip()


def _text(body: str, link: str | None, sender: Sender, leave: str, language: str, pictures: Sequence[Picture]) -> str:
    said = words(language)
    alts = [f"[{picture.alt}]" for picture in pictures if picture.alt]
    above = "\n\n".join([*alts, body, *([link] if link else [])])
    return f"{above}\n\n-- \n{sender.footer}\n{said.why}\n{said.leave}: {leave}\n"


def _html(
    mailing: Mailing, body: str, link: str | None, sender: Sender, leave: str, language: str,
    pictures: Sequence[tuple[str, Picture]],
) -> str:  # fmt: skip
    said = words(language)
    side = direction(mailing.language)
    shown = "".join(
        f'<p><img src="cid:{escape(own)}" alt="{escape(picture.alt)}" style="max-width:100%;height:auto"></p>\n'
        for own, picture in pictures
    )
    more = f'<p><a href="{escape(link)}">{escape(said.more)}: {escape(_place(link))}</a></p>\n' if link else ""
    foot = escape(sender.footer).replace("\n", "<br>\n")
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(mailing.language)}" dir="{side}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"></head>\n<body dir="{side}" '
        'style="max-width:40em;margin:auto;padding:1em;font:1rem/1.6 sans-serif">\n'
        f"{shown}{rendered(body)}{more}"
        f'<hr>\n<div dir="{direction(language)}" lang="{language}" style="font-size:smaller;color:#595959">'
        f'<p>{foot}<br>\n{escape(said.why)}<br>\n<a href="{escape(leave)}">{escape(said.leave)}</a></p></div>\n'
        "</body>\n</html>\n"
    )


def _place(link: str) -> str:
    """A link as a reader knows it: without what only counts clicks."""
    found = urlsplit(link)
    return found.netloc + found.path.rstrip("/")
