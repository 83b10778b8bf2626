"""The page on which a recipient leaves the list: one click, no login, and nothing happens by looking at it.

Invariants: only a POST changes anything, since programs follow links of their own accord (RFC 8058, section 1). Any
POST with a token of ours does, whatever its body: mail providers send `List-Unsubscribe=One-Click`, and so does the
button. The answer is no redirect, and tells nobody whether an address is known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from workers.platforms.email.mailings import Mailings
from workers.platforms.email.signing import KeyUnsafe
from workers.platforms.email.store import EmailStore, OtherKey, open_email_store
from workers.platforms.email.words import direction, spoken, words

UNANSWERED: Final = (sqlite3.Error, OSError, KeyUnsafe, OtherKey)


class LeavingPage:
    """Answers for the lists of one data directory; `now` is the campaigns' time."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory, self._now = directory, now
        self._store: EmailStore | None = None

    def get(self, query: str, languages: str) -> tuple[HTTPStatus, str]:
        """`languages` as the header Accept-Language says them."""
        said = words(languages)
        try:
            mailings = self._mailings()
            is_known = mailings is not None and mailings.knows(_token(query))
        except UNANSWERED:
            return HTTPStatus.SERVICE_UNAVAILABLE, _page(languages, said.later, "")
        if not is_known:
            return HTTPStatus.NOT_FOUND, _page(languages, said.unknown, "")
        button = (
            '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
            f"<button>{escape(said.leave)}</button></form>"
        )
        return HTTPStatus.OK, _page(languages, said.sure, button)

    def post(self, query: str, languages: str) -> tuple[HTTPStatus, str]:
        """Take the person that the token names off their list; again is as good."""
        said = words(languages)
        try:
            mailings = self._mailings()
            is_known = mailings is not None and mailings.unsubscribed(_token(query), self._now())
        except UNANSWERED:
            return HTTPStatus.SERVICE_UNAVAILABLE, _page(languages, said.later, "")
        if not is_known:
            return HTTPStatus.NOT_FOUND, _page(languages, said.unknown, "")
        return HTTPStatus.OK, _page(languages, said.done, "")

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _mailings(self) -> Mailings | None:
        self._store = self._store or open_email_store(self._directory, make=False)
        return None if self._store is None else Mailings(self._store)


def _token(query: str) -> str:
    return parse_qs(query).get("t", [""])[0]


def _page(languages: str, sentence: str, more: str) -> str:
    first = languages.partition(",")[0].strip()
    return (
        f'<!DOCTYPE html>\n<html lang="{spoken(first)}" dir="{direction(spoken(first))}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(words(first).leave)}</title></head>\n'
        f'<body style="max-width:30em;margin:3em auto;padding:1em;font:1.1rem/1.6 sans-serif"><p>{escape(sentence)}</p>'
        f"{more}</body>\n</html>\n"
    )
