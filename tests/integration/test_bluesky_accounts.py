"""Logins against Bluesky's own data server: one for all processes, and one account that waits for its owner alone."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest

from events.campaign import CampaignAccount, ContentOffered
from events.execution import Variant
from events.runtime import EffectKind
from events.terms import Appeal, PostTraits
from tests.bluesky import Answer, Door, Login, Network, answered, door, network
from tests.crash.bluesky_login import ACCOUNT, kept
from tests.crash.bluesky_sender import PATIENCE, brief
from tests.unit.command.house import mowj
from workers.command.networks import makers
from workers.command.opening import read_settings
from workers.command.remembered import NetworkChoice
from workers.decision import NOTHING, Decision, Delivery, Effect, Publish, State, Worker
from workers.runtime.assembly import assemble
from workers.runtime.clock import RealClock
from workers.runtime.running import Runtime
from workers.runtime.store.rows import EffectState, HoldKind
from workers.runtime.store.sqlite import SqliteStore

pytestmark = pytest.mark.bluesky

WAIT: Final = 120
ENDED: Final = "an.access.token"
"""One that says of itself nothing that holds."""


@pytest.fixture(scope="module")
def net() -> Network:
    return network()


@pytest.fixture
def login(net: Network) -> Login:
    return net.account()


@pytest.fixture
def way(net: Network) -> Iterator[Door]:
    with door(net.pds) as made:
        yield made


def started(folder: Path, options: Mapping[str, Any], count: int) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.crash.bluesky_login", str(folder), json.dumps(options)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def told(processes: list[subprocess.Popen[str]]) -> list[str]:
    return [process.communicate(timeout=WAIT)[0].strip() for process in processes]


def end_access(folder: Path, options: dict[str, Any]) -> None:
    """In place of the two hours that an access token lives."""
    store = kept(folder, options)
    store.renewed(ACCOUNT, store.get(ACCOUNT), lambda known: {**known, "access": ENDED})


def test_three_processes_log_in_once_and_renew_once(tmp_path: Path, way: Door, login: Login) -> None:
    """Bluesky takes 30 logins in five minutes, and 300 a day."""
    options = login.options(ACCOUNT, base_url=way.url) | {"deadline_seconds": 10}
    for logins, renewals in ((1, 0), (1, 1)):
        assert told(started(tmp_path, options, 3)) == ["found nothing"] * 3
        assert (way.asked.count("createSession"), way.asked.count("refreshSession")) == (logins, renewals)
        end_access(tmp_path, options)
    assert login.password.encode() not in (tmp_path / "credentials.sqlite").read_bytes()


def test_who_dies_between_the_answer_and_saving_costs_no_login(tmp_path: Path, way: Door, login: Login) -> None:
    """The data server answers a refresh token that was used with the same successor, for two hours."""
    options = login.options(ACCOUNT, base_url=way.url) | {"lease": 2.0}
    plain = login.options(ACCOUNT, base_url=way.url)
    assert told(started(tmp_path, options, 1)) == ["found nothing"]
    end_access(tmp_path, plain)
    before = kept(tmp_path, plain).get(ACCOUNT)
    carried_out, dead = threading.Event(), threading.Event()

    def withheld(door: Door, method: str, go: Callable[[bytes | None], Answer], body: bytes) -> None:
        go(None)
        carried_out.set()
        dead.wait(WAIT)

    way.rules["refreshSession"] = withheld
    (process,) = started(tmp_path, options, 1)
    assert carried_out.wait(WAIT)
    process.kill()
    process.communicate()
    way.rules.clear()
    dead.set()
    assert kept(tmp_path, plain).get(ACCOUNT) == before
    assert told(started(tmp_path, options, 2)) == ["found nothing"] * 2
    end_access(tmp_path, plain)
    assert told(started(tmp_path, options, 1)) == ["found nothing"]
    assert (way.asked.count("createSession"), way.asked.count("refreshSession")) == (1, 3)


# -- one account waits, the other goes on --


def _send(state: State, delivery: Delivery) -> Decision:
    fact = delivery.data
    if not isinstance(fact, ContentOffered):
        return NOTHING
    payload = Publish(
        post=fact.content,
        variant=Variant(text=fact.text, language="en"),
        fingerprint=f"print of {fact.content}",
        traits=PostTraits(channel="bluesky", format="text"),
    )
    late = delivery.now + timedelta(hours=2)
    return Decision(effects=(Effect(fact.content, EffectKind.PUBLISH, fact.topic, payload, late),))


SENDER: Final = Worker("publisher", frozenset({ContentOffered}), frozenset(), State, 1, lambda state, _: state, _send)
CAMPAIGN: Final = "two"
LOST, FINE = "lost", "fine"


class Stand:
    """Two accounts of one campaign, each behind a door of its own, their logins kept as a person keeps them."""

    def __init__(self, folder: Path, net: Network, doors: ExitStack) -> None:
        self.logins = {name: net.account() for name in (LOST, FINE)}
        self.doors = {name: doors.enter_context(door(net.pds)) for name in (LOST, FINE)}
        config = folder / "mowj.toml"
        config.write_text(f'[platforms.bluesky.options]\nservice = "{net.pds}"\nwatch_seconds = 0\n', "utf-8")
        self.where = ("--data", str(folder / "data"), "--config", str(config))
        self.added = [self.add(name) for name in (LOST, FINE)]
        settings = read_settings(config, folder / "data")
        self.store = SqliteStore(folder / "data" / "mowj.sqlite")
        self.runtime: Runtime = assemble(
            (SENDER,), self.store, RealClock(), patience=PATIENCE,
            platforms=makers({"bluesky"}, settings, NetworkChoice(), folder / "data"),
        )  # fmt: skip
        now = datetime.now(UTC)
        accounts = tuple(CampaignAccount(account=name, channel="bluesky") for name in (LOST, FINE))
        said = brief(now).model_copy(update={"accounts": accounts})
        for name in (LOST, FINE):
            self.runtime.connect(name, "bluesky")
        self.runtime.intake.accept(said, CAMPAIGN, "default", "/people/olivia", "brief", now, person=True)

    def add(self, name: str, code: int = 0) -> Any:
        """`mowj accounts add` with a new app password; its answer."""
        login = self.logins[name]
        made = login.do(
            "com.atproto.server.createAppPassword", {"name": f"mowj {len(login.ask(PASSWORDS)['passwords'])}"}
        )
        words = ("accounts", "add", name, "--channel", "bluesky", "--set", f"identifier={login.handle}")
        places = ("--set", f"base_url={self.doors[name].url}", "--from-env", "APP_PASSWORD", "--json")
        result = mowj(*words, *places, *self.where, code=code, env={"APP_PASSWORD": made["password"]})
        assert made["password"] not in result.stdout
        return json.loads(result.stdout)[0]

    def offer(self, piece: int) -> None:
        for name in (LOST, FINE):
            fact = ContentOffered(
                content=f"{name}-{piece}",
                topic=name,
                format="text",
                appeal=Appeal.TEACH,
                text=f"Piece {piece} of {name}.",
            )
            now = datetime.now(UTC)
            self.runtime.intake.accept(fact, CAMPAIGN, "default", "/people/olivia", f"{name}-{piece}", now)

    def until(self, look: Callable[[], bool]) -> None:
        end, pause = monotonic() + WAIT, threading.Event()
        self.runtime.run_until_idle()
        while not look():
            assert monotonic() < end, self.states()
            pause.wait(0.1)
            self.runtime.run_until_idle()

    def states(self) -> dict[str, EffectState]:
        with self.store.view() as view:
            return {row.key.rpartition("|")[2]: row.state for row in view.effects()}

    def waits(self) -> set[str]:
        with self.store.view() as view:
            return {hold.subject for hold in view.holds() if hold.kind is HoldKind.AUTHORIZATION}

    def said(self, *names: str) -> list[str]:
        return [event.name for event in self.runtime.history(CAMPAIGN) if event.name in names]


PASSWORDS: Final = "com.atproto.server.listAppPasswords"
WORDS: Final = ("AuthorizationExpired", "AuthorizationRestored")


def test_a_revoked_app_password_makes_its_account_wait_alone_until_another_is_added(
    tmp_path: Path, net: Network
) -> None:
    with ExitStack() as doors:
        stand = Stand(tmp_path, net, doors)
        doors.callback(stand.store.close)
        assert all("change or delete the account" in one["may_not"] for one in stand.added)
        stand.offer(1)
        stand.until(lambda: list(stand.states().values()) == [EffectState.DONE] * 2)
        for each in stand.doors.values():
            assert each.asked.count("createSession") == 1, "the login of `accounts add` is the one that is used"

        lost = stand.logins[LOST]
        lost.do("com.atproto.server.revokeAppPassword", {"name": "mowj 0"})
        rules = stand.doors[LOST].rules
        rules |= dict.fromkeys(("listRecords", "applyWrites", "getPosts"), answered(400, "ExpiredToken"))
        stand.offer(2)
        stand.until(lambda: stand.states()[f"{FINE}-2"] is EffectState.DONE and bool(stand.waits()))
        assert stand.waits() == {LOST}
        assert stand.states()[f"{LOST}-2"] is EffectState.PLANNED
        assert stand.said(*WORDS) == ["AuthorizationExpired"]
        assert stand.doors[LOST].asked.count("createSession") == 2

        (checked,) = json.loads(mowj("accounts", "check", LOST, "--json", *stand.where, code=1).stdout)
        assert "createSession: 401" in checked["problem"]
        assert stand.waits() == {LOST}
        assert json.loads(mowj("accounts", "check", FINE, "--json", *stand.where).stdout)[0]["problem"] == ""

        rules.clear()
        assert stand.add(LOST)["restored"]
        assert stand.waits() == set()
        stand.until(lambda: list(stand.states().values()) == [EffectState.DONE] * 4)
        assert stand.said(*WORDS) == [*WORDS]
        for name, login in stand.logins.items():
            texts = sorted(record["value"]["text"] for record in login.records())
            assert texts == [f"Piece 1 of {name}.", f"Piece 2 of {name}."]


def test_a_check_says_scope_and_limits_as_the_data_server_has_them(tmp_path: Path, net: Network) -> None:
    """The second data server has Bluesky's own limits."""
    login = net.account(server=net.limited)
    config = tmp_path / "mowj.toml"
    config.write_text(f'[platforms.bluesky.options]\nservice = "{net.limited}"\n', "utf-8")
    where = ("--data", str(tmp_path / "data"), "--config", str(config), "--json")
    words = ("accounts", "add", "shop", "--channel", "bluesky", "--set", f"identifier={login.handle}")
    places = ("--set", f"base_url={net.limited}", "--from-env", "SECRET")
    refused = replace(login, password="guessed")
    said = mowj(*words, *places, *where, env={"SECRET": refused.password}, code=2).stderr
    assert "bluesky refuses this login, so it was not kept" in said
    (one,) = json.loads(mowj(*words, *places, *where, env={"SECRET": login.password}).stdout)
    assert one["who"] == f"{login.handle} ({login.did})"
    assert one["may_not"] == []
    assert "give an app password instead" in one["warnings"][0]
    live, *documented = one["limits"]
    assert live["most"] == 3000
    assert 0 < live["left"] < 3000
    assert datetime.fromisoformat(live["resets"]) > datetime.now(UTC) - timedelta(minutes=10)
    assert [limit["most"] for limit in documented] == [5000, 35000, 30, 300]
    assert datetime.fromisoformat(one["session_ends"]) > datetime.now(UTC) + timedelta(days=30)
    assert one["ends"] is None
