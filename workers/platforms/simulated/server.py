"""The simulated network as a process of its own, on loopback, which outlives whoever publishes to it.

    python -m workers.platforms.simulated.server --world steady --seed 1 --file network.sqlite --port 0

Invariants: its time is the greatest that any request told it; its file holds whatever it accepted, and a server with
the same file goes on from there. The first line that it prints is its port. `ROUTES` is all that it answers.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel

from workers.platforms.protocol import PlatformError
from workers.platforms.simulated import wire
from workers.platforms.simulated.host import Host
from workers.platforms.simulated.network import SimulatedNetwork
from workers.platforms.simulated.record import Record
from workers.platforms.simulated.shipped import load_world

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `words` are the variable parts of its path, `told` the campaign's time."""

    host: Host
    told: datetime | None
    words: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes

    @property
    def network(self) -> SimulatedNetwork:
        return self.host.network(self.told)


def _limits(call: Call) -> bytes:
    return wire.LIMITS.dump_json(call.network.limits(*call.words))


def _publish(call: Call) -> bytes:
    request = wire.PublishRequest.model_validate_json(call.body)
    return wire.PUBLISHED.dump_json(call.network.publish(request.account, request.post, request.key))


def _find(call: Call) -> bytes:
    asked = call.query
    since = datetime.fromisoformat(asked["since"])
    return wire.FOUND.dump_json(call.network.find(asked["account"], asked["key"], asked["fingerprint"], since))


def _read_post(call: Call) -> bytes:
    return wire.READING.dump_json(call.network.read_post(*call.words))


def _read_account(call: Call) -> bytes:
    return wire.READING.dump_json(call.network.read_account(*call.words))


def _advance(call: Call) -> bytes:
    to = wire.Advance.model_validate_json(call.body).to
    call.host.network(to).advance(to)
    return _json(call.host.conversions())


def _acknowledge(call: Call) -> bytes:
    call.host.acknowledge(wire.Acknowledged.model_validate_json(call.body).ids)
    return b"{}"


def _accepted(call: Call) -> bytes:
    return _json(call.host.accepted())


def _demand(call: Call) -> bytes:
    wire.DemandedFaults.model_validate_json(call.body).apply(call.network.faults)
    return b"{}"


def _json(content: BaseModel) -> bytes:
    return content.model_dump_json().encode()


ROUTES: Final[Sequence[tuple[str, str, Callable[[Call], bytes]]]] = (
    ("GET", r"/limits/([^/]+)", _limits),
    ("POST", r"/posts", _publish),
    ("GET", r"/find", _find),
    ("GET", r"/accounts/([^/]+)/posts/([^/]+)", _read_post),
    ("GET", r"/accounts/([^/]+)", _read_account),
    ("POST", r"/advance", _advance),
    ("POST", r"/acknowledge", _acknowledge),
    ("GET", r"/accepted", _accepted),
    ("POST", r"/faults", _demand),
)
"""Method, path, what is done. The last two are for tests: what was really accepted, and faults on demand."""


class Server(ThreadingHTTPServer):
    """One thread a request; requests that are running do not keep the process."""

    daemon_threads = True

    def __init__(self, port: int, host: Host) -> None:
        super().__init__((LOOPBACK, port), _Request)
        self.host: Final = host


class _Request(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library calls it so
        """Say nothing: the file is the record."""

    def _route(self) -> None:
        try:
            answer = wire.Answer(HTTPStatus.OK, self._handled())
        except PlatformError as error:
            refused = wire.refusal(error)
            if refused is None:
                return
            answer = refused
        except (ValueError, KeyError) as error:
            answer = wire.answer(HTTPStatus.BAD_REQUEST, {"reason": f"bad request: {error}"})
        # A client that died while it waited gets no answer; it will ask for what it needs when it is back.
        with suppress(ConnectionError):
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def _handled(self) -> bytes:
        parts = urlsplit(self.path)
        told = self.headers.get(wire.TIME_HEADER)
        for method, pattern, handle in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if found is not None and method == self.command:
                call = Call(
                    host=self.server.host,
                    told=None if told is None else datetime.fromisoformat(told),
                    words=tuple(unquote(word) for word in found.groups()),
                    query={name: values[0] for name, values in parse_qs(parts.query).items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
                return handle(call)
        raise ValueError(f"no route {self.command} {parts.path}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m workers.platforms.simulated.server", description=__doc__)
    parser.add_argument("--world", required=True, help="a shipped world's name, or a world's file")
    parser.add_argument("--seed", type=int, required=True, help="the network's luck")
    parser.add_argument("--file", type=Path, required=True, help="what keeps everything that was accepted (SQLite)")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument(
        "--keyed", action=argparse.BooleanOptionalAction, help="take idempotency keys or not; else the world's"
    )
    given = parser.parse_args(arguments)
    try:
        world = load_world(given.world)
        if given.keyed is not None:
            world = world.keyed(taken=given.keyed)
        host = Host(given.world, world, given.seed, Record(given.file))
    except (ValueError, sqlite3.Error) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    server = Server(given.port, host)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
