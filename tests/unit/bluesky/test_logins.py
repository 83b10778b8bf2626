"""What the options say of logins, and what tokens say of themselves; no secret shows itself."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from config.problems import InputError
from workers.platforms.bluesky import factory
from workers.platforms.bluesky.options import given, validated
from workers.platforms.bluesky.sessions import Session
from workers.platforms.bluesky.tokens import expires, login_ends, scope
from workers.platforms.credentials import Kept
from workers.platforms.vault import Row

NEVER = datetime.fromtimestamp(0, UTC)


def token(**claims: Any) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{middle}.signature"


def test_an_account_has_its_own_password_or_that_of_all_and_places_alone_are_no_login() -> None:
    accounts = {
        "one": {"identifier": "one.example"},
        "two": {"identifier": "two.example", "password": "own", "proxy": "http://proxy:1"},
        "added": {"base_url": "https://pds.example"},
    }
    assert given({"accounts": accounts, "password": "all"}) == {
        "one": {"identifier": "one.example", "password": "all"},
        "two": {"identifier": "two.example", "password": "own", "proxy": "http://proxy:1"},
        "added": {"base_url": "https://pds.example"},
    }
    assert factory.places == {"service", "base_url", "proxy"}
    assert factory.missing() == ()


def test_no_secret_shows_itself() -> None:
    options = {"accounts": {"one": {"identifier": "one.example", "password": "hush"}}, "password": "whisper"}
    login = {"password": "hush", "access": "whisper"}
    shown = f"{validated(options)!r} {Session('did', 'handle', 'whisper', 'base', 'http://a:hush@proxy')!r}"
    shown += f"{Kept(login, Row('one', 'bluesky', b'hush', 1, 0, 0), login, from_settings=False)!r}"
    assert "hush" not in shown
    assert "whisper" not in shown
    with pytest.raises(InputError) as raised:
        given({"accounts": {"one": {"identifier": "one.example", "password": ["hush"]}}})
    assert "hush" not in str(raised.value)


def test_a_token_says_when_it_ends_and_what_it_is_for() -> None:
    said = token(exp=1_900_000_000, scope="com.atproto.appPass")
    assert expires(said) == datetime.fromtimestamp(1_900_000_000, UTC)
    assert scope(said) == "com.atproto.appPass"


@pytest.mark.parametrize("said", ["", "a.b.c", token(), token(exp="soon"), token(exp=1e30), "a.WzFd.c", "a.é.c"])
def test_what_is_no_token_has_ended_and_is_for_nothing(said: str) -> None:
    assert expires(said) == NEVER
    assert scope(said) == ""


def test_a_login_ends_only_where_nothing_renews_it() -> None:
    refresh = token(exp=1_900_000_000)
    assert login_ends({"password": "hush", "refresh": refresh}) is None
    assert login_ends({"identifier": "one.example"}) is None
    assert login_ends({"refresh": refresh}) == datetime.fromtimestamp(1_900_000_000, UTC)
