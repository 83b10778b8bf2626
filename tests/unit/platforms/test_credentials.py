"""Logins at rest and while they are renewed: sealed, swapped and never lost to a passing error."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workers.platforms.credentials import Busy, Fields, KeptCredentials
from workers.platforms.protocol import AuthorizationExpired, OutcomeUnknown, ProvenUnsent, RateLimited
from workers.platforms.sealing import CredentialsUnusable, KeyFile
from workers.platforms.vault import FILE, SqliteVault, schema_beside

LOGIN = {"identifier": "shop.example", "password": "hush hush"}
TOKENS = {**LOGIN, "access": "access-1", "refresh": "refresh-1"}
ACCOUNT = "shop"


def kept(folder: Path, given: Mapping[str, Fields] | None = None, channel: str = "net", **more: Any) -> KeptCredentials:
    key = KeyFile(folder / "credentials.key")
    return KeptCredentials(SqliteVault(folder / FILE), key, channel, given, {"base_url", "proxy"}, **more)


def never(known: Fields) -> Fields:
    raise AssertionError("the network was asked")


def to(number: int) -> Callable[[Fields], Fields]:
    return lambda known: {**known, "access": f"access-{number}", "refresh": f"refresh-{number}"}


def test_nothing_of_a_login_can_be_read_in_its_file_and_no_other_account_opens_it(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.put(ACCOUNT, TOKENS)
    raw = (tmp_path / FILE).read_bytes()
    assert not [word for word in TOKENS.values() if word.encode() in raw]
    assert store.get(ACCOUNT) == TOKENS
    assert "hush" not in f"{store!r} {store.kept(ACCOUNT).row!r}"
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE credentials SET account = 'other'")
    connection.close()
    with pytest.raises(CredentialsUnusable, match="other") as raised:
        store.get("other")
    assert "hush" not in str(raised.value)


def test_key_and_file_are_for_this_user_alone_and_the_same_key_stays(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept(tmp_path).put(ACCOUNT, LOGIN)
    finally:
        os.umask(before)
    key = (tmp_path / "credentials.key").read_bytes()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("credentials.key", FILE)] == [0o600, 0o600]
    kept(tmp_path).put("second", LOGIN)
    KeyFile(tmp_path / "credentials.key").make()
    assert (tmp_path / "credentials.key").read_bytes() == key
    assert sorted(path.name for path in tmp_path.iterdir()) == ["credentials.key", FILE]


def test_a_key_that_others_can_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.put(ACCOUNT, LOGIN)
    (tmp_path / "credentials.key").chmod(0o640)
    for call in (lambda: store.get(ACCOUNT), lambda: store.put("second", LOGIN)):
        with pytest.raises(CredentialsUnusable, match="chmod 600"):
            call()


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=\n", b"no base64 at all"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    kept(tmp_path).put(ACCOUNT, LOGIN)
    (tmp_path / "credentials.key").write_bytes(content)
    with pytest.raises(CredentialsUnusable, match="is no key"):
        kept(tmp_path).get(ACCOUNT)


def test_a_lost_key_is_never_replaced_while_anything_is_kept_with_it(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.put(ACCOUNT, LOGIN)
    (tmp_path / "credentials.key").unlink()
    with pytest.raises(CredentialsUnusable, match="bring it back"):
        store.put("second", LOGIN)
    assert not (tmp_path / "credentials.key").exists()
    assert store.remove(ACCOUNT)
    store.put("second", LOGIN)
    assert store.get("second") == LOGIN


def test_another_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.put(ACCOUNT, LOGIN)
    right = (tmp_path / "credentials.key").read_bytes()
    (tmp_path / "credentials.key").unlink()
    KeyFile(tmp_path / "credentials.key").make()
    with pytest.raises(CredentialsUnusable, match="does not open"):
        store.renewed(ACCOUNT, LOGIN, never)
    (tmp_path / "credentials.key").write_bytes(right)
    assert store.get(ACCOUNT) == LOGIN


def test_an_account_of_another_channel_and_an_unknown_one_are_not_there(tmp_path: Path) -> None:
    kept(tmp_path, channel="other").put(ACCOUNT, LOGIN)
    for name in (ACCOUNT, "unknown"):
        with pytest.raises(KeyError):
            kept(tmp_path).get(name)
    assert kept(tmp_path).accounts() == []
    assert kept(tmp_path, channel="other").accounts() == [ACCOUNT]


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), ProvenUnsent("refused"), RateLimited, TimeoutError("bug")])
def test_a_passing_error_neither_discards_nor_replaces_a_login(tmp_path: Path, error: Any) -> None:
    store = kept(tmp_path)
    store.put(ACCOUNT, TOKENS)

    def failing(known: Fields) -> Fields:
        raise RateLimited(datetime.now(UTC)) if error is RateLimited else error

    for _ in range(2):
        with pytest.raises(RateLimited if error is RateLimited else type(error)):
            store.renewed(ACCOUNT, TOKENS, failing)
        assert store.get(ACCOUNT) == TOKENS
    assert store.renewed(ACCOUNT, TOKENS, to(2))["refresh"] == "refresh-2"


def test_who_saw_an_older_login_gets_the_newer_one_and_asks_nobody(tmp_path: Path) -> None:
    store, other = kept(tmp_path), kept(tmp_path)
    store.put(ACCOUNT, TOKENS)
    new = store.renewed(ACCOUNT, TOKENS, to(2))
    assert other.renewed(ACCOUNT, TOKENS, never) == new == other.get(ACCOUNT)


def test_a_login_that_a_person_replaced_meanwhile_is_not_overwritten_by_a_renewal(tmp_path: Path) -> None:
    store, person = kept(tmp_path), kept(tmp_path)
    store.put(ACCOUNT, TOKENS)

    def while_a_person_adds(known: Fields) -> Fields:
        person.put(ACCOUNT, {**LOGIN, "password": "new"})
        return to(2)(known)

    assert store.renewed(ACCOUNT, TOKENS, while_a_person_adds) == {**LOGIN, "password": "new"} == store.get(ACCOUNT)


def test_a_refusal_keeps_the_login_and_is_noted_so_that_nobody_asks_again_at_once(tmp_path: Path) -> None:
    """invalid_grant."""
    store, other = kept(tmp_path), kept(tmp_path)
    store.put(ACCOUNT, TOKENS)
    asked = []

    def refused(known: Fields) -> Fields:
        asked.append(known)
        raise AuthorizationExpired("invalid_grant")

    for each in (store, other, store):
        with pytest.raises(AuthorizationExpired, match="invalid_grant"):
            each.renewed(ACCOUNT, TOKENS, refused)
    assert len(asked) == 1
    assert store.get(ACCOUNT) == TOKENS, "kept all the same: the network may have been wrong"
    store.forgive(ACCOUNT)
    assert store.renewed(ACCOUNT, TOKENS, to(2))["refresh"] == "refresh-2"
    row = store.kept(ACCOUNT).row
    assert row is not None
    assert not row.refused


def test_a_refusal_rests_only_for_a_while_and_a_new_secret_ends_it_at_once(tmp_path: Path) -> None:
    def refused(known: Fields) -> Fields:
        raise AuthorizationExpired("invalid_grant")

    brief = kept(tmp_path, rest=0.0)
    brief.put(ACCOUNT, TOKENS)
    for _ in range(2):
        with pytest.raises(AuthorizationExpired, match=r"^invalid_grant"):
            brief.renewed(ACCOUNT, TOKENS, refused)
    store = kept(tmp_path)
    with pytest.raises(AuthorizationExpired, match="accounts add"):
        store.renewed(ACCOUNT, TOKENS, never)
    store.put(ACCOUNT, LOGIN)
    assert store.renewed(ACCOUNT, LOGIN, to(2))["refresh"] == "refresh-2"


def test_a_refusal_of_a_token_that_another_has_used_meanwhile_is_no_refusal(tmp_path: Path) -> None:
    """A frozen process wakes up behind its lease: its single-use token was used by who took over."""
    store, other = kept(tmp_path, lease=0.0), kept(tmp_path, lease=0.0)
    store.put(ACCOUNT, TOKENS)

    def late(known: Fields) -> Fields:
        other.renewed(ACCOUNT, TOKENS, to(2))
        raise AuthorizationExpired("invalid_grant")

    assert store.renewed(ACCOUNT, TOKENS, late)["refresh"] == "refresh-2"
    assert store.renewed(ACCOUNT, store.get(ACCOUNT), to(3))["refresh"] == "refresh-3"


def test_one_renews_and_who_waits_gets_what_came_of_it_or_is_told_to_come_back(tmp_path: Path) -> None:
    store, other = kept(tmp_path), kept(tmp_path)
    store.put(ACCOUNT, TOKENS)
    begun, go_on, got = threading.Event(), threading.Event(), []

    def slow(known: Fields) -> Fields:
        begun.set()
        assert go_on.wait(60)
        return to(2)(known)

    renewing = threading.Thread(target=lambda: got.append(store.renewed(ACCOUNT, TOKENS, slow)))
    renewing.start()
    assert begun.wait(60)
    with pytest.raises(Busy):
        other.renewed(ACCOUNT, TOKENS, never, patience=0)
    waiting = threading.Thread(target=lambda: got.append(other.renewed(ACCOUNT, TOKENS, never, patience=60)))
    waiting.start()
    go_on.set()
    renewing.join(60)
    waiting.join(60)
    assert [each["refresh"] for each in got] == ["refresh-2", "refresh-2"]


def test_what_cannot_be_written_is_held_and_written_as_soon_as_it_can_be(tmp_path: Path) -> None:
    """The network has used up the old token: a full disk must not cost the new one."""
    store = kept(tmp_path)
    store.put(ACCOUNT, TOKENS)
    key = tmp_path / "credentials.key"

    def while_the_key_goes(known: Fields) -> Fields:
        key.rename(tmp_path / "away")
        return to(2)(known)

    assert store.renewed(ACCOUNT, TOKENS, while_the_key_goes)["refresh"] == "refresh-2"
    assert store.get(ACCOUNT)["refresh"] == "refresh-2", "held"
    (tmp_path / "away").rename(key)
    assert kept(tmp_path).get(ACCOUNT)["refresh"] == "refresh-1", "not written yet"
    assert store.get(ACCOUNT)["refresh"] == "refresh-2"
    assert kept(tmp_path).get(ACCOUNT)["refresh"] == "refresh-2"


def test_a_login_of_the_settings_keeps_its_tokens_until_the_settings_say_another(tmp_path: Path) -> None:
    given = {ACCOUNT: {**LOGIN, "base_url": "https://one.example"}}
    tokens = kept(tmp_path, given).renewed(ACCOUNT, given[ACCOUNT], to(2))
    assert kept(tmp_path, given).get(ACCOUNT) == tokens
    moved = {ACCOUNT: {**LOGIN, "base_url": "https://two.example"}}
    assert kept(tmp_path, moved).get(ACCOUNT) == {**tokens, "base_url": "https://two.example"}
    changed = {ACCOUNT: {**LOGIN, "password": "another"}}
    assert kept(tmp_path, changed).get(ACCOUNT) == changed[ACCOUNT]
    assert kept(tmp_path, changed).renewed(ACCOUNT, changed[ACCOUNT], to(3))["password"] == "another"
    with pytest.raises(KeyError):
        kept(tmp_path).get(ACCOUNT)


def test_a_refused_login_of_the_settings_is_not_asked_for_again_until_they_say_another(tmp_path: Path) -> None:
    given = {ACCOUNT: LOGIN}

    def refused(known: Fields) -> Fields:
        raise AuthorizationExpired("wrong password")

    for renew in (refused, never):
        with pytest.raises(AuthorizationExpired, match="wrong password"):
            kept(tmp_path, given).renewed(ACCOUNT, LOGIN, renew)
    changed = {ACCOUNT: {**LOGIN, "password": "right"}}
    assert kept(tmp_path, changed).renewed(ACCOUNT, changed[ACCOUNT], to(2))["access"] == "access-2"


def test_what_the_settings_say_of_an_added_account_s_places_outweighs_and_is_not_kept(tmp_path: Path) -> None:
    kept(tmp_path).put(ACCOUNT, {**LOGIN, "base_url": "https://own.example"})
    over = {ACCOUNT: {"base_url": "https://one.example", "proxy": "http://proxy.example:3128"}}
    store = kept(tmp_path, over)
    assert store.get(ACCOUNT) == {**LOGIN, **over[ACCOUNT]}
    assert store.renewed(ACCOUNT, store.get(ACCOUNT), to(2))["base_url"] == "https://one.example"
    plain = kept(tmp_path).get(ACCOUNT)
    assert (plain["base_url"], plain["refresh"], "proxy" in plain) == ("https://own.example", "refresh-2", False)


def test_a_lease_of_a_clock_that_was_set_back_holds_nobody_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = SqliteVault(tmp_path / FILE)
    now = time.time()
    assert vault.lease(ACCOUNT, "dead", 45)
    assert not vault.lease(ACCOUNT, "other", 45)
    monkeypatch.setattr(time, "time", lambda: now - 10)
    assert not vault.lease(ACCOUNT, "other", 45), "who looked at the clock, and then waited for the file"
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert vault.lease(ACCOUNT, "other", 45)


def test_the_schema_of_a_long_namespace_fits_and_is_its_own() -> None:
    first, second = schema_beside("a" * 62 + "b"), schema_beside("a" * 62 + "c")
    assert first != second
    assert max(len(first), len(second)) <= 63
    assert schema_beside("mowj") == "mowj_credentials"


def test_without_the_package_it_is_said_how_to_install_it_and_reading_nothing_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    store = kept(tmp_path)
    assert store.accounts() == []
    with pytest.raises(KeyError):
        store.get(ACCOUNT)
    with pytest.raises(CredentialsUnusable, match=r"pip install 'mowj\[accounts\]'"):
        store.put(ACCOUNT, LOGIN)
