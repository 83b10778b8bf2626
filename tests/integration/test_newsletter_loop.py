"""`mowj run` on a newsletter: strategy, plan and posts as anywhere, and every letter by a real mail server.

One reader leaves by the link in their letter, through the run's own gateway; one address does not exist; one mailbox
is greylisted; and the emergency stop holds a mailing that has begun.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.integration.running import Running, mowj, started
from tests.smtp import PASSWORD, USER, Mail, Taken, eventually, mail_server

pytestmark = pytest.mark.services

SPEED: Final = 10_000
"""A campaign's day passes in under nine seconds."""
PATIENCE: Final = 300.0
"""Seconds for days of the campaign, on a machine that has much else to do."""
PEOPLE: Final = [f"reader-{number}@domain-{number}.example" for number in range(8)]
GREYLISTED, UNKNOWN, LEAVES = PEOPLE[1], PEOPLE[2], PEOPLE[3]


def written(folder: Path, mail: Mail) -> tuple[str | Path, ...]:
    """Settings, brief and list, as an owner would write them."""
    (folder / "mowj.toml").write_text(
        "[platforms.email.options.accounts.letters]\n"
        f'host = "127.0.0.1"\nport = {mail.port}\nsecurity = "none"\nuser = "{USER}"\n'
        'from = "letters@roastery.example"\nsender_name = "Corner Roastery"\nfooter = "Corner Roastery, 1 Mill Lane"\n'
        'unsubscribe_url = "https://news.roastery.example/unsubscribe"\nretry_first_seconds = 600\n'
        "last_deadline_seconds = 600\n"
        f'[platforms.email.secrets]\npassword = "{PASSWORD}"\n',
        encoding="utf-8",
    )
    brief = Path("config/briefs/steady.yaml").read_text(encoding="utf-8")
    for old, new in {
        "roastery: {channel: simulated}": "letters: {channel: email}",
        "posts_per_day: 2": "posts_per_day: 2\n  grace_minutes: 1440",
    }.items():
        assert old in brief
        brief = brief.replace(old, new)
    (folder / "brief.yaml").write_text(brief, encoding="utf-8")
    rows = "\n".join(f"{address},the till,2026-01-02" for address in PEOPLE)
    (folder / "people.csv").write_text(f"address,consent_source,consent_at\n{rows}\n", encoding="utf-8")
    return "--config", folder / "mowj.toml"


def events(data: Path, name: str) -> list[dict[str, Any]]:
    with sqlite3.connect(data / "mowj.sqlite") as connection:
        found = [json.loads(text) for (text,) in connection.execute("SELECT event FROM log WHERE name = ?", (name,))]
    connection.close()
    return found


def click(letter: Taken, running: Running) -> None:
    """What a mail provider does for a reader who presses Unsubscribe (RFC 8058)."""
    (link, *_) = str(letter.message["List-Unsubscribe"]).strip("<>").split(">")
    asked = urlsplit(link)
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = b"List-Unsubscribe=One-Click"
    with urlopen(Request(f"{running.url()}{asked.path}?{asked.query}", data=body), timeout=60) as answer:
        assert answer.status == 200


def stopped_within_a_mailing(mail: Mail, running: Running, place: tuple[str | Path, ...]) -> None:
    """The emergency stop is made while the first letter is being taken: nobody else gets one until it ends."""
    taken, go_on = threading.Event(), threading.Event()

    def answer(one: Taken) -> bool:
        taken.set()
        go_on.wait(PATIENCE)
        return True

    mail.manners.before_answer = answer
    eventually(taken.is_set, PATIENCE)
    mowj("stop", "--data", running.data)
    mail.manners.before_answer = None
    go_on.set()

    def states() -> Counter[str]:
        ledger = json.loads(mowj("subscribers", "mailings", "--data", running.data, *place, "--json"))
        return sum(map(Counter, ledger.values()), Counter())

    eventually(lambda: states()["sent"] == 1, PATIENCE)
    # Later mailings may have been handed over before the stop as well.
    assert states()["queued"] >= len(PEOPLE) - 1
    assert len(mail.recipients) == 1
    mowj("resume", "--all", "--data", running.data)


def test_a_newsletter_is_planned_sent_left_and_learned_from(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with mail_server() as mail:
        mail.manners.greylisted |= {GREYLISTED}
        mail.manners.unknown |= {UNKNOWN}
        place = written(tmp_path, mail)
        mowj("subscribers", "import", tmp_path / "people.csv", "--data", data, *place)
        files = ("--brief", tmp_path / "brief.yaml", "--content", "config/content/steady")
        with started(data, "run", *files, *place, "--compress", str(SPEED)) as running:
            stopped_within_a_mailing(mail, running, place)
            eventually(lambda: set(mail.recipients) == set(PEOPLE) - {UNKNOWN}, PATIENCE)
            letters = [one for one in mail.handler.taken if one.recipient == LEAVES]
            click(letters[0], running)
            had = Counter(mail.recipients)[LEAVES]
            eventually(lambda: Counter(mail.recipients)[PEOPLE[0]] >= had + 2, PATIENCE)
            eventually(lambda: read_back(data), PATIENCE)
            assert running.stop() == 0
        left = [one for one in mail.recipients if one == LEAVES]
    assert len(left) <= had + 1, "at most the letter that was on its way"
    assert mail.handler.tried[UNKNOWN] == 1
    ledger = json.loads(mowj("subscribers", "mailings", "--data", data, *place, "--json")).values()
    assert sum(states.get("bounced", 0) for states in ledger) == 1
    assert_once(data, mail)
    assert json.loads(mowj("audit", "--data", data, "--json"))["clean"]
    assert_nobody_is_named(tmp_path)


def read_back(data: Path) -> bool:
    """A reading of a mailing and one of the list say what became of both, after somebody left."""
    read = [event["data"]["counters"] for event in events(data, "MetricObserved")]
    whole = {"sent": len(PEOPLE) - 2, "bounced": 0, "uncertain": 0, "unsubscribed": 0}
    mailed = any(one == whole for one in read)
    return mailed and any((one.get("followers"), one.get("unfollows")) == (len(PEOPLE) - 2, 1) for one in read)


def assert_once(data: Path, mail: Mail) -> None:
    """By post: each of its letters has an id of its own, and no reader has two."""
    published = [event["data"]["reference"] for event in events(data, "PostPublished")]
    assert len(published) == len(set(published)) >= 2
    ids = [one.message["Message-ID"] for one in mail.handler.taken]
    assert len(ids) == len(set(ids))
    of_a_mailing = Counter((one.message["Message-ID"].split(".")[0], one.recipient) for one in mail.handler.taken)
    assert set(of_a_mailing.values()) == {1}


def assert_nobody_is_named(folder: Path) -> None:
    """No address and no token is anywhere but in the subscribers' own store."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("subscribers.") and path.name != "people.csv":
            assert b"@domain-" not in path.read_bytes(), path
