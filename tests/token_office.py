"""A token endpoint as OAuth has it (RFC 6749 section 6, refresh tokens used once), which counts and can be broken.

`grace`: an old refresh token is answered with the successor that it has had already, as Bluesky's data server does for
two hours; without it an old one is `invalid_grant`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Office:
    grace: bool = True
    status: int = 200
    asked: list[str] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    current: int = 1
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def answer(self, refresh: str) -> tuple[int, dict[str, str]]:
        self.asked.append(refresh)
        self.heard.set()
        assert self.go_on.wait(120)
        if self.status != 200:
            return self.status, {"error": "temporarily_unavailable"}
        if refresh == f"refresh-{self.current}":
            self.current += 1
        elif not (self.grace and refresh == f"refresh-{self.current - 1}"):
            return 400, {"error": "invalid_grant"}
        return 200, {"access": f"access-{self.current}", "refresh": f"refresh-{self.current}"}


class _Clerk(BaseHTTPRequestHandler):
    def __init__(self, office: Office, *rest: object) -> None:
        self._office = office
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        refresh = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, said = self._office.answer(refresh)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
        """Nothing: what was asked stands in the office's list."""


@contextmanager
def office(*, grace: bool) -> Iterator[Office]:
    """An open office; `go_on` lets it answer."""
    made = Office(grace)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Clerk, made))
    server.daemon_threads = True
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield made
    finally:
        made.go_on.set()
        server.shutdown()
        server.server_close()
