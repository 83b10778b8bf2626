"""A person keeps logins, looks at them, checks and forgets them; nobody ever sees a secret."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from events.campaign import AuthorizationExpired
from tests.unit.command import lodge
from tests.unit.command.house import brief, live, mowj
from workers.command import doctor_accounts
from workers.command.main import application
from workers.command.opening import opened
from workers.platforms.apis import AHEAD, APIS, Api
from workers.runtime.accounts import runtime_fact, spread

SECRET = "correct horse battery staple"
NEW = "another secret word"


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    lodge.OPEN.clear()
    lodge.OPEN.add(SECRET)
    yield
    lodge.SEEN.clear()
    lodge.DOWN.clear()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mowj.toml"
    path.write_text('[platforms.inn]\nplugin = "tests.unit.command.lodge:factory"\n', encoding="utf-8")
    return path


@pytest.fixture
def where(tmp_path: Path, config: Path) -> tuple[str, ...]:
    return "--data", str(tmp_path / "data"), "--config", str(config)


def piped(secret: str, *words: str, code: int = 0, env: Mapping[str, str] | None = None) -> Result:
    result = CliRunner().invoke(
        application(), ["accounts", *words], input=f"{secret}\n", env={"COLUMNS": None, **(env or {})}
    )
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert secret not in f"{result.stdout}{result.stderr}" or not secret
    return result


def answer(*words: str, code: int = 0) -> Any:
    return json.loads(mowj("accounts", *words, "--json", code=code).stdout)


def add(*where: str, secret: str = SECRET, code: int = 0, account: str = "shop") -> Result:
    return piped(secret, "add", account, "--channel", "inn", "--set", "name=olivia", *where, code=code)


def test_a_login_is_kept_tried_listed_checked_and_forgotten_and_its_secret_is_nowhere(
    tmp_path: Path, where: tuple[str, ...]
) -> None:
    said = add(*where).stdout
    assert "shop: inn takes its login as olivia, which is kept" in said
    assert "10 posts an hour, 7 left until 2031-01-01" in said
    assert "may not delete the account" in said
    assert "beware: it is only a toy" in said
    (one,) = answer("list", *where)
    assert (one["account"], one["channel"], one["fields"], one["state"]) == ("shop", "inn", {"name": "olivia"}, "ready")
    (checked,) = answer("check", *where)
    assert (checked["may"], checked["limits"][0]["most"], checked["restored"]) == (["post"], 10, False)
    for word in ("list", "check"):
        assert SECRET not in mowj("accounts", word, *where).stdout
    assert lodge.SEEN == [SECRET] * 3
    for path in (tmp_path / "data").iterdir():
        assert SECRET.encode() not in path.read_bytes()
        assert b"token-1" not in path.read_bytes()
    assert SECRET not in mowj("config", "show", *where).stdout
    assert "revoke it on the network too" in mowj("accounts", "remove", "shop", *where).stdout
    assert "No login is kept" in mowj("accounts", "list", *where).stdout
    assert "no login is kept of 'shop'" in mowj("accounts", "remove", "shop", *where, code=2).stderr


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(where: tuple[str, ...]) -> None:
    said = mowj("accounts", "add", "shop", "--channel", "inn", "--set", f"password={SECRET}", *where, code=2).stderr
    assert "--from-env password=VARIABLE" in said
    assert SECRET not in said
    assert lodge.SEEN == []


def test_a_secret_comes_from_a_variable_that_is_named(monkeypatch: pytest.MonkeyPatch, where: tuple[str, ...]) -> None:
    monkeypatch.setenv("THE_SECRET", SECRET)
    words = ("add", "shop", "--channel", "inn", "--set", "name=olivia", *where)
    for given in ("THE_SECRET", "password=THE_SECRET"):
        mowj("accounts", *words, "--from-env", given)
    assert "nothing in the variable THE_OTHER" in mowj("accounts", *words, "--from-env", "THE_OTHER", code=2).stderr
    assert "did you mean 'password'" in mowj("accounts", *words, "--from-env", "pasword=THE_SECRET", code=2).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "shop"), "--channel is missing: whose account is 'shop'? One of bluesky"),
        (("add", "shop", "--channel", "inm"), "nothing serves 'inm'"),
        (("add", "shop", "--channel", "simulated"), "accounts on simulated need no login"),
        (("add", "shop", "--channel", "inn", "--set", "nmae=x"), "did you mean 'name'"),
        (("add", "shop", "--channel", "inn", "--set", "name"), "allowed: name=VALUE"),
        (("add", "shop", "--channel", "inn", "--set", "name=x"), "password is missing (the password)"),
        (("check", "shop"), "there is no login of 'shop': mowj accounts add shop"),
        (("check",), "no login is kept"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(words: tuple[str, ...], said: str, where: tuple[str, ...]) -> None:
    assert said in piped("", *words, *where, code=2).stderr


def test_what_the_network_refuses_is_not_kept_and_the_earlier_login_stays(where: tuple[str, ...]) -> None:
    add(*where)
    said = add(*where, secret="guessed", code=2).stderr
    assert "inn refuses this login, so it was not kept: wrong password" in said
    assert answer("check", *where)[0]["problem"] == ""


def test_what_could_not_be_tried_is_kept_and_said_so(where: tuple[str, ...]) -> None:
    lodge.DOWN.append(True)
    said = add(*where).stdout
    assert "its login is kept, and was not tried: no connection; `mowj accounts check shop` tries it" in said
    assert answer("check", *where, code=1)[0]["problem"] == "no connection"
    lodge.DOWN.clear()
    assert answer("check", *where)[0]["problem"] == ""


def test_adding_again_needs_the_secret_alone_and_a_refused_login_says_how_to_mend_it(where: tuple[str, ...]) -> None:
    add(*where)
    lodge.OPEN.clear()
    said = mowj("accounts", "check", *where, code=1).stdout
    assert "shop: wrong password" in said
    assert "`mowj accounts add shop` with a new secret" in said
    assert answer("list", *where)[0]["state"] == "refused: wrong password"
    lodge.OPEN.add(NEW)
    assert "takes its login as olivia" in piped(NEW, "add", "shop", *where).stdout
    assert answer("list", *where)[0]["state"] == "ready"


def test_a_login_of_the_settings_is_listed_and_a_proxy_s_user_is_not_shown(
    config: Path, where: tuple[str, ...]
) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write(f'[platforms.inn.options.accounts.cafe]\nname = "emil"\npassword = "{SECRET}"\n')
        file.write('proxy = "http://emil:pass@proxy.example:3128"\n')
    (one,) = answer("list", *where)
    assert one["kept"] == "in the settings"
    assert one["fields"] == {"name": "emil", "proxy": "http://**********@proxy.example:3128"}
    assert answer("check", "cafe", *where)[0]["who"] == "emil"
    assert SECRET not in mowj("config", "show", *where).stdout


def test_a_key_that_others_can_read_is_said_before_a_secret_is_asked_for(
    tmp_path: Path, where: tuple[str, ...]
) -> None:
    add(*where)
    (tmp_path / "data" / "credentials.key").chmod(0o644)
    assert "chmod 600" in add(*where, code=1).stderr
    assert lodge.SEEN == [SECRET]
    assert "chmod 600" in answer("list", *where)[0]["state"]


def test_a_name_is_one_account_s(config: Path, where: tuple[str, ...]) -> None:
    with config.open("a", encoding="utf-8") as file:
        file.write('[platforms.hostel]\nplugin = "tests.unit.command.lodge:factory"\n')
    add(*where)
    said = piped(SECRET, "add", "shop", "--channel", "hostel", "--set", "name=x", *where, code=2).stderr
    assert "'shop' is an account on inn" in said


# -- a campaign that waits --


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    live(folder / "data", ("--brief", brief(folder), "--content", "config/content/steady"), 2)
    return folder / "data"


@pytest.fixture
def waiting(lived: Path, tmp_path: Path) -> tuple[str, ...]:
    """A campaign whose account waits for its login, on a network that has logins."""
    data, config = Path(shutil.copytree(lived, tmp_path / "data")), tmp_path / "mowj.toml"
    started = json.loads((data / "run.json").read_text("utf-8"))
    started["networks"]["platform"] = None
    (data / "run.json").write_text(json.dumps(started), "utf-8")
    config.write_text('[platforms.simulated]\nplugin = "tests.unit.command.lodge:factory"\n', encoding="utf-8")
    with opened(None, data) as store, store.store.transaction() as tx:
        fact = AuthorizationExpired(account="roastery", reason="token revoked")
        spread(tx, store.shell, runtime_fact(store.shell, fact, "default", "a test"), fact)
    return "--data", str(data), "--config", str(config)


def facts(data: str) -> list[str]:
    with opened(None, Path(data)) as store, store.store.view() as view:
        return [record.event.name for record in view.log.campaign("roastery")]


def test_a_lost_login_is_restored_by_adding_one_that_the_network_takes(waiting: tuple[str, ...]) -> None:
    (line,) = [line for line in mowj("status", *waiting).stdout.splitlines() if "HELD" in line]
    assert "`mowj accounts check roastery`" in line
    said = piped("guessed", "add", "roastery", "--set", "name=olivia", *waiting, code=2).stderr
    assert "refuses this login" in said
    assert "AuthorizationRestored" not in facts(waiting[1])
    said = piped(SECRET, "add", "roastery", "--set", "name=olivia", *waiting).stdout
    assert "it waited for this login, and goes on from now" in said
    assert facts(waiting[1])[-1] == "AuthorizationRestored"
    assert "HELD" not in mowj("status", *waiting).stdout


def test_a_lost_login_is_restored_by_a_check_that_succeeds_and_only_once(waiting: tuple[str, ...]) -> None:
    lodge.DOWN.append(True)
    piped(SECRET, "add", "roastery", "--set", "name=olivia", *waiting)
    assert answer("check", *waiting, code=1)[0]["restored"] is False
    assert answer("list", *waiting)[0]["state"] == "waits for its login"
    lodge.DOWN.clear()
    assert [answer("check", *waiting)[0]["restored"] for _ in range(2)] == [True, False]
    assert facts(waiting[1]).count("AuthorizationRestored") == 1


def test_the_doctor_says_which_account_has_no_login_which_ends_and_what_is_not_installed(
    waiting: tuple[str, ...], tmp_path: Path
) -> None:
    def said(name: str) -> Mapping[str, Any]:
        checks = json.loads(mowj("doctor", *waiting, "--json", code=1).stdout)
        return next(check for check in checks if check["name"] == name)

    assert "mowj accounts add roastery --channel simulated" in said("accounts")["mend"]
    soon = (datetime.now(UTC).date() + timedelta(days=5)).isoformat()
    piped(SECRET, "add", "roastery", "--set", "name=olivia", "--ends", soon, *waiting)
    assert f"its login ends at {soon}" in said("accounts")["mend"]
    lodge.OPEN.clear()
    mowj("accounts", "check", *waiting, code=1)
    assert "its login was refused (wrong password)" in said("accounts")["mend"]
    (tmp_path / "mowj.toml").write_text(
        '[platforms.simulated]\nplugin = "tests.unit.command.lodge:without_packages"\n', encoding="utf-8"
    )
    assert "pip install 'mowj[lodge]'" in said("platforms")["mend"]
    assert "no_such_package: pip install" in mowj("accounts", "add", "roastery", *waiting, code=2).stderr


def test_the_doctor_warns_before_a_network_switches_off_what_mowj_is_written_against() -> None:
    today = date(2027, 1, 1)
    soon = Api("graph", "Graph API", "v25.0", today + AHEAD, "developers.example")
    later = Api("graph", "Graph API", "v26.0", today + AHEAD + timedelta(days=1), "developers.example")
    check = doctor_accounts.interfaces(today, (soon, later))
    assert check.mend == "graph: Graph API (v25.0) ends on 2027-04-01: upgrade Mowj"
    assert "1 of them" in check.found
    assert doctor_accounts.interfaces(today, (later,)).mend is None
    assert {api.channel for api in APIS} >= {"bluesky", "email"}


def test_an_account_and_a_whole_network_are_paused_and_resumed(lived: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(lived, tmp_path / "data"))

    def held() -> list[str]:
        (campaign,) = json.loads(mowj("status", "--data", data, "--json").stdout)["campaigns"]
        found: list[str] = campaign["holds"]
        return found

    for words in (("--account", "roastery"), ("--platform", "simulated")):
        assert "roastery is paused: nothing more" in mowj("pause", *words, "--data", data).stdout
        assert held() == ["account paused: roastery"]
        assert "is paused already" in mowj("pause", *words, "--data", data).stdout
        assert "roastery goes on from now" in mowj("resume", *words, "--data", data).stdout
        assert held() == []
        assert "roastery is not paused" in mowj("resume", *words, "--data", data).stdout
    assert "no live campaign is on 'simulatd'" in mowj("pause", "--platform", "simulatd", "--data", data, code=2).stderr
    assert "there is no account 'rostery'" in mowj("pause", "--account", "rostery", "--data", data, code=2).stderr
    both = mowj("pause", "roastery", "--account", "roastery", "--data", data, code=2).stderr
    assert "give one of a campaign, --all, --account and --platform" in both
