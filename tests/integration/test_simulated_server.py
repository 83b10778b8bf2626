"""The simulated network in a process of its own: kills, lost answers, and conversions that nobody misses."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from events.terms import Appeal, Fact, PostTraits
from tests.contract.platform_suite import MovableClock, outgoing
from tests.contract.simulated_server import running_server
from workers.platforms.protocol import OutcomeUnknown, Platform, PlatformError, ProvenUnsent, Rejected
from workers.platforms.simulated import remote_factory, server
from workers.platforms.simulated.wire import TIME_HEADER

LESSON = PostTraits(channel="simulated", segment="beginners", topic="brewing", appeal=Appeal.TEACH, format="video")
Say = Callable[[Fact, str, str, datetime], None]


def client(url: str, clock: MovableClock, say: Say = lambda *_: None, deadline: float = 10) -> Platform:
    return remote_factory(clock=clock, seed=1, say=say, options={"url": url, "deadline_seconds": deadline})


def test_a_killed_server_forgets_nothing_that_it_accepted(tmp_path: Path) -> None:
    clock, file = MovableClock(), tmp_path / "network.sqlite"
    with running_server(file, world="steady") as first:
        platform = client(first.url, clock)
        published = platform.publish("roastery", outgoing(), "key")
        platform.advance(clock.move(hours=30))
        before = platform.read_post("roastery", published.reference)
        first.process.kill()
    with pytest.raises(ProvenUnsent):
        platform.read_account("roastery")
    with running_server(file, world="steady") as second:
        platform = client(second.url, clock)
        assert platform.read_post("roastery", published.reference) == before
        assert platform.publish("roastery", outgoing(), "key").reference == published.reference
        assert [each["key"] for each in second.accepted()] == ["key"]


def test_what_a_keyless_server_accepted_twice_is_counted_twice(tmp_path: Path) -> None:
    clock, file = MovableClock(), tmp_path / "network.sqlite"
    with running_server(file, world="steady", keyed=False) as running:
        platform = client(running.url, clock)
        for _ in range(2):
            platform.publish("roastery", outgoing(), "key")
        assert [(each["key"], each["post"]) for each in running.accepted()] == [("key", "first")] * 2
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM accepted WHERE key = 'key'").fetchone() == (2,)
    connection.close()


def test_conversions_come_again_until_they_are_acknowledged(tmp_path: Path) -> None:
    clock, heard, file = MovableClock(), list[str](), tmp_path / "network.sqlite"

    def die_at_the_second(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        heard.append(own_id)
        if len(heard) == 2:
            raise KeyboardInterrupt

    def hear(fact: Fact, campaign: str, own_id: str, at: datetime) -> None:
        heard.append(own_id)

    with running_server(file, world="steady") as running:
        platform = client(running.url, clock, die_at_the_second)
        clock.move(hours=9)
        for number in range(6):
            lesson = replace(outgoing(f"post {number}", f"Text {number}."), traits=LESSON)
            platform.publish("roastery", lesson, f"key {number}")
        clock.move(days=6)
        with pytest.raises(KeyboardInterrupt):
            platform.advance(clock.now())
        running.process.kill()
    with running_server(file, world="steady") as again:
        restarted = client(again.url, clock, hear)
        restarted.advance(clock.now())
        assert len(heard) > 4
        assert heard[:2] == heard[2:4]
        assert len(set(heard)) == len(heard) - 2
        restarted.advance(clock.now())
        assert len(set(heard)) == len(heard) - 2


def test_the_network_lives_by_the_greatest_time_that_it_was_told(tmp_path: Path) -> None:
    late, early = MovableClock(), MovableClock()
    late.move(days=2)
    with running_server(tmp_path / "network.sqlite", world="steady") as running:
        first = client(running.url, late).publish("roastery", outgoing(), "late")
        second = client(running.url, early).publish("roastery", outgoing("second", "Two."), "early")
    assert (first.at, second.at) == (late.now(), late.now())


def test_a_file_of_another_world_or_seed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "network.sqlite"
    with running_server(file, world="steady", seed=1) as running:
        client(running.url, MovableClock()).read_account("roastery")
    assert server.main(["--world", "steady", "--seed", "2", "--file", str(file)]) == 2
    assert "belongs to world 'steady' and seed 1" in capsys.readouterr().err


def test_no_connection_proves_that_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        platform = client(f"http://127.0.0.1:{unused.getsockname()[1]}", MovableClock())
        with pytest.raises(ProvenUnsent):
            platform.publish("roastery", outgoing(), "key")


def test_no_answer_within_the_deadline_leaves_the_outcome_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        platform = client(f"http://127.0.0.1:{silent.getsockname()[1]}", MovableClock(), deadline=0.2)
        with pytest.raises(OutcomeUnknown):
            platform.publish("roastery", outgoing(), "key")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    class Always(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library calls it so
            pass

    with HTTPServer(("127.0.0.1", 0), Always) as network:
        thread = Thread(target=network.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{network.server_port}"
        network.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, b'{"reason": "broken"}', OutcomeUnknown),
        (502, b"<html>a proxy's page</html>", OutcomeUnknown),
        (503, b"<html>a proxy's page</html>", OutcomeUnknown),
        (200, b"not what was promised", OutcomeUnknown),
        (400, b'{"reason": "what is this?"}', Rejected),
    ],
)
def test_other_answers_are_what_they_prove(status: int, body: bytes, error: type[PlatformError]) -> None:
    with answering(status, body) as url, pytest.raises(error):
        client(url, MovableClock()).publish("roastery", outgoing(), "key")


def test_a_request_that_tells_no_time_before_any_was_told_is_bad(tmp_path: Path) -> None:
    with running_server(tmp_path / "network.sqlite", world="steady") as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(b"GET /accounts/roastery HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert b" 400 " in answer.splitlines()[0]
    assert TIME_HEADER.encode() in answer
