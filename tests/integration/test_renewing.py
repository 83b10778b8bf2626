"""A login is renewed by one process of many, and by nobody's death or bad luck lost: real processes, real HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.crash.renewer import ACCOUNT, Task, kept
from tests.token_office import Office, office

FIRST = {"identifier": "shop.example", "password": "hush", "access": "access-1", "refresh": "refresh-1"}
PATIENCE = 120


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def postgres(request: pytest.FixtureRequest) -> str | None:
    """Where logins are kept: a database of the test's own, or None for a file."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("postgres_url")
    return found


def started(task: Task, count: int = 1) -> list[subprocess.Popen[str]]:
    """Processes that have read the login and wait for the word."""
    command = [sys.executable, "-m", "tests.crash.renewer", task.said()]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(count)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    return processes


def let_go(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def results(processes: Sequence[subprocess.Popen[str]]) -> list[Any]:
    """What came of each; its exit code where it died."""
    said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    return [json.loads(text) if text else process.returncode for text, process in zip(said, processes, strict=True)]


def told(processes: Sequence[subprocess.Popen[str]]) -> list[Any]:
    let_go(processes)
    return results(processes)


def task_of(folder: Path, postgres: str | None, place: Office, **more: Any) -> Task:
    return Task(str(folder), postgres, place.url, **more)


def test_of_many_processes_one_asks_the_network_and_all_have_what_it_got(tmp_path: Path, postgres: str | None) -> None:
    kept(tmp_path, postgres, 45).put(ACCOUNT, FIRST)
    with office(grace=False) as place:
        processes = started(task_of(tmp_path, postgres, place), 5)
        let_go(processes)
        assert place.heard.wait(PATIENCE)
        place.go_on.set()
        assert results(processes) == [{"refresh": "refresh-2"}] * 5
        assert place.asked == ["refresh-1"]
    assert kept(tmp_path, postgres, 45).get(ACCOUNT)["refresh"] == "refresh-2"


def test_who_dies_between_answer_and_saving_is_followed_by_another_under_the_same_token(
    tmp_path: Path, postgres: str | None
) -> None:
    kept(tmp_path, postgres, 45).put(ACCOUNT, FIRST)
    with office(grace=True) as place:
        place.go_on.set()
        assert told(started(task_of(tmp_path, postgres, place, lease=2.0, dies=True))) == [-signal.SIGKILL]
        assert kept(tmp_path, postgres, 2).get(ACCOUNT) == FIRST
        assert told(started(task_of(tmp_path, postgres, place, lease=2.0), 2)) == [{"refresh": "refresh-2"}] * 2
        assert place.asked == ["refresh-1", "refresh-1"]
    assert kept(tmp_path, postgres, 2).get(ACCOUNT)["refresh"] == "refresh-2"


def test_where_a_network_forgives_no_lost_answer_a_person_is_asked_for_and_nobody_goes_on_asking_it(
    tmp_path: Path, postgres: str | None
) -> None:
    kept(tmp_path, postgres, 45).put(ACCOUNT, FIRST)
    with office(grace=False) as place:
        place.go_on.set()
        task = task_of(tmp_path, postgres, place, lease=2.0)
        assert told(started(task_of(tmp_path, postgres, place, lease=2.0, dies=True))) == [-signal.SIGKILL]
        for _ in range(2):
            assert told(started(task)) == [{"error": "AuthorizationExpired"}]
        assert place.asked == ["refresh-1", "refresh-1"]
    assert kept(tmp_path, postgres, 2).get(ACCOUNT) == FIRST


def test_a_network_that_is_down_or_fails_costs_no_token(tmp_path: Path, postgres: str | None) -> None:
    kept(tmp_path, postgres, 45).put(ACCOUNT, FIRST)
    with office(grace=False) as place:
        place.go_on.set()
        nobody = Task(str(tmp_path), postgres, "http://127.0.0.1:1/")
        place.status = 503
        assert told(started(nobody) + started(task_of(tmp_path, postgres, place))) == [
            {"error": "ProvenUnsent"}, {"error": "OutcomeUnknown"}
        ]  # fmt: skip
        assert kept(tmp_path, postgres, 45).get(ACCOUNT) == FIRST
        place.status = 200
        assert told(started(task_of(tmp_path, postgres, place))) == [{"refresh": "refresh-2"}]
