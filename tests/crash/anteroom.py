"""The way to the simulated network through a room where posts wait until a test lets them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit


class Anteroom(ThreadingHTTPServer):
    """`arrived` is set when a whole post stands here; it goes on to the network once `opened` is, and not before."""

    daemon_threads = True

    def __init__(self, network: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.network = urlsplit(network).netloc
        self.arrived, self.opened = Event(), Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Passage(BaseHTTPRequestHandler):
    server: Anteroom

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, *_: object) -> None:
        """Nothing is written to the test's output."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/posts":
            self.server.arrived.set()
            self.server.opened.wait()
        connection = HTTPConnection(self.server.network, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        with suppress(ConnectionError):  # whoever asked may have gone
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


@contextmanager
def anteroom(network: str) -> Iterator[Anteroom]:
    """Before the network at this URL."""
    room = Anteroom(network)
    thread = Thread(target=room.serve_forever, daemon=True)
    thread.start()
    try:
        yield room
    finally:
        room.opened.set()
        room.shutdown()
        room.server_close()
        thread.join()
