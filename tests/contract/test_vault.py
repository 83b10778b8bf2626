"""Both vaults keep what logins rely on: one statement a call, swapped by version, renewed by one holder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import DataSettings, Settings, StoreKind, StoreSettings
from workers.command.logins import vault_of
from workers.command.move import _bring_logins
from workers.platforms.sealing import CredentialsUnusable
from workers.platforms.vault import FILE, PostgresVault, SqliteVault, Vault

ACCOUNT = "shop"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "sqlite":
        return SqliteVault(tmp_path / FILE)
    return PostgresVault(request.getfixturevalue("postgres_url"), "mowj")


def test_nothing_is_there_and_nothing_is_made_before_the_first_login(vault: Vault, tmp_path: Path) -> None:
    assert vault.rows() == []
    assert vault.row(ACCOUNT) is None
    assert not vault.remove(ACCOUNT)
    vault.forgive(ACCOUNT)
    assert list(tmp_path.iterdir()) == []


def test_a_row_is_replaced_only_by_who_names_its_version(vault: Vault) -> None:
    assert vault.replace(ACCOUNT, "net", b"\x00one", 0)
    assert not vault.replace(ACCOUNT, "net", b"another", 0)
    assert not vault.replace(ACCOUNT, "net", b"another", 2)
    assert vault.replace(ACCOUNT, "net", b"two", 1)
    (row,) = vault.rows()
    assert (row.account, row.channel, row.sealed, row.version) == (ACCOUNT, "net", b"two", 2)
    assert row.added <= row.changed
    assert vault.row(ACCOUNT) == row
    assert vault.remove(ACCOUNT)
    assert vault.rows() == []


def test_of_many_at_once_one_replaces_and_one_renews(vault: Vault) -> None:
    assert vault.replace(ACCOUNT, "net", b"one", 0)
    together, won, held = threading.Barrier(6, timeout=60), [], []

    def race(number: int) -> None:
        together.wait()
        if vault.lease(ACCOUNT, f"holder {number}", 45):
            held.append(number)
        if vault.replace(ACCOUNT, "net", b"%d" % number, 1):
            won.append(number)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(held)) == (1, 1)
    row = vault.row(ACCOUNT)
    assert row is not None
    assert row.sealed == b"%d" % won[0]


def test_a_refusal_is_of_one_version_and_ends_with_it(vault: Vault) -> None:
    vault.replace(ACCOUNT, "net", b"one", 0)
    vault.refuse(ACCOUNT, 7, "of another version")
    row = vault.row(ACCOUNT)
    assert row is not None
    assert (row.refused, row.refused_at) == ("", None)
    for end in (lambda: vault.forgive(ACCOUNT), lambda: vault.replace(ACCOUNT, "net", b"two", 1)):
        vault.refuse(ACCOUNT, 1, "wrong password")
        refused = vault.row(ACCOUNT)
        assert refused is not None
        assert refused.refused == "wrong password"
        assert refused.refused_at is not None
        end()
        row = vault.row(ACCOUNT)
        assert row is not None
        assert (row.refused, row.refused_at) == ("", None)


def test_a_lease_is_one_holder_s_until_it_gives_it_back_or_is_silent_for_too_long(vault: Vault) -> None:
    assert vault.lease(ACCOUNT, "first", 45)
    assert not vault.lease(ACCOUNT, "second", 45)
    assert vault.lease("other", "second", 45)
    vault.release(ACCOUNT, "second")
    assert not vault.lease(ACCOUNT, "second", 45)
    vault.release(ACCOUNT, "first")
    assert vault.lease(ACCOUNT, "second", -1)
    assert vault.lease(ACCOUNT, "third", 45), "the second's has ended"


def on_postgres(folder: Path, url: str) -> Settings:
    store = StoreSettings(kind=StoreKind.POSTGRES, url=SecretStr(url))
    return Settings(data=DataSettings(directory=folder), store=store)


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(CredentialsUnusable, match="the logins that PostgreSQL keeps") as raised:
        vault_of(on_postgres(tmp_path, "postgresql://olivia:hush@127.0.0.1:1/mowj")).rows()
    assert "hush" not in str(raised.value)
    with pytest.raises(CredentialsUnusable, match=r"store\.url is missing"):
        vault_of(Settings(store=StoreSettings(kind=StoreKind.POSTGRES))).rows()


@pytest.mark.services
def test_logins_move_with_an_installation_as_they_are_by_the_last_try(tmp_path: Path, postgres_url: str) -> None:
    old = SqliteVault(tmp_path / FILE)
    old.replace(ACCOUNT, "net", b"first", 0)
    settings = on_postgres(tmp_path / "new", postgres_url)
    _bring_logins(tmp_path, settings)
    old.replace(ACCOUNT, "net", b"renewed meanwhile", 1)
    old.replace("second", "net", b"another", 0)
    _bring_logins(tmp_path, settings)
    found = {row.account: row.sealed for row in vault_of(settings).rows()}
    assert found == {ACCOUNT: b"renewed meanwhile", "second": b"another"}
