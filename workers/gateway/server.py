"""What Mowj shows over HTTP: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever keeps the process running,
and pages for people, such as the one on which somebody leaves a newsletter's list.

Invariants: it answers from threads of its own, and changes nothing but what a page does on POST. `/livez` is 200 while
the loop has not ended; `/readyz` is 200 only while the loop runs and nothing of it has halted, and otherwise says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType
from typing import Final, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
LONGEST_BODY: Final = 65_536
"""Bytes of a POST that are read; no page has a use for more."""
GUARDS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
}
"""Of pages for people: their addresses hold tokens, and they load nothing."""


class Page(Protocol):
    """A page for people: given its query and the header Accept-Language, it answers with a status and HTML."""

    def get(self, query: str, languages: str) -> tuple[HTTPStatus, str]: ...

    def post(self, query: str, languages: str) -> tuple[HTTPStatus, str]: ...


@dataclass(frozen=True, slots=True)
class Health:
    """How the process is: `running` whether its loop runs, `troubles` one line for whatever has halted."""

    running: Callable[[], bool]
    troubles: Callable[[], Sequence[str]]


class Gateway:
    """Serves until it is closed. Raises OSError where the address is taken. `port` 0 takes any that is free."""

    def __init__(
        self,
        host: str,
        port: int,
        registry: CollectorRegistry,
        health: Health,
        pages: Mapping[str, Page] = MappingProxyType({}),
    ) -> None:
        self._server: Final = _Server((host, port), registry, health, pages)
        self._thread: Final = Thread(target=self._server.serve_forever, name="gateway", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], registry: CollectorRegistry, health: Health, pages: Mapping[str, Page]
    ) -> None:
        super().__init__(address, _Request)
        self.pages: Final = pages
        self.registry: Final = registry
        self.health: Final = health


class _Request(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30
    """Seconds for which a thread waits for what somebody does not send."""

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(self.server.registry), CONTENT_TYPE_LATEST)
            case "/livez":
                running = self.server.health.running()
                self._say(running, ["the loop has ended"] if not running else [])
            case "/readyz":
                troubles = list(self.server.health.troubles())
                if not self.server.health.running():
                    troubles.insert(0, "the loop does not run")
                self._say(not troubles, troubles)
            case path if path in self.server.pages:
                self._show(self.server.pages[path].get)
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"known: /metrics /livez /readyz\n", TEXT)

    def do_POST(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        said = self.headers.get("Content-Length", "0")
        if page is None or not said.isdigit() or int(said) > LONGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.NOT_FOUND if page is None else HTTPStatus.BAD_REQUEST, b"", TEXT)
            return
        with suppress(OSError):
            self.rfile.read(int(said))
        self._show(page.post)

    def _show(self, answer: Callable[[str, str], tuple[HTTPStatus, str]]) -> None:
        status, page = answer(self.path.partition("?")[2], self.headers.get("Accept-Language", ""))
        self._answer(status, page.encode(), HTML, GUARDS)

    def _say(self, good: bool, troubles: Sequence[str]) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, ("\n".join(troubles) or "ok").encode() + b"\n", TEXT)

    def _answer(
        self, status: HTTPStatus, body: bytes, kind: str, more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        # Whoever asked may have gone.
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library calls it so
        """Say nothing: a scrape every few seconds is no news."""
