"""What Mowj shows over HTTP: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever keeps the process running.

Invariants: it answers from a thread of its own and changes nothing. `/livez` is 200 while the loop has not ended;
`/readyz` is 200 only while the loop runs and nothing of it has halted, and otherwise says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Health:
    """How the process is: `running` whether its loop runs, `troubles` one line for whatever has halted."""

    running: Callable[[], bool]
    troubles: Callable[[], Sequence[str]]


class Gateway:
    """Serves until it is closed. Raises OSError where the address is taken. `port` 0 takes any that is free."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry, health: Health) -> None:
        self._server: Final = _Server((host, port), registry, health)
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

    def __init__(self, address: tuple[str, int], registry: CollectorRegistry, health: Health) -> None:
        super().__init__(address, _Request)
        self.registry: Final = registry
        self.health: Final = health


class _Request(BaseHTTPRequestHandler):
    server: _Server

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
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"known: /metrics /livez /readyz\n", TEXT)

    def _say(self, good: bool, troubles: Sequence[str]) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, ("\n".join(troubles) or "ok").encode() + b"\n", TEXT)

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        # Whoever asked may have gone.
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library calls it so
        """Say nothing: a scrape every few seconds is no news."""
