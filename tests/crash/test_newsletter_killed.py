"""Two thousand subscribers, a real mail server that is difficult, and a sender that is killed three times in mid-list.

Nobody gets the letter twice, nobody who left gets it, and nobody is missing but those whose answer was lost to a kill:
SMTP takes no key, so these stay uncertain. Otherwise our ledger and the server's own list are the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.crash.letter_sender import LIST
from tests.smtp import Mail, Taken, eventually, mail_server
from workers.platforms.email.mailings import UNSUBSCRIBE, Mailings
from workers.platforms.email.store import EmailStore, open_email_store
from workers.platforms.email.subscribers import Subscriber, Subscribers
from workers.platforms.email.terms import Reason

pytestmark = pytest.mark.slow_crash

PEOPLE: Final = 2_000
KILLED_AT: Final = (300, 900, 1_500)
"""After so many messages that the server has taken: the third of the kills is after the answer, the others before."""
PATIENCE: Final = 400.0
"""Seconds until a sender has come as far as it is to come, on a machine that has much else to do."""
LEAVING: Final = 40
"""How many leave between two lives of the sender, by the link in a letter or by hand."""


def address(number: int) -> str:
    return f"reader-{number}@domain-{number % 37}.example"


@pytest.fixture
def store(tmp_path: Path) -> EmailStore:
    now = datetime.now(UTC)
    made = open_email_store(tmp_path)
    assert made is not None
    rows = [(number + 2, Subscriber(address(number), "the till", now)) for number in range(PEOPLE)]
    assert Subscribers(made).take(LIST, rows, now).new == PEOPLE
    for number in range(30):
        Subscribers(made).suppress(address(number), LIST, Reason.UNSUBSCRIBED, now)
    return made


def sender(folder: Path, mail: Mail) -> subprocess.Popen[bytes]:
    with (folder / "sender.log").open("ab") as log:
        command = [sys.executable, "-m", "tests.crash.letter_sender", str(folder), str(mail.port)]
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def killed(folder: Path, mail: Mail, at: int, before_answer: bool) -> str | None:
    """One life, ended when the server has taken `at` messages: with that answer on its way, or just after it.

    :return: whose answer was lost for certain
    """
    process = sender(folder, mail)
    victim: list[str] = []

    def answer(taken: Taken) -> bool:
        if before_answer and not victim and len(mail.handler.taken) >= at:
            victim.append(taken.recipient)
            process.kill()
            process.wait()
            return False
        return True

    mail.manners.before_answer = answer
    try:
        eventually(
            lambda: victim or (not before_answer and len(mail.handler.taken) >= at) or process.poll() is not None,
            PATIENCE,
        )
        log = (folder / "sender.log").read_text("utf-8")
        assert victim or process.poll() is None, log[-3000:]
    finally:
        process.kill()
        process.wait()
    mail.manners.before_answer = None
    return victim[0] if victim else None


def leave(store: EmailStore, first: int, staying: set[str]) -> set[str]:
    """Some who have not had the letter yet, or have: half by the link that is in it, half by hand."""
    people = Subscribers(store)
    gone = set()
    for number in range(first, first + LEAVING):
        if address(number) in staying:
            continue
        if number % 2:
            people.suppress(address(number), LIST, Reason.UNSUBSCRIBED, datetime.now(UTC))
        else:
            token = store.signer.token(UNSUBSCRIBE, 1, "the key of this mailing", number + 1)
            assert Mailings(store).unsubscribed(f"unsubscribe-{token}", datetime.now(UTC))
        gone.add(address(number))
    return gone


def standing(store: EmailStore) -> dict[str, set[str]]:
    """Who is in which state, by the ledger."""
    found: dict[str, set[str]] = {}
    with store.transaction() as tx:
        for row in tx.execute("SELECT s.address, d.state FROM delivery d JOIN subscriber s ON s.number = d.subscriber"):
            found.setdefault(row["state"], set()).add(row["address"])
    return found


def test_three_kills_in_mid_list_leave_nobody_twice_and_nobody_out_but_the_uncertain(
    tmp_path: Path, store: EmailStore
) -> None:
    with mail_server() as mail:
        manners = mail.manners
        manners.greylisted |= {address(number) for number in range(100, PEOPLE, 9)}
        manners.unknown |= {address(number) for number in range(200, PEOPLE, 101)}
        manners.full |= {address(777)}
        manners.greylisted -= manners.unknown | manners.full
        lost, left = set(), {address(number) for number in range(30)}
        before = set(left)
        for life, at in enumerate(KILLED_AT):
            victim = killed(tmp_path, mail, at, before_answer=life < 2)
            lost |= {victim} if victim is not None else set()
            had = set(mail.recipients)
            now_gone = leave(store, 1_000 + 200 * life, manners.unknown | manners.full)
            before |= now_gone - had
            left |= now_gone
        last = sender(tmp_path, mail)
        try:
            assert last.wait(PATIENCE) == 0, (tmp_path / "sender.log").read_text("utf-8")[-3000:]
        finally:
            last.kill()
            last.wait()
        taken = Counter(mail.recipients)
        ledger = standing(store)
    assert len(lost) == 2
    assert_as_the_server_says(taken, ledger, lost, before, manners.unknown | manners.full)
    ids = {one.message["Message-ID"] for one in mail.handler.taken}
    assert len(ids) == taken.total(), "each message has an id of its own"
    store.close()


def assert_as_the_server_says(
    taken: Counter[str], ledger: dict[str, set[str]], lost: set[str], before: set[str], unreachable: set[str]
) -> None:
    assert taken.most_common(1)[0][1] == 1, "nobody twice"
    uncertain = ledger.get("uncertain", set())
    assert not (before - uncertain) & set(taken), "nobody who had left before their letter was on its way"
    assert lost <= uncertain
    assert len(uncertain) <= len(KILLED_AT), "at most one a kill: there is one connection"
    assert ledger["sent"] == set(taken) - uncertain
    everybody = {address(number) for number in range(PEOPLE)}
    missing = everybody - set(taken) - before
    assert missing - uncertain == ledger["bounced"] == unreachable - uncertain
    assert ledger["unsubscribed"] == before - uncertain
    assert set(ledger) <= {"sent", "bounced", "unsubscribed", "uncertain"}
    assert set().union(*ledger.values()) == everybody
